/**
 * Ordered bytes to bytes, in named spaces, with atomic writes and consistent snapshots: the basis of the embedded log
 * and of state. Keys compare as unsigned bytes and are not empty. A space exists from its first put on. Everything is
 * synchronous except `flush`.
 */
export interface OrderedStore extends StoreReader {
  /**
   * Applies the requests of `fill` atomically. Reads during `fill` see the previous state. `evenIfFull` is for writes
   * that free space (retention, compaction, commands), which may use a reserve.
   * @throws SluiceError LOG_FULL, LOG_UNAVAILABLE; the error of `fill`. Nothing has changed then.
   */
  write(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): void;
  /**
   * Like `write`, but in another thread where possible: resolves when it is done. Until then the same changes must not
   * be requested again, nor read. Absent where `write` is equally good.
   */
  writeBeside?(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): Promise<void>;
  /**
   * The current contents, unaffected by later writes. Must be closed, since an open snapshot prevents old pages from
   * being reused.
   */
  snapshot(): StoreSnapshot;
  /** Resolves when every write so far would survive a power failure. */
  flush(): Promise<void>;
  /** Names of the spaces that were ever written and not deleted. */
  spaces(): readonly string[];
  /** Bytes in use. */
  readonly usedBytes: number;
  /** Why it cannot be written now, in words; undefined: it can. Absent where that cannot happen. */
  problem?(): string | undefined;
  close(): Promise<void>;
}

export interface StoreReader {
  /** The value, or undefined. It may be kept but not changed. */
  get(space: string, key: Uint8Array): Buffer | undefined;
  /** Entries in key order, or reversed. Keys and values may be kept but not changed. End the loop before writing. */
  range(space: string, options?: RangeOptions): Iterable<StoreEntry>;
  /**
   * Shows `visit` entries in place, in key order or reversed, until it returns false, at a tenth of the cost of
   * `range`. Nothing may be written meanwhile.
   */
  scan(space: string, options: Omit<RangeOptions, 'values'>, visit: (entry: PlacedEntry) => boolean): void;
}

/** An entry in place. The object is reused and valid until `visit` returns. */
export interface PlacedEntry {
  readonly key: Buffer;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Buffer;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** `scan` for stores that have only `range`. */
export function scanRange(entries: Iterable<StoreEntry>, visit: (entry: PlacedEntry) => boolean): void {
  for (const { key, value } of entries) {
    const continues = visit({ key, keyStart: 0, keyEnd: key.length, value, valueStart: 0, valueEnd: value.length });
    if (!continues) return;
  }
}

export interface StoreSnapshot extends StoreReader {
  /** Names of the spaces that begin with `prefix`. */
  spaces(prefix: string): readonly string[];
  close(): void;
}

export interface StoreWriter {
  put(space: string, key: Uint8Array, value: Uint8Array): void;
  delete(space: string, key: Uint8Array): void;
  /** Many puts and deletes at once. Takes ownership of the bytes. */
  putPacked(packed: PackedEntries): void;
  /** Deletes a space with all its entries. */
  deleteSpace(space: string): void;
}

/** Consecutive puts and deletes: see packed-entries.ts. */
export interface PackedEntries {
  /** The spaces to which entries refer by index. */
  readonly spaces: readonly string[];
  readonly bytes: Uint8Array;
  readonly length: number;
}

export interface RangeOptions {
  /** First key; the lowest by default. */
  readonly gte?: Uint8Array | undefined;
  /** The key after the last; unbounded by default. */
  readonly lt?: Uint8Array | undefined;
  readonly reverse?: boolean;
  readonly limit?: number;
  /** False leaves `value` empty. */
  readonly values?: boolean;
}

export interface StoreEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** The lowest key behind all keys that begin with `prefix`; undefined when there is none (all bytes 255). */
export function prefixEnd(prefix: Uint8Array): Buffer | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 255) length--;
  if (length === 0) return undefined;
  const end = Buffer.from(prefix.subarray(0, length));
  end[length - 1] = end[length - 1]! + 1;
  return end;
}
