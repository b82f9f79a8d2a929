import { KEYWORD_LIST, TYPE_NAMES } from '../../sql/keywords.ts';

/** The kind of a piece of a statement, which determines its colour. */
export type PieceKind = 'plain' | 'keyword' | 'type' | 'string' | 'number' | 'comment' | 'name' | 'function';

export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly kind: PieceKind;
}

const KEYWORDS: ReadonlySet<string> = new Set(KEYWORD_LIST);
const TYPES: ReadonlySet<string> = new Set(TYPE_NAMES);
/** The tokens of a statement that is being typed: strings and comments may be unclosed. */
const TOKEN =
  /(?<comment>--[^\n]*|\/\*(?:(?!\*\/)[^])*(?:\*\/)?)|(?<string>'(?:[^']|'')*'?)|(?<name>`[^`]*`?|"[^"]*"?)|(?<number>\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?<word>[A-Za-z_]\w*)(?<call>\s*\()?/g;

/** The coloured pieces of a text, in order. The text between them is plain. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const groups = match.groups!;
    const start = match.index;
    const { word } = groups;
    if (word === undefined) {
      const kind = (['comment', 'string', 'name', 'number'] as const).find((k) => groups[k] !== undefined)!;
      pieces.push({ start, end: start + match[0].length, kind });
      continue;
    }
    const upper = word.toUpperCase();
    const kind = KEYWORDS.has(upper)
      ? 'keyword'
      : TYPES.has(upper)
        ? 'type'
        : groups['call'] !== undefined
          ? 'function'
          : undefined;
    if (kind !== undefined) pieces.push({ start, end: start + word.length, kind });
  }
  return pieces;
}

/** The escape sequences that begin a colour: of the terminal's own sixteen colours, which its theme keeps legible. */
export const COLORS: Readonly<Record<PieceKind, string>> = {
  plain: '',
  keyword: '\u001b[1;34m',
  type: '\u001b[36m',
  string: '\u001b[32m',
  number: '\u001b[35m',
  comment: '\u001b[2m',
  name: '\u001b[33m',
  function: '\u001b[36m',
};
