import { skipTrivia } from '../sql/lexer/trivia.ts';

/** A statement in one line, which is what the line editor can recall: comments go, quoted texts stay as they are. */
export function inOneLine(statement: string): string {
  let result = '';
  let pos = 0;
  while (pos < statement.length) {
    // As in the language: inside of a bare value of a connector's property, `--` and `//` are just characters.
    const afterBlank = pos === 0 || /[\s,(]/.test(statement[pos - 1]!);
    const next = afterBlank || /[\s\\]/.test(statement[pos]!) ? skipTrivia(statement, pos) : pos;
    if (next < 0) return result + statement.slice(pos).replaceAll(/\s+/g, ' ');
    if (next > pos) {
      if (result !== '' && next < statement.length) result += ' ';
      pos = next;
      continue;
    }
    const quoted = /^(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`)/.exec(statement.slice(pos))?.[0];
    const piece = quoted ?? statement[pos]!;
    result += quoted === undefined ? piece : piece.replaceAll(/\s*\n\s*/g, ' ');
    pos += piece.length;
  }
  return result.trim();
}

/** The entries of a history file, newest last. */
export function parseHistory(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
