import { KEYS } from '../../config/keys.ts';
import { SluiceError } from '../../base/errors.ts';
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
import type { QueryHandle, Tombstones } from '../query-handle.ts';
import { readingsUnderWay, whenRead } from '../queries/first-readings.ts';
import { functionEnv, gathersForClients, offsetReset, taskSettings } from '../queries/query-options.ts';
import { RowQueue } from '../queries/row-queue.ts';
import { UnreadableRecords, unreadableText, type Reading } from '../queries/unreadable.ts';
import type { QuerySummary } from '../results.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import { shapeOf, SharedQuery, topicOf, type Position } from './shared-query.ts';

/** Ids of ksqlDB's second version of push queries begin so. */
export const SCALABLE_PREFIX = 'SCALABLE_PUSH_QUERY_';

interface Running {
  readonly text: string;
  readonly queue: RowQueue;
  readonly caller: Caller;
  close(): Promise<void>;
}

/** The reader of all queries of a shape, and what it could not read. */
interface Shared {
  readonly server: Config;
  readonly query: SharedQuery;
  readonly records: UnreadableRecords;
}

/** The push queries that run on this server: each a transient query, gone with its client. Those of one shape share a reader where they can. */
export class PushQueries {
  readonly #services: Services;
  readonly #running = new Map<string, Running>();
  readonly #sharedQueries = new Map<string, Shared>();

  constructor(services: Services) {
    this.#services = services;
  }

