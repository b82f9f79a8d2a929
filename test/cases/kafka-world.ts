import { SILENT_LOGGER, type ProcessingLogEntry } from '../../src/base/env.ts';
import type { PersistentQuery } from '../../src/catalog/query.ts';
import { serverConfig } from '../../src/config/server-config.ts';
import { Engine } from '../../src/engine/engine.ts';
import { createRunner, LocalRun } from '../../src/engine/queries/create-runner.ts';
import type { QueryHost } from '../../src/engine/queries/query-host.ts';
import { codecRegistryOf } from '../../src/formats/schema-registry/codec-registry.ts';
import { MemorySchemaRegistry } from '../../src/formats/schema-registry/memory-registry.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import type { Log } from '../../src/log/api.ts';
import type { QueryPlan } from '../../src/plan/steps/steps.ts';
import { openState } from '../../src/main/open-log.ts';
import { readerOf } from '../../src/state/ordered.ts';
import { NO_DISK, NO_SNAPSHOT } from '../../src/state/provider.ts';
import { declaredLog } from '../../src/cases/declared-log.ts';
import type { TopicWorld } from '../../src/cases/world.ts';
import { scopedLog } from './scoped-log.ts';
import { queriesInOrder, SUITE_CONFIG } from '../../src/cases/world.ts';
import { SUITE_FUNCTIONS } from './world.ts';

/** The suite's configuration (README 3.1), with additional settings for Kafka. */
const CONFIG = {
  ...SUITE_CONFIG,
  'ksql.streams.processing.guarantee': 'exactly_once_v2',
  'ksql.streams.commit.interval.ms': '20',
};

/**
 * The suite's wall clock stands still, so that whatever depends on it happens only once. The clock in this test runs,
 * but for less than a day.
 */
const AS_TEST_DRIVER = {
  'ksql.streams.__emit.interval.ms.kstreams.windowed.aggregation__': '86400000',
  'ksql.streams.__emit.interval.ms.kstreams.outer.join.spurious.results.fix__': '86400000',
};

/**
 * A fresh engine for one case, on a part of a Kafka cluster that belongs to it alone. Its queries run as in production,
 * but each starts only when the runner starts it.
 */
export interface KafkaWorld extends TopicWorld {
  readonly problems: ProcessingLogEntry[];
  /** Queries in the order of their creation. */
  queries(): readonly PersistentQuery[];
  /**
   * Starts a query as a server without any local state of it would. Topics in `elsewhere` are replaced by their values
   * when the query reads them.
   */
  start(query: PersistentQuery, elsewhere: ReadonlyMap<string, string>): RunningQuery;
  close(): Promise<void>;
}

export interface RunningQuery {
  readonly run: LocalRun;
  /** Stops the query after its last commit and deletes its local state. */
  close(): Promise<void>;
}

/**
 * `scope`: prefix of everything that the case creates on Kafka. `folder`: the folder of the queries' local state.
 * `partitions`: the number of partitions of every topic. `asTestDriver`: see OnKafka.
 */
export async function createKafkaWorld(
  kafka: Log,
  scope: string,
  folder: string,
  partitions: number,
  asTestDriver: boolean,
): Promise<KafkaWorld> {
  const env = nodeEnv(SILENT_LOGGER);
  const log = declaredLog(scopedLog(kafka, scope), partitions);
  const config = serverConfig({ ...CONFIG, ...(asTestDriver && AS_TEST_DRIVER), 'data.dir': folder });
  // The registry of ksqlDB's runner does not check compatibility.
  const registry = new MemorySchemaRegistry({ level: 'NONE' });
  const codecs = codecRegistryOf(registry);
  const problems: ProcessingLogEntry[] = [];
  const processingLog = { write: (entry: ProcessingLogEntry) => void problems.push(entry) };
  let starts = 0;
  const host: QueryHost = { reconcile: async () => undefined, status: () => undefined, close: async () => undefined };
  const engine = await Engine.open({
    env,
    log,
    config,
    functions: SUITE_FUNCTIONS,
    registry,
    codecs,
    // Not used: each query receives its own state when it starts.
    state: NO_DISK,
    snapshot: () => NO_SNAPSHOT,
    processingLog,
    serverUrl: 'http://localhost:8088',
    createQueryHost: () => host,
  });
  return {
    engine,
    log,
    registry,
    problems,
    queries: () => queriesInOrder(engine.catalog),
    start(query, elsewhere) {
      const { store, instanceId } = openState(config, env, `state-${starts++}`);
      const runner = createRunner(
        query.plan as QueryPlan,
        query.properties ?? {},
        {
          env,
          log: scopedLog(kafka, scope, elsewhere),
          functions: SUITE_FUNCTIONS,
          codecs,
          loadSchemas: undefined,
          processingLog,
          state: readerOf(store),
          shared: { store, instanceId, member: '' },
          dropState: undefined,
        },
        engine.config,
      );
      runner.start();
      const run = new LocalRun(runner);
      return {
        run,
        async close() {
          await run.close();
          await store.close();
        },
      };
    },
    async close() {
      await engine.close();
      // With thousands of topics of earlier cases, a broker does all its work more slowly.
      const scoped = scopedLog(kafka, scope);
      for (const { name } of await scoped.admin.listTopics()) await scoped.admin.deleteTopic(name);
    },
  };
}
