import { must } from '../../base/assert.ts';
import { parseRowText } from '../../wire/row-json.ts';
import { keyText, type KeyPlaces } from '../live-keys.ts';
import { rowCells } from './rows.ts';
import { fitWidths, isLegible, naturalWidths, recordLine, tableHead, tableRow, type TableColumn } from './table.ts';
import { displayWidth, firstLine, pad } from './width.ts';

/** The maximum number of keys that are kept: those that changed last. The others are only counted. */
const KEYS_MAX = 50_000;
const TOMBSTONE = '{"tombstone":';

/** The last row of a key. */
interface Kept {
  /** The position of the key, in the order in which keys were first seen. */
  readonly place: number;
  readonly cells: readonly string[];
}

/**
 * The current state of a table: the last row of each key, in the order in which keys were first seen. If the screen is
 * too small, it shows the keys that changed last, which for a windowed table are the open windows.
 */
export class LiveTable {
  readonly #columns: readonly TableColumn[];
  readonly #cells: (row: string) => string[];
  readonly #keys: KeyPlaces;
  /** In the order of the last change. */
  readonly #rows = new Map<string, Kept>();
  #seen = 0;
  /** Columns never become narrower, because a moving layout is hard to read. */
  #natural: readonly number[] = [];
  /** The number of keys beyond those that are kept. */
  #more = 0;
  #changes = 0;

  readonly #records: boolean;

  /** @param records whether to show records when the window is too narrow for a table */
  constructor(names: readonly string[], types: readonly string[], keys: KeyPlaces, nullText?: string, records = true) {
    this.#records = records;
    const { columns, cells } = rowCells(names, types, nullText);
    this.#columns = columns;
    this.#cells = cells;
    this.#keys = keys;
  }

  get size(): number {
    return this.#rows.size + this.#more;
  }

  /** `10 changes, 5 rows`: the number of changes, which LIMIT counts, and of current rows. */
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

  /** The lines of the table: at most `height`, one per row; the last one says how many rows do not fit. */
  lines(width: number, height: number): string[] {
    const all = [...this.#rows.values()];
    const room = Math.max(1, height - 2);
    const fits = all.length + this.#more <= room;
    const shown = inOrder(fits ? all : all.slice(all.length - Math.max(0, room - 1)));
    this.#natural = naturalWidths(
      this.#columns,
      shown.map((row) => row.cells),
      this.#natural,
    );
    const widths = fitWidths(
      this.#natural,
      width,
      this.#columns.map((column) => column.align === 'right'),
    );
    if (this.#records && !isLegible(this.#columns, this.#natural, widths)) return this.#recordsOf(all, width, height);
    const lines = [
      ...tableHead(this.#columns, widths).split('\n'),
      // One line per row: a cell that does not fit is truncated and marked.
      ...shown.map(({ cells }) =>
        tableRow(
          this.#columns,
          widths,
          cells.map((cell, i) => firstLine(cell, must(widths[i], 'width'))),
        ),
      ),
    ];
    return this.#withRest(lines, shown.length);
  }

  /** The rows that changed last as records, one line per column, when the window is too narrow for a legible table. */
  #recordsOf(all: readonly Kept[], width: number, height: number): string[] {
    const each = this.#columns.length + 1;
    const fits = (all.length + this.#more) * each <= height;
    const count = fits ? all.length : Math.max(1, Math.floor((height - 1) / each));
    const shown = inOrder(all.slice(-count));
    const names = Math.max(0, ...this.#columns.map(({ title }) => displayWidth(title)));
    const lines = shown.flatMap(({ place, cells }) => [
      recordLine(place + 1),
      ...this.#columns.map(({ title }, i) =>
        firstLine(
          `${pad(title, names)} : ${firstLine(cells[i] ?? '', Math.max(1, width - names - 3))}`.trimEnd(),
          width,
        ),
      ),
    ]);
    // A row may have more columns than the window has lines.
    return this.#withRest(lines.length > height ? lines.slice(0, Math.max(1, height - 1)) : lines, shown.length);
  }

  #withRest(lines: readonly string[], shown: number): string[] {
    const more = this.size - shown;
    return more === 0 ? [...lines] : [...lines, ` ... and ${more} more rows, which changed earlier`];
  }
}

const inOrder = (rows: readonly Kept[]): Kept[] => rows.toSorted((a, b) => a.place - b.place);
