import {
  type OrderedStore,
  type PlacedEntry,
  scanRange,
  type StoreEntry,
  type StoreReader,
} from '../store/ordered-store.ts';

/**
 * What stores need from their backend: ordered bytes in named spaces, as of the last commit. The embedded log's
 * OrderedStore is one (see provider.ts); in Kafka mode it is a local database beside the changelog.
 */
export interface OrderedReader {
  get(space: string, key: Uint8Array): Uint8Array | undefined;
  /** Entries with from <= key < to (undefined: unbounded), in key order. The caller may keep them. */
  range(
    space: string,
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
  ): Iterable<readonly [Uint8Array, Uint8Array]>;
  /** Shows the same entries in place, until `visit` returns false; present if it is cheaper than `range`. */
  scan?(
    space: string,
    from: Uint8Array | undefined,
    to: Uint8Array | undefined,
    visit: (entry: PlacedEntry) => boolean,
  ): void;
  /** Whether a space is empty; present if that is cheaper than a scan. */
  isEmpty?(space: string): boolean;
}

/** `scan` for any reader. */
export function scanEntries(
  disk: OrderedReader,
  space: string,
  from: Uint8Array | undefined,
  to: Uint8Array | undefined,
  visit: (entry: PlacedEntry) => boolean,
): void {
  if (disk.scan !== undefined) return disk.scan(space, from, to, visit);
  scanRange(entriesOf(disk.range(space, from, to)), visit);
}

function* entriesOf(range: Iterable<readonly [Uint8Array, Uint8Array]>): Generator<StoreEntry> {
  for (const [key, value] of range) yield { key: asBuffer(key), value: asBuffer(value) };
}

export function isEmptySpace(disk: OrderedReader, space: string): boolean {
  if (disk.isEmpty !== undefined) return disk.isEmpty(space);
  for (const _ of disk.range(space, undefined, undefined)) return false;
  return true;
}

/** Index of the first of `length` ordered items that is not before the target. */
export function lowerBound(length: number, isBefore: (position: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The first byte of the changelog keys of numbers; no key of a store begins with it (key-codec.ts: a column begins with
 * 0 or 1, a time with less than 255).
 */
export const NUMBER_KEY_MARK: Uint8Array = Uint8Array.of(255);

/** Receives the writes of a commit: the log writer's `putState`. The receiver owns the bytes. */
export interface StateSink {
  putState(space: string, key: Uint8Array, value: Uint8Array | null): void;
  /**
   * Deletes an entry that every holder of the state expires by itself, so that the changelog need not record it.
   * Absent: as a put of null.
   */
  expireState?(space: string, key: Uint8Array): void;
}

/** The smallest byte string above all that begin with `prefix`; undefined when there is none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 255) length--;
  if (length === 0) return undefined;
  const after = Buffer.from(prefix.subarray(0, length));
  after[length - 1]!++;
  return after;
}

/** The bounds of a scan over everything that begins with `prefix`. */
export function prefixRange(prefix: Uint8Array): readonly [Uint8Array | undefined, Uint8Array | undefined] {
  return prefix.length === 0 ? [undefined, undefined] : [prefix, afterPrefix(prefix)];
}

/** State as of one commit. */
export interface StateSnapshot {
  readonly reader: OrderedReader;
  /** Names of the spaces that begin with `prefix`. */
  spaces(prefix: string): readonly string[];
  close(): void;
}

/** The current contents of a store; must be closed. */
export function snapshotOf(store: OrderedStore): StateSnapshot {
  const snapshot = store.snapshot();
  return {
    reader: readerOf(snapshot),
    spaces: (prefix) => snapshot.spaces(prefix),
    close: () => snapshot.close(),
  };
}

/** The embedded log's store (or a snapshot of it) as a reader of state. */
export function readerOf(store: StoreReader): OrderedReader {
  return {
    get: (space, key) => store.get(space, key),
    *range(space, from, to) {
      for (const { key, value } of store.range(space, { gte: from, lt: to })) yield [key, value];
    },
    scan: (space, from, to, visit) => store.scan(space, { gte: from, lt: to }, visit),
  };
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
