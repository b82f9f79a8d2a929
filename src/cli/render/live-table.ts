import { must } from '../../base/assert.ts';
import { parseRowText } from '../../wire/row-json.ts';
import { keyText, type KeyPlaces } from '../live-keys.ts';
import { rowCells } from './rows.ts';
import { fitWidths, naturalWidths, tableHead, tableRow, type TableColumn } from './table.ts';

/** Keys that are kept: those that changed last. The rest is counted. */
const KEYS_MAX = 50_000;
const TOMBSTONE = '{"tombstone":';

/** The last row of a key. */
interface Kept {
  /** Its place among the keys, by when they were first seen. */
  readonly place: number;
  readonly cells: readonly string[];
}

/**
 * A table as it stands: the last row of each key, in the order in which keys were first seen; of more than the screen
 * holds, those that changed last: of a windowed table the windows that are open.
 */
export class LiveTable {
  readonly #columns: readonly TableColumn[];
  readonly #cells: (row: string) => string[];
  readonly #keys: KeyPlaces;
  /** What changed last is last. */
  readonly #rows = new Map<string, Kept>();
  #seen = 0;
  /** Columns never get narrower: what moves is hard to read. */
  #natural: readonly number[] = [];
  /** Keys beyond those that are kept. */
  #more = 0;
  #changes = 0;

  constructor(names: readonly string[], types: readonly string[], keys: KeyPlaces, nullText?: string) {
    const { columns, cells } = rowCells(names, types, nullText);
    this.#columns = columns;
    this.#cells = cells;
    this.#keys = keys;
  }

  get size(): number {
    return this.#rows.size + this.#more;
  }

  /** `10 changes, 5 rows`: what came, which is what LIMIT counts, and what stands of it. */
  summary(): string {
    const of = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
    return this.#changes === this.size
      ? of(this.size, 'row')
      : `${of(this.#changes, 'change')}, ${of(this.size, 'row')}`;
  }

  add(rows: readonly string[]): void {
    this.#changes += rows.length;
    for (const text of rows) {
      const gone = text.startsWith(TOMBSTONE);
      const row = gone ? text.slice(TOMBSTONE.length, -1) : text;
      const values = parseRowText(row);
      const key = keyText(values, this.#keys);
      const before = this.#rows.get(key);
      this.#rows.delete(key);
      if (gone) continue;
      this.#rows.set(key, { place: before?.place ?? this.#seen++, cells: this.#cells(row) });
      if (this.#rows.size <= KEYS_MAX) continue;
      for (const oldest of this.#rows.keys()) {
        this.#rows.delete(oldest);
        this.#more++;
        break;
      }
    }
  }

  /** The lines of the table: at most `height`, each of one row; the last says how many do not fit. */
  lines(width: number, height: number): string[] {
    const all = [...this.#rows.values()];
    const room = Math.max(1, height - 2);
    const fits = all.length + this.#more <= room;
    const shown = (fits ? all : all.slice(all.length - Math.max(0, room - 1)))
      .sort((a, b) => a.place - b.place)
      .map((row) => row.cells);
    this.#natural = naturalWidths(this.#columns, shown, this.#natural);
    const widths = fitWidths(this.#natural, width);
    const lines = [
      ...tableHead(this.#columns, widths).split('\n'),
      // One line a row: what does not fit its column is cut.
      ...shown.map((row) => must(tableRow(this.#columns, widths, row).split('\n')[0], 'part of the text')),
    ];
    if (!fits) lines.push(` ... and ${this.size - shown.length} more rows, which changed earlier`);
    return lines;
  }
}
