import type { RecordColumns } from '../log/record-batch/columns.ts';

const EMPTY = Buffer.alloc(0);
const TOMBSTONE = -1;
/** Written since: what the local store has is newer. */
const SUPERSEDED = -2;

/**
 * The entries of one store as a restore has read them: an index over the fetched bytes, the newest entry of each key. A million keys take
 * a fraction of a second, where writing them to the local store takes seconds: the task begins at once, and they are written beside its work.
 */
export class RestoredEntries {
  readonly #buffers: Buffer[] = [];
  #count = 0;
  #drained = 0;
  /** Slots of an open-addressing table: entry + 1, 0 for none. */
  #slots = new Int32Array(1 << 12);
  #hash = new Int32Array(1 << 11);
  #buffer = new Int32Array(1 << 11);
  #keyStart = new Int32Array(1 << 11);
  #keyLength = new Int32Array(1 << 11);
  #valueStart = new Int32Array(1 << 11);
  #valueLength = new Int32Array(1 << 11);

  /** Distinct keys. */
  get size(): number {
    return this.#count;
  }

  get isDrained(): boolean {
    return this.#drained === this.#count;
  }

  /** Record i of `columns`, whose buffer must stay as it is. */
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
  }

  /** The value; null: surely none; undefined: ask the local store. The bytes are the caller's. */
  get(key: Uint8Array): Buffer | null | undefined {
    const at = this.#find(key, 0, key.length, hashOf(key, 0, key.length));
    if (at < 0 || this.#valueLength[at] === SUPERSEDED) return undefined;
    return this.#valueLength[at] === TOMBSTONE ? null : Buffer.from(this.#valueAt(at));
  }

  /** The local store has something newer for this key. */
  supersede(key: Uint8Array): void {
    const at = this.#find(key, 0, key.length, hashOf(key, 0, key.length));
    if (at >= 0) this.#valueLength[at] = SUPERSEDED;
  }

  /** Hands out the next entries that are still the newest, at most `limit`; they stay readable here. */
  drain(limit: number, put: (key: Uint8Array, value: Uint8Array | null) => void): void {
    const end = Math.min(this.#count, this.#drained + limit);
    for (; this.#drained < end; this.#drained++) {
      const at = this.#drained;
      if (this.#valueLength[at] === SUPERSEDED) continue;
      const start = this.#keyStart[at]!;
      const key = this.#buffers[this.#buffer[at]!]!.subarray(start, start + this.#keyLength[at]!);
      put(key, this.#valueLength[at] === TOMBSTONE ? null : this.#valueAt(at));
    }
  }

  #valueAt(at: number): Buffer {
    const length = this.#valueLength[at]!;
    if (length === 0) return EMPTY;
    const start = this.#valueStart[at]!;
    return this.#buffers[this.#buffer[at]!]!.subarray(start, start + length);
  }

  #find(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const at = slots[slot]! - 1;
      if (at < 0) return -1;
      if (this.#hash[at] !== hash || this.#keyLength[at] !== length) continue;
      const own = this.#buffers[this.#buffer[at]!]!;
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

  /** Twice the room; at most half of the slots are taken. */
  #grow(): void {
    const capacity = this.#hash.length * 2;
    this.#hash = grown(this.#hash, capacity);
    this.#buffer = grown(this.#buffer, capacity);
    this.#keyStart = grown(this.#keyStart, capacity);
    this.#keyLength = grown(this.#keyLength, capacity);
    this.#valueStart = grown(this.#valueStart, capacity);
    this.#valueLength = grown(this.#valueLength, capacity);
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

function grown(old: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const next = new Int32Array(capacity);
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
