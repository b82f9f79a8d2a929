/** The most characters of all values that are kept. */
const MAX_CHARS = 8 * 1024 * 1024;
/** A longer value would evict too many others. */
const MAX_VALUE_CHARS = 1024 * 1024;
/** Postgres stores no value out of line (TOAST) that is not longer than the pointer to it. */
const MIN_VALUE_CHARS = 18;

/** Texts by column. */
export type Values = ReadonlyMap<number, string>;

/** The last values of some rows, by a text that identifies the row: the most recently used, as many as fit. */
export class LastValues {
  readonly #rows = new Map<string, Values>();
  readonly #maxChars: number;
  #chars = 0;

  constructor(maxChars = MAX_CHARS) {
    this.#maxChars = maxChars;
  }

  get(row: string): Values | undefined {
    const found = this.#rows.get(row);
    if (found !== undefined) {
      this.#rows.delete(row);
      this.#rows.set(row, found);
    }
    return found;
  }

  /**
   * Replaces what was kept of the row. Values that a server always sends, and values that are too long, are omitted.
   */
  set(row: string, values: Iterable<readonly [column: number, text: string | null | undefined]>): void {
    this.delete(row);
    const kept = new Map<number, string>();
    for (const [column, text] of values)
      if (typeof text === 'string' && text.length >= MIN_VALUE_CHARS && text.length <= MAX_VALUE_CHARS)
        kept.set(column, text);
    if (kept.size === 0) return;
    this.#rows.set(row, kept);
    this.#chars += charsOf(row, kept);
    for (const [oldest, held] of this.#rows) {
      if (this.#chars <= this.#maxChars) return;
      this.#rows.delete(oldest);
      this.#chars -= charsOf(oldest, held);
    }
  }

  delete(row: string): void {
    const held = this.#rows.get(row);
    if (held === undefined) return;
    this.#rows.delete(row);
    this.#chars -= charsOf(row, held);
  }

  clear(): void {
    this.#rows.clear();
    this.#chars = 0;
  }
}

function charsOf(row: string, values: Values): number {
  let chars = row.length;
  for (const text of values.values()) chars += text.length;
  return chars;
}
