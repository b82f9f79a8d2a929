import { SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import { suggestions } from '../../base/suggest.ts';
import { isReserved } from '../keywords.ts';

/** The position and the token at which a parser stopped. */
export interface Offence {
  readonly span: Span;
  /** The token as written; null at the end of the text. */
  readonly found: string | null;
  readonly isWord: boolean;
  /**
   * What would have been accepted: `'WORD'` and `','` in quotes, classes of tokens (IDENTIFIER, INTEGER_VALUE) without.
   */
  readonly expected: readonly string[];
  /** An unquoted name immediately before, which was parsed as an alias and may be a misspelt keyword. */
  readonly alias: { readonly text: string; readonly span: Span } | null;
}

/** Classes of tokens as named in messages; a reserved word where one of these is expected was meant as a name. */
export const IDENTIFIER = 'IDENTIFIER';
export const EXPRESSION = 'EXPRESSION';
export const TYPE = 'TYPE';
const NAMES: ReadonlySet<string> = new Set([IDENTIFIER, EXPRESSION, TYPE]);

/** A longer list does not help the reader. */
const MOST_EXPECTED = 12;

/**
 * SYNTAX, in ksqlDB's wording: `line 1:32: Syntax Error`, then the cause. A reserved word is an error "at or near", a
 * single missing punctuation mark is named, otherwise the expected tokens are listed.
 */
export function syntaxError(offence: Offence): SluiceError {
  const { span, found, expected } = offence;
  const where = `line ${span.line}:${span.column + 1}`;
  const shown = found ?? '<EOF>';
  const lines = [`${where}: Syntax Error`];
  const near = `Syntax error at or near '${shortened(shown)}' at ${where}`;
  const list = expected.length === 0 || expected.length > MOST_EXPECTED ? null : expectation(expected);
  if (offence.isWord && isReserved(shown.toUpperCase())) {
    lines.push(near);
    if (expected.some((e) => NAMES.has(e))) {
      lines.push(
        `"${shown}" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as '${shown}'`,
      );
    }
    if (list !== null) lines.push(list);
  } else if (expected.length === 1 && isPunctuation(expected[0]!)) {
    lines.push(`missing ${expected[0]!} at '${shortened(shown)}'`);
  } else {
    lines.push(list ?? near);
  }
  const { hint, place } = hintFor(offence);
  return new SluiceError('SYNTAX', lines.join('\n'), { span: place ?? span, hint });
}

/** `line 1:1: Syntax Error`, `Unknown statement 'RUN'`. */
export function unknownStatement(span: Span, found: string, isWord: boolean, known: readonly string[]): SluiceError {
  const near = isWord ? suggestions(found, known) : [];
  return new SluiceError(
    'SYNTAX',
    `line ${span.line}:${span.column + 1}: Syntax Error\nUnknown statement '${shortened(found)}'`,
    {
      span,
      hint: near.length === 0 ? undefined : `Did you mean ${near.join(' or ')}?`,
    },
  );
}

/** AST: the text parses, but no statement can be built from it. */
export function buildError(message: string, span: Span, hint?: string): SluiceError {
  return new SluiceError('AST', `Failed to prepare statement: ${message}`, { span, hint });
}

/** AST, with the position in the message as ksqlDB writes it for names: `Line: 1, Col: 21: ...`. */
export function buildErrorAt(message: string, span: Span, hint?: string): SluiceError {
  return buildError(`Line: ${span.line}, Col: ${span.column + 1}: ${message}`, span, hint);
}

function expectation(expected: readonly string[]): string {
  return expected.length === 1 ? `Expecting ${expected[0]!}` : `Expecting {${expected.join(', ')}}`;
}

function isPunctuation(expected: string): boolean {
  return /^'[^A-Za-z]+'$/.test(expected);
}

function shortened(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** A hint with the intended word or another correction; `place` when it differs from where the parser stopped. */
function hintFor({ found, isWord, expected, alias }: Offence): { hint: string | undefined; place?: Span } {
  const keywords = expected.filter((e) => /^'[A-Z]/.test(e)).map((e) => e.slice(1, -1));
  if (found !== null && isWord) {
    const near = suggestions(found, keywords);
    if (near.length > 0) return { hint: `Did you mean ${near.join(' or ')}?` };
  }
  if (alias !== null) {
    const near = suggestions(alias.text, keywords);
    if (near.length > 0)
      return { hint: `Did you mean ${near.join(' or ')} instead of ${alias.text}?`, place: alias.span };
  }
  if (found !== null && isWord && isReserved(found.toUpperCase()) && expected.some((e) => NAMES.has(e))) {
    return { hint: `in back-quotes it is a name: \`${found}\`` };
  }
  if (found === null && expected.includes("';'")) return { hint: 'a statement ends with a semicolon' };
  return { hint: undefined };
}
