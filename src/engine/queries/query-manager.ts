import { KEYS } from '../../config/keys.ts';
import { isSluiceError } from '../../base/errors.ts';
import { sumOf } from '../../base/histogram.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { PersistentQuery } from '../../catalog/query.ts';
import { deleteInternalTopics, deleteTopicsOf } from '../../dataflow/runner/internal-topics.ts';
import { consumerGroup } from '../../dataflow/names.ts';
import { planTopology } from '../../dataflow/topology.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { Config } from '../../base/config/config.ts';
import type { Services } from '../services.ts';
import { createRunner, LocalRun } from './create-runner.ts';
import type { OwnedPartition, QueryHost, QueryRuntime } from './query-host.ts';
import { readingsUnderWay, waitText, whenRead } from './first-readings.ts';
import type { QueryRun, RunState } from './query-run.ts';
import type { QueryThread } from './query-thread.ts';

/** The interval in ms at which a test or a pull query checks a query that is behind. */
const CAUGHT_UP_CHECK_MS = 5;

/** How often the members of a dropped query's group are checked, and how long they are waited for. */
const GROUP_CHECK_MS = 200;
const GROUP_PATIENCE_MS = 60_000;

/** Worker threads, created on demand. */
export interface Threads {
  /**
   * The threads of a query; undefined: the caller's thread. On the embedded log one is enough, on Kafka all share the
   * tasks.
   */
  forQuery(config: Config): readonly QueryThread[] | undefined;
  close(): Promise<void>;
}

/**
 * Runs the persistent queries of this process according to the catalog, in worker threads or in this one, as `threads`
 * decides.
 */
export class QueryManager implements QueryHost {
  readonly #services: Services;
  readonly #threads: Threads | undefined;
  /** For each query, its run in each thread. */
  readonly #runs = new Map<string, readonly QueryRun[]>();
  /** Queries that wait for first readings, each with the function that ends the wait. */
  readonly #waiting = new Map<string, { readonly plan: QueryPlan; readonly cancel: () => void }>();
  #isClosed = false;

  constructor(services: Services, threads?: Threads) {
    this.#services = services;
    this.#threads = threads;
  }

