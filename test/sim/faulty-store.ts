import { SluiceError } from '../../src/base/errors.ts';
import type {
  OrderedStore,
  PlacedEntry,
  RangeOptions,
  StoreEntry,
  StoreSnapshot,
  StoreWriter,
} from '../../src/store/ordered-store.ts';
import type { Machine } from './virtual-time.ts';

/** What a disk does to those who write on it. */
export interface DiskWeather {
  /** Why this write fails; undefined: it does not. Nothing of a write that fails is stored. */
  writeError(): SluiceError | undefined;
  /** How long this flush takes, in ms. */
  flushMs(): number;
}

/**
 * One process's hold on a store that outlives it. Once its machine is dead nothing that the process still does reaches
 * the store, as after kill -9.
 */
export class FaultyStore implements OrderedStore {
  readonly #store: OrderedStore;
  readonly #machine: Machine;
  readonly #weather: DiskWeather;

  constructor(store: OrderedStore, machine: Machine, weather: DiskWeather) {
    this.#store = store;
    this.#machine = machine;
    this.#weather = weather;
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
    if (this.#machine.isDead) throw new SluiceError('LOG_UNAVAILABLE', 'The process was killed');
    const error = this.#weather.writeError();
    if (error !== undefined && !(error.code === 'LOG_FULL' && options?.evenIfFull === true)) throw error;
    this.#store.write(fill, options);
  }

  snapshot(): StoreSnapshot {
    return this.#store.snapshot();
  }

  async flush(): Promise<void> {
    await this.#machine.env.timers.sleep(this.#weather.flushMs());
    await this.#store.flush();
  }

  spaces(): readonly string[] {
    return this.#store.spaces();
  }

  /** The store is the disk's: it stays. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
