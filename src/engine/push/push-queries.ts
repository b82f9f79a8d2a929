import { KEYS } from '../../config/keys.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { checkNeeds, type Caller } from '../../base/rights.ts';
import { QueryRunner } from '../../dataflow/runner/query-runner.ts';
import type { Collector } from '../../dataflow/graph/graph.ts';
import type { QueryRunnerOptions } from '../../dataflow/runner/runner-options.ts';
import type { FunctionEnv } from '../../functions/api.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { TransientPlan } from '../../plan/plan-transient.ts';
import type { Column } from '../../types/schema.ts';
import type { Key, Row } from '../../types/row.ts';
import type { Config } from '../../base/config/config.ts';
import { noticeOf, type QueryHandle, type Tombstones } from '../query-handle.ts';
import { readingsUnderWay, whenRead } from '../queries/first-readings.ts';
import { functionEnv, gathersForClients, offsetReset, taskSettings } from '../queries/query-options.ts';
import { RowQueue } from '../queries/row-queue.ts';
import { faultTexts, QueryFaults, type Reading } from '../queries/query-faults.ts';
import type { QuerySummary } from '../source-results.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import { shapeOf, SharedQuery, topicOf, type OwnReader, type Position, type Shape } from './shared-query.ts';

/** The prefix of ids in ksqlDB's second version of push queries. */
export const SCALABLE_PREFIX = 'SCALABLE_PUSH_QUERY_';

interface Running {
  readonly text: string;
  readonly queue: RowQueue;
  readonly caller: Caller;
  close(): Promise<void>;
}

/** How long a record waits for a schema that the registry does not have before the waiting client is told. */
const SCHEMA_PATIENCE_MS = 3000;

/** The common reader of all queries of a shape, and what it could not read. */
interface Shared {
  readonly server: Config;
  readonly query: SharedQuery;
  readonly faults: QueryFaults;
}

/**
 * The push queries of this server: each is a transient query that ends with its client. Those of one shape share a
 * reader if possible.
 */
export class PushQueries {
  readonly #services: Services;
  readonly #running = new Map<string, Running>();
  readonly #sharedQueries = new Map<string, Shared>();
  /**
   * By shape: how a shared reader takes over from queries that read a table by themselves, while there is no shared
   * reader.
   */
  readonly #waiting = new Map<string, Set<(shared: Shared) => void>>();

  constructor(services: Services) {
    this.#services = services;
  }

