import { isSluiceError } from '../../base/errors.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { PersistentQuery } from '../../catalog/query.ts';
import { deleteInternalTopics, deleteTopicsOf } from '../../dataflow/internal-topics.ts';
import { consumerGroup, internalTopicPrefix } from '../../dataflow/names.ts';
import { QueryRunner } from '../../dataflow/query-runner.ts';
import { planTopology } from '../../dataflow/topology.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { Services } from '../services.ts';
import type { QueryHost, QueryRuntime } from './query-host.ts';
import { functionEnv, offsetReset, sharedTasks, taskSettings } from './query-options.ts';

/** How long a test or a pull query waits between two looks at a query that is behind, in ms. */
const CAUGHT_UP_CHECK_MS = 5;

/** How often, and how long, the members of a dropped query's group are waited for. */
const GROUP_CHECK_MS = 200;
const GROUP_PATIENCE_MS = 60_000;

/** Runs the persistent queries of this process: one QueryRunner each, kept in step with the catalog. */
export class QueryManager implements QueryHost {
  readonly #services: Services;
  readonly #runners = new Map<string, QueryRunner>();

  constructor(services: Services) {
    this.#services = services;
  }

  async reconcile(before: Catalog, after: Catalog): Promise<void> {
    for (const old of before.queries.values()) {
      const now = after.query(old.id);
      if (now === undefined) await this.#remove(old);
      else if (now.plan !== old.plan) await this.#stop(old.id);
    }
    for (const query of after.queries.values()) {
      const runner = this.#runners.get(query.id);
      if (runner === undefined) this.#start(query);
      else if (query.state === 'PAUSED') runner.pause();
      else runner.resume();
    }
  }

  #start(query: PersistentQuery): void {
    const { env, log, functions, codecs, processingLog, config: server } = this.#services;
    const config = server.with(query.properties ?? {});
    const runner = new QueryRunner({
      plan: query.plan as QueryPlan,
      log,
      env,
      serviceId: server.string('ksql.service.id'),
      offsetReset: offsetReset(config),
      settings: taskSettings(config),
      compile: { functions, functionEnv: functionEnv(this.#services, config) },
      registry: codecs,
      loadSchemas: this.#services.loadSchemas,
      processingLog,
      state: this.#services.state,
      shared: this.#services.shared && sharedTasks(this.#services.shared, config),
      commitIntervalMs: config.number('commit.interval.ms'),
      retryInitialMs: server.isSet('ksql.query.retry.backoff.initial.ms')
        ? server.number('ksql.query.retry.backoff.initial.ms')
        : 1000,
      retryMaxMs: server.number('ksql.query.retry.backoff.max.ms'),
    });
    this.#runners.set(query.id, runner);
    if (query.state === 'PAUSED') runner.pause();
    runner.start();
  }

  async #stop(id: string): Promise<void> {
    const runner = this.#runners.get(id);
    this.#runners.delete(id);
    await runner?.close();
  }

  /** A query that is gone for good takes its offsets, internal topics and state with it. */
  async #remove(query: PersistentQuery): Promise<void> {
    await this.#stop(query.id);
    const { log, config, env } = this.#services;
    const serviceId = config.string('ksql.service.id');
    try {
      await this.#deleteGroup(consumerGroup(serviceId, query.id));
      if (this.#services.shared === undefined)
        await deleteInternalTopics(log.admin, planTopology(query.plan as QueryPlan, serviceId));
      else await deleteTopicsOf(log.admin, internalTopicPrefix(serviceId, query.id));
      await this.#services.dropState?.(`${query.id}/`);
    } catch (error) {
      env.logger.warn('A dropped query left something behind', { queryId: query.id, error: String(error) });
    }
  }

  /** The group goes once all its members have left: until then other servers may be committing. */
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
    const runner = this.#runners.get(id);
    if (!runner) return undefined;
    const { metrics } = runner;
    return {
      status: runner.state === 'ERROR' ? 'ERROR' : runner.state === 'PAUSED' ? 'PAUSED' : 'RUNNING',
      errors: runner.errors.map((e) => ({ timestamp: e.timestamp, errorMessage: e.message, type: e.type })),
      consumerGroup: runner.group,
      recordsIn: metrics.recordsIn,
      recordsOut: metrics.recordsOut,
      bytesIn: metrics.bytesIn,
      lateDrops: metrics.lateDrops,
      errorCount: metrics.problems,
      lastRecordMs: metrics.lastRecordMs,
      positions: runner.positions,
    };
  }

  /** Resolves when every query has handled and committed all that its inputs hold, what the others wrote included. */
  async caughtUp(): Promise<void> {
    // Twice in a row: what one query writes another reads.
    for (let quiet = 0; quiet < 2;) {
      const all = await Promise.all(
        [...this.#runners.values()].map(async (r) => r.state === 'PAUSED' || (await r.caughtUp())),
      );
      quiet = all.every((done) => done) ? quiet + 1 : 0;
      if (quiet < 2) await this.#services.env.timers.sleep(quiet === 0 ? CAUGHT_UP_CHECK_MS : 0);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#runners.values()].map((r) => r.close()));
    this.#runners.clear();
  }
}
