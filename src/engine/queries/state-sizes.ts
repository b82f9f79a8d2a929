import type { ByteCount } from '../../base/quantities.ts';
import { SluiceError } from '../../base/errors.ts';
import { Stretch } from '../../base/stretch.ts';
import { didYouMean } from '../../base/suggest.ts';
import { KEYS } from '../../config/keys.ts';
import { planTopology } from '../../dataflow/topology.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import { type OrderedReader, scanEntries } from '../../state/ordered.ts';
import { storeOfSpace } from '../../state/provider.ts';
import type { Services } from '../services.ts';

export interface StateSize {
  readonly queryId: string;
  readonly rows: number;
  /** Size of keys and values as stored, including the index by time of rows that expire. */
  readonly bytes: ByteCount;
  readonly stores: readonly StoreSize[];
  /** False when time ran out before everything was counted. */
  readonly complete: boolean;
  /** Wall clock, in ms. */
  readonly countedAt: number;
}

interface StoreSize {
  readonly name: string;
  readonly rows: number;
  readonly bytes: ByteCount;
  readonly tasks: readonly { readonly id: string; readonly rows: number; readonly bytes: ByteCount }[];
}

/** How long one count may take, in ms. */
const PATIENCE_MS = 5000;
/** An answer is reused for at least this long, in ms. */
const FRESH_MS = 2000;
/** And for this many times as long as the count took, so that counting is only a small part of the work. */
const SHARE = 20;
/** Entries between two checks of the clock. */
const PIECE = 500;

interface Sums {
  rows: number;
  bytes: ByteCount;
}

interface Counted {
  readonly size: StateSize;
  /** Until when it is reused, in ms of the monotonic clock. */
  readonly freshUntilMs: number;
}

/**
 * The size of queries' stores. The store keeps no totals, so rows are counted, in stretches on one snapshot, and once
 * for all concurrent requests.
 */
export class StateSizes {
  readonly #services: Services;
  readonly #counted = new Map<string, Counted>();
  readonly #counting = new Map<string, Promise<StateSize>>();

  constructor(services: Services) {
    this.#services = services;
  }

  /** @throws SluiceError NOT_FOUND */
  async of(id: string): Promise<StateSize> {
    const { catalog, env } = this.#services;
    const query = catalog.current.query(id) ?? catalog.current.query(id.toUpperCase());
    if (query === undefined)
      throw new SluiceError('NOT_FOUND', `There is no persistent query ${id}`, {
        hint: didYouMean(id, catalog.current.queries.keys()) ?? 'SHOW QUERIES; lists them.',
      });
    for (const known of this.#counted.keys()) if (!catalog.current.queries.has(known)) this.#counted.delete(known);
    const known = this.#counted.get(query.id);
    if (known !== undefined && env.clock.monotonicMs() < known.freshUntilMs) return known.size;
    let counting = this.#counting.get(query.id);
    if (counting === undefined) {
      counting = this.#count(query.id, query.plan as QueryPlan).finally(() => this.#counting.delete(query.id));
      this.#counting.set(query.id, counting);
    }
    return await counting;
  }

  async #count(queryId: string, plan: QueryPlan): Promise<StateSize> {
    const { env } = this.#services;
    const began = env.clock.monotonicMs();
    const stretch = new Stretch(env);
    /** By store, then by task. */
    const sums = new Map<string, Map<string, Sums>>();
    let complete = true;
    for (const { thread, tasks } of await this.#places(queryId, plan)) {
      const snapshot = this.#services.snapshot(thread);
      try {
        for (const space of snapshot.spaces(`${queryId}/`)) {
          const found = storeOfSpace(space, queryId);
          if (found === undefined || tasks?.has(found.task) === false) continue;
          const byTask = sums.get(found.store) ?? new Map<string, Sums>();
          sums.set(found.store, byTask);
          const sum = byTask.get(found.task) ?? { rows: 0, bytes: 0 };
          byTask.set(found.task, sum);
          const untilMs = began + PATIENCE_MS;
          const mayContinue = async (): Promise<boolean> => {
            await stretch.breathe();
            return env.clock.monotonicMs() < untilMs;
          };
          complete &&= await addUp(snapshot.reader, space, !found.isIndex, sum, mayContinue);
        }
      } finally {
        snapshot.close();
      }
    }
    const stores = [...sums]
      .map(([name, byTask]): StoreSize => {
        const tasks = [...byTask].map(([id, sum]) => ({ id, ...sum })).toSorted((a, b) => a.id.localeCompare(b.id));
        return { name, ...total(tasks), tasks };
      })
      .toSorted((a, b) => a.name.localeCompare(b.name));
    const size = { queryId, ...total(stores), stores, complete, countedAt: env.clock.nowMs() };
    const ended = env.clock.monotonicMs();
    this.#counted.set(queryId, { size, freshUntilMs: ended + Math.max(FRESH_MS, SHARE * (ended - began)) });
    return size;
  }

  /** Where the state is, and for which tasks; undefined: for all. */
  async #places(
    queryId: string,
    plan: QueryPlan,
  ): Promise<readonly { readonly thread: number | undefined; readonly tasks?: ReadonlySet<string> }[]> {
    const { shared, queries, config } = this.#services;
    if (shared === undefined || queries.owned === undefined) return [{ thread: undefined }];
    // What remains of tasks that have moved to another server is not part of the query's state.
    const byThread = new Map<number | undefined, Set<string>>();
    for (const { id } of planTopology(plan, config.get(KEYS.serviceId)).subTopologies)
      for (const { partition, thread } of await queries.owned(queryId, id)) {
        const tasks = byThread.get(thread) ?? new Set<string>();
        byThread.set(thread, tasks.add(`${id}_${partition}`));
      }
    return [...byThread].map(([thread, tasks]) => ({ thread, tasks }));
  }
}

/** Adds the entries of a space to `sum`. @returns false when `goesOn` ended it */
async function addUp(
  reader: OrderedReader,
  space: string,
  isRows: boolean,
  sum: Sums,
  mayContinue: () => Promise<boolean>,
): Promise<boolean> {
  let next: Uint8Array | undefined;
  do {
    // Restarted for each piece: an iteration that stayed open over a pause must not be read.
    const from = next;
    next = undefined;
    let entries = 0;
    scanEntries(reader, space, from, undefined, ({ key, keyStart, keyEnd, valueStart, valueEnd }) => {
      if (entries++ === PIECE) {
        next = Uint8Array.prototype.slice.call(key, keyStart, keyEnd);
        return false;
      }
      if (isRows) sum.rows++;
      sum.bytes += keyEnd - keyStart + valueEnd - valueStart;
      return true;
    });
    if (next !== undefined && !(await mayContinue())) return false;
  } while (next !== undefined);
  return true;
}

function total(parts: readonly Readonly<Sums>[]): Sums {
  return {
    rows: parts.reduce((sum, p) => sum + p.rows, 0),
    bytes: parts.reduce((sum, p) => sum + p.bytes, 0),
  };
}
