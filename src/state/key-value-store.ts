import type { Key, Row } from '../types/row.ts';
import type { KeyValueStore, StoredRow, StoreSpec } from './api.ts';
import { CLEAN, DIRTY, FLUSHED } from './entry-status.ts';
import { bytesToLatin1, EntryCodec, latin1ToBytes, storedKey } from './entry-codec.ts';
import { afterPrefix, isEmptySpace, prefixRange, type OrderedReader, type StateSink } from './ordered.ts';
import { bySort, SortedList } from './sorted-list.ts';

/** A row, or the knowledge that there is none (`row` null). */
class Entry {
  readonly id: unknown;
  readonly key: Key;
  row: Row | null;
  timestamp: number;
  status = CLEAN;
  /** False: certainly not in the ordered store, so that nothing needs to be deleted there. */
  maybeStored: boolean;
  /** Whether it was read or written since the last eviction check. */
  used = true;
  /** Key bytes as Latin-1; '' until the order is needed. */
  sort = '';

  constructor(id: unknown, key: Key, row: Row | null, timestamp: number, maybeStored: boolean) {
    this.id = id;
    this.key = key;
    this.row = row;
    this.timestamp = timestamp;
    this.maybeStored = maybeStored;
  }
}

const codecs = new WeakMap<StoreSpec, EntryCodec>();

/** One codec for all stores with the same spec: pull queries open theirs for each snapshot. */
function codecOf(spec: StoreSpec): EntryCodec {
  let codec = codecs.get(spec);
  if (codec === undefined) codecs.set(spec, (codec = new EntryCodec(spec)));
  return codec;
}

/**
 * A Map in front of an ordered store. Invariants:
 * - an entry in the Map is at least as new as the one on disk; entries that are not in the Map are as on disk;
 * - only clean entries are evicted, and only after a commit, so that a read never sees the state before the last write;
 * - `#complete` means that the Map contains everything, so that misses need no look-up on disk.
 */
export class CachedKeyValueStore implements KeyValueStore {
  readonly #space: string;
  readonly #codec: EntryCodec;
  readonly #disk: OrderedReader;
  readonly #maxClean: number;
  readonly #entries = new Map<unknown, Entry>();
  #dirty: Entry[] = [];
  #flushed: Entry[] = [];
  /** Whether every entry stays in memory, as in the store of a push query, which has no disk. */
  readonly #keepsAll: boolean;
  /** Entries by key for scans: unsaved ones, or all if all are kept. Created by the first scan. */
  #unsaved: SortedList<Entry> | undefined;
  #complete = true;

  constructor(spec: StoreSpec, space: string, disk: OrderedReader, maxClean: number) {
    this.#space = space;
    this.#codec = codecOf(spec);
    this.#disk = disk;
    this.#maxClean = maxClean;
    this.#keepsAll = maxClean === Infinity;
    // A reader that keeps nothing reads only a few rows, for which the check would not pay.
    this.#complete = maxClean > 0 && isEmptySpace(disk, space);
  }

  /** Entries held in memory. */
  get cached(): number {
    return this.#entries.size;
  }

  /** Entries that the next flush writes. */
  get unsaved(): number {
    return this.#dirty.length;
  }

  get(key: Key): StoredRow | undefined {
    const id = this.#codec.keys.id(key);
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      if (this.#complete) return undefined;
      entry = this.#load(id, key);
    }
    // Written only when it changes, so that most reads do not modify the entry's memory.
    if (!entry.used) entry.used = true;
    return entry.row === null ? undefined : (entry as StoredRow);
  }

  put(key: Key, row: Row, timestamp: number): StoredRow {
    const id = this.#codec.keys.id(key);
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      entry = new Entry(id, key, row, timestamp, !this.#complete);
      this.#entries.set(id, entry);
    }
    this.update(entry as StoredRow, row, timestamp);
    return entry as StoredRow;
  }

  update(stored: StoredRow, row: Row, timestamp: number): void {
    const entry = stored as Entry;
    entry.row = row;
    entry.timestamp = timestamp;
    this.#touch(entry);
  }

  delete(key: Key): void {
    const id = this.#codec.keys.id(key);
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      if (this.#complete) return;
      entry = new Entry(id, key, null, 0, true);
      this.#entries.set(id, entry);
    }
    entry.row = null;
    this.#touch(entry);
  }

  all(): Iterable<readonly [Key, StoredRow]> {
    return this.#scan(undefined, undefined);
  }

