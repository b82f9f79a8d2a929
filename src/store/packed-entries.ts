import type { PackedEntries } from './ordered-store.ts';

/*
 * An entry: space (uint16, index into `spaces`), length of the key (uint32) and of the value (int32; -1 deletes),
 * then both.
 */
const HEAD_BYTES = 10;

/** Packs puts and deletes into one piece of memory that can be transferred to another thread. */
export class EntryPacker {
  #spaces: string[] = [];
  #indexes = new Map<string, number>();
  #bytes = Buffer.allocUnsafeSlow(1 << 12);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  put(space: string, key: Uint8Array, value: Uint8Array | null): void {
    let index = this.#indexes.get(space);
    if (index === undefined) {
      index = this.#spaces.push(space) - 1;
      this.#indexes.set(space, index);
    }
    const needed = this.#length + HEAD_BYTES + key.length + (value?.length ?? 0);
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    const bytes = this.#bytes;
    let at = this.#length;
    bytes.writeUInt16BE(index, at);
    bytes.writeUInt32BE(key.length, at + 2);
    bytes.writeInt32BE(value === null ? -1 : value.length, at + 6);
    at += HEAD_BYTES;
    bytes.set(key, at);
    if (value !== null) bytes.set(value, at + key.length);
    this.#length = needed;
  }

  /** Returns what was packed; the packer starts again. */
  take(): PackedEntries {
    const taken = { spaces: this.#spaces, bytes: this.#bytes, length: this.#length };
    this.#spaces = [];
    this.#indexes = new Map();
    this.#bytes = Buffer.allocUnsafeSlow(1 << 12);
    this.#length = 0;
    return taken;
  }
}

/**
 * Calls `put` for each change, with the index of its space in `spaces`: a thread that has ids for the spaces needs no
 * names. Keys and values are views of the packed bytes.
 */
export function unpackEntries(
  { bytes, length }: Pick<PackedEntries, 'bytes' | 'length'>,
  put: (space: number, key: Uint8Array, value: Uint8Array | null) => void,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  for (let at = 0; at < length;) {
    const space = view.getUint16(at);
    const keyLength = view.getUint32(at + 2);
    const valueLength = view.getInt32(at + 6);
    at += HEAD_BYTES;
    const key = bytes.subarray(at, at + keyLength);
    at += keyLength;
    put(space, key, valueLength < 0 ? null : bytes.subarray(at, at + valueLength));
    at += Math.max(0, valueLength);
  }
}
