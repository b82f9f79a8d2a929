import type { Env } from '../../base/env.ts';
import type { Log } from '../../log/api.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import type { ChangelogOf } from '../../state/changelog.ts';
import { stateSpace } from '../../state/provider.ts';
import { type RestoreProgress, Restorer, type RestoreTarget } from '../../state/restore.ts';
import type { Restored } from '../../state/restored-state.ts';
import { isSameUnit, type Unit } from './task-set.ts';
import type { SubTopology } from '../topology.ts';

/** Units whose state is complete, and the part of it that is not yet in the local store. */
export interface RestoredUnits {
  readonly units: readonly Unit[];
  readonly restoredOf: (unit: Unit) => Restored | undefined;
}

interface UnderWay extends RestoredUnits {
  readonly restorer: Restorer;
}

/**
 * Units that have been assigned to a query and wait for their state. They are restored together, one poll at a time,
 * beside the running tasks. When units are added or removed it restarts from the checkpoints.
 */
export class Restoration {
  readonly #log: Log;
  readonly #store: OrderedStore;
  readonly #queryId: string;
  readonly #env: Pick<Env, 'clock' | 'timers'>;
  readonly #changelogs: ReadonlyMap<SubTopology, readonly ChangelogOf[]>;
  #underWay: UnderWay | undefined;

  constructor(
    log: Log,
    store: OrderedStore,
    queryId: string,
    changelogs: ReadonlyMap<SubTopology, readonly ChangelogOf[]>,
    env: Pick<Env, 'clock' | 'timers'>,
  ) {
    this.#env = env;
    this.#log = log;
    this.#store = store;
    this.#queryId = queryId;
    this.#changelogs = changelogs;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** In changelog offsets; undefined when nothing is waiting. */
  get progress(): RestoreProgress | undefined {
    return this.#underWay?.restorer.progress;
  }

  /** Adds units that wait for their state. @throws SluiceError LOG_UNAVAILABLE, NOT_FOUND */
  async add(units: readonly Unit[]): Promise<void> {
    await this.#begin([...(this.#underWay?.units ?? []), ...units]);
  }

  /** Removes units that others own now, as far as they are waiting. @throws SluiceError LOG_UNAVAILABLE, NOT_FOUND */
  async remove(units: readonly Unit[]): Promise<void> {
    const waiting = this.#underWay?.units ?? [];
    await this.#begin(waiting.filter((w) => !units.some((u) => isSameUnit(u, w))));
  }

  /**
   * Restores the records of one poll of at most `timeoutMs`. Returns the units when the state of all is complete; then
   * nothing waits any more.
   */
  async step(timeoutMs: number): Promise<RestoredUnits | undefined> {
    const { restorer, units, restoredOf } = this.#underWay!;
    if (!restorer.isDone) await restorer.step(timeoutMs);
    if (!restorer.isDone) return undefined;
    await this.stop();
    return { units, restoredOf };
  }

  async stop(): Promise<void> {
    const stopped = this.#underWay;
    this.#underWay = undefined;
    await stopped?.restorer.close();
  }

  async #begin(units: readonly Unit[]): Promise<void> {
    await this.stop();
    if (units.length === 0) return;
    const targets = new Map<Unit, RestoreTarget>(
      units.map((unit) => [
        unit,
        {
          prefix: stateSpace(this.#queryId, unit.subTopology.id, unit.partition),
          partition: unit.partition,
          changelogs: this.#changelogs.get(unit.subTopology)!,
        },
      ]),
    );
    const restorer = new Restorer(this.#log, this.#store, [...targets.values()], this.#env);
    await restorer.open();
    this.#underWay = { restorer, units, restoredOf: (unit) => restorer.restoredOf(targets.get(unit)!) };
  }
}
