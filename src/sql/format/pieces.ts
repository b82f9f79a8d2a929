import { Lexer } from '../lexer/lexer.ts';
import type { TokenKind } from '../lexer/token.ts';
import type { Variables } from '../variables.ts';
import type { Comment } from './layout.ts';

/** A token as it is to be written, with the comments around it. */
export interface Piece {
  readonly text: string;
  readonly kind: TokenKind;
  /** The keyword in upper case; empty for names and for tokens that are not words. */
  readonly word: string;
  readonly start: number;
  readonly before: readonly Comment[];
  /** Comments that begin on the line of the token and end that line. */
  readonly behind: readonly Comment[];
}

/** The comments of a text that otherwise contains only whitespace and the commas of lists. */
export function commentsIn(gap: string, isFirst = false): { behind: Comment[]; before: Comment[] } {
  const behind: Comment[] = [];
  const before: Comment[] = [];
  let isNewLine = isFirst;
  let from = 0;
  for (const match of gap.matchAll(/--[^\n]*|\/\*[\s\S]*?\*\//g)) {
    isNewLine ||= gap.slice(from, match.index).includes('\n');
    from = match.index + match[0].length;
    const text = match[0].trimEnd();
    const endsLine = text.startsWith('--') || /^[ \t]*(?:\r?\n|--)/.test(gap.slice(from));
    if (endsLine && !isNewLine) behind.push({ text, own: false });
    else before.push({ text, own: endsLine });
    isNewLine ||= text.includes('\n');
  }
  return { behind, before };
}

/** Whether a word (in upper case) is a keyword at this position of the text. */
export type IsKeyword = (word: string, start: number) => boolean;

/** The tokens of `text` between two positions. @throws SluiceError when the text cannot be read as tokens */
export function piecesOf(
  text: string,
  from: number,
  to: number,
  variables: Variables,
  isKeyword: IsKeyword,
): readonly Piece[] {
  const lexer = new Lexer(text.slice(0, to), variables);
  lexer.seek(from, { kind: 'end', start: from, end: from, line: 1, column: from, text: '', variable: null });
  const pieces: Piece[] = [];
  let end = from;
  for (;;) {
    const token = lexer.next();
    const { behind, before } = commentsIn(text.slice(end, token.start), pieces.length === 0);
    const last = pieces.at(-1);
    // A comma or semicolon stays next to the preceding token, and the comments follow it.
    const isTaken = before.length === 0 && (token.kind === ',' || token.kind === ';');
    if (last !== undefined && behind.length > 0 && !isTaken)
      pieces[pieces.length - 1] = { ...last, behind: [...last.behind, ...behind] };
    if (token.kind === 'end') return pieces;
    const written = text.slice(token.start, token.end);
    const isWord = token.kind === 'word' && token.variable === null && isKeyword(token.text, token.start);
    pieces.push({
      text: isWord ? token.text : written,
      kind: token.variable === null ? token.kind : 'word',
      word: isWord ? token.text : '',
      start: token.start,
      before,
      behind: isTaken ? behind : [],
    });
    end = token.end;
  }
}