  /**
   * Resolves when the query stands at its first offsets: later records will be seen.
   * @throws SluiceError TOO_MANY_QUERIES
   */
  async start(
    planned: TransientPlan,
    text: string,
    session: Session,
    { tombstones = 'shown' }: { readonly tombstones?: Tombstones } = {},
  ): Promise<QueryHandle> {
    const { env, config: server } = this.#services;
    const limit = server.get(KEYS.maxPushQueries);
    if (this.#running.size >= limit) {
      throw new SluiceError('TOO_MANY_QUERIES', `Maximum number of push queries exceeded. Limit: ${limit}`, {
        hint: 'Terminate push queries (SHOW QUERIES lists them), or raise ksql.max.push.queries.',
      });
    }
    const id = planned.plan.queryId;
    const config = session.config(server);
    const queue = new RowQueue(() => env.timers.turn(), server.get(KEYS.queryPushMaxBufferedBytes));
    let runner: QueryRunner | undefined;
    let leave: (() => Promise<void>) | undefined;
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closing ??= (async () => {
        this.#running.delete(id);
        queue.end('CLOSED');
        queue.forget();
        await leave?.();
        await runner?.close();
      })();
      return closing;
    };
    this.#running.set(id, { text, queue, caller: session.caller, close });
    const readings: Reading[] = [];
    const rows = planned.limit ?? Infinity;
    const fromNow = planned.isTable ? isScalable(planned.plan) : offsetReset(config) === 'latest';
    const shape = shapeOf(planned, session.overrides(), tombstones, fromNow);
    const subscriber = {
      queue,
      skipsNullKeys: skipsNullKeys(planned),
      leave: (from: Position, rest: number): void => {
        if (closing !== undefined) return;
        const own = { limit: rest, tombstones, readings, from, keepsRows: shape?.keepsRows === true };
        runner = this.#alone(planned, config, queue, own).runner;
      },
    };
    if (shape?.begins === 'end') {
      const shared = this.#shared(shape, planned, config, tombstones);
      readings.push({ faults: shared.faults, before: shared.faults.counts });
      leave = await shared.query.join(subscriber, rows);
      if (closing !== undefined) await leave();
    } else {
      const own = this.#alone(planned, config, queue, { limit: rows, tombstones, readings });
      runner = own.runner;
      if (shape !== undefined) {
        const takeOver = async (shared: Shared): Promise<void> => {
          const before = shared.faults.counts;
          const leaveShared = await shared.query.takeOver(subscriber, own.reader);
          if (leaveShared === undefined) return;
          readings.push({ faults: shared.faults, before });
          leave = leaveShared;
          if (closing !== undefined) await leave();
          await own.runner.close();
        };
        leave = this.#awaitOthers(shape, planned, config, tombstones, (shared) => {
          takeOver(shared).catch((error: unknown) => {
            if (closing === undefined)
              env.logger.warn(`Push query ${id} keeps a reader of its own: ${messageOf(error)}`);
          });
        });
      }
      await own.hasStarted;
    }
    const columns: readonly Column[] = planned.columns.map((c) => ({ ...c, role: 'VALUE' }));
    const notice = (): string | undefined => noticeOf(faultTexts(readings));
    return { kind: 'PUSH', queryId: id, columns, rows: () => queue.read(), notice, close };
  }

  /**
   * For a query that reads a table by itself: when a second one of its shape arrives, a shared reader starts that takes
   * over from both. The returned function ends the waiting.
   */
  #awaitOthers(
    shape: Shape,
    planned: TransientPlan,
    config: Config,
    tombstones: Tombstones,
    takeOver: (shared: Shared) => void,
  ): () => Promise<void> {
    const { key } = shape;
    const waiting = this.#waiting.get(key) ?? new Set();
    waiting.add(takeOver);
    this.#waiting.set(key, waiting);
    if (waiting.size > 1 || this.#sharedQueries.has(key)) {
      this.#waiting.delete(key);
      const shared = this.#shared(shape, planned, config, tombstones);
      for (const take of waiting) take(shared);
    }
    return () => {
      waiting.delete(takeOver);
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
      return Promise.resolve();
    };
  }

  /** Starts a reader of its own, at the pace of its client. */
  #alone(
    planned: TransientPlan,
    config: Config,
    queue: RowQueue,
    own: {
      readonly limit: number;
      readonly tombstones: Tombstones;
      readonly readings: Reading[];
      /** Where its rows start; absent: where the query starts. */
      readonly from?: Position;
      /** Whether its results depend on earlier rows. */
      readonly keepsRows?: boolean;
    },
  ): { readonly runner: QueryRunner; readonly reader: OwnReader; readonly hasStarted: Promise<void> } {
    let started!: () => void;
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const world = functionEnv(this.#services, config, KEYS.rowMaxSteps);
    const faults = new QueryFaults(this.#services.processingLog, world.work);
    own.readings.push({ faults });
    const collector = new QueueCollector(planned, queue, own.limit, own.tombstones);
    const runner = this.#runner(
      planned,
      config,
      { world, faults },
      {
        collector: collector.from(own.keepsRows === true ? own.from : undefined),
        outlet: queue,
        startOffsets: own.keepsRows === true ? undefined : own.from,
        onStateChange: (state) => {
          started();
          if (state === 'ERROR')
            queue.fail(
              world.work.exceeded ??
                new SluiceError('QUERY_FAILED', runner.errors.at(-1)?.message ?? 'The query failed'),
            );
          // Another reader has taken over where it was stopped.
          else if (state === 'CLOSED' && !collector.isStopped) queue.end('CLOSED');
        },
      },
    );
    // It has started, so that nothing is missed from here on.
    let isWaiting = readingsUnderWay(planned.plan, this.#services).length > 0;
    if (isWaiting) {
      runner.pause();
      whenRead(planned.plan, this.#services, () => {
        isWaiting = false;
        runner.resume();
      });
    }
    runner.start();
    const reader = {
      get positions() {
        const { positions } = runner;
        if (isWaiting || positions.length === 0) return undefined;
        return new Map(positions.map((p) => [p.partition, p.offset]));
      },
      stop: () => collector.stop(),
    };
    return { runner, reader, hasStarted };
  }

  /** The shared reader of all queries of a shape, created with the first. */
  #shared(shape: Shape, planned: TransientPlan, config: Config, tombstones: Tombstones): Shared {
    const { env, log, config: server } = this.#services;
    const known = this.#sharedQueries.get(shape.key);
    // Later changes by ALTER SYSTEM do not apply to running queries.
    if (known?.server === server) return known;
    const world = functionEnv(this.#services, config, KEYS.rowMaxSteps);
    const faults = new QueryFaults(this.#services.processingLog, world.work);
    const query = new SharedQuery({
      env,
      log,
      topic: topicOf(planned.plan.root),
      tooCostly: () => world.work.exceeded,
      tombstone: tombstones === 'shown' ? tombstoneOf(planned) : undefined,
      createRunner: (own) =>
        this.#runner(planned, config, { world, faults }, { ...own, readsTableFromNow: !shape.keepsRows }),
      onEnd: () => {
        if (this.#sharedQueries.get(shape.key)?.query === query) this.#sharedQueries.delete(shape.key);
      },
    });
    const shared = { server, query, faults };
    this.#sharedQueries.set(shape.key, shared);
    return shared;
  }

  #runner(
    planned: TransientPlan,
    config: Config,
    { world, faults }: { readonly world: FunctionEnv; readonly faults: QueryFaults },
    {
      readsTableFromNow = isScalable(planned.plan),
      ...own
    }: Pick<QueryRunnerOptions, 'collector' | 'outlet' | 'startOffsets' | 'onStateChange'> & {
      readonly readsTableFromNow?: boolean;
    },
  ): QueryRunner {
    const { env, log, functions, codecs, config: server, loadSchemas } = this.#services;
    return new QueryRunner({
      plan: planned.plan,
      log,
      env,
      serviceId: server.get(KEYS.serviceId),
      offsetReset: offsetReset(config),
      maxTaskIdleMs: config.get(KEYS.maxTaskIdleMs),
      tableOffsetReset: readsTableFromNow ? 'latest' : undefined,
      settings: { ...taskSettings(config), gatherUpdates: gathersForClients(config) },
      compile: { functions, functionEnv: world },
      registry: codecs,
      loadSchemas,
      schemaPatienceMs: SCHEMA_PATIENCE_MS,
      processingLog: faults,
      ...own,
    });
  }

  list(): readonly QuerySummary[] {
    return [...this.#running].map(([id, { text }]) => ({
      id,
      queryString: text,
      sinks: [],
      sinkKafkaTopics: [],
      statusCount: { RUNNING: 1 },
      queryType: 'PUSH',
      state: 'RUNNING',
    }));
  }

  /**
   * Ends one; false when the id is unknown.
   * @param caller only its own queries are ended, unless it may write; absent: any query
   * @throws SluiceError FORBIDDEN
   */
  closeQuery(id: string, caller?: Caller): boolean {
    const found = this.#running.get(id);
    if (!found) return false;
    if (caller !== undefined && caller.name !== found.caller.name)
      checkNeeds(caller, [{ right: 'write' }], 'ending the query of another user');
    found.queue.end('COMPLETED');
    void found.close();
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map((q) => q.close()));
  }
}