  /**
   * Resolves when the query stands at its first offsets: what is written from then on is seen.
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
    const queue = new RowQueue(() => env.timers.turn());
    let runner: QueryRunner | undefined;
    let leave: (() => Promise<void>) | undefined;
    let closing: Promise<void> | undefined;
    const close = (): Promise<void> => {
      closing ??= (async () => {
        this.#running.delete(id);
        queue.end('CLOSED');
        await leave?.();
        await runner?.close();
      })();
      return closing;
    };
    this.#running.set(id, { text, queue, caller: session.caller, close });
    const readings: Reading[] = [];
    const rows = planned.limit ?? Infinity;
    const shape = offsetReset(config) === 'latest' ? shapeOf(planned, session.overrides()) : undefined;
    if (shape === undefined) {
      const own = this.#alone(planned, config, queue, { limit: rows, tombstones, readings });
      runner = own.runner;
      await own.hasStarted;
    } else {
      const onLeave = (from: Position, rest: number): void => {
        if (closing === undefined)
          runner = this.#alone(planned, config, queue, {
            limit: rest,
            tombstones,
            readings,
            startOffsets: from,
          }).runner;
      };
      const shared = this.#shared(shape, planned, config);
      readings.push({ records: shared.records, before: shared.records.count });
      leave = await shared.query.join({ queue, skipsNullKeys: skipsNullKeys(planned), leave: onLeave }, rows);
      if (closing !== undefined) await leave();
    }
    const columns: readonly Column[] = planned.columns.map((c) => ({ ...c, role: 'VALUE' }));
    const notice = (): string | undefined => unreadableText(readings);
    return { kind: 'PUSH', queryId: id, columns, rows: () => queue.read(), notice, close };
  }

  /** A reader of its own, whose pace is its client's. */
  #alone(
    planned: TransientPlan,
    config: Config,
    queue: RowQueue,
    own: {
      readonly limit: number;
      readonly tombstones: Tombstones;
      readonly readings: Reading[];
      readonly startOffsets?: Position;
    },
  ): { readonly runner: QueryRunner; readonly hasStarted: Promise<void> } {
    let started!: () => void;
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const world = functionEnv(this.#services, config, KEYS.rowMaxSteps);
    const records = new UnreadableRecords(this.#services.processingLog, world.work);
    own.readings.push({ records, before: 0 });
    const runner = this.#runner(
      planned,
      config,
      { world, records },
      {
        collector: collectorFor(planned, queue, own.limit, own.tombstones),
        backpressure: () => queue.drained(),
        startOffsets: own.startOffsets,
        onStateChange: (state) => {
          started();
          if (state === 'ERROR')
            queue.fail(new SluiceError('QUERY_FAILED', runner.errors.at(-1)?.message ?? 'The query failed'));
          else if (state === 'CLOSED') queue.end('CLOSED');
        },
      },
    );
    // It has begun, so that nothing is missed from here on.
    if (readingsUnderWay(planned.plan, this.#services).length > 0) {
      runner.pause();
      whenRead(planned.plan, this.#services, () => runner.resume());
    }
    runner.start();
    return { runner, hasStarted };
  }

  /** The reader of all queries of a shape; made with the first. */
  #shared(shape: string, planned: TransientPlan, config: Config): Shared {
    const { env, log, config: server } = this.#services;
    const known = this.#sharedQueries.get(shape);
    // What ALTER SYSTEM has changed since does not hold for what runs.
    if (known?.server === server) return known;
    const world = functionEnv(this.#services, config, KEYS.rowMaxSteps);
    const records = new UnreadableRecords(this.#services.processingLog, world.work);
    const query = new SharedQuery({
      env,
      log,
      topic: topicOf(planned.plan.root),
      createRunner: (own) => this.#runner(planned, config, { world, records }, own),
      onEnd: () => {
        if (this.#sharedQueries.get(shape)?.query === query) this.#sharedQueries.delete(shape);
      },
    });
    const shared = { server, query, records };
    this.#sharedQueries.set(shape, shared);
    return shared;
  }

  #runner(
    planned: TransientPlan,
    config: Config,
    { world, records }: { readonly world: FunctionEnv; readonly records: UnreadableRecords },
    own: Pick<QueryRunnerOptions, 'collector' | 'backpressure' | 'startOffsets' | 'onStateChange'>,
  ): QueryRunner {
    const { env, log, functions, codecs, config: server, loadSchemas } = this.#services;
    return new QueryRunner({
      plan: planned.plan,
      log,
      env,
      serviceId: server.get(KEYS.serviceId),
      offsetReset: offsetReset(config),
      maxTaskIdleMs: config.get(KEYS.maxTaskIdleMs),
      tableOffsetReset: isScalable(planned.plan) ? 'latest' : undefined,
      settings: { ...taskSettings(config), gatherUpdates: gathersForClients(config) },
      compile: { functions, functionEnv: world },
      registry: codecs,
      loadSchemas,
      processingLog: records,
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
   * Ends one; false when there is none of that id.
   * @param caller of whom only the own queries are ended, unless they may write; absent: any
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

/** ksqlDB's second version shows what a running query writes from now on, of tables as well. */
function isScalable({ queryId }: QueryPlan): boolean {
  return queryId.startsWith(SCALABLE_PREFIX);
}

/** ksqlDB's scalable push queries know no rows without a key. */
function skipsNullKeys({ plan }: TransientPlan): boolean {
  return isScalable(plan) && plan.root.out.key.length > 0;
}

/** Puts the rows of a transient query into its queue until the limit is reached. */
function collectorFor(planned: TransientPlan, queue: RowQueue, limit: number, tombstones: Tombstones): Collector {
  const tombstone = tombstoneOf(planned);
  const needsKey = skipsNullKeys(planned);
  let count = 0;
  const offer = (values: Row, isTombstone: boolean): void => {
    if (count >= limit) return;
    count++;
    queue.offer({ values, tombstone: isTombstone });
    if (count >= limit) queue.end('LIMIT');
  };
  if (limit === 0) queue.end('LIMIT');
  return {
    retainsRow: true,
    push(key, row) {
      if (row !== null && !(needsKey && key === null)) offer(row, false);
    },
    change(key, next) {
      if (next !== null) offer(next, false);
      else if (tombstones === 'shown') offer(tombstone(key), true);
    },
  };
}

/** A row that left the table: the columns that are its key, and nulls. */
function tombstoneOf(planned: TransientPlan): (key: Key) => Row {
  const { root } = planned.plan;
  const keyNames = root.out.key.map((k) => k.name);
  const positions = planned.columns.map((column, i) => {
    const expression = root.kind === 'TableSelect' || root.kind === 'StreamSelect' ? root.expressions[i] : undefined;
    const name = expression?.kind === 'column' ? expression.name : column.name;
    if (root.out.window !== undefined) {
      // A windowed key array ends with the window's bounds.
      if (name === 'WINDOWSTART') return keyNames.length;
      if (name === 'WINDOWEND') return keyNames.length + 1;
    }
    return keyNames.indexOf(name);
  });
  return (key) => positions.map((at) => (at === -1 ? null : key[at]));
}
