import { SluiceError } from '../../src/base/errors.ts';
import type { OrderedStore, StoreWriter } from '../../src/store/ordered-store.ts';
import { StoreHold } from '../support/store-hold.ts';
import type { Machine } from './virtual-time.ts';

/** The faults and delays of a disk. */
export interface DiskWeather {
  /** The error of this write; undefined when it succeeds. A failed write stores nothing. */
  writeError(): SluiceError | undefined;
  /** The duration of this flush, in ms. */
  flushMs(): number;
  /** How long a commit in the store's thread takes, in ms; 0: it is done in the caller's thread. */
  commitMs(): number;
  /** Whether a commit that was under way when the process was killed is there afterwards. */
  survives(): boolean;
}

type WriteOptions = Parameters<OrderedStore['write']>[1];

/** A store that ignores all writes of its process once the process's machine is dead, as after kill -9. */
export class FaultyStore extends StoreHold {
  readonly #machine: Machine;
  readonly #weather: DiskWeather;
  readonly #underWay = new Set<() => void>();

  constructor(store: OrderedStore, machine: Machine, weather: DiskWeather) {
    super(store);
    this.#machine = machine;
    this.#weather = weather;
  }

  override write(fill: (writes: StoreWriter) => void, options?: WriteOptions): void {
    if (this.#machine.isDead) throw new SluiceError('LOG_UNAVAILABLE', 'The process was killed');
    this.#meet(options);
    super.write(fill, options);
  }

  /** As the store's thread does it: what is written is determined at once, and is there some time later, or never. */
  async writeBeside(fill: (writes: StoreWriter) => void, options?: WriteOptions): Promise<void> {
    const requests: ((writes: StoreWriter) => void)[] = [];
    fill({
      put: (...args) => requests.push((writes) => writes.put(...args)),
      delete: (...args) => requests.push((writes) => writes.delete(...args)),
      putPacked: (packed) => requests.push((writes) => writes.putPacked(packed)),
      deleteSpace: (space) => requests.push((writes) => writes.deleteSpace(space)),
    });
    if (requests.length === 0) return;
    const { timers } = this.#machine.env;
    const apply = (): void => {
      super.write((writes) => {
        for (const request of requests) request(writes);
      }, options);
    };
    const ms = this.#weather.commitMs();
    if (ms > 0) {
      this.#underWay.add(apply);
      await timers.sleep(ms);
      this.#underWay.delete(apply);
    }
    this.#meet(options);
    apply();
    if (ms > 0) await timers.turn();
  }

  /** The process is killed: commits under way are done, or not. */
  die(): void {
    for (const apply of this.#underWay) if (this.#weather.survives()) apply();
  }

  /** @throws SluiceError of the disk */
  #meet(options: WriteOptions): void {
    const error = this.#weather.writeError();
    if (error !== undefined && !(error.code === 'LOG_FULL' && options?.evenIfFull === true)) throw error;
  }

  override async flush(): Promise<void> {
    await this.#machine.env.timers.sleep(this.#weather.flushMs());
    await super.flush();
  }
}
