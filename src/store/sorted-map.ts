/** The most entries in a chunk, which is split when it has more. */
const CHUNK_MAX = 128;

interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
  /** Only the map with this owner may modify the chunk. */
  owner: object;
}

/**
 * Strings to values in order of UTF-16 code units, kept as a list of small sorted arrays. `clone` is cheap, since
 * chunks are shared until one side modifies them. Keys are bytes as latin1 text, so their order is that of unsigned
 * bytes.
 */
export class SortedMap<V> {
  #chunks: Chunk<V>[];
  #owner: object = {};
  /** False when the list of chunks itself is shared with a clone. */
  #ownsList = true;
  size: number;

  constructor() {
    this.#chunks = [];
    this.size = 0;
  }

  clone(): SortedMap<V> {
    const copy = new SortedMap<V>();
    copy.#chunks = this.#chunks;
    copy.#ownsList = false;
    copy.size = this.size;
    this.#ownsList = false;
    this.#owner = {};
    return copy;
  }

  get(key: string): V | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) return undefined;
    const i = lowerBound(chunk.keys, key);
    return chunk.keys[i] === key ? chunk.values[i] : undefined;
  }

  /** Returns the previous value. */
  set(key: string, value: V): V | undefined {
    if (this.#chunks.length === 0) {
      this.#ownList().push({ keys: [key], values: [value], owner: this.#owner });
      this.size = 1;
      return undefined;
    }
    const chunkAt = this.#chunkOf(key);
    const chunk = this.#ownChunk(chunkAt);
    const i = lowerBound(chunk.keys, key);
    if (chunk.keys[i] === key) {
      const before = chunk.values[i];
      chunk.values[i] = value;
      return before;
    }
    chunk.keys.splice(i, 0, key);
    chunk.values.splice(i, 0, value);
    this.size++;
    if (chunk.keys.length > CHUNK_MAX) {
      // Appending in order is the most common case, so the left half remains nearly full.
      const at = i === chunk.keys.length - 1 ? CHUNK_MAX : CHUNK_MAX >> 1;
      this.#chunks.splice(chunkAt + 1, 0, {
        keys: chunk.keys.splice(at),
        values: chunk.values.splice(at),
        owner: this.#owner,
      });
    }
    return undefined;
  }

  /** Returns the previous value. */
  delete(key: string): V | undefined {
    const at = this.#chunkOf(key);
    const found = this.#chunks[at];
    if (found === undefined) return undefined;
    const i = lowerBound(found.keys, key);
    if (found.keys[i] !== key) return undefined;
    const chunk = this.#ownChunk(at);
    const before = chunk.values[i];
    chunk.keys.splice(i, 1);
    chunk.values.splice(i, 1);
    this.size--;
    if (chunk.keys.length === 0) this.#chunks.splice(at, 1);
    return before;
  }

  /** Entries with gte <= key < lt, in order or reversed. The map must not change meanwhile. */
  *range(gte: string | undefined, lt: string | undefined, reverse = false): Generator<readonly [string, V]> {
    const chunks = this.#chunks;
    if (reverse) {
      let at = lt === undefined ? chunks.length - 1 : this.#chunkOf(lt);
      for (; at >= 0 && at < chunks.length; at--) {
        const { keys, values } = chunks[at]!;
        let i = (lt === undefined ? keys.length : lowerBound(keys, lt)) - 1;
        for (; i >= 0; i--) {
          if (gte !== undefined && keys[i]! < gte) return;
          yield [keys[i]!, values[i]!];
        }
      }
      return;
    }
    for (let c = gte === undefined ? 0 : this.#chunkOf(gte); c < chunks.length; c++) {
      const { keys, values } = chunks[c]!;
      for (let i = gte === undefined ? 0 : lowerBound(keys, gte); i < keys.length; i++) {
        if (lt !== undefined && keys[i]! >= lt) return;
        yield [keys[i]!, values[i]!];
      }
    }
  }

  /** Index of the chunk that has or would have the key: the last whose first key is not above it. */
  #chunkOf(key: string): number {
    const chunks = this.#chunks;
    let low = 0;
    let high = chunks.length - 1;
    while (low < high) {
      const mid = (low + high + 1) >> 1;
      if (chunks[mid]!.keys[0]! <= key) low = mid;
      else high = mid - 1;
    }
    return low;
  }

  #ownList(): Chunk<V>[] {
    if (!this.#ownsList) {
      this.#chunks = this.#chunks.slice();
      this.#ownsList = true;
    }
    return this.#chunks;
  }

  #ownChunk(c: number): Chunk<V> {
    const chunks = this.#ownList();
    const chunk = chunks[c]!;
    if (chunk.owner === this.#owner) return chunk;
    return (chunks[c] = { keys: chunk.keys.slice(), values: chunk.values.slice(), owner: this.#owner });
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (keys[mid]! < key) low = mid + 1;
    else high = mid;
  }
  return low;
}
