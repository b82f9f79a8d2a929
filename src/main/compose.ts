import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { messageOf } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import type { ConnectClient } from '../connect/client/api.ts';
import { inProcessClient } from '../connect/worker/in-process-client.ts';
import { Herder } from '../connect/worker/herder.ts';
import { listenConnectRest } from '../connect/worker/http.ts';
import { Config } from '../engine/config/config.ts';
import { checkServerSettings } from '../engine/config/server-settings.ts';
import { Engine } from '../engine/engine.ts';
import { QueryManager } from '../engine/queries/query-manager.ts';
import { NeedsRegistration } from '../formats/api.ts';
import { codecRegistryOf } from '../formats/schema-registry/codec-registry.ts';
import { createLogger } from '../host/logger.ts';
import { nodeEnv } from '../host/node-env.ts';
import type { MemorySchemaRegistry } from '../formats/schema-registry/memory-registry.ts';
import type { Log } from '../log/api.ts';
import type { OrderedStore } from '../log/embedded/ordered-store.ts';
import { readerOf } from '../state/ordered.ts';
import { dropSpaces } from '../state/drop-spaces.ts';
import type { App } from '../server/app.ts';
import { corsOf } from '../server/cors.ts';
import { listen, type HttpHandler, type Listener, type UpgradeHandler } from '../server/listener.ts';
import { createRouter } from '../server/router.ts';
import { createWebSockets } from '../server/web-socket.ts';
import { protobufRows } from '../server/protobuf-rows.ts';
import { connectCluster, connectUrls } from './connect-cluster.ts';
import { loadFunctions } from './extensions.ts';
import { createMetrics } from './metrics.ts';
import { openLog } from './open-log.ts';
import { loadPlugins } from './plugins.ts';
import { openProcessingLog } from './processing-log.ts';
import { listenRegistry } from './registry-listener.ts';
import { openEmbeddedRegistry } from './registry-topic.ts';
import { remoteRegistry, type RemoteRegistry } from './remote-registry.ts';
import { stateOfWorker, workerThreads, WorkerStates } from './threads.ts';
import { VERSION } from './version.ts';

