import { signal } from '@preact/signals';
import { jsonText, parseRowText } from '../../../src/wire/row-json.ts';
import { keyText, type KeyPlaces } from '../../../src/cli/live-keys.ts';

/** Rows that a result keeps: enough for browsing, with a limit whatever a query sends. */
export const ROWS_KEPT = 10_000;
/** Keys that a live table keeps. */
export const KEYS_KEPT = 50_000;

const TOMBSTONE = '{"tombstone":';

/** One line of a result. */
export interface Line {
  /** Sequence number from 0 over the whole result. */
  readonly seq: number;
  /** The row as JSON, as the server wrote it. */
  readonly json: string;
  readonly isTombstone: boolean;
  /** Arrival time on the page's clock, in ms. */
  readonly atMs: number;
}

/**
 * The rows of one result. Rows stay text until one is shown, and components are notified of new ones at most once per
 * frame, so that the page stays responsive with thousands of rows per second.
 */
export class Rows {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  /** Positions of the columns that identify the rows of a table; undefined when the result is not a table. */
  readonly keys: KeyPlaces | undefined;
  /** Incremented when there is something new to show. */
  readonly version = signal(0);
  #lines: Line[] = [];
  readonly #byKey = new Map<string, Line>();
  #total = 0;
  #isDue = false;

  constructor(columns: readonly string[], types: readonly string[], keys: KeyPlaces | undefined) {
    this.columns = columns;
    this.types = types;
    this.keys = keys;
  }

  /** The number of rows received, kept or not. */
  get total(): number {
    return this.#total;
  }

  /** The last lines, oldest first. */
  get lines(): readonly Line[] {
    return this.#lines;
  }

  /** The current table: the last line of each key, in the order in which keys were first seen. */
  get table(): Iterable<Line> {
    return this.#byKey.values();
  }

  get tableSize(): number {
    return this.#byKey.size;
  }

  add(texts: readonly string[]): void {
    const atMs = performance.now();
    for (const text of texts) {
      const isTombstone = text.startsWith(TOMBSTONE);
      const line: Line = {
        seq: this.#total++,
        json: isTombstone ? text.slice(TOMBSTONE.length, -1) : text,
        isTombstone,
        atMs,
      };
      this.#lines.push(line);
      if (this.keys !== undefined) this.#keep(line, this.keys);
    }
    // Truncated infrequently, because each truncation copies the remaining lines.
    if (this.#lines.length > ROWS_KEPT * 1.25) this.#lines = this.#lines.slice(-ROWS_KEPT);
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.version.value++;
    });
  }

  #keep(line: Line, keys: KeyPlaces): void {
    const values = parseRowText(line.json);
    const key = keyText(values, keys);
    if (line.isTombstone) this.#byKey.delete(key);
    else if (this.#byKey.has(key) || this.#byKey.size < KEYS_KEPT) this.#byKey.set(key, line);
  }
}

/** The values of a line as text, NULL as null; numbers keep every digit. */
export function cells(json: string): (string | null)[] {
  return parseRowText(json).map((value) =>
    value === null ? null : typeof value === 'string' ? value : jsonText(value),
  );
}
