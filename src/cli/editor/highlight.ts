import { KEYWORD_LIST, TYPE_NAMES } from '../../sql/keywords.ts';

/** What a piece of a statement is, as far as its colour goes. */
export type PieceKind = 'plain' | 'keyword' | 'type' | 'string' | 'number' | 'comment' | 'name' | 'function';

export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly kind: PieceKind;
}

const KEYWORDS: ReadonlySet<string> = new Set(KEYWORD_LIST);
const TYPES: ReadonlySet<string> = new Set(TYPE_NAMES);
/** A statement that is being typed: strings and comments may be open. */
const TOKEN =
  /(?<comment>--[^\n]*|\/\*(?:(?!\*\/)[^])*(?:\*\/)?)|(?<string>'(?:[^']|'')*'?)|(?<name>`[^`]*`?|"[^"]*"?)|(?<number>\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|(?<word>[A-Za-z_]\w*)(?<call>\s*\()?/g;

/** The pieces of a text that have a colour, in their order. The rest is plain. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const g = match.groups!;
    const start = match.index;
    const { word } = g;
    if (word === undefined) {
      const kind = (['comment', 'string', 'name', 'number'] as const).find((k) => g[k] !== undefined)!;
      pieces.push({ start, end: start + match[0].length, kind });
      continue;
    }
    const upper = word.toUpperCase();
    const kind = KEYWORDS.has(upper)
      ? 'keyword'
      : TYPES.has(upper)
        ? 'type'
        : g['call'] !== undefined
          ? 'function'
          : undefined;
    if (kind !== undefined) pieces.push({ start, end: start + word.length, kind });
  }
  return pieces;
}

/** Sequences that begin a colour: those of the terminal's own sixteen, which its theme makes legible. */
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