export interface StartOptions {
  /** ksqlDB's and our configuration keys (engine/config/keys.ts). */
  readonly properties?: Readonly<Record<string, string>>;
  readonly env?: Env;
  /** Where the embedded log keeps its bytes instead of the data folder: tests give one in memory. */
  readonly store?: OrderedStore;
  /** Environment variables that `${env:NAME}` references of connector configs may read. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A running server. */
export interface Sluice {
  readonly engine: Engine;
  readonly env: Env;
  readonly log: Log;
  /** The embedded schema registry; undefined where ksql.schema.registry.url names another. */
  readonly registry: MemorySchemaRegistry | undefined;
  /** `http://host:port` of the REST API. */
  readonly url: string;
  /** `http://host:port` of the embedded worker's REST API; undefined when it is off. */
  readonly connectUrl: string | undefined;
  /** Resolves when all persistent queries have handled what their topics hold now. */
  caughtUp(): Promise<void>;
  /** Stops queries and connectors after their last commit, then everything else. */
  close(): Promise<void>;
}

/** Starts everything that one process holds: log, registry, engine, Connect worker, REST APIs. */
export async function startSluice(options: StartOptions = {}): Promise<Sluice> {
  checkServerSettings(options.properties ?? {});
  const config = Config.of(options.properties ?? {});
  const env = options.env ?? nodeEnv(createLogger(config.string('log.level')));
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) {
      await close().catch((error: unknown) => env.logger.error('Could not close', { error: messageOf(error) }));
    }
  };
  try {
    return await start(config, env, options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  config: Config,
  env: Env,
  options: StartOptions,
  closers: (() => Promise<unknown>)[],
  closeAll: () => Promise<void>,
): Promise<Sluice> {
  const { log, store, instanceId } = await openLog(config, env, options.store, closers);
  const workerStates = new WorkerStates(config);
  closers.push(() => workerStates.close());
  const remote = remoteRegistry(config, env);
  const embeddedRegistry = remote ? undefined : await openEmbeddedRegistry(log, env);
  const schemas = remote ?? embeddedSchemas(embeddedRegistry!);
  const registryAddress = config.list('schema.registry.listeners')[0];
  if (embeddedRegistry && registryAddress !== undefined) {
    const { host, port } = parseAddress(registryAddress);
    const served = await listenRegistry(embeddedRegistry, host, port, faultLog(env));
    closers.push(() => served.close());
  }
  const functions = await loadFunctions(config, env);
  const processingLog = await openProcessingLog(log, env, config);
  closers.push(() => processingLog.close());

  // The address is known only once the socket is bound, and statuses show it: bind first, answer 503 until all is there.
  const address = parseAddress(config.list('listeners')[0] ?? 'http://0.0.0.0:8088');
  let handle: HttpHandler = (_request, response) => {
    const early = response as { statusCode: number; end(bytes: Buffer): void };
    early.statusCode = 503;
    early.end(Buffer.from('{"@type":"generic_error","error_code":50302,"message":"Server initializing"}'));
  };
  let upgrade: UpgradeHandler = (_request, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
  const listener: Listener = await listen(
    address.host,
    address.port,
    (request, response) => handle(request, response),
    { onFault: faultLog(env), onUpgrade: (...connection) => upgrade(...connection) },
  );
  closers.push(() => listener.close());
  const shownHost = address.host === '0.0.0.0' || address.host === '::' ? 'localhost' : address.host;
  const url = `http://${shownHost}:${listener.port}`;

  let queries!: QueryManager;
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
    shared: instanceId === undefined ? undefined : { store, instanceId },
    snapshot: (thread) => {
      const snapshot = (thread === undefined ? store : workerStates.of(thread)).snapshot();
      return { reader: readerOf(snapshot), close: () => snapshot.close() };
    },
    dropState: (prefix) => dropSpaces(store, prefix),
    processingLog,
    serverUrl: config.get('ksql.advertised.listener') ?? url,
    createQueryHost: (services) =>
      (queries = new QueryManager(services, instanceId === undefined ? undefined : workerThreads(config, services))),
  });
  closers.push(() => engine.close());

  const connect = await openConnect(config, env, options, log, schemas, shownHost, closers);
  if (connect.client) engine.attachConnect(connect.client);

  const app: App = {
    engine,
    version: VERSION,
    clusterId: config.string('ksql.service.id'),
    serviceId: config.string('ksql.service.id'),
    state: 'RUNNING',
    metrics: createMetrics(engine, connect.herder, () => [
      { name: log.kind === 'embedded' ? 'log' : 'state', bytes: store.usedBytes },
      ...workerStates.known.map(([index, state]) => ({ name: stateOfWorker(index), bytes: state.usedBytes })),
    ]),
    logHealthy: async () =>
      await log.admin.listTopics().then(
        () => true,
        () => false,
      ),
    protobufRows,
    auth: basicAuth(config),
    cors: corsOf(config),
    nowMs: () => env.clock.nowMs(),
  };
  handle = createRouter(app);
  upgrade = createWebSockets(app);
  closers.push(async () => {
    app.state = 'STOPPING';
    await Promise.resolve();
  });
  return {
    engine,
    env,
    log,
    registry: embeddedRegistry,
    url,
    caughtUp: () => queries.caughtUp(),
    connectUrl: connect.url,
    close: closeAll,
  };
}

/** Where what a request's handler threw goes. */
function faultLog(env: Env): (error: unknown) => void {
  return (error) => env.logger.error('A request failed', { error: messageOf(error) });
}

/** A registry in this process: a schema of an id that it does not know does not exist. */
function embeddedSchemas(registry: MemorySchemaRegistry): RemoteRegistry {
  return {
    registry,
    codecs: codecRegistryOf(registry),
    loadSchemas: async (missing) => {
      if (!(missing instanceof NeedsRegistration)) throw missing;
      await registry.register(missing.subject, missing.schema);
    },
    prepareCodecs: () => Promise.resolve(),
  };
}

