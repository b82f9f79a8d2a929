/**
 * Ordered bytes to bytes, in named spaces, with atomic writes and consistent snapshots: what the embedded log and the
 * state stand on. Keys compare as unsigned bytes and are not empty. A space exists from its first put. Everything is
 * synchronous except `flush`.
 */
export interface OrderedStore extends StoreReader {
  /**
   * Applies what `fill` asks for, all or nothing. Reads during `fill` see the state before it.
   * `evenIfFull` is for writes that make room (retention, compaction, commands), and may take what is kept for them.
   * @throws SluiceError LOG_FULL, LOG_UNAVAILABLE; whatever `fill` throws. Nothing has changed then.
   */
  write(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): void;
  /**
   * As `write`, where possible beside this thread: resolves when it is done. What `fill` asks for is not to be asked
   * for again, nor read, before that. Absent where `write` is as good.
   */
  writeBeside?(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): Promise<void>;
  /** What is stored now, unmoved by later writes. Close it: an open snapshot keeps old pages from being used again. */
  snapshot(): StoreSnapshot;
  /** Resolves when every write so far would survive a loss of power. */
  flush(): Promise<void>;
  /** Names of the spaces that were ever written and not deleted. */
  spaces(): readonly string[];
  /** Bytes in use. */
  readonly usedBytes: number;
  /** What keeps it from being written now, in words; undefined: nothing. Absent where nothing can. */
  problem?(): string | undefined;
  close(): Promise<void>;
}

export interface StoreReader {
  /** The value, or undefined. It may be kept, and is not to be changed. */
  get(space: string, key: Uint8Array): Buffer | undefined;
  /**
   * Entries in key order (or against it). Keys and values may be kept, and are not to be changed. End the loop before
   * writing.
   */
  range(space: string, options?: RangeOptions): Iterable<StoreEntry>;
  /**
   * Shows `visit` entries in key order (or against it) where they lie, until it answers false: a tenth of what `range`
   * costs. Nothing may be written meanwhile.
   */
  scan(space: string, options: Omit<RangeOptions, 'values'>, visit: (entry: PlacedEntry) => boolean): void;
}

/** An entry where it lies. The same object again and again: it holds until `visit` returns. */
export interface PlacedEntry {
  readonly key: Buffer;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Buffer;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** `scan` where there is nothing better than `range`. */
export function scanRange(entries: Iterable<StoreEntry>, visit: (entry: PlacedEntry) => boolean): void {
  for (const { key, value } of entries) {
    const goesOn = visit({ key, keyStart: 0, keyEnd: key.length, value, valueStart: 0, valueEnd: value.length });
    if (!goesOn) return;
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
  /** Many puts and deletes at once. The bytes are given away. */
  putPacked(packed: PackedEntries): void;
  /** Drops all entries of a space, and the space. */
  deleteSpace(space: string): void;
}

/** Puts and deletes one behind the other: see packed-entries.ts. */
export interface PackedEntries {
  /** What the entries call their space by its index. */
  readonly spaces: readonly string[];
  readonly bytes: Uint8Array;
  readonly length: number;
}

export interface RangeOptions {
  /** First key; default: the lowest. */
  readonly gte?: Uint8Array | undefined;
  /** Behind the last key; default: behind the highest. */
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
  let n = prefix.length;
  while (n > 0 && prefix[n - 1] === 255) n--;
  if (n === 0) return undefined;
  const end = Buffer.from(prefix.subarray(0, n));
  end[n - 1] = end[n - 1]! + 1;
  return end;
}
