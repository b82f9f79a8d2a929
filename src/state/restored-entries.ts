import { must } from '../base/assert.ts';
import type { RecordColumns } from '../log/record-batch/columns.ts';
import { timeIndexOf, timeOfRow } from './entry-codec.ts';
import { readOrderedNumber } from './key-codec.ts';
import { lowerBound } from './ordered.ts';
import { TimeOrder } from './time-order.ts';

const EMPTY = Buffer.alloc(0);

/** States of the newest entry of a key. */
const VALUE = 0;
const TOMBSTONE = 1;
/** Written since: the local store has a newer value. */
const SUPERSEDED = 2;
/** Deleted since, and possibly written again: the local store is complete for this key, including its index by time. */
const GONE = 3;

/** Receives an entry of the rows or of their index by time; null deletes. */
export type PutEntry = (what: 'rows' | 'times', key: Uint8Array, value: Uint8Array | null) => void;

/**
 * The entries of one store from a restore: an index over the fetched bytes with the newest entry of each key. A million
 * keys take a fraction of a second, whereas writing them to the local store takes seconds. So the task starts at once,
 * and they are written during its work.
 */
export class RestoredEntries {
  /** For a store with expiry: the space of its index by time, which its changelog does not contain. */
  readonly timeSpace: string | undefined;
  readonly #buffers: Buffer[] = [];
  #count = 0;
  #drained = 0;
  /** Slots of an open-addressing table: entry + 1, or 0 for none. */
  #slots = new Int32Array(1 << 12);
  #hash = new Int32Array(1 << 11);
  #buffer = new Int32Array(1 << 11);
  #keyStart = new Int32Array(1 << 11);
  #keyLength = new Int32Array(1 << 11);
  #valueStart = new Int32Array(1 << 11);
  #valueLength = new Int32Array(1 << 11);
  #state = new Uint8Array(1 << 11);
  /** Entries by key, and by time, created on demand. */
  #byKey: Uint32Array | undefined;
  #byTime: TimeOrder | undefined;

  constructor(timeSpace?: string) {
    this.timeSpace = timeSpace;
  }

  /** Number of distinct keys. */
  get size(): number {
    return this.#count;
  }

  get isDrained(): boolean {
    return this.#drained === this.#count;
  }

