import type { StoreWriter } from '../store/ordered-store.ts';
import { isEmptySpace, type OrderedReader } from './ordered.ts';
import type { RestoredEntries } from './restored-entries.ts';

type Pair = readonly [key: Uint8Array, value: Uint8Array];

/**
 * What a restore of one task has read and the local store does not contain yet, by the space of its rows, and the
 * positions in its changelogs.
 */
export interface Restored {
  readonly entries: ReadonlyMap<string, RestoredEntries>;
  readonly ends: ReadonlyMap<string, number>;
}

/**
 * The state of one task while restored entries are being written to the local store: reads try those first, then the
 * store. There is no checkpoint until all are written; after a crash the restore starts again.
 */
export class RestoredState implements OrderedReader {
  readonly #disk: OrderedReader;
  readonly #restored: Restored;
  #rows: Map<string, RestoredEntries>;
  /** By the space of their index by time. */
  #times: Map<string, RestoredEntries>;

  constructor(disk: OrderedReader, restored: Restored) {
    this.#disk = disk;
    this.#restored = restored;
    this.#rows = new Map(restored.entries);
    this.#times = new Map(
      [...restored.entries.values()].flatMap((e) => (e.timeSpace === undefined ? [] : [[e.timeSpace, e] as const])),
    );
  }

  /** Whether everything is in the local store, so that the checkpoint may be written. */
  get isDrained(): boolean {
    return this.#rows.size === 0;
  }

  /** By topic: the offset up to which the changelog was restored. */
  get ends(): ReadonlyMap<string, number> {
    return this.#restored.ends;
  }

  get(space: string, key: Uint8Array): Uint8Array | undefined {
    const found = this.#rows.get(space)?.get(key);
    return found === undefined ? this.#disk.get(space, key) : (found ?? undefined);
  }

  range(space: string, from: Uint8Array | undefined, to: Uint8Array | undefined): ReturnType<OrderedReader['range']> {
    const onDisk = this.#disk.range(space, from, to);
    const held = this.#rows.get(space)?.range(from, to) ?? this.#times.get(space)?.timeRange(from, to);
    return held === undefined ? onDisk : merged(held, onDisk);
  }

  isEmpty(space: string): boolean {
    const entries = this.#rows.get(space) ?? this.#times.get(space);
    if (entries !== undefined && entries.size > 0) return false;
    return isEmptySpace(this.#disk, space);
  }

  /** Called when the local store will contain something newer: a value, or a deletion. */
  supersede(space: string, key: Uint8Array, isGone: boolean): void {
    this.#rows.get(space)?.supersede(key, isGone);
  }

  /**
   * Writes up to `limit` entries. They remain readable here until `afterDrain`, since the writes become readable only
   * then.
   */
  drain(writes: StoreWriter, limit: number): void {
    for (const [space, entries] of this.#rows) {
      if (entries.isDrained) continue;
      drainInto(writes, space, entries, limit);
      return;
    }
  }

  afterDrain(): void {
    if (![...this.#rows.values()].every((e) => e.isDrained)) return;
    this.#rows = new Map();
    this.#times = new Map();
  }
}

/** Writes up to `limit` entries of the store whose rows are in `space`. */
export function drainInto(writes: StoreWriter, space: string, entries: RestoredEntries, limit: number): void {
  entries.drain(limit, (what, key, value) => {
    const to = what === 'rows' ? space : entries.timeSpace!;
    if (value === null) writes.delete(to, key);
    else writes.put(to, key, value);
  });
}

/** Merges two sequences in key order; for equal keys the second takes precedence. */
function* merged(first: Iterable<Pair>, second: Iterable<Pair>): Generator<Pair> {
  const [a, b] = [first[Symbol.iterator](), second[Symbol.iterator]()];
  let [x, y] = [a.next(), b.next()];
  while (x.done !== true || y.done !== true) {
    const order = x.done === true ? 1 : y.done === true ? -1 : Buffer.compare(x.value[0], y.value[0]);
    if (order < 0) yield x.value as Pair;
    else yield y.value as Pair;
    if (order <= 0) x = a.next();
    if (order >= 0) y = b.next();
  }
}
