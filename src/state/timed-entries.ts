import type { Key, Row } from '../types/row.ts';
import type { SqlType } from '../types/sql-type.ts';
import { ByteWriter } from '../base/byte-writer.ts';
import { EntryCodec, latin1ToBytes, storedKey } from './entry-codec.ts';
import { readOrderedNumber, writeOrderedInt64 } from './key-codec.ts';
import { rowKeyOf, rowsBetween, timeBytes } from './timed-keys.ts';
import { afterPrefix, isEmptySpace, type OrderedReader, type StateSink } from './ordered.ts';
import { CLEAN, DIRTY, FLUSHED } from './entry-status.ts';
import { KeyRows, TimedEntry } from './timed-entry.ts';

export interface TimedEntriesOptions {
  readonly keyTypes: readonly SqlType[];
  readonly valueTypes: readonly SqlType[];
  readonly name: string;
  /** Rows with time < observedTime - keepMs have expired. */
  readonly keepMs: number;
  /** Maps (key, time, extra) to the row. */
  readonly space: string;
  /** Contains (time, key, extra) without values, for expiry and for scans over time. */
  readonly timeSpace: string;
  readonly disk: OrderedReader;
  readonly maxClean: number;
}

/**
 * The basis of window and session stores: rows by key and time, in memory in front of an ordered store, expiring by the
 * highest time put so far. Invariants:
 * - a row in memory is at least as new as the one on disk;
 * - a row whose time is above `#diskUntil` is in memory or nowhere, so that recent windows never need the disk;
 * - expired rows are invisible at once, and are removed from memory and disk by the next flush.
 */
export class TimedEntries {
  readonly #options: TimedEntriesOptions;
  readonly #codec: EntryCodec;
  readonly #byKey = new Map<unknown, KeyRows>();
  /** Rows in memory by slices of time, so that expired ones are found without a search. */
  readonly #slices = new Map<number, Set<TimedEntry>>();
  readonly #sliceMs: number;
  #count = 0;
  #dirty: TimedEntry[] = [];
  #flushed: TimedEntry[] = [];
  #diskUntil = -Infinity;
  /** Expired rows below this time have been removed. */
  #sweptUntil = -Infinity;
  readonly #scratch = new ByteWriter(256);
  /** One durable number: see StoreProvider.numbers. */
  readonly #observed: Float64Array;

  constructor(options: TimedEntriesOptions, observed: Float64Array) {
    this.#options = options;
    this.#codec = new EntryCodec(options);
    this.#sliceMs = Math.max(1, Math.floor(options.keepMs / 32));
    this.#observed = observed;
    // If there is anything on disk it must be consulted, up to the newest time.
    if (!isEmptySpace(options.disk, options.timeSpace)) this.#diskUntil = observed[0]!;
  }

  get cached(): number {
    return this.#count;
  }

  /** Entries that the next flush writes. */
  get unsaved(): number {
    return this.#dirty.length;
  }

  /** The highest time ever put; initially -Infinity. */
  get observedTime(): number {
    return this.#observed[0]!;
  }

  /** Rows are kept while their time >= observedTime - retentionMs. */
  get retentionMs(): number {
    return this.#options.keepMs;
  }

