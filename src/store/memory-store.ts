import { must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import {
  type OrderedStore,
  type PlacedEntry,
  type RangeOptions,
  scanRange,
  type StoreEntry,
  type StoreReader,
  type StoreSnapshot,
  type StoreWriter,
} from './ordered-store.ts';
import { unpackEntries } from './packed-entries.ts';
import { SortedMap } from './sorted-map.ts';

type Spaces = Map<string, SortedMap<Buffer>>;

const EMPTY = Buffer.alloc(0);

/** The cost of an entry besides its key and value. */
const ENTRY_BYTES = 16;

/** An OrderedStore in memory: for tests, and for servers that need to keep nothing. */
export class MemoryStore implements OrderedStore {
  readonly #spaces: Spaces = new Map();
  /** Writable, so that a test can remove and restore space. */
  maxBytes: number;
  #usedBytes = 0;
  #closed = false;

  constructor(options: { readonly maxBytes?: number } = {}) {
    this.maxBytes = options.maxBytes ?? Infinity;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get(space: string, key: Uint8Array): Buffer | undefined {
    return readerOf(this.#spaces).get(space, key);
  }

  range(space: string, options?: RangeOptions): Iterable<StoreEntry> {
    return readerOf(this.#spaces).range(space, options);
  }

  scan(space: string, options: RangeOptions, visit: (entry: PlacedEntry) => boolean): void {
    readerOf(this.#spaces).scan(space, options, visit);
  }

  write(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): void {
    if (this.#closed) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write to the store: it is closed');
    // Gathered first, so that a failing fill changes nothing.
    const operations: (() => void)[] = [];
    let bytes = 0;
    const writes: StoreWriter = {
      put: (space, key, value) => {
        const text = textOf(key);
        const copy = Buffer.from(value);
        bytes += text.length + copy.length + ENTRY_BYTES;
        operations.push(() => this.#put(space, text, copy));
      },
      delete: (space, key) => {
        const text = textOf(key);
        operations.push(() => this.#delete(space, text));
      },
      putPacked: (packed) =>
        unpackEntries(packed, (index, key, value) => {
          const space = must(packed.spaces[index], 'space');
          if (value === null) writes.delete(space, key);
          else writes.put(space, key, value);
        }),
      deleteSpace: (space) => operations.push(() => this.#deleteSpace(space)),
    };
    fill(writes);
    if (bytes > 0 && options?.evenIfFull !== true && this.#usedBytes + bytes > this.maxBytes) {
      throw new SluiceError(
        'LOG_FULL',
        `Cannot store ${bytes} more bytes: ${this.#usedBytes} of ${this.maxBytes} are used`,
        {
          retriable: true,
        },
      );
    }
    for (const operation of operations) operation();
  }

  snapshot(): StoreSnapshot {
    const spaces: Spaces = new Map();
    for (const [name, map] of this.#spaces) spaces.set(name, map.clone());
    return {
      ...readerOf(spaces),
      spaces: (prefix) => [...spaces.keys()].filter((name) => name.startsWith(prefix)),
      close: () => spaces.clear(),
    };
  }

  spaces(): readonly string[] {
    return [...this.#spaces.keys()];
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
  }

  #put(space: string, key: string, value: Buffer): void {
    let map = this.#spaces.get(space);
    if (map === undefined) this.#spaces.set(space, (map = new SortedMap()));
    const before = map.set(key, value);
    this.#usedBytes += before === undefined ? key.length + value.length + ENTRY_BYTES : value.length - before.length;
  }

  #delete(space: string, key: string): void {
    const before = this.#spaces.get(space)?.delete(key);
    if (before !== undefined) this.#usedBytes -= key.length + before.length + ENTRY_BYTES;
  }

  #deleteSpace(space: string): void {
    for (const [key, value] of this.#spaces.get(space)?.range(undefined, undefined) ?? []) {
      this.#usedBytes -= key.length + value.length + ENTRY_BYTES;
    }
    this.#spaces.delete(space);
  }
}

function readerOf(spaces: Spaces): StoreReader {
  const reader: StoreReader = {
    get: (space, key) => spaces.get(space)?.get(textOf(key)),
    *range(space, options) {
      const map = spaces.get(space);
      if (map === undefined) return;
      let left = options?.limit ?? Infinity;
      const gte = options?.gte === undefined ? undefined : textOf(options.gte);
      const lt = options?.lt === undefined ? undefined : textOf(options.lt);
      for (const [key, value] of map.range(gte, lt, options?.reverse)) {
        if (left-- <= 0) return;
        yield { key: Buffer.from(key, 'latin1'), value: options?.values === false ? EMPTY : value };
      }
    },
    scan: (space, options, visit) => scanRange(reader.range(space, options), visit),
  };
  return reader;
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
