import { must } from '../../base/assert.ts';
import { displayWidth, pad, printable, wrapText } from './width.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** For names: other columns are narrowed first. */
  readonly keep?: boolean;
}

/** The minimum width of a column, even if the table is then wider than the terminal. */
const COLUMN_MIN = 6;
/** The minimum legible width of text; a table that would need less is shown as records. */
const LEGIBLE = 12;
/** The width to which other columns are narrowed before those of names. */
const PROSE_MIN = 20;
const SEPARATOR = ' │ ';

/**
 * A table that fits `width` columns: texts that are too long continue on the next line of their cell.
 *
 *      Name │ Type
 *     ──────┼───────
 *      A    │ STREAM
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = rows.map((row) => row.map(printable));
  const natural = naturalWidths(columns, cells);
  const keep = columns.map((column) => column.keep === true);
  const widths = fitWidths(natural, width, keep);
  if (!isLegible(columns, natural, widths)) return renderRecords(columns, cells, width);
  return [tableHead(columns, widths), ...cells.map((row) => tableRow(columns, widths, row))].join('\n');
}

/** The widths of the columns without wrapping. */
export function naturalWidths(
  columns: readonly TableColumn[],
  cells: readonly (readonly string[])[],
  atLeast: readonly number[] = [],
): number[] {
  const widths = columns.map((column, i) => Math.max(displayWidth(column.title), atLeast[i] ?? 0));
  for (const row of cells)
    for (let i = 0; i < widths.length; i++) widths[i] = Math.max(widths[i]!, widestLine(row[i] ?? ''));
  return widths;
}

/**
 * Whether a table of these widths is legible: numbers and titles are complete, and texts are wrapped at several words.
 */
export function isLegible(
  columns: readonly TableColumn[],
  natural: readonly number[],
  widths: readonly number[],
): boolean {
  return columns.every(({ title, align }, i) => {
    const needed =
      align === 'right'
        ? must(natural[i], 'width')
        : Math.min(must(natural[i], 'width'), Math.max(LEGIBLE, displayWidth(title)));
    return must(widths[i], 'width') >= needed;
  });
}

/** Rows as records, one line per column, for rows that are too wide for a table. */
function renderRecords(columns: readonly TableColumn[], rows: readonly (readonly string[])[], width: number): string {
  return rows
    .map(
      (row, n) =>
        `${recordLine(n + 1)}\n${renderFields(
          columns.map((c, i) => [c.title, row[i] ?? '']),
          width,
        )}`,
    )
    .join('\n');
}

/** The line above record number `n`. */
export function recordLine(n: number): string {
  return `── row ${n} ${'─'.repeat(20)}`;
}

/** The header of a table: the titles, and a line below them. */
export function tableHead(columns: readonly TableColumn[], widths: readonly number[]): string {
  const titles = tableRow(
    columns,
    widths,
    columns.map((c) => c.title),
  );
  return `${titles}\n${widths.map((w) => '─'.repeat(w + 2)).join('┼')}`;
}

/** One row, with as many lines as its longest cell needs; with `wrap` false, too long cells exceed their column. */
export function tableRow(
  columns: readonly TableColumn[],
  widths: readonly number[],
  row: readonly string[],
  wrap = true,
): string {
  const cells = widths.map((w, i) => wrapText(row[i] ?? '', wrap ? w : Number.POSITIVE_INFINITY));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    ` ${cells.map((lines, i) => pad(lines[line] ?? '', must(widths[i], 'width'), columns[i]?.align ?? 'left')).join(SEPARATOR)}`.trimEnd(),
  ).join('\n');
}

/**
 * Narrows the widest columns until the table fits; narrow columns keep their width, and those of `keep` are narrowed
 * only when the others are down to a few words.
 */
export function fitWidths(natural: readonly number[], width: number, keep: readonly boolean[] = []): number[] {
  const widths = [...natural];
  let excess = 2 + widths.reduce((sum, w) => sum + w, 0) + SEPARATOR.length * (widths.length - 1) - width;
  const take = (from: readonly number[], min: number): void => {
    while (excess > 0) {
      const widest = Math.max(0, ...from.map((i) => must(widths[i], 'width')));
      if (widest <= min) return;
      const at = from.filter((i) => widths[i] === widest);
      const next = Math.max(min, ...from.map((i) => must(widths[i], 'width')).filter((w) => w < widest));
      const each = Math.max(1, Math.min(widest - next, Math.ceil(excess / at.length)));
      for (const i of at) {
        const taken = Math.min(each, excess);
        widths[i] = must(widths[i], 'width') - taken;
        excess -= taken;
      }
    }
  };
  const all = widths.map((_, i) => i);
  take(
    all.filter((i) => keep[i] !== true),
    PROSE_MIN,
  );
  take(all, COLUMN_MIN);
  return widths;
}

/** `Name : value` lines with aligned values. */
export function renderFields(fields: readonly (readonly [string, string])[], width: number): string {
  const names = Math.max(0, ...fields.map(([name]) => displayWidth(name)));
  return fields
    .map(([name, value]) => {
      const room = Math.max(20, width - names - 3);
      const lines = wrapText(printable(value), room);
      return `${pad(name, names)} : ${lines.join(`\n${' '.repeat(names + 3)}`)}`.trimEnd();
    })
    .join('\n');
}

function widestLine(text: string): number {
  return text.includes('\n') ? Math.max(...text.split('\n').map(displayWidth)) : displayWidth(text);
}
