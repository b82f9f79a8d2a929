import { KEYS } from '../config/keys.ts';
import { NO_AUDIT, type AuditLog } from '../base/audit.ts';
import { ok, type Condition } from '../base/condition.ts';
import type { Env, ProcessingLog } from '../base/env.ts';
import { isSluiceError, messageOf, SluiceError } from '../base/errors.ts';
import { SerialQueue } from '../base/serial-queue.ts';
import { SERVER_ITSELF, type Caller } from '../base/rights.ts';
import type { Sealer } from '../base/secrets/sealer.ts';
import { Catalog } from '../catalog/catalog.ts';
import type { SourceTopic } from '../catalog/source.ts';
import type { CodecRegistry, LoadSchemas } from '../formats/api.ts';
import { NullKeyPartitioner } from '../log/partitioner.ts';
import type { ConnectClient } from '../connect/client/api.ts';
import type { SchemaRegistry } from '../formats/schema-registry/api.ts';
import type { FunctionRegistry } from '../functions/registry.ts';
import type { Log } from '../log/api.ts';
import type { OrderedReader } from '../state/ordered.ts';
import { CommandLog } from './command-log.ts';
import type { Command } from './command.ts';
import { Config } from '../base/config/config.ts';
import { DeclarationWatch } from './connectors/declaration-watch.ts';
import { ConnectorFeed } from './connector-state/feed.ts';
import { stateSources } from './connector-state/sources.ts';
import { Inserter } from './inserter.ts';
import type { PrintHandle, QueryHandle, Tombstones } from './query-handle.ts';
import { Limits } from './limits.ts';
import { PlanCache } from './pull/plan-cache.ts';
import { LastProblems } from './queries/last-problems.ts';
import { ConnectorDrops } from './connectors/drop-journal.ts';
import { Removals } from './queries/finish-removals.ts';
import { startQuery } from './queries/start-query.ts';
import { PushQueries } from './push/push-queries.ts';
import type { QueryHost } from './queries/query-host.ts';
import type { StatementResult } from './results.ts';
import { runScript, ScriptFailure } from './script.ts';
import { NamedClusters, type OpenCluster } from './connect-clusters/named-clusters.ts';
import { SealedStore } from './secrets/sealed-store.ts';
import type { Services } from './services.ts';
import { Session } from './session.ts';
import { StateSizes } from './queries/state-sizes.ts';
import { Watch } from './watch/watch.ts';
import type { QueryNumbers } from './statements/call.ts';

export interface EngineOptions {
  readonly env: Env;
  readonly log: Log;
  readonly config: Config;
  readonly functions: FunctionRegistry;
  readonly registry: SchemaRegistry;
  /** The registry's synchronous interface for codecs. */
  readonly codecs: CodecRegistry;
  /** Prefetches what the codecs of a topic need from a registry on the network; absent for one in this process. */
  readonly prepareCodecs?: (topic: SourceTopic) => Promise<void>;
  readonly loadSchemas?: LoadSchemas | undefined;
  /** State as of the last commit. */
  readonly state: OrderedReader;
  readonly snapshot: Services['snapshot'];
  /**
   * Where the tasks of persistent queries are shared with other servers (Kafka): the local state and this server's
   * identity.
   */
  readonly shared?: Services['shared'];
  readonly dropState?: ((prefix: string) => Promise<void>) | undefined;
  readonly processingLog: ProcessingLog;
  /** Records who changed what; absent: no audit. */
  readonly audit?: AuditLog;
  /** Called with the number of replayed commands while the database opens. */
  readonly onReplay?: ((done: number, total: number) => void) | undefined;
  /** Encrypts secrets. Absent: none can be stored. */
  readonly sealer?: Sealer | undefined;
  /** Creates the client for a Connect cluster of CREATE CONNECT CLUSTER. */
  readonly connectCluster?: OpenCluster | undefined;
  readonly serverUrl: string;
  /** The condition of everything besides commands and queries: the log, the process, the clock. */
  readonly conditions?: () => Promise<readonly Condition[]>;
  /** Why nothing may be changed, and the way out; queries do not run then. Absent: changes are allowed. */
  readonly readOnly?: string | undefined;
  /** Creates the host of persistent queries; it belongs to the composition root, which decides about threads. */
  readonly createQueryHost: (engine: Services) => QueryHost;
}

/** Status of a command, for /status. */
export interface CommandOutcome {
  readonly status: 'SUCCESS' | 'ERROR';
  readonly message: string;
  readonly queryId: string | null;
}

/** The most statements that wait for their turn to change the catalog before clients are told to come back. */
const COMMAND_QUEUE_LIMIT = 1000;

/**
 * The database: executes statements, keeps the catalog in step with the command log, runs queries. One per process.
 * Statements that change the catalog run one at a time; reading ones run concurrently on the current snapshot.
 */
