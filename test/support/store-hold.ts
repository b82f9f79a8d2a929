import type {
  OrderedStore,
  PlacedEntry,
  RangeOptions,
  StoreEntry,
  StoreSnapshot,
  StoreWriter,
} from '../../src/store/ordered-store.ts';

/** One process's use of a store that outlives it: closing it leaves the store open. */
export class StoreHold implements OrderedStore {
  protected readonly store: OrderedStore;

  constructor(store: OrderedStore) {
    this.store = store;
  }

  get usedBytes(): number {
    return this.store.usedBytes;
  }

  get(space: string, key: Uint8Array): Buffer | undefined {
    return this.store.get(space, key);
  }

  range(space: string, options?: RangeOptions): Iterable<StoreEntry> {
    return this.store.range(space, options);
  }

  scan(space: string, options: RangeOptions, visit: (entry: PlacedEntry) => boolean): void {
    this.store.scan(space, options, visit);
  }

  write(fill: (writes: StoreWriter) => void, options?: { readonly evenIfFull?: boolean }): void {
    this.store.write(fill, options);
  }

  snapshot(): StoreSnapshot {
    return this.store.snapshot();
  }

  flush(): Promise<void> {
    return this.store.flush();
  }

  spaces(): readonly string[] {
    return this.store.spaces();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
