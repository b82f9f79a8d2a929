import type { ConnectorPlugin } from '../../src/connect/api/connector.ts';
import { serverConfig } from '../../src/config/server-config.ts';
import { KEYS } from '../../src/config/keys.ts';
import { Herder } from '../../src/connect/worker/herder.ts';
import { inProcessClient } from '../../src/connect/worker/in-process-client.ts';
import { topicClaims } from '../../src/engine/connectors/topic-claims.ts';
import { Engine } from '../../src/engine/engine.ts';
import { QueryManager } from '../../src/engine/queries/query-manager.ts';
import { Session } from '../../src/engine/session.ts';
import { NeedsRegistration } from '../../src/formats/api.ts';
import { codecRegistryOf } from '../../src/formats/schema-registry/codec-registry.ts';
import { BUILT_IN } from '../../src/functions/built-in.ts';
import { createRegistry } from '../../src/functions/registry.ts';
import type { Log } from '../../src/log/api.ts';
import { openProcessingLog } from '../../src/main/processing-log.ts';
import { openEmbeddedRegistry } from '../../src/main/registry-topic.ts';
import { facesOf } from '../../src/main/remote-registry.ts';
import { readerOf, snapshotOf } from '../../src/state/ordered.ts';
import { dropSpaces, finishDrops } from '../../src/state/drop-spaces.ts';
import type { OrderedStore } from '../../src/store/ordered-store.ts';
import type { Env } from '../../src/base/env.ts';
import { type ConnectWeather, simConnectClient } from './sim-connect.ts';

export interface ServerOptions {
  readonly env: Env;
  readonly log: Log;
  /** The embedded log's store, or the local state of a server on Kafka. */
  readonly store: OrderedStore;
  /** Only for a server on Kafka. */
  readonly instanceId?: string | undefined;
  readonly connectors: readonly ConnectorPlugin[];
  readonly properties: Readonly<Record<string, string>>;
  /** Connect is asked over REST, through this network; absent: it is called directly. */
  readonly connectWeather?: ConnectWeather | undefined;
}

/**
 * A server as `main` composes it, without its listeners: a simulated client calls the engine directly instead of REST.
 */
export interface SimServer {
  readonly engine: Engine;
  readonly queries: QueryManager;
  readonly herder: Herder;
  execute(statements: string): Promise<void>;
  ask(sql: string): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}

/** Starts a server and waits until it can execute statements. */
export async function startServer(options: ServerOptions): Promise<SimServer> {
  const { log, store, env, instanceId } = options;
  const config = serverConfig(options.properties);
  await finishDrops(store, () => env.timers.turn());
  const registry = await openEmbeddedRegistry(log, env, config);
  const schemas =
    log.kind === 'kafka'
      ? facesOf(registry, env)
      : {
          registry,
          codecs: codecRegistryOf(registry),
          loadSchemas: async (missing: unknown) => {
            if (!(missing instanceof NeedsRegistration)) throw missing;
            await registry.register(missing.subject, missing.schema);
          },
          prepareCodecs: () => Promise.resolve(),
        };
  const processingLog = await openProcessingLog(log, env, config);
  let queries!: QueryManager;
  const engine = await Engine.open({
    env,
    log,
    config,
    functions: createRegistry(BUILT_IN),
    ...schemas,
    state: readerOf(store),
    shared: instanceId === undefined ? undefined : { store, instanceId, member: '' },
    snapshot: () => snapshotOf(store),
    dropState: (prefix) => dropSpaces(store, prefix, () => env.timers.turn()),
    processingLog,
    serverUrl: 'http://simulated:8088',
    createQueryHost: (services) => (queries = new QueryManager(services)),
  });
  const herder = await Herder.start({
    connectors: options.connectors,
    claims: (topic) => topicClaims(topic, engine.services),
    log,
    env,
    workerId: 'simulated:8083',
    secrets: { readFile: () => Promise.reject(new Error('there are no files')), environment: () => undefined },
    schemas: { registry: schemas.codecs, load: schemas.loadSchemas },
    topicDefaults: { partitions: config.get(KEYS.numPartitions), replicas: 1 },
  });
  const { connectWeather } = options;
  await engine.attachConnect(
    connectWeather === undefined ? inProcessClient(herder) : simConnectClient(herder, env, connectWeather),
  );
  return {
    engine,
    queries,
    herder,
    async execute(statements) {
      await engine.execute(statements);
    },
    async ask(sql) {
      const query = await engine.query(sql, new Session());
      if (query.kind === 'PRINT') throw new Error(`${sql} has no rows`);
      const rows: (readonly unknown[])[] = [];
      for await (const batch of query.rows()) for (const row of batch) rows.push([...row.values]);
      return rows;
    },
    async close() {
      await herder.close();
      await engine.close();
      await processingLog.close();
    },
  };
}
