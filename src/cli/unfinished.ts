import { isSluiceError } from '../base/errors.ts';
import { renderCaret, spanOf } from '../base/span.ts';
import { didYouMean } from '../base/suggest.ts';
import { unclosedQuote } from '../sql/advice/unclosed.ts';
import { STATEMENT_STARTS } from '../sql/keywords.ts';
import { Lexer } from '../sql/lexer/lexer.ts';
import { firstWords } from './first-words.ts';
import { COMMAND_NAMES, commandUsage } from './local-commands.ts';

/** Why the remaining text at the end of a script is not a complete statement. */
export function unfinishedText(state: string, rest: string): string {
  const [first] = firstWords(rest, 1);
  if (state === 'unfinished' && first !== undefined && !(STATEMENT_STARTS as readonly string[]).includes(first)) {
    const word = first.toLowerCase();
    const usage = commandUsage(word);
    if (usage !== undefined)
      return `The last line is not complete: the command of the console is ${usage}, and a statement ends with ;`;
    const near = didYouMean(word, [...COMMAND_NAMES, ...STATEMENT_STARTS.map((name) => name.toLowerCase())]);
    return `The last line is neither a statement nor a command of the console: there is no ${word}. ${near ?? '\\? lists the commands.'}`;
  }
  const unclosed = state === 'in-string' || state === 'in-quoted-name' ? unclosedPart(rest) : '';
  switch (state) {
    case 'in-string':
      return (
        "The last statement is not complete: a string is not closed by ' (within a text it is doubled: 'it''s')" +
        unclosed
      );
    case 'in-quoted-name':
      return `The last statement is not complete: a quoted name is not closed${unclosed}`;
    case 'in-comment':
      return 'A comment is not closed by */';
    case 'in-properties':
      return "The last statement is not complete: its properties are not closed by ')'";
    default:
      return "The last statement is not complete: it does not end with ';'";
  }
}

/** The line with the quote that is not closed, with a caret and a hint; empty when the text cannot be tokenized. */
function unclosedPart(rest: string): string {
  try {
    const lexer = new Lexer(rest);
    while (lexer.next().kind !== 'end');
    return '';
  } catch (error) {
    if (!isSluiceError(error) || error.span === undefined) return '';
    const { at, hint } = unclosedQuote(rest, 0, error.span.start);
    return `\n${renderCaret(rest, spanOf(rest, at, at + 1))}\nHint: ${hint}`;
  }
}
