import type { AuditLog } from '../base/audit.ts';
import { ok, type Condition } from '../base/condition.ts';
import { openAccess } from './access.ts';
import { openAudit } from './audit.ts';
import { Closers } from './closers.ts';
import { KEYS } from '../config/keys.ts';
import type { ServerKey } from '../config/server-key.ts';
import path from 'node:path';
import { messageOf, SluiceError } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import type { ConnectClient } from '../connect/client/api.ts';
import {
  advertisedUrl,
  readWorkerConfig,
  workerDefaults,
  workerListeners,
  workerTls,
  type WorkerConfig,
} from './connect-worker-config.ts';
import { inProcessClient } from '../connect/worker/in-process-client.ts';
import { Herder } from '../connect/worker/herder.ts';
import { createConnectHandler } from '../connect/worker/rest/http.ts';
import type { Sealer } from '../base/secrets/sealer.ts';
import type { Config } from '../base/config/config.ts';
import { serverConfig } from '../config/server-config.ts';
import { checkServerSettings, inertSettings } from '../config/server-settings.ts';
import { topicClaims } from '../engine/connectors/topic-claims.ts';
import { Engine } from '../engine/engine.ts';
import { memberText } from '../engine/queries/query-member.ts';
import { QueryManager, type Threads } from '../engine/queries/query-manager.ts';
import type { Services } from '../engine/services.ts';
import { NeedsRegistration } from '../formats/api.ts';
import { codecRegistryOf } from '../formats/schema-registry/codec-registry.ts';
import { createLogger } from '../host/logger.ts';
import { nodeEnv } from '../host/node-env.ts';
import type { MemorySchemaRegistry } from '../formats/schema-registry/memory-registry.ts';
import type { Log } from '../log/api.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { LogHost } from '../log/embedded/log-host.ts';
import type { OrderedStore } from '../store/ordered-store.ts';
import { readerOf, snapshotOf } from '../state/ordered.ts';
import { dropSpaces, finishDrops } from '../state/drop-spaces.ts';
import type { App } from '../server/app.ts';
import { corsOf } from '../server/cors.ts';
import { ReaderPatience } from '../server/reader-patience.ts';
import { createRouter } from '../server/router.ts';
import { createWebSockets } from '../server/web-socket.ts';
import { protobufRows } from '../server/protobuf-rows.ts';
import { ProcessConditions } from './conditions.ts';
import { openDoor, type ConnectionLimit, type Door } from './doors.ts';
import { limitMemory } from './limit-memory.ts';
import { lockFolder } from './folder-lock.ts';
import { connectCluster, connectUrls, namedCluster } from './connect-cluster.ts';
import { extensionFolderDoubts, loadFunctions } from './extensions.ts';
import { createMetrics } from './metrics.ts';
import { openLog } from './open-log.ts';
import { watchPlugins } from './watch-plugins.ts';
import { loadPlugins } from '../connect/plugins/load.ts';
import { modulesOf, pluginThreads } from './plugins.ts';
import { declareProcessingLog, openProcessingLog } from './processing-log.ts';
import { registryHandler } from './registry-listener.ts';
import { openEmbeddedRegistry } from './registry-topic.ts';
import { facesOf, remoteRegistry, type RemoteRegistry } from './remote-registry.ts';
import { embeddedThreads, kafkaThreads, stateOfWorker, WorkerStates } from './threads.ts';
import { tlsProperties } from './tls-settings.ts';
import { VERSION } from './version.ts';
import { openSealer } from './secret-key.ts';
import type { StartStage } from './start-progress.ts';
import type { SecretSources } from '../connect/worker/config/secrets.ts';
import { resolvingFor, secretSources } from './secret-sources.ts';
import { openWebConsole } from './web-console.ts';

/** How a server is started. */
export interface StartOptions {
  /** The configuration, by ksqlDB's and Sluice's keys (engine/config/keys.ts). */
  readonly properties?: Readonly<Record<string, string>>;
  readonly env?: Env;
  /** The store of the embedded log in place of the one in the data folder: tests pass one in memory. */
  readonly store?: OrderedStore;
  /** Environment variables that `${env:NAME}` references of connector configs may read. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether to end a process that has the data folder open and does not respond. */
  readonly takeOver?: boolean;
  /** The id of the process that this one does not outlive; other processes use it to detect that it is gone. */
  readonly supervisor?: number | undefined;
  /** The previous server process was ended by a fault, and its store was found damaged. */
  readonly isSuspect?: boolean | undefined;
  /** Called when the store must be opened again by another process before anything can be written. */
  readonly onStoreLost?: (reason: string) => void;
  /** Called with the current stage of the start. */
  readonly onProgress?: (stage: StartStage) => void;
}