export class Engine {
  readonly services: Services;
  /** Reports changes of states, names and rates to listeners. */
  readonly watch: Watch;
  readonly stateSizes: StateSizes;
  readonly #env: Env;
  readonly #commands: CommandLog;
  readonly #conditions: EngineOptions['conditions'];
  /** Statements are executed one at a time. */
  readonly #statements = new SerialQueue({
    max: COMMAND_QUEUE_LIMIT,
    refusal: 'Too many statements are waiting to be executed',
  });
  readonly #outcomes = new Map<string, CommandOutcome>();
  readonly #numbers: QueryNumbers = { next: 0 };
  readonly #push: PushQueries;
  readonly #plans = new PlanCache();
  #config: Config;
  #catalog: Catalog;
  #replaying = true;
  #reconciling: Promise<void> = Promise.resolve();
  #connect: ConnectClient | undefined;
  #connectors: ConnectorFeed | undefined;
  readonly #connectorDrops = new ConnectorDrops();
  #watch: DeclarationWatch | undefined;
  #closed = false;

  private constructor(options: EngineOptions, commands: CommandLog, inserts: Inserter) {
    this.#env = options.env;
    this.#commands = commands;
    this.#config = options.config;
    this.#conditions = options.conditions;
    this.#catalog = Catalog.withBuiltIns(stateSources(options.config.get(KEYS.serviceId)));
    const serviceId = options.config.get(KEYS.serviceId);
    const replicas = options.log.kind === 'kafka' ? options.config.get(KEYS.internalTopicReplicas) : 1;
    const keptBy = (noun: string, topic: string): SealedStore =>
      new SealedStore(options, noun, `_confluent-ksql-${serviceId}_${topic}`, replicas, options.sealer);
    const secrets = keptBy('secret', 'secrets');
    const current = {
      config: () => this.#config,
      catalog: () => this.#catalog,
      connect: () => this.#connect,
      connectors: () => this.#connectors,
    };
    const lastProblems = new LastProblems(options.processingLog);
    this.services = {
      env: options.env,
      log: options.log,
      get config() {
        return current.config();
      },
      catalog: {
        get current() {
          return current.catalog();
        },
      },
      functions: options.functions,
      registry: options.registry,
      get connect() {
        return current.connect();
      },
      get connectors() {
        return current.connectors();
      },
      secrets,
      clusters: new NamedClusters(keptBy('cluster', 'connect_clusters'), secrets, options.connectCluster),
      commands,
      get queries() {
        return queries;
      },
      processingLog: lastProblems,
      lastProblems,
      audit: options.audit ?? NO_AUDIT,
      limits: new Limits(options.env.clock),
      inserts,
      nullKeys: new NullKeyPartitioner(),
      codecs: options.codecs,
      loadSchemas: options.loadSchemas,
      state: options.state,
      snapshot: options.snapshot,
      shared: options.shared,
      dropState: options.dropState,
      prepareCodecs: options.prepareCodecs ?? (async () => undefined),
      serverUrl: options.serverUrl,
      readOnly: options.readOnly,
      pushQueries: () => this.#push.list(),
      closePushQuery: (id) => this.#push.closeQuery(id),
      health: async () => await this.health(),
      runStatement: async (text, session) => await this.#runInside(text, session),
    };
    this.#push = new PushQueries(this.services);
    this.watch = new Watch(this.services);
    this.stateSizes = new StateSizes(this.services);
    const queries = options.createQueryHost(this.services);
  }

  /** Opens the database: replays the command log, then starts the queries. */
  static async open(options: EngineOptions): Promise<Engine> {
    const { log, env, config } = options;
    const serviceId = config.get(KEYS.serviceId);
    const commands = await CommandLog.open(
      log,
      env,
      serviceId,
      config.get(KEYS.internalTopicReplicas),
      `${serviceId}-command-${env.random.uuid()}`,
    );
    const engine = new Engine(options, commands, new Inserter(await log.createWriter({}), env));
    const removals = new Removals();
    await commands.replay((command) => {
      const refused = engine.#apply(command);
      if (refused === undefined) {
        removals.take(command);
        engine.#connectorDrops.take(command);
      }
      return refused;
    }, options.onReplay);
    engine.#replaying = false;
    engine.#reconcile(Catalog.EMPTY, engine.#catalog);
    await engine.#reconciling;
    // Before the next statement, which may use one of the names.
    if (options.readOnly === undefined) engine.#reconciling = removals.finish(engine.services);
    commands.follow((command) => engine.#apply(command));
    return engine;
  }

  /** Connect becomes known after the engine has been opened, since the embedded worker may need the catalog. */
  async attachConnect(connect: ConnectClient): Promise<void> {
    this.#connect = connect;
    const connectors = new ConnectorFeed(this.services, connect);
    await connectors.start();
    this.#connectors = connectors;
    // Before the next statement, which may use one of the names.
    void this.#statements.run(() => this.#connectorDrops.finish(this.services));
    if (this.#config.get(KEYS.connectPollingEnable)) {
      this.#watch = new DeclarationWatch(this.services, (task) => this.#statements.run(task));
      this.#watch.start();
    }
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  get config(): Config {
    return this.#config;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Runs a script of statements other than SELECT and PRINT.
   * @throws ScriptFailure
   */
  async execute(text: string, session: Session = new Session()): Promise<readonly StatementResult[]> {
    return await runScript(text, {
      services: this.services,
      session,
      numbers: this.#numbers,
      turn: (task) =>
        this.#statements.run(async () => {
          const results = await task();
          await this.#reconciling;
          return results;
        }),
    });
  }

  /**
   * Starts a SELECT (push or pull) or PRINT; the text holds one statement.
   * @throws ScriptFailure
   */
  async query(
    text: string,
    session: Session = new Session(),
    tombstones: Tombstones = 'shown',
  ): Promise<QueryHandle | PrintHandle> {
    return await startQuery(text, session, this.services, this.#push, tombstones, this.#plans);
  }

  /** The condition of the server's parts: commands, queries (with their last errors), and those outside the engine. */
  async health(): Promise<readonly Condition[]> {
    const failed: string[] = [];
    for (const id of this.#catalog.queries.keys()) {
      const runtime = this.services.queries.status(id);
      if (runtime?.status === 'ERROR')
        failed.push(`${id}: ${firstLine(runtime.errors.at(-1)?.errorMessage) ?? 'ERROR'}`);
    }
    const commandRunner = this.#closed ? 'The server is shutting down' : await this.#commands.problem();
    return [
      ok('metastore'),
      conditionOf('commandRunner', commandRunner, 'docs/operate/running.md; other statements are carried out.'),
      conditionOf(
        'queries',
        failed.length === 0 ? undefined : failed.join('\n'),
        'EXPLAIN query_id; tells its errors; it is tried again by itself.',
      ),
      ...((await this.#conditions?.()) ?? []),
    ];
  }

  /** Outcome of a command by its id, if this process has seen it. */
  outcome(commandId: string): CommandOutcome | undefined {
    return this.#outcomes.get(commandId);
  }

  outcomes(): ReadonlyMap<string, CommandOutcome> {
    return this.#outcomes;
  }

  async waitForCommand(sequenceNumber: number): Promise<void> {
    await this.#commands.waitFor(sequenceNumber, this.#config.get(KEYS.serverCommandResponseTimeoutMs));
  }

  /** Ends a push query of the caller, or any push query if the caller may write. */
  closePushQuery(queryId: string, caller: Caller = SERVER_ITSELF): boolean {
    return this.#push.closeQuery(queryId, caller);
  }

  /**
   * Stops queries after their last commit and closes the log's readers and writers; the log itself belongs to the
   * caller.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#watch?.close();
    // A Connect cluster that does not answer must not delay a query's last commit.
    await Promise.all([this.#connectors?.close(), this.#push.close(), this.services.queries.close()]);
    await this.services.inserts.close();
    await this.#commands.close();
  }

  /** Executes a statement inside a statement (an automatic declaration), on behalf of the same caller. */
  async #runInside(text: string, session: Session): Promise<string> {
    try {
      const results = await runScript(text, {
        services: this.services,
        session,
        numbers: this.#numbers,
        turn: (task) => task(),
      });
      const last = results.at(-1);
      return last?.kind === 'currentStatus' ? last.message : '';
    } catch (error) {
      throw error instanceof ScriptFailure ? error.error : error;
    }
  }

  #apply(command: Command): SluiceError | undefined {
    const before = this.#catalog;
    try {
      let catalog = before;
      for (const change of command.changes) catalog = catalog.apply(change);
      this.#catalog = catalog;
      if (command.system) this.#config = this.#config.with(command.system);
      for (const change of command.changes) {
        if (change.kind === 'AddQuery' && before.query(change.query.id) === undefined) this.#numbers.next++;
      }
      const queryId = command.changes.find((c) => c.kind === 'AddQuery')?.query.id ?? null;
      this.#outcomes.set(command.id, { status: 'SUCCESS', message: command.message, queryId });
      if (!this.#replaying) this.#reconcile(before, catalog);
      return undefined;
    } catch (error) {
      // The same on every node, since all apply commands in the same order.
      this.#outcomes.set(command.id, {
        status: 'ERROR',
        message: String(error instanceof Error ? error.message : error),
        queryId: null,
      });
      this.#env.logger.warn('A command of the command topic could not be applied', {
        command: command.id,
        error: String(error),
      });
      return isSluiceError(error) ? error : new SluiceError('INTERNAL', messageOf(error), { cause: error });
    }
  }

  #reconcile(before: Catalog, after: Catalog): void {
    this.#reconciling = this.#reconciling
      .then(() => this.services.queries.reconcile(before, after))
      .catch((error: unknown) => {
        this.#env.logger.error('Could not start or stop a query', { error: String(error) });
      });
  }
}

function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n')[0];
}

function conditionOf(name: string, reason: string | undefined, hint: string): Condition {
  return reason === undefined ? ok(name) : { name, state: 'FAILED', reason, hint };
}
