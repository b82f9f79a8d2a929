import type { Timers } from '../base/env.ts';
import type {
  OrderedStore,
  PlacedEntry,
  RangeOptions,
  StoreEntry,
  StoreReader,
  StoreSnapshot,
} from './ordered-store.ts';

/** An open snapshot prevents old pages from being reused, so it is closed after this time without a read. */
const IDLE_MS = 1000;

/**
 * Reads a store that another thread writes, as of the last `renew` or later. A snapshot is opened by the first read,
 * and stays open until the next `renew`, or for at most a second.
 */
export class RenewedReader implements StoreReader {
  readonly #store: OrderedStore;
  readonly #timers: Timers;
  #snapshot: StoreSnapshot | undefined;
  #cancel: (() => void) | undefined;

  constructor(store: OrderedStore, timers: Timers) {
    this.#store = store;
    this.#timers = timers;
  }

  get(space: string, key: Uint8Array): Buffer | undefined {
    return this.#open().get(space, key);
  }

  range(space: string, options?: RangeOptions): Iterable<StoreEntry> {
    return this.#open().range(space, options);
  }

  scan(space: string, options: RangeOptions, visit: (entry: PlacedEntry) => boolean): void {
    this.#open().scan(space, options, visit);
  }

  /** Later reads see at least the current state. */
  renew(): void {
    this.#cancel?.();
    this.#snapshot?.close();
    this.#snapshot = undefined;
  }

  #open(): StoreSnapshot {
    if (this.#snapshot === undefined) {
      this.#snapshot = this.#store.snapshot();
      this.#cancel = this.#timers.after(IDLE_MS, () => this.renew());
    }
    return this.#snapshot;
  }
}