  /** The earliest time that is kept. */
  get #floor(): number {
    return this.#observed[0]! - this.#options.keepMs;
  }

  find(key: Key, time: number, extra: number): TimedEntry | undefined {
    if (time < this.#floor) return undefined;
    const rows = this.#byKey.get(this.#codec.keys.id(key));
    if (rows !== undefined) {
      const row = rows.rows[rows.position(time, extra)];
      if (row !== undefined && row.time === time && row.extra === extra) return row.row === null ? undefined : row;
    }
    return time > this.#diskUntil ? undefined : this.#load(key, time, extra);
  }

  put(key: Key, time: number, extra: number, row: Row | null, timestamp: number): TimedEntry | undefined {
    if (time > this.#observed[0]!) this.#observed[0] = time;
    if (time < this.#floor) return undefined;
    const id = this.#codec.keys.id(key);
    let rows = this.#byKey.get(id);
    if (rows === undefined) {
      if (row === null && time > this.#diskUntil) return undefined;
      rows = new KeyRows(id, key);
      this.#byKey.set(id, rows);
    }
    const at = rows.position(time, extra);
    let entry = rows.rows[at];
    if (entry === undefined || entry.time !== time || entry.extra !== extra) {
      if (row === null && time > this.#diskUntil) return undefined;
      entry = this.#insert(rows, at, time, extra, row, timestamp, time <= this.#diskUntil);
    }
    this.update(entry, row, timestamp);
    return row === null ? undefined : entry;
  }

  update(entry: TimedEntry, row: Row | null, timestamp: number): void {
    entry.row = row;
    entry.timestamp = timestamp;
    if (entry.status === DIRTY) return;
    entry.status = DIRTY;
    this.#dirty.push(entry);
  }

  /** Rows of one key with fromTime <= time <= toTime, by (time, extra). A copy, which stays valid during puts. */
  ofKey(key: Key, fromTime: number, toTime: number): TimedEntry[] {
    const from = Math.max(fromTime, this.#floor);
    if (from > toTime) return [];
    let rows = this.#byKey.get(this.#codec.keys.id(key));
    if (from <= this.#diskUntil) rows = this.#loadRange(key, from, toTime) ?? rows;
    if (rows === undefined) return [];
    const found: TimedEntry[] = [];
    const list = rows.rows;
    for (let i = rows.position(from, -Infinity); i < list.length && list[i]!.time <= toTime; i++) {
      if (list[i]!.row !== null) found.push(list[i]!);
    }
    return found;
  }

  /** Rows of all keys with fromTime <= time <= toTime, by (time, key bytes, extra). */
  ofAll(fromTime: number, toTime: number): TimedEntry[] {
    const from = Math.max(fromTime, this.#floor);
    if (from > toTime) return [];
    if (from <= this.#diskUntil) {
      const upTo = Math.min(toTime, this.#diskUntil);
      for (const [stored, value] of this.#options.disk.range(
        this.#options.timeSpace,
        timeBytes(from),
        afterPrefix(timeBytes(upTo)),
      )) {
        const full = this.#codec.fullKey(stored, value);
        const time = readOrderedNumber(full, 0);
        const { key, end } = this.#codec.keys.read(full, 8);
        this.#load(key, time, readOrderedNumber(full, end));
      }
    }
    const found: TimedEntry[] = [];
    for (const [slice, rows] of this.#slices) {
      const start = slice * this.#sliceMs;
      if (start > toTime || start + this.#sliceMs <= from) continue;
      for (const row of rows) if (row.row !== null && row.time >= from && row.time <= toTime) found.push(row);
    }
    for (const row of found) this.#textOf(row.owner);
    return found.sort((a, b) => a.time - b.time || compareText(a.owner.text, b.owner.text) || a.extra - b.extra);
  }

  flush(sink: StateSink): void {
    this.#sweep(sink);
    const floor = this.#floor;
    const dirty = this.#dirty.filter((e) => e.time >= floor);
    for (const entry of dirty) this.#textOf(entry.owner);
    dirty.sort((a, b) => compareText(a.owner.text, b.owner.text) || a.time - b.time || a.extra - b.extra);
    const created: TimedEntry[] = [];
    for (const entry of dirty) {
      const key = this.#rowKey(entry);
      if (entry.row !== null) {
        sink.putState(this.#options.space, storedKey(key), this.#codec.encode(key, entry.row, entry.timestamp));
        entry.maybeStored = true;
        if (!entry.indexed) created.push(entry);
      } else if (entry.maybeStored) {
        sink.putState(this.#options.space, storedKey(key), null);
        sink.putState(this.#options.timeSpace, storedKey(this.#timeKey(entry)), null);
        entry.indexed = false;
      }
      entry.status = FLUSHED;
    }
    created.sort((a, b) => a.time - b.time || compareText(a.owner.text, b.owner.text) || a.extra - b.extra);
    for (const entry of created) {
      const key = this.#timeKey(entry);
      sink.putState(this.#options.timeSpace, storedKey(key), this.#codec.encodeIndex(key));
      entry.indexed = true;
    }
    this.#flushed = dirty;
    this.#dirty = [];
  }

  afterCommit(): void {
    for (const entry of this.#flushed) {
      if (entry.status !== FLUSHED) continue;
      entry.status = CLEAN;
      if (entry.row === null) this.#drop(entry);
    }
    this.#flushed = [];
    if (this.#count > this.#options.maxClean + this.#dirty.length) this.#forget();
  }

  /** Evicts the oldest clean rows until a tenth of the room is free. */
  #forget(): void {
    let excess = this.#count - this.#dirty.length - Math.floor(this.#options.maxClean * 0.9);
    for (const slice of [...this.#slices.keys()].sort((a, b) => a - b)) {
      if (excess <= 0) return;
      for (const entry of this.#slices.get(slice)!) {
        if (entry.status !== CLEAN) continue;
        this.#drop(entry);
        if (entry.time > this.#diskUntil) this.#diskUntil = entry.time;
        excess--;
      }
    }
  }

  /** Removes expired rows from memory and disk. */
  #sweep(sink: StateSink): void {
    const floor = this.#floor;
    if (!(floor > this.#sweptUntil)) return;
    for (const [slice, rows] of this.#slices) {
      if (slice * this.#sliceMs >= floor) continue;
      for (const entry of rows) if (entry.time < floor) this.#drop(entry);
    }
    const expire = (space: string, key: Uint8Array): void =>
      sink.expireState === undefined ? sink.putState(space, key, null) : sink.expireState(space, key);
    for (const [stored, value] of this.#options.disk.range(this.#options.timeSpace, undefined, timeBytes(floor))) {
      const full = this.#codec.fullKey(stored, value);
      expire(this.#options.space, storedKey(rowKeyOf(full)));
      expire(this.#options.timeSpace, stored);
    }
    this.#sweptUntil = floor;
  }

  #insert(
    rows: KeyRows,
    at: number,
    time: number,
    extra: number,
    row: Row | null,
    timestamp: number,
    maybeStored: boolean,
  ): TimedEntry {
    const entry = new TimedEntry(rows, time, extra, row, timestamp, maybeStored);
    if (at === rows.rows.length) rows.rows.push(entry);
    else rows.rows.splice(at, 0, entry);
    const slice = Math.floor(time / this.#sliceMs);
    let set = this.#slices.get(slice);
    if (set === undefined) {
      set = new Set();
      this.#slices.set(slice, set);
    }
    set.add(entry);
    this.#count++;
    return entry;
  }

  #drop(entry: TimedEntry): void {
    const { owner } = entry;
    const at = owner.position(entry.time, entry.extra);
    if (owner.rows[at] !== entry) return;
    owner.rows.splice(at, 1);
    if (owner.rows.length === 0) this.#byKey.delete(owner.id);
    const slice = Math.floor(entry.time / this.#sliceMs);
    const set = this.#slices.get(slice)!;
    set.delete(entry);
    if (set.size === 0) this.#slices.delete(slice);
    this.#count--;
  }

  #rowsOf(key: Key): KeyRows {
    const id = this.#codec.keys.id(key);
    let rows = this.#byKey.get(id);
    if (rows === undefined) {
      rows = new KeyRows(id, key);
      this.#byKey.set(id, rows);
    }
    return rows;
  }

  /** The row at (key, time, extra) in memory, loaded from disk if it is there. */
  #load(key: Key, time: number, extra: number): TimedEntry | undefined {
    const rows = this.#byKey.get(this.#codec.keys.id(key));
    if (rows !== undefined) {
      const known = rows.rows[rows.position(time, extra)];
      if (known !== undefined && known.time === time && known.extra === extra)
        return known.row === null ? undefined : known;
    }
    const full = this.#scratchKey(
      latin1ToBytes(rows === undefined ? this.#codec.keys.text(key) : this.#textOf(rows)),
      time,
      extra,
    );
    const value = this.#options.disk.get(this.#options.space, storedKey(full));
    if (value === undefined) return undefined;
    return this.#adopt(this.#rowsOf(key), time, extra, value);
  }

  #loadRange(key: Key, fromTime: number, toTime: number): KeyRows | undefined {
    const known = this.#byKey.get(this.#codec.keys.id(key));
    const prefix = latin1ToBytes(known === undefined ? this.#codec.keys.text(key) : this.#textOf(known));
    const { from, to, isExact } = rowsBetween(prefix, fromTime, toTime);
    let rows = known;
    for (const [stored, value] of this.#options.disk.range(this.#options.space, from, to)) {
      const full = this.#codec.fullKey(stored, value);
      if (!isExact && !prefix.equals(full.subarray(0, full.length - 16))) continue;
      const time = readOrderedNumber(full, prefix.length);
      if (time < fromTime || time > toTime) continue;
      const extra = readOrderedNumber(full, prefix.length + 8);
      rows ??= this.#rowsOf(key);
      const entry = rows.rows[rows.position(time, extra)];
      if (entry === undefined || entry.time !== time || entry.extra !== extra) this.#adopt(rows, time, extra, value);
    }
    return rows;
  }

  #adopt(rows: KeyRows, time: number, extra: number, value: Uint8Array): TimedEntry {
    const { row, timestamp } = this.#codec.decode(value);
    const entry = this.#insert(rows, rows.position(time, extra), time, extra, row, timestamp, true);
    entry.indexed = true;
    return entry;
  }

  #textOf(rows: KeyRows): string {
    if (rows.text === '') rows.text = this.#codec.keys.text(rows.key);
    return rows.text;
  }

  #rowKey(entry: TimedEntry): Buffer {
    return this.#scratchKey(latin1ToBytes(entry.owner.text), entry.time, entry.extra);
  }

  #scratchKey(prefix: Buffer, time: number, extra: number): Buffer {
    const out = this.#scratch;
    out.reset();
    out.writeBytes(prefix);
    writeOrderedInt64(time, out);
    writeOrderedInt64(extra, out);
    return out.toBuffer();
  }

  #timeKey(entry: TimedEntry): Buffer {
    const out = this.#scratch;
    out.reset();
    writeOrderedInt64(entry.time, out);
    out.writeBytes(latin1ToBytes(entry.owner.text));
    writeOrderedInt64(entry.extra, out);
    return out.toBuffer();
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