/** A running server. */
export interface Sluice {
  readonly engine: Engine;
  readonly env: Env;
  readonly log: Log;
  /** The embedded schema registry; undefined when ksql.schema.registry.url is set. */
  readonly registry: MemorySchemaRegistry | undefined;
  /** `http://host:port` of the REST API. */
  readonly url: string;
  /** The address of the web console; undefined when it is disabled or was not built. */
  readonly consoleUrl: string | undefined;
  /** `http://host:port` of the embedded worker's REST API; undefined when it is disabled. */
  readonly connectUrl: string | undefined;
  /** `http://host:port` of the embedded registry's REST API; undefined when it is disabled. */
  readonly registryUrl: string | undefined;
  /** Resolves when all persistent queries have processed the current content of their topics. */
  caughtUp(): Promise<void>;
  /**
   * Stops queries and connectors after their last commit, then everything else.
   * @param withinMs the approximate time limit, in ms; absent: no limit
   * @returns what was not closed in time. The process must then end: nothing acknowledged is lost, and the next start
   * continues from the last commits
   */
  close(withinMs?: number): Promise<readonly string[]>;
}

/** Starts all components of a server in this process: log, registry, engine, Connect worker, REST APIs. */
export async function startSluice(options: StartOptions = {}): Promise<Sluice> {
  checkServerSettings(options.properties ?? {});
  const config = serverConfig(options.properties ?? {});
  limitMemory(config);
  const env = options.env ?? nodeEnv(createLogger(config.get(KEYS.logLevel), config.get(KEYS.logFile)));
  const closers = new Closers(env);
  const needsFolder = options.store === undefined || config.get(KEYS.bootstrapServers).length > 0;
  const lock = needsFolder
    ? await lockFolder(path.resolve(config.get(KEYS.dataDir)), options.takeOver ?? false, options.supervisor)
    : undefined;
  if (lock) closers.push('data.dir', () => lock.release(), { carries: true });
  for (const line of inertSettings(Object.keys(options.properties ?? {}))) env.logger.warn(line);
  try {
    const sluice = await start(config, env, options, closers);
    lock?.announce(sluice.url);
    return sluice;
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function start(config: Config, env: Env, options: StartOptions, closers: Closers): Promise<Sluice> {
  // The listeners are opened first, and respond with 503 until the start is complete: what prevents a start is found
  // before anything else is opened, and the addresses are known for statuses.
  const users = await openAccess(config, env, closers);
  const audit = openAudit(config, env);
  const conditions = new ProcessConditions(env.clock);
  const onRefused = (setting: string, limit: ConnectionLimit): void => conditions.refusedConnections(setting, limit);
  const openAt = (key: ServerKey<readonly string[]>, prefix: string): Promise<Door | undefined> =>
    openDoor(config, env, closers, {
      setting: key.name,
      addresses: config.get(key),
      users,
      audit,
      webSockets: key === KEYS.listeners,
      tls: tlsProperties(config, prefix),
      onRefused,
    });
  const door = await openAt(KEYS.listeners, '');
  if (door === undefined) throw new SluiceError('CONFIG', 'listeners is empty: the REST API needs an address');
  const isEmbeddedConnect = connectUrls(config) === 'embedded';
  const worker = isEmbeddedConnect ? await readWorkerConfig(config) : {};
  const connectDoor = isEmbeddedConnect
    ? await openDoor(config, env, closers, {
        ...workerListeners(config, worker),
        users,
        audit,
        webSockets: false,
        tls: workerTls(config, worker),
        onRefused,
      })
    : undefined;
  const remote = remoteRegistry(config, env);
  const registryDoor = remote ? undefined : await openAt(KEYS.schemaRegistryListeners, 'schema.registry.');

  const onProgress = options.onProgress ?? (() => undefined);
  onProgress({
    name: config.get(KEYS.bootstrapServers).length === 0 ? 'Opening the log' : 'Waiting for Kafka',
  });
  const { log, store, instanceId, started, readOnly, clock } = await openLog(config, env, options.store, closers, {
    isSuspect: options.isSuspect,
    onLost: options.onStoreLost,
  });
  await finishDrops(store, () => env.timers.turn());
  const workerStates = new WorkerStates(config);
  closers.push('state of threads', () => workerStates.close(), { carries: true });
  const embeddedRegistry = remote ? undefined : await openEmbeddedRegistry(log, env, config);
  const schemas =
    remote ?? (log.kind === 'kafka' ? facesOf(embeddedRegistry!, env) : embeddedSchemas(embeddedRegistry!));
  if (embeddedRegistry) registryDoor?.serve(registryHandler(embeddedRegistry, audit, users?.challenge));
  for (const line of extensionFolderDoubts(config)) env.logger.warn(line);
  const functions = await loadFunctions(config, env);
  const sealer = await openSealer(config, log.kind, options.store);
  const processingLog = await openProcessingLog(log, env, config);
  closers.push('processing log', () => processingLog.close());

  const secrets = secretSources(config, env, options.environment, (name, key) =>
    engine.services.secrets.value(name, key),
  );
  let queries!: QueryManager;
  const dropState = (prefix: string): Promise<void> => dropSpaces(store, prefix, () => env.timers.turn());
  const threadsFor = (services: Services): Threads | undefined => {
    if (!(log instanceof EmbeddedLog)) return kafkaThreads(config, services);
    // Objects passed in from outside, such as a store in memory, exist only in this thread.
    if (options.store !== undefined || options.env !== undefined || readOnly !== undefined) return undefined;
    return embeddedThreads(config, services, () => new LogHost(log, dropState));
  };
  const serverUrl = config.get(KEYS.advertisedListener) ?? door.url;
  const engine = await Engine.open({
    env,
    log,
    config,
    functions,
    registry: schemas.registry,
    codecs: schemas.codecs,
    loadSchemas: schemas.loadSchemas,
    prepareCodecs: schemas.prepareCodecs,
    state: readerOf(store),
    shared: instanceId === undefined ? undefined : { store, instanceId, member: memberText(serverUrl, undefined) },
    snapshot: (thread) => snapshotOf(thread === undefined ? store : workerStates.of(thread)),
    dropState,
    processingLog,
    audit,
    sealer,
    connectCluster: (cluster) =>
      resolvingFor(namedCluster(config, env, cluster), cluster.resolves, secrets, 'resolve.secrets'),
    serverUrl,
    conditions: async () => [
      await logCondition(log, store),
      ...conditions.all(),
      ...(clock === undefined ? [] : [clock()]),
    ],
    readOnly,
    onReplay: (done, total) => onProgress({ name: 'Reading commands', done, total, unit: 'commands' }),
    createQueryHost: (services) => (queries = new QueryManager(services, threadsFor(services))),
  });
  closers.push('queries', () => engine.close());

  onProgress({ name: 'Starting connectors' });
  const connect =
    readOnly === undefined
      ? await openConnect(config, env, options, log, schemas, connectDoor, closers, engine, {
          worker,
          audit,
          challenge: users?.challenge,
          sealer,
          secrets,
        })
      : NO_CONNECT;
  if (connect.client) await engine.attachConnect(connect.client);
  if (readOnly === undefined) await declareProcessingLog((statement) => engine.execute(statement), env, config);

  const readers = new ReaderPatience(env, () => engine.config);
  const app: App = {
    engine,
    version: VERSION,
    clusterId: config.get(KEYS.serviceId),
    serviceId: config.get(KEYS.serviceId),
    state: 'RUNNING',
    metrics: createMetrics(env, engine, connect.herder, readers, () => [
      { name: log.kind === 'embedded' ? 'log' : 'state', bytes: store.usedBytes },
      ...workerStates.known.map(([index, state]) => ({ name: stateOfWorker(index), bytes: state.usedBytes })),
    ]),
    protobufRows,
    readers,
    audit,
    challenge: users?.challenge,
    skipPaths: config.get(KEYS.authenticationSkipPaths),
    cors: corsOf(config),
    console: config.get(KEYS.webConsoleEnable) ? openWebConsole() : undefined,
    connectUrl: connect.url,
    deliveries: connect.herder?.deliveries,
    nowMs: () => env.clock.nowMs(),
  };
  started();
  door.serve(createRouter(app), createWebSockets(app));
  closers.push('REST API', async () => {
    app.state = 'STOPPING';
    await Promise.resolve();
  });
  return {
    engine,
    env,
    log,
    registry: embeddedRegistry,
    url: door.url,
    consoleUrl: app.console === undefined ? undefined : `${door.url}/console`,
    caughtUp: () => queries.caughtUp(),
    connectUrl: connect.url,
    registryUrl: registryDoor?.url,
    close: async (withinMs) => await closers.closeAll(withinMs),
  };
}

/** Whether the log is available and writable. */
async function logCondition(log: Log, store: OrderedStore): Promise<Condition> {
  const reason = await log.admin.listTopics().then(
    () => store.problem?.(),
    (error: unknown) => `The log does not answer: ${messageOf(error)}`,
  );
  const name = 'kafka';
  if (reason === undefined) return ok(name);
  return { name, state: 'FAILED', reason, hint: 'docs/operate/durability.md tells the way back from each.' };
}

/**
 * A registry in this process: its schemas are available without a request, and other schemas can be registered later.
 */
function embeddedSchemas(registry: MemorySchemaRegistry): RemoteRegistry {
  return {
    registry,
    codecs: codecRegistryOf(registry),
    loadSchemas: async (missing) => {
      if (missing instanceof NeedsRegistration) await registry.register(missing.subject, missing.schema);
    },
    prepareCodecs: () => Promise.resolve(),
  };
}

interface OpenConnect {
  readonly client: ConnectClient | undefined;
  readonly herder: Herder | undefined;
  readonly url: string | undefined;
}

const NO_CONNECT: OpenConnect = { client: undefined, herder: undefined, url: undefined };

/** The Connect cluster of ksql.connect.url, no worker (`none`), or the embedded worker with its REST API. */
async function openConnect(
  config: Config,
  env: Env,
  options: StartOptions,
  log: Log,
  schemas: RemoteRegistry,
  door: Door | undefined,
  closers: Closers,
  engine: Engine,
  rest: {
    readonly worker: WorkerConfig;
    readonly audit: AuditLog;
    readonly challenge: string | undefined;
    readonly sealer: Sealer | undefined;
    readonly secrets: SecretSources;
  },
): Promise<OpenConnect> {
  const urls = connectUrls(config);
  if (urls === 'none') return NO_CONNECT;
  if (urls !== 'embedded') {
    const providers = KEYS.connectResolveSecrets;
    const cluster = connectCluster(config, env, urls);
    const client = resolvingFor(cluster, config.get(providers), rest.secrets, providers.name);
    return { client, herder: undefined, url: undefined };
  }
  const entries = config.get(KEYS.pluginPath);
  const threads = pluginThreads(config, env);
  const { problems, ...plugins } = await loadPlugins(modulesOf(entries), threads);
  for (const problem of problems) env.logger.error('A plug-in was not loaded', { error: problem.message });
  const url = door === undefined ? undefined : advertisedUrl(rest.worker, door.url);
  const herder = await Herder.start({
    ...plugins,
    claims: (topic) => topicClaims(topic, engine.services),
    log,
    env,
    workerId: url === undefined ? 'localhost:8083' : url.replace(/^https?:\/\//, ''),
    secrets: rest.secrets,
    sealer: rest.sealer,
    defaults: workerDefaults(rest.worker, env.logger),
    schemas: { registry: schemas.codecs, load: schemas.loadSchemas },
    // The topics of a Connect cluster on the same brokers have the default names.
    ...(log.kind === 'kafka' && { groupId: `_confluent-ksql-${config.get(KEYS.serviceId)}connect` }),
    // On Kafka -1, the brokers' default.
    topicDefaults: { partitions: config.get(KEYS.numPartitions), replicas: log.kind === 'kafka' ? -1 : 1 },
  });
  closers.push('connectors', () => herder.close());
  if (config.get(KEYS.pluginWatch))
    closers.push('plugin.watch', watchPlugins(entries, { herder, threads, plugins, env }));
  if (door === undefined) return { client: inProcessClient(herder), herder, url: undefined };
  const passwords = config.get(KEYS.connectRestShowPasswords) ? 'shown' : 'hidden';
  door.serve(createConnectHandler({ herder, logger: env.logger, url: url ?? door.url, passwords, ...rest }));
  closers.push('connect.listeners', () => Promise.resolve(door.shut()));
  return { client: inProcessClient(herder), herder, url: door.url };
}
