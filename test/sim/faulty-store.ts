import { SluiceError } from '../../src/base/errors.ts';
import type { OrderedStore } from '../../src/store/ordered-store.ts';
import { StoreHold } from '../support/store-hold.ts';
import type { Machine } from './virtual-time.ts';

/** The faults and delays of a disk. */
export interface DiskWeather {
  /** The error of this write; undefined when it succeeds. A failed write stores nothing. */
  writeError(): SluiceError | undefined;
  /** The duration of this flush, in ms. */
  flushMs(): number;
}

/** A store that ignores all writes of its process once the process's machine is dead, as after kill -9. */
export class FaultyStore extends StoreHold {
  readonly #machine: Machine;
  readonly #weather: DiskWeather;

  constructor(store: OrderedStore, machine: Machine, weather: DiskWeather) {
    super(store);
    this.#machine = machine;
    this.#weather = weather;
  }

  override write(...args: Parameters<StoreHold['write']>): void {
    if (this.#machine.isDead) throw new SluiceError('LOG_UNAVAILABLE', 'The process was killed');
    const error = this.#weather.writeError();
    if (error !== undefined && !(error.code === 'LOG_FULL' && args[1]?.evenIfFull === true)) throw error;
    super.write(...args);
  }

  override async flush(): Promise<void> {
    await this.#machine.env.timers.sleep(this.#weather.flushMs());
    await super.flush();
  }
}
