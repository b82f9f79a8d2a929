import { SluiceError } from '../../src/base/errors.ts';
import type { MemoryStore } from '../../src/store/memory-store.ts';
import type {
  OrderedStore,
  PlacedEntry,
  RangeOptions,
  StoreEntry,
  StoreSnapshot,
  StoreWriter,
} from '../../src/store/ordered-store.ts';

/**
 * One server's hold on a store that outlives it: after `kill` nothing that the server still does reaches the store, as
 * after kill -9.
 */
export class KillableStore implements OrderedStore {
  readonly #store: MemoryStore;
  #isDead = false;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  kill(): void {
    this.#isDead = true;
  }

  get usedBytes(): number {
    return this.#store.usedBytes;
  }

  get(space: string, key: Uint8Array): Buffer | undefined {
    return this.#store.get(space, key);
  }

  range(space: string, options?: RangeOptions): Iterable<StoreEntry> {
    return this.#store.range(space, options);
  }

  scan(space: string, options: RangeOptions, visit: (entry: PlacedEntry) => boolean): void {
    this.#store.scan(space, options, visit);
  }

  write(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): void {
    if (this.#isDead) throw new SluiceError('LOG_UNAVAILABLE', 'The process was killed');
    this.#store.write(fill, options);
  }

  snapshot(): StoreSnapshot {
    return this.#store.snapshot();
  }

  flush(): Promise<void> {
    return this.#store.flush();
  }

  spaces(): readonly string[] {
    return this.#store.spaces();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