  async reconcile(before: Catalog, after: Catalog): Promise<void> {
    for (const old of before.queries.values()) {
      const now = after.query(old.id);
      if (now === undefined) await this.#remove(old);
      else if (now.plan !== old.plan) await this.#stop(old.id);
    }
    for (const query of after.queries.values()) {
      const runs = this.#runs.get(query.id);
      if (runs === undefined) this.#start(query);
      else if (query.state === 'PAUSED') for (const run of runs) run.pause();
      else if (!this.#waiting.has(query.id)) for (const run of runs) run.resume();
    }
  }

  #start(query: PersistentQuery): void {
    // A command of another server may arrive meanwhile: its member would be assigned partitions that nobody processes.
    if (this.#isClosed) return;
    const { config: server, readOnly } = this.#services;
    const plan = query.plan as QueryPlan;
    const properties = query.properties ?? {};
    const waits = readingsUnderWay(plan, this.#services).length > 0;
    const paused = query.state === 'PAUSED' || waits || readOnly !== undefined;
    if (waits) this.#wait(query.id, plan);
    const threads = this.#threads?.forQuery(server.with(properties));
    if (threads !== undefined) {
      this.#runs.set(
        query.id,
        threads.map((thread) => thread.start(plan, properties, server, paused)),
      );
      return;
    }
    const runner = createRunner(plan, properties, this.#services, server);
    this.#runs.set(query.id, [new LocalRun(runner, this.#services.dropState)]);
    if (paused) runner.pause();
    runner.start();
  }

  /** It has started, so that nothing is missed from here on, and continues when its tables have been read. */
  #wait(id: string, plan: QueryPlan): void {
    const cancel = whenRead(plan, this.#services, () => {
      this.#waiting.delete(id);
      if (this.#services.catalog.current.query(id)?.state === 'PAUSED') return;
      for (const run of this.#runs.get(id) ?? []) run.resume();
    });
    this.#waiting.set(id, { plan, cancel });
  }

  waitsFor(id: string): string | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    const readings = readingsUnderWay(waiting.plan, this.#services);
    return readings.length === 0 ? undefined : waitText(readings);
  }

  async #stop(id: string, forget = false): Promise<void> {
    this.#waiting.get(id)?.cancel();
    this.#waiting.delete(id);
    const runs = this.#runs.get(id) ?? [];
    this.#runs.delete(id);
    await Promise.all(runs.map((run) => run.close(forget)));
  }

  /** A query that is removed for good is removed with its offsets, internal topics and state. */
  async #remove(query: PersistentQuery): Promise<void> {
    await this.#stop(query.id, true);
    const { log, config, env } = this.#services;
    const serviceId = config.get(KEYS.serviceId);
    try {
      await this.#deleteGroup(consumerGroup(serviceId, query.id));
      if (this.#services.shared === undefined)
        await deleteInternalTopics(log.admin, planTopology(query.plan as QueryPlan, serviceId));
      else await deleteTopicsOf(log.admin, serviceId, query.id, this.#services.catalog.current.queries.keys());
    } catch (error) {
      env.logger.warn('A dropped query left something behind', { queryId: query.id, error: String(error) });
    }
  }

  /** The group is deleted when all its members have left: until then other servers may be committing. */
  async #deleteGroup(group: string): Promise<void> {
    const { log, env } = this.#services;
    for (let waitedMs = 0; ; waitedMs += GROUP_CHECK_MS) {
      try {
        await log.admin.deleteGroup(group);
        return;
      } catch (error) {
        if (isSluiceError(error, 'NOT_FOUND')) return;
        if (!isSluiceError(error, 'CONFLICT') || waitedMs >= GROUP_PATIENCE_MS) throw error;
        await env.timers.sleep(GROUP_CHECK_MS);
      }
    }
  }

  status(id: string): QueryRuntime | undefined {
    const runs = this.#runs.get(id);
    if (!runs) return undefined;
    const states = runs.flatMap((run) => run.current ?? []);
    const sum = (of: (s: RunState) => number): number => states.reduce((total, s) => total + of(s), 0);
    const errors = [...runs.flatMap((run) => run.deaths ?? []), ...states.flatMap((s) => s.errors)].sort(
      (a, b) => a.timestamp - b.timestamp,
    );
    const shown = this.#services.config.get(KEYS.queryErrorMaxQueueSize);
    const lastRecords = states.flatMap((s) => s.metrics.lastRecordMs ?? []);
    const restores = states.flatMap((s) => s.metrics.restore ?? []);
    return {
      status:
        runs.some((run) => run.isDown) || states.some((s) => s.state === 'ERROR')
          ? 'ERROR'
          : states.some((s) => s.state === 'PAUSED') && !this.#waiting.has(id)
            ? 'PAUSED'
            : 'RUNNING',
      errors: errors
        .slice(Math.max(0, errors.length - shown))
        .map((e) => ({ timestamp: e.timestamp, errorMessage: e.message, type: e.type })),
      consumerGroup: consumerGroup(this.#services.config.get(KEYS.serviceId), id),
      recordsIn: sum((s) => s.metrics.recordsIn),
      recordsOut: sum((s) => s.metrics.recordsOut),
      bytesIn: sum((s) => s.metrics.bytesIn),
      bytesOut: sum((s) => s.metrics.bytesOut),
      lateDrops: sum((s) => s.metrics.lateDrops),
      errorCount: sum((s) => s.metrics.problems),
      lastRecordMs: lastRecords.length === 0 ? undefined : Math.max(...lastRecords),
      positions: states.flatMap((s) => s.positions),
      restore:
        restores.length === 0
          ? undefined
          : {
              restored: restores.reduce((total, r) => total + r.restored, 0),
              total: restores.reduce((total, r) => total + r.total, 0),
            },
      commits: sum((s) => s.metrics.commits),
      commitMs: sumOf(states.map((s) => s.metrics.commitMs)),
      latencyMs: sumOf(states.map((s) => s.metrics.latencyMs)),
      perTask: runs.flatMap(({ current, thread }) => (current?.metrics.tasks ?? []).map((t) => ({ ...t, thread }))),
      tasks: sum((s) => s.units.length),
    };
  }

  async owned(id: string, subTopology: number): Promise<readonly OwnedPartition[]> {
    const runs = this.#runs.get(id) ?? [];
    const states = await Promise.all(runs.map((run) => run.fresh()));
    return states.flatMap((state, i) =>
      (state?.units ?? [])
        .filter((u) => u.subTopology === subTopology)
        .map(({ partition }) => ({ partition, thread: runs.length === 1 ? undefined : i })),
    );
  }

  /**
   * Resolves when every query has handled and committed all of its input, including what others wrote. All tasks must
   * be in this process: while another server has some, it does not resolve.
   */
  async caughtUp(): Promise<void> {
    // Twice in a row, since one query reads what another writes.
    for (let quiet = 0; quiet < 2;) {
      const all = await Promise.all([...this.#runs.values()].map(isCaughtUp));
      quiet = all.every((done) => done) ? quiet + 1 : 0;
      if (quiet < 2) await this.#services.env.timers.sleep(quiet === 0 ? CAUGHT_UP_CHECK_MS : 0);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#runs.keys()].map((id) => this.#stop(id)));
    await this.#threads?.close();
  }
}

async function isCaughtUp(runs: readonly QueryRun[]): Promise<boolean> {
  const states = await Promise.all(runs.map((run) => run.caughtUp()));
  if (states.some((s) => s === undefined)) return false;
  if (states.some((s) => s!.state === 'PAUSED')) return true;
  const owned = states.reduce((sum, s) => sum + s!.units.length, 0);
  return owned > 0 && owned === Math.max(...states.map((s) => s!.allTasks));
}
