import { must } from '../../base/assert.ts';
import { parseRowText } from '../../wire/row-json.ts';
import { keyText, type KeyPlaces } from '../live-keys.ts';
import { rowCells } from './rows.ts';
import { fitWidths, naturalWidths, tableHead, tableRow, type TableColumn } from './table.ts';

/** Keys that are kept; of more only the first are shown, and the rest counted. */
const KEYS_MAX = 50_000;
const TOMBSTONE = '{"tombstone":';

/** A table as it stands: the last row of each key, in the order in which keys were first seen. */
export class LiveTable {
  readonly #columns: readonly TableColumn[];
  readonly #cells: (row: string) => string[];
  readonly #keys: KeyPlaces;
  readonly #rows = new Map<string, readonly string[]>();
  /** Columns never get narrower: what moves is hard to read. */
  #natural: readonly number[] = [];
  /** Keys beyond those that are kept. */
  #more = 0;

  constructor(names: readonly string[], types: readonly string[], keys: KeyPlaces, nullText?: string) {
    const { columns, cells } = rowCells(names, types, nullText);
    this.#columns = columns;
    this.#cells = cells;
    this.#keys = keys;
  }

  get size(): number {
    return this.#rows.size + this.#more;
  }

  add(rows: readonly string[]): void {
    for (const text of rows) {
      const gone = text.startsWith(TOMBSTONE);
      const row = gone ? text.slice(TOMBSTONE.length, -1) : text;
      const values = parseRowText(row);
      const key = keyText(values, this.#keys);
      if (gone) this.#rows.delete(key);
      else if (this.#rows.has(key) || this.#rows.size < KEYS_MAX) this.#rows.set(key, this.#cells(row));
      else this.#more++;
    }
  }

  /** The lines of the table: at most `height`, each of one row; the last says how many do not fit. */
  lines(width: number, height: number): string[] {
    const all = [...this.#rows.values()];
    const room = Math.max(1, height - 2);
    const fits = all.length + this.#more <= room;
    const shown = fits ? all : all.slice(0, room - 1);
    this.#natural = naturalWidths(this.#columns, shown, this.#natural);
    const widths = fitWidths(this.#natural, width);
    const lines = [
      ...tableHead(this.#columns, widths).split('\n'),
      // One line a row: what does not fit its column is cut.
      ...shown.map((row) => must(tableRow(this.#columns, widths, row).split('\n')[0], 'part of the text')),
    ];
    if (!fits) lines.push(` ... and ${this.size - shown.length} more rows`);
    return lines;
  }
}