interface OpenConnect {
  readonly client: ConnectClient | undefined;
  readonly herder: Herder | undefined;
  readonly url: string | undefined;
}

/** The Connect cluster that ksql.connect.url names, nobody (`none`), or the embedded worker with its REST API. */
async function openConnect(
  config: Config,
  env: Env,
  options: StartOptions,
  log: Log,
  schemas: RemoteRegistry,
  host: string,
  closers: (() => Promise<unknown>)[],
): Promise<OpenConnect> {
  const urls = connectUrls(config);
  if (urls === 'none') return { client: undefined, herder: undefined, url: undefined };
  if (urls !== 'embedded') return { client: connectCluster(config, env, urls), herder: undefined, url: undefined };
  const { plugins, problems } = await loadPlugins(config.list('plugin.path'));
  for (const problem of problems) env.logger.error('A connector was not loaded', { error: problem.message });
  const herder = await Herder.start({
    connectors: plugins,
    log,
    env,
    workerId: `${host}:${parseAddress(config.list('connect.listeners')[0] ?? 'http://0.0.0.0:8083').port}`,
    secrets: {
      readFile: (file) => readFile(file, 'utf8'),
      environment: (name) => options.environment?.[name],
    },
    schemas: { registry: schemas.codecs, load: schemas.loadSchemas },
    // A Connect cluster on the same brokers has topics with the usual names.
    ...(log.kind === 'kafka' && { groupId: `_confluent-ksql-${config.string('ksql.service.id')}connect` }),
    // On Kafka -1: as the brokers have it.
    topicDefaults: { partitions: config.number('num.partitions'), replicas: log.kind === 'kafka' ? -1 : 1 },
  });
  closers.push(() => herder.close());
  const server = await startConnectRest(config, env, herder);
  if (server) closers.push(() => closeServer(server.server));
  return { client: inProcessClient(herder), herder, url: server?.url };
}

async function startConnectRest(
  config: Config,
  env: Env,
  herder: Herder,
): Promise<{ readonly server: Server; readonly url: string } | undefined> {
  const listener = config.list('connect.listeners')[0];
  if (listener === undefined) return undefined;
  const { host, port } = parseAddress(listener);
  const url = `http://${host === '0.0.0.0' ? 'localhost' : host}:${port}`;
  const passwords = config.boolean('connect.rest.show.passwords') ? 'shown' : 'hidden';
  const server = await listenConnectRest({ herder, logger: env.logger, url, passwords }, port, host);
  const bound = server.address();
  const actual = bound !== null && typeof bound === 'object' ? bound.port : port;
  return { server, url: `http://${host === '0.0.0.0' ? 'localhost' : host}:${actual}` };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** `http://0.0.0.0:8088` -> host and port. */
function parseAddress(listener: string): { readonly host: string; readonly port: number } {
  const url = new URL(listener);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
  };
}

/** BASIC authentication against a file of Jetty's form: `name: password,role`. */
function basicAuth(config: Config): App['auth'] {
  if (config.string('authentication.method') !== 'BASIC') return undefined;
  const roles = config.list('authentication.roles');
  const users = new Map<string, string>();
  for (const line of readFileSync(config.string('authentication.realm'), 'utf8').split('\n')) {
    const match = /^\s*([^#:\s][^:]*):\s*([^,\s]+)\s*(?:,\s*(.*))?$/.exec(line);
    if (!match) continue;
    const own = (match[3] ?? '').split(',').map((r) => r.trim());
    if (roles.includes('*') || roles.includes('**') || own.some((r) => roles.includes(r)))
      users.set(match[1]!.trim(), match[2]!);
  }
  return {
    skipPaths: config.list('authentication.skip.paths'),
    allows(authorization) {
      const match = /^Basic\s+(.+)$/i.exec(authorization ?? '');
      if (!match) return false;
      const [name, ...rest] = Buffer.from(match[1]!, 'base64').toString('utf8').split(':');
      return users.has(name!) && users.get(name!) === rest.join(':');
    },
  };
}
