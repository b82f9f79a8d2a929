import type { StoreWriter } from '../log/embedded/ordered-store.ts';
import type { OrderedReader } from './ordered.ts';
import type { RestoredEntries } from './restored-entries.ts';

/** What a restore of one task read and the local store does not hold yet, by space, and up to where its changelogs were read. */
export interface Restored {
  readonly entries: ReadonlyMap<string, RestoredEntries>;
  readonly ends: ReadonlyMap<string, number>;
}

/**
 * The state of one task while restored entries are on their way to the local store: those first, then the store. Until all are down
 * there is no checkpoint: after a crash the restore begins anew.
 */
export class RestoredState implements OrderedReader {
  readonly #disk: OrderedReader;
  readonly #restored: Restored;
  /** Writes everything down now. */
  readonly #drainAll: (state: RestoredState) => void;
  #open: Map<string, RestoredEntries>;

  constructor(disk: OrderedReader, restored: Restored, drainAll: (state: RestoredState) => void) {
    this.#disk = disk;
    this.#restored = restored;
    this.#drainAll = drainAll;
    this.#open = new Map(restored.entries);
  }

  /** Everything is in the local store, and the checkpoint may be written. */
  get isDrained(): boolean {
    return this.#open.size === 0;
  }

  /** By topic: the offset up to which the changelog was restored. */
  get ends(): ReadonlyMap<string, number> {
    return this.#restored.ends;
  }

  get(space: string, key: Uint8Array): Uint8Array | undefined {
    const found = this.#open.get(space)?.get(key);
    return found === undefined ? this.#disk.get(space, key) : (found ?? undefined);
  }

  /** In order: that the index cannot do, so all is written down first. */
  range(space: string, from: Uint8Array | undefined, to: Uint8Array | undefined): ReturnType<OrderedReader['range']> {
    if (this.#open.has(space)) this.#drainAll(this);
    return this.#disk.range(space, from, to);
  }

  isEmpty(space: string): boolean {
    const entries = this.#open.get(space);
    if (entries !== undefined && entries.size > 0) return false;
    for (const _ of this.#disk.range(space, undefined, undefined)) return false;
    return true;
  }

  /** The local store is about to hold something newer. */
  supersede(space: string, key: Uint8Array): void {
    this.#open.get(space)?.supersede(key);
  }

  /** Writes up to `limit` entries down. They are readable here until `afterDrain`, for the writes become readable there only then. */
  drain(writes: StoreWriter, limit: number): void {
    for (const [space, entries] of this.#open) {
      if (entries.isDrained) continue;
      entries.drain(limit, (key, value) => {
        if (value === null) writes.delete(space, key);
        else writes.put(space, key, value);
      });
      return;
    }
  }

  afterDrain(): void {
    if ([...this.#open.values()].every((e) => e.isDrained)) this.#open = new Map();
  }
}
