import { unseenIn } from '../../base/visible-text.ts';
import { graphemeWidth } from '../render/width.ts';
import type { PieceKind, Piece } from './highlight.ts';

/** A text laid out on the rows of a screen. */
export interface Layout {
  /** The content of each row, including colours. */
  readonly rows: readonly string[];
  /** The position of the cursor: row and column, from 0. */
  readonly row: number;
  readonly column: number;
}

export interface LayoutOptions {
  /** The prompt of each line. */
  readonly promptOf: (line: number) => string;
  readonly text: string;
  readonly cursor: number;
  readonly columns: number;
  readonly pieces: readonly Piece[];
  readonly colors: Readonly<Record<PieceKind, string>> | undefined;
}

const SEGMENTS = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const RESET = '\u001b[0m';
/** How a tab is shown while it is edited. */
const TAB = '    ';

/**
 * Lays out a text on rows of `columns` columns: a character that does not fit moves to the next row. The last column
 * stays empty, because terminals differ in where a full row places the cursor.
 */
export function layOut({ promptOf, text, cursor, columns, pieces, colors }: LayoutOptions): Layout {
  const width = Math.max(2, columns - 1);
  const rows: string[] = [];
  let current = '';
  let used = 0;
  let [row, column] = [0, 0];
  let piece = 0;
  let open: PieceKind = 'plain';
  const paint = (kind: PieceKind): void => {
    if (colors === undefined || kind === open) return;
    if (open !== 'plain') current += RESET;
    current += colors[kind];
    open = kind;
  };
  const breakRow = (): void => {
    const kind = open;
    paint('plain');
    rows.push(current);
    current = '';
    used = 0;
    paint(kind);
  };
  const put = (shown: string, size: number): void => {
    if (used + size > width) breakRow();
    current += shown;
    used += size;
  };
  const prompt = (line: number): void => {
    paint('plain');
    const shown = promptOf(line);
    current += shown;
    used += shown.length;
  };
  let line = 0;
  prompt(0);
  for (const { segment, index } of SEGMENTS.segment(text)) {
    while (piece < pieces.length && pieces[piece]!.end <= index) piece++;
    const at = pieces[piece];
    const kind = at !== undefined && index >= at.start ? at.kind : 'plain';
    if (index === cursor) {
      const size = segment === '\n' || segment === '\r\n' ? 0 : segment === '\t' ? TAB.length : graphemeWidth(segment);
      [row, column] = used + size > width ? [rows.length + 1, 0] : [rows.length, used];
    }
    if (segment === '\n' || segment === '\r\n') {
      paint('plain');
      rows.push(current);
      current = '';
      used = 0;
      prompt(++line);
      continue;
    }
    paint(kind);
    if (segment === '\t') put(TAB, TAB.length);
    else if (unseenIn(segment) !== undefined) put('?', 1);
    else put(segment, graphemeWidth(segment));
  }
  paint('plain');
  rows.push(current);
  if (cursor >= text.length) [row, column] = [rows.length - 1, used];
  return { rows, row, column };
}
