import type { PlacedEntry } from '../store/ordered-store.ts';
import type { Key } from '../types/row.ts';
import type { TimedRow, WindowStoreSpec } from './api.ts';
import { EntryCodec } from './entry-codec.ts';
import { entryPages } from './entry-pages.ts';
import { storedKey } from './key-codec.ts';
import { afterPrefix, type OrderedReader } from './ordered.ts';
import { observedTimeOf, storeSpace, timeSpace } from './provider.ts';
import { rowKeyOf, rowsBetween, timeBytes } from './timed-keys.ts';

/** Like `CommittedRows` for window and session stores: rows by key and time. */
export class CommittedTimedRows {
  readonly #codec: EntryCodec;
  readonly #spec: WindowStoreSpec;

  constructor(spec: WindowStoreSpec) {
    this.#codec = new EntryCodec(spec);
    this.#spec = spec;
  }

  /**
   * `prefix`: of the task's spaces, from `stateSpace`. `disk` must be a snapshot, since rows and their index belong
   * together.
   */
  of(disk: OrderedReader, prefix: string): CommittedTimedStore {
    return new CommittedTimedStore(this.#codec, this.#spec, disk, prefix);
  }
}

/** One task's store: the unexpired rows, in pages that are read without interruption. */
export class CommittedTimedStore {
  readonly #codec: EntryCodec;
  readonly #spec: WindowStoreSpec;
  readonly #disk: OrderedReader;
  readonly #space: string;
  readonly #timeSpace: string;
  readonly #prefix: string;

  constructor(codec: EntryCodec, spec: WindowStoreSpec, disk: OrderedReader, prefix: string) {
    this.#codec = codec;
    this.#spec = spec;
    this.#disk = disk;
    this.#prefix = prefix;
    this.#space = storeSpace(prefix, spec.name);
    this.#timeSpace = timeSpace(prefix, spec.name);
  }

  /** Rows of one key with fromTime <= time <= toTime, by (time, extra). */
  ofKey(key: Key, fromTime: number, toTime: number): Iterable<readonly TimedRow[]> {
    const from = Math.max(fromTime, this.#floor);
    if (from > toTime) return [];
    const range = rowsBetween(this.#codec.keys.bytes(key), from, toTime);
    return entryPages(this.#disk, this.#space, range.from, range.to, (entry) => {
      const row = this.#codec.decodeTimed(entry);
      return range.isExact || (row.time >= from && row.time <= toTime && this.#isKey(row.key, key)) ? row : undefined;
    });
  }

  /** Rows of all keys: by (key bytes, time, extra), or by (time, key bytes, extra) when a bound is given. */
  all(fromTime: number, toTime: number): Iterable<readonly TimedRow[]> {
    const floor = this.#floor;
    const from = Math.max(fromTime, floor);
    if (from > toTime) return [];
    if (fromTime > -Infinity || toTime < Infinity) return this.#byTime(from, toTime);
    return entryPages(this.#disk, this.#space, undefined, undefined, (entry) => {
      const row = this.#codec.decodeTimed(entry);
      return row.time >= floor ? row : undefined;
    });
  }

  *#byTime(from: number, to: number): Generator<readonly TimedRow[]> {
    const rowKey = ({ key, keyStart, keyEnd, value, valueStart, valueEnd }: PlacedEntry): Buffer =>
      rowKeyOf(this.#codec.fullKey(key.subarray(keyStart, keyEnd), value.subarray(valueStart, valueEnd)));
    // Rows are looked up when the keys of a page are complete, because a look-up uses the same buffers as the scan.
    for (const keys of entryPages(this.#disk, this.#timeSpace, timeBytes(from), afterPrefix(timeBytes(to)), rowKey)) {
      const page: TimedRow[] = [];
      for (const key of keys) {
        const value = this.#disk.get(this.#space, storedKey(key));
        if (value !== undefined) page.push(this.#codec.decodeTimedRow(key, value));
      }
      yield page;
    }
  }

  #isKey(a: Key, b: Key): boolean {
    return this.#codec.keys.text(a) === this.#codec.keys.text(b);
  }

  /** The earliest time that is kept. */
  get #floor(): number {
    return observedTimeOf(this.#disk, this.#prefix, this.#spec.name) - this.#spec.retentionMs;
  }
}