  range(from: Key | undefined, to: Key | undefined): Iterable<readonly [Key, StoredRow]> {
    const { keys } = this.#codec;
    return this.#scan(
      from === undefined ? undefined : latin1ToBytes(keys.text(from)),
      to === undefined ? undefined : afterPrefix(latin1ToBytes(keys.text(to))),
    );
  }

  prefix(prefix: Key): Iterable<readonly [Key, StoredRow]> {
    return this.#scan(...prefixRange(latin1ToBytes(this.#codec.keys.text(prefix, prefix.length))));
  }

  /** Hands every unsaved entry to the sink, in key order. Must be followed by `afterCommit` before the next flush. */
  flush(sink: StateSink): void {
    const dirty = this.#dirty;
    for (const entry of dirty) this.#sortOf(entry);
    dirty.sort(bySort);
    for (const entry of dirty) {
      const fullKey = latin1ToBytes(entry.sort);
      if (entry.row !== null)
        sink.putState(this.#space, storedKey(fullKey), this.#codec.encode(fullKey, entry.row, entry.timestamp));
      else if (entry.maybeStored) sink.putState(this.#space, storedKey(fullKey), null);
      entry.status = FLUSHED;
      entry.maybeStored = true;
    }
    this.#flushed = dirty;
    this.#dirty = [];
  }

  /** Called when the flushed writes can be read from the ordered store. */
  afterCommit(): void {
    for (const entry of this.#flushed) {
      if (entry.status !== FLUSHED) continue;
      entry.status = CLEAN;
      if (entry.row !== null) continue;
      this.#entries.delete(entry.id);
      if (this.#keepsAll) this.#unsaved?.remove(entry);
    }
    this.#flushed = [];
    if (this.#unsaved !== undefined && !this.#keepsAll) {
      this.#unsaved.clear();
      for (const entry of this.#dirty) this.#unsaved.add(entry);
    }
    if (this.#entries.size > this.#maxClean + this.#dirty.length) this.#forget();
  }

  /**
   * Evicts by second chance: entries used since the last check stay, others are removed until a tenth of the room is
   * free.
   */
  #forget(): void {
    let excess = this.#entries.size - this.#dirty.length - Math.floor(this.#maxClean * 0.9);
    for (let round = 0; round < 2 && excess > 0; round++) {
      for (const entry of this.#entries.values()) {
        if (entry.status !== CLEAN) continue;
        if (entry.used) {
          entry.used = false;
          continue;
        }
        this.#entries.delete(entry.id);
        if (entry.row !== null) this.#complete = false;
        if (--excess <= 0) break;
      }
    }
  }

  #touch(entry: Entry): void {
    entry.used = true;
    if (entry.status === DIRTY) return;
    const isUnsaved = entry.status === FLUSHED;
    entry.status = DIRTY;
    this.#dirty.push(entry);
    // If all are kept, entries that were sorted in before are there already.
    if (this.#unsaved !== undefined && !isUnsaved && !(this.#keepsAll && entry.sort !== '')) {
      this.#sortOf(entry);
      this.#unsaved.add(entry);
    }
  }

  #load(id: unknown, key: Key): Entry {
    const fullKey = latin1ToBytes(this.#codec.keys.text(key));
    const value = this.#disk.get(this.#space, storedKey(fullKey));
    let entry: Entry;
    if (value === undefined) {
      entry = new Entry(id, key, null, 0, false);
    } else {
      const { row, timestamp } = this.#codec.decode(value);
      entry = new Entry(id, key, row, timestamp, true);
    }
    this.#entries.set(id, entry);
    return entry;
  }

  #sortOf(entry: Entry): void {
    if (entry.sort === '') entry.sort = this.#codec.keys.text(entry.key);
  }

  /** Merges disk and unsaved entries, of which the unsaved take precedence. */
  *#scan(from: Uint8Array | undefined, to: Uint8Array | undefined): Iterable<readonly [Key, StoredRow]> {
    if (this.#unsaved === undefined) {
      this.#unsaved = new SortedList();
      for (const entry of this.#entries.values()) {
        if (entry.status === CLEAN && !this.#keepsAll) continue;
        this.#sortOf(entry);
        this.#unsaved.add(entry);
      }
    }
    const unsaved = this.#unsaved.slice(
      from === undefined ? '' : bytesToLatin1(from),
      to === undefined ? '' : bytesToLatin1(to),
    );
    let next = 0;
    for (const [stored, value] of this.#disk.range(this.#space, from, to)) {
      const fullKey = this.#codec.fullKey(stored, value);
      const sort = bytesToLatin1(fullKey);
      for (; next < unsaved.length && unsaved[next]!.sort < sort; next++) {
        const entry = unsaved[next]!;
        if (entry.row !== null) yield [entry.key, entry as StoredRow];
      }
      if (next < unsaved.length && unsaved[next]!.sort === sort) {
        const entry = unsaved[next++]!;
        if (entry.row !== null) yield [entry.key, entry as StoredRow];
        continue;
      }
      const { key } = this.#codec.readKey(fullKey);
      const cached = this.#entries.get(this.#codec.keys.id(key));
      // A clean entry that was deleted during this scan is not yielded again.
      if (cached === undefined) yield [key, this.#codec.decode(value)];
      else if (cached.row !== null) yield [cached.key, cached as StoredRow];
    }
    for (; next < unsaved.length; next++) {
      const entry = unsaved[next]!;
      if (entry.row !== null) yield [entry.key, entry as StoredRow];
    }
  }
}
