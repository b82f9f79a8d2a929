/** Backward search in the history: Ctrl-R. */
export class ReverseSearch {
  query = '';
  /** The index of the shown entry; -1: none was found. */
  #at = -1;
  readonly #entries: readonly string[];

  /** @param entries newest first */
  constructor(entries: readonly string[]) {
    this.#entries = entries;
  }

  get found(): string | undefined {
    return this.#at < 0 ? undefined : this.#entries[this.#at];
  }

  /**
   * Changes the query: finds the newest entry that contains it, beginning at the shown one if the query became longer.
   */
  change(query: string): void {
    const from = query.startsWith(this.query) && this.#at >= 0 ? this.#at : 0;
    this.query = query;
    this.#at = query === '' ? -1 : this.#indexFrom(from);
  }

  /** Moves to the next older, different entry that contains the query; without one, nothing changes. */
  older(): void {
    if (this.query === '') return;
    const shown = this.found;
    for (let at = this.#indexFrom(this.#at + 1); at >= 0; at = this.#indexFrom(at + 1)) {
      if (this.#entries[at] === shown) continue;
      this.#at = at;
      return;
    }
  }

  #indexFrom(from: number): number {
    const wanted = this.query.toLowerCase();
    for (let i = Math.max(0, from); i < this.#entries.length; i++)
      if (this.#entries[i]!.toLowerCase().includes(wanted)) return i;
    return -1;
  }
}