  /** Adds record i of `columns`, whose buffer must not change afterwards. */
  put(columns: RecordColumns, i: number): void {
    const { buffer } = columns;
    if (this.#buffers.at(-1) !== buffer) this.#buffers.push(buffer);
    const start = columns.keyStart[i]!;
    const length = columns.keyLength[i]!;
    const hash = hashOf(buffer, start, length);
    let at = this.#find(buffer, start, length, hash);
    if (at < 0) {
      at = this.#add(hash);
      this.#keyLength[at] = length;
    }
    this.#buffer[at] = this.#buffers.length - 1;
    this.#keyStart[at] = start;
    this.#valueStart[at] = columns.valueStart[i]!;
    this.#valueLength[at] = columns.valueLength[i]!;
    this.#state[at] = columns.valueLength[i]! < 0 ? TOMBSTONE : VALUE;
  }

  /** The value; null: certainly none; undefined: ask the local store. The caller owns the bytes. */
  get(key: Uint8Array): Buffer | null | undefined {
    const at = this.#find(key, 0, key.length, hashOf(key, 0, key.length));
    if (at < 0 || this.#state[at]! > TOMBSTONE) return undefined;
    return this.#state[at] === TOMBSTONE ? null : Buffer.from(this.#valueAt(at));
  }

  /** Called when the local store has something newer for this key: a value, or a deletion. */
  supersede(key: Uint8Array, isGone: boolean): void {
    const at = this.#find(key, 0, key.length, hashOf(key, 0, key.length));
    if (at >= 0)
      this.#state[at] = isGone || this.#state[at] === TOMBSTONE || this.#state[at] === GONE ? GONE : SUPERSEDED;
  }

  /** Hands out at most `limit` entries that are still the newest; they remain readable here. */
  drain(limit: number, put: PutEntry): void {
    const end = Math.min(this.#count, this.#drained + limit);
    for (; this.#drained < end; this.#drained++) {
      const at = this.#drained;
      const state = this.#state[at];
      if (state === VALUE) put('rows', this.#keyAt(at), this.#valueAt(at));
      else if (state === TOMBSTONE) put('rows', this.#keyAt(at), null);
      // A later writer of the row assumed that its index entry was stored.
      if (this.timeSpace === undefined || (state !== VALUE && state !== SUPERSEDED)) continue;
      const index = timeIndexOf(this.#keyAt(at), this.#valueAt(at));
      put('times', index.key, index.value);
    }
  }

  /** Copies of the newest entries with from <= key < to, in key order. */
  *range(from: Uint8Array | undefined, to: Uint8Array | undefined): Generator<readonly [Buffer, Buffer]> {
    const order = (this.#byKey ??= this.#sortedByKey());
    const first = from === undefined ? 0 : lowerBound(order.length, (i) => this.#compareTo(order[i]!, from) < 0);
    for (let i = first; i < order.length; i++) {
      const at = order[i]!;
      if (to !== undefined && this.#compareTo(at, to) >= 0) return;
      if (this.#state[at] === VALUE) yield [Buffer.from(this.#keyAt(at)), Buffer.from(this.#valueAt(at))];
    }
  }

  /**
   * The index by time of the existing rows, here or newer in the local store: entries with from <= key < to, in key
   * order.
   */
  timeRange(from: Uint8Array | undefined, to: Uint8Array | undefined): (readonly [Uint8Array, Uint8Array])[] {
    const order = (this.#byTime ??= new TimeOrder(this.#count, (at) => this.#timeAt(at)));
    const found: (readonly [Uint8Array, Uint8Array])[] = [];
    for (const at of order.between(boundOf(from, -Infinity), boundOf(to, Infinity))) {
      if (this.#state[at] !== VALUE && this.#state[at] !== SUPERSEDED) continue;
      const { key, value } = timeIndexOf(this.#keyAt(at), this.#valueAt(at));
      if ((from === undefined || Buffer.compare(key, from) >= 0) && (to === undefined || Buffer.compare(key, to) < 0))
        found.push([key, value]);
    }
    return found.sort(([a], [b]) => Buffer.compare(a, b));
  }

  #sortedByKey(): Uint32Array {
    const order = new Uint32Array(this.#count);
    for (let at = 0; at < order.length; at++) order[at] = at;
    return order.sort((a, b) => {
      const [x, y] = [this.#bytesOf(a), this.#bytesOf(b)];
      return compareBytes(x, this.#keyStart[a]!, this.#keyLength[a]!, y, this.#keyStart[b]!, this.#keyLength[b]!);
    });
  }

  /** The buffer that has the key and the value of an entry. */
  #bytesOf(at: number): Buffer {
    return must(this.#buffers[this.#buffer[at]!], 'buffer');
  }

  #compareTo(at: number, key: Uint8Array): number {
    const own = this.#bytesOf(at);
    return compareBytes(own, this.#keyStart[at]!, this.#keyLength[at]!, key, 0, key.length);
  }

  #timeAt(at: number): number {
    return timeOfRow(this.#keyAt(at), this.#valueAt(at));
  }

  #keyAt(at: number): Buffer {
    const start = this.#keyStart[at]!;
    return this.#bytesOf(at).subarray(start, start + this.#keyLength[at]!);
  }

  #valueAt(at: number): Buffer {
    const length = this.#valueLength[at]!;
    if (length <= 0) return EMPTY;
    const start = this.#valueStart[at]!;
    return this.#bytesOf(at).subarray(start, start + length);
  }

  #find(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slots[slot]! - 1;
      if (at < 0) return -1;
      if (this.#hash[at] !== hash || this.#keyLength[at] !== length) continue;
      const own = this.#bytesOf(at);
      const ownStart = this.#keyStart[at]!;
      let i = 0;
      while (i < length && own[ownStart + i] === bytes[start + i]) i++;
      if (i === length) return at;
    }
  }

  #add(hash: number): number {
    const at = this.#count++;
    if (at === this.#hash.length) this.#grow();
    this.#hash[at] = hash;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = at + 1;
    return at;
  }

  /** Doubles the table, so that at most half of the slots are used. */
  #grow(): void {
    const capacity = this.#hash.length * 2;
    this.#hash = grown(this.#hash, capacity);
    this.#buffer = grown(this.#buffer, capacity);
    this.#keyStart = grown(this.#keyStart, capacity);
    this.#keyLength = grown(this.#keyLength, capacity);
    this.#valueStart = grown(this.#valueStart, capacity);
    this.#valueLength = grown(this.#valueLength, capacity);
    this.#state = grown(this.#state, capacity);
    const slots = new Int32Array(capacity * 2);
    const mask = slots.length - 1;
    for (let at = 0; at < this.#count - 1; at++) {
      let slot = this.#hash[at]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = at + 1;
    }
    this.#slots = slots;
  }
}

/** The time with which a bound of the index by time begins. */
function boundOf(key: Uint8Array | undefined, none: number): number {
  return key === undefined || key.length < 8 ? none : readOrderedNumber(key, 0);
}

function compareBytes(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): number {
  const length = Math.min(aLength, bLength);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

function grown<T extends Int32Array | Uint8Array>(old: T, capacity: number): T {
  const next = new (old.constructor as new (length: number) => T)(capacity);
  next.set(old);
  return next;
}

/** FNV-1a, mixed: the low bits choose the slot. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) ^ (hash >>> 12);
}
