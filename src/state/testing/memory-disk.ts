import type { OrderedReader, StateSink } from '../ordered.ts';

/** An ordered store in memory whose writes become visible only after `commit`, as with the real ones. */
export class MemoryDisk implements OrderedReader, StateSink {
  readonly #spaces = new Map<string, Map<string, Buffer>>();
  #pending: { space: string; key: string; value: Buffer | null }[] = [];

  get(space: string, key: Uint8Array): Uint8Array | undefined {
    return this.#spaces.get(space)?.get(text(key));
  }

  *range(
    space: string,
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
  ): Iterable<readonly [Uint8Array, Uint8Array]> {
    const low = from === undefined ? '' : text(from);
    const high = to === undefined ? undefined : text(to);
    for (const [key, value] of [...(this.#spaces.get(space) ?? [])].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
      if (key >= low && (high === undefined || key < high)) yield [Buffer.from(key, 'latin1'), value];
    }
  }

  putState(space: string, key: Uint8Array, value: Uint8Array | null): void {
    this.#pending.push({ space, key: text(key), value: value === null ? null : Buffer.from(value) });
  }

  commit(): void {
    for (const { space, key, value } of this.#pending) {
      let entries = this.#spaces.get(space);
      if (entries === undefined) this.#spaces.set(space, (entries = new Map()));
      if (value === null) entries.delete(key);
      else entries.set(key, value);
    }
    this.#pending = [];
  }

  abort(): void {
    this.#pending = [];
  }

  /** Entries in all spaces. */
  get size(): number {
    let n = 0;
    for (const entries of this.#spaces.values()) n += entries.size;
    return n;
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