/** ksqlDB's second version of push queries shows only what a running query writes from now on, for tables too. */
function isScalable({ queryId }: QueryPlan): boolean {
  return queryId.startsWith(SCALABLE_PREFIX);
}

/** ksqlDB's scalable push queries skip rows without a key. */
function skipsNullKeys({ plan }: TransientPlan): boolean {
  return isScalable(plan) && plan.root.out.key.length > 0;
}

/** Puts the rows of a transient query into its queue until the limit is reached or it is stopped. */
class QueueCollector {
  readonly #queue: RowQueue;
  readonly #limit: number;
  readonly #tombstone: ((key: Key) => Row) | undefined;
  readonly #needsKey: boolean;
  #count = 0;
  isStopped = false;

  constructor(planned: TransientPlan, queue: RowQueue, limit: number, tombstones: Tombstones) {
    this.#queue = queue;
    this.#limit = limit;
    this.#tombstone = tombstones === 'shown' ? tombstoneOf(planned) : undefined;
    this.#needsKey = skipsNullKeys(planned);
    if (limit === 0) queue.end('LIMIT');
  }

  /** The collector for a query; `from`: rows of earlier records are not shown. */
  from(from: Position | undefined): Collector {
    const all: Collector = {
      retainsRow: true,
      push: (key, row) => {
        if (row !== null && !(this.#needsKey && key === null)) this.#offer(row, false);
      },
      change: (key, next) => {
        if (next !== null) this.#offer(next, false);
        else if (this.#tombstone !== undefined) this.#offer(this.#tombstone(key), true);
      },
    };
    if (from === undefined) return all;
    const forTask: Collector['forTask'] = (context) => {
      const isSeen = (): boolean => context.offset >= (from(context.topic, context.partition) ?? 0);
      return {
        retainsRow: true,
        push: (...record) => {
          if (isSeen()) all.push(...record);
        },
        change: (...change) => {
          if (isSeen()) all.change(...change);
        },
      };
    };
    return { ...all, forTask };
  }

  /** Shows nothing from now on. Returns how many rows may still be shown. */
  stop(): number {
    this.isStopped = true;
    return this.#limit - this.#count;
  }

  #offer(values: Row, tombstone: boolean): void {
    if (this.isStopped || this.#count >= this.#limit) return;
    this.#count++;
    this.#queue.offer({ values, tombstone });
    if (this.#count >= this.#limit) this.#queue.end('LIMIT');
  }
}

/** The row for a key that has left the table: its key columns, and nulls. */
function tombstoneOf(planned: TransientPlan): (key: Key) => Row {
  const { root } = planned.plan;
  const keyNames = root.out.key.map((k) => k.name);
  const positions = planned.columns.map((column, i) => {
    const expression = root.kind === 'TableSelect' || root.kind === 'StreamSelect' ? root.expressions[i] : undefined;
    const name = expression?.kind === 'column' ? expression.name : column.name;
    if (root.out.window !== undefined) {
      // The key array of a windowed key ends with the window's bounds.
      if (name === 'WINDOWSTART') return keyNames.length;
      if (name === 'WINDOWEND') return keyNames.length + 1;
    }
    return keyNames.indexOf(name);
  });
  return (key) => positions.map((at) => (at === -1 ? null : key[at]));
}
