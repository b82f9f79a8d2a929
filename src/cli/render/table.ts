import { displayWidth, pad, printable, wrapText } from './width.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Names: other columns give way first. */
  readonly keep?: boolean;
}

/** Narrower than this no column is made, even if the table then is wider than the terminal. */
const COLUMN_MIN = 6;
/** As far as other columns give way for names. */
const PROSE_MIN = 20;
const SEPARATOR = ' │ ';

/**
 * A table that fits `width` columns: texts that are too long go on in the next line of their cell.
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
  const widths = fitWidths(
    columns.map((column, i) => Math.max(displayWidth(column.title), ...cells.map((row) => widestLine(row[i] ?? '')))),
    width,
    columns.map((column) => column.keep === true),
  );
  return [tableHead(columns, widths), ...cells.map((row) => tableRow(columns, widths, row))].join('\n');
}

export function tableHead(columns: readonly TableColumn[], widths: readonly number[]): string {
  const titles = tableRow(
    columns,
    widths,
    columns.map((c) => c.title),
  );
  return `${titles}\n${widths.map((w) => '─'.repeat(w + 2)).join('┼')}`;
}

/** One row, as many lines as its longest cell needs; with `wrap` false, cells that are too long stick out. */
export function tableRow(
  columns: readonly TableColumn[],
  widths: readonly number[],
  row: readonly string[],
  wrap = true,
): string {
  const cells = widths.map((w, i) => wrapText(row[i] ?? '', wrap ? w : Number.POSITIVE_INFINITY));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    ` ${cells.map((lines, i) => pad(lines[line] ?? '', widths[i]!, columns[i]?.align ?? 'left')).join(SEPARATOR)}`.trimEnd(),
  ).join('\n');
}

/**
 * Takes from the widest columns until the table fits; columns that are narrow anyway keep what they need, and those of
 * `keep` give only when the others are down to a few words.
 */
export function fitWidths(natural: readonly number[], width: number, keep: readonly boolean[] = []): number[] {
  const widths = [...natural];
  let excess = 2 + widths.reduce((sum, w) => sum + w, 0) + SEPARATOR.length * (widths.length - 1) - width;
  const take = (from: readonly number[], min: number): void => {
    while (excess > 0) {
      const widest = Math.max(0, ...from.map((i) => widths[i]!));
      if (widest <= min) return;
      const at = from.filter((i) => widths[i] === widest);
      const next = Math.max(min, ...from.map((i) => widths[i]!).filter((w) => w < widest));
      const each = Math.max(1, Math.min(widest - next, Math.ceil(excess / at.length)));
      for (const i of at) {
        const taken = Math.min(each, excess);
        widths[i]! -= taken;
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

/** `Name : value` lines, the values in one column. */
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
