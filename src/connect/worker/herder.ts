import type { Env } from '../../base/env.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log, TopicPartition } from '../../log/api.ts';
import { maskConfig, type RawConfig } from '../api/config-spec.ts';
import type { ConnectorPlugin, TopicDeclaration } from '../api/connector.ts';
import type { ConnectSchema } from '../api/schema.ts';
import type {
  ConfigInfos,
  ConfigKeyInfo,
  ConnectorInfo,
  ConnectorOffset,
  ConnectorStatus,
  PluginInfo,
  SourceDeclaration,
  TargetState,
  TopicSchema,
} from '../client/api.ts';
import { CONNECTORS } from '../connectors/registry.ts';
import { converterPlugins } from '../converters/registry.ts';
import type { SchemaAccess } from '../converters/sql.ts';
import { PREDICATES, TRANSFORMS } from '../transforms/registry.ts';
import { keyInfo, refusal } from './config-infos.ts';
import { ConnectorRuntime } from './connector-runtime.ts';
import { declarationOf, throughTransforms, topicSchemaOf, withSchemas } from './declarations.ts';
import { LoggerLevels } from './logger-levels.ts';
import { unmask } from './masking.ts';
import { createTransforms } from './pipeline.ts';
import { PluginCatalog } from './plugin-catalog.ts';
import { badRequest, conflict, notFound } from './request-error.ts';
import { resolveSecrets, type SecretSources } from './secrets.ts';
import type { TaskHost } from './task-host.ts';
import { ensureTopic, topicSpecFor } from './topic-creation.ts';
import { frameworkKeys, validateConfig, type Validation } from './validate.ts';
import { WorkerStore } from './worker-store.ts';

export interface WorkerOptions {
  readonly log: Log;
  readonly env: Env;
  /** `host:port` of the REST listener: what statuses show. */
  readonly workerId: string;
  readonly clusterId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly secrets: SecretSources;
  /** More connectors than the built-in ones (plugin.path). */
  readonly connectors?: readonly ConnectorPlugin[] | undefined;
  /** The schema registry, for converters whose schemas live there. */
  readonly schemas?: SchemaAccess | undefined;
  /** Worker settings that connectors inherit: `key.converter`, `value.converter` and theirs. */
  readonly defaults?: RawConfig | undefined;
  readonly topicDefaults?: { readonly partitions: number; readonly replicas: number } | undefined;
  /** Show passwords in the REST API, as Kafka Connect does. Default: they are hidden. */
  readonly showSecrets?: boolean | undefined;
}

/** Keys are what SQL reads without a word (KEY_FORMAT KAFKA, or JSON where composite), values are plain JSON with exact decimals. */
export const DEFAULT_CONVERTERS: RawConfig = {
  'key.converter': 'sluice.connect.SqlConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
  'value.converter.decimal.format': 'NUMERIC',
};

/** The version of Kafka Connect whose REST API this worker serves. */
export const CONNECT_VERSION = '4.3.1';

/** Owns every connector of the worker. The REST API and the in-process client are thin skins over it. */
export class Herder {
  readonly catalog: PluginCatalog;
  readonly options: WorkerOptions;
  /** Log levels that the REST API may change. */
  readonly levels: LoggerLevels;
  private readonly store: WorkerStore;
  private readonly host: TaskHost;
  private readonly runtimes = new Map<string, ConnectorRuntime>();
  private readonly defaults: RawConfig;
  private readonly topicDefaults: { readonly partitions: number; readonly replicas: number };
  /** Topics that the running connectors have declared, by connector. */
  private readonly declaredNow = new Map<string, Set<string>>();
  /** Names whose create, update or delete is under way: one at a time. */
  private readonly busy = new Map<string, Promise<unknown>>();

  private constructor(given: WorkerOptions, store: WorkerStore) {
    this.levels = new LoggerLevels(given.env.clock);
    const options = { ...given, env: { ...given.env, logger: this.levels.filter(given.env.logger) } };
    this.options = options;
    this.store = store;
    this.defaults = { ...DEFAULT_CONVERTERS, ...options.defaults };
    this.topicDefaults = options.topicDefaults ?? { partitions: 1, replicas: 1 };
    this.catalog = new PluginCatalog({
      connectors: [...CONNECTORS, ...(options.connectors ?? [])],
      converters: converterPlugins(options.schemas),
      transforms: TRANSFORMS,
      predicates: PREDICATES,
    });
    this.host = {
      env: options.env,
      log: options.log,
      store,
      catalog: this.catalog,
      workerDefaults: this.defaults,
      groupId: options.groupId ?? 'connect-cluster',
      topicDefaults: this.topicDefaults,
      ensureTopic: (connector, _task, topic) => this.ensureTopic(connector, topic),
      declareTopic: (connector, declaration) => this.declareTopic(connector, declaration),
      sawSchemas: (connector, topic, key, value) => this.sawSchemas(connector, topic, key, value),
    };
  }

  /** Opens the worker's store and starts every connector that it knows. */
  static async start(options: WorkerOptions): Promise<Herder> {
    const groupId = options.groupId ?? 'connect-cluster';
    const store = await WorkerStore.open(options.log, options.env, groupId, options.topicDefaults?.replicas ?? 1);
    const herder = new Herder(options, store);
    for (const name of store.connectorNames()) {
      const config = store.config(name)!;
      const plugin = herder.catalog.connectorNamed(config['connector.class'] ?? '');
      if (plugin) herder.launch(name, plugin, config, store.targetState(name));
      else options.env.logger.error(`Connector ${name} has an unknown class and is not started`);
    }
    return herder;
  }

  async close(): Promise<void> {
    await Promise.all([...this.runtimes.values()].map((r) => r.close()));
    await this.store.close();
  }

  // Requests. Each throws RequestError with Connect's status and words.

  names(): string[] {
    return this.store.connectorNames();
  }

  async create(name: string, config: RawConfig, initialState?: TargetState): Promise<ConnectorInfo> {
    const named = { ...config, name };
    return this.exclusive(name, async () => {
      const { plugin } = await this.validated(named);
      if (this.store.config(name) !== undefined) throw conflict(`Connector ${name} already exists`);
      await this.store.putConnector(name, named, initialState ?? 'RUNNING');
      const created = { name, config: this.shown(named), tasks: [], type: plugin.type };
      this.launch(name, plugin, named, initialState ?? 'RUNNING');
      return created;
    });
  }

  /** @returns whether the connector is new */
  async putConfig(name: string, config: RawConfig): Promise<{ info: ConnectorInfo; created: boolean }> {
    return this.exclusive(name, async () => {
      const stored = this.store.config(name);
      const sent = { ...config, name };
      const plugin = this.catalog.connectorNamed(sent['connector.class' as keyof typeof sent] ?? '');
      const named = unmask(sent, stored, plugin?.config);
      const validation = await this.validated(named);
      const target = stored === undefined ? 'RUNNING' : this.store.targetState(name);
      await this.store.putConnector(name, named, stored === undefined ? 'RUNNING' : undefined);
      const before = this.runtimes.get(name);
      const tasks = before?.taskIds ?? [];
      await before?.close();
      this.launch(name, validation.plugin, named, target);
      const info: ConnectorInfo = {
        name,
        config: this.shown(named),
        tasks: tasks.map((task) => ({ connector: name, task })),
        type: validation.plugin.type,
      };
      return { info, created: stored === undefined };
    });
  }

  async patchConfig(name: string, changes: Readonly<Record<string, string | null>>): Promise<ConnectorInfo> {
    const stored = this.requireConfig(name);
    const merged: Record<string, string> = { ...stored };
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) delete merged[key];
      else merged[key] = value;
    }
    return (await this.putConfig(name, merged)).info;
  }

  async delete(name: string): Promise<void> {
    this.requireConfig(name);
    await this.exclusive(name, async () => {
      this.requireConfig(name);
      await this.store.deleteConnector(name);
      const runtime = this.runtimes.get(name);
      this.runtimes.delete(name);
      await runtime?.close();
    });
  }

  info(name: string): ConnectorInfo {
    const config = this.requireConfig(name);
    const runtime = this.runtimes.get(name);
    return {
      name,
      config: this.shown(config),
      tasks: (runtime?.taskIds ?? []).map((task) => ({ connector: name, task })),
      type: runtime?.type ?? 'unknown',
    };
  }

  config(name: string): RawConfig {
    return this.shown(this.requireConfig(name));
  }

  status(name: string): ConnectorStatus {
    const runtime = this.runtimes.get(name);
    if (runtime) return runtime.status();
    const config = this.store.config(name);
    if (config === undefined) throw notFound(`No status found for connector ${name}`);
    // Stored by a worker that had a plugin which this one lacks.
    const trace = `Failed to find any class that implements Connector and which name matches ${config['connector.class']}`;
    return {
      name,
      connector: { state: 'FAILED', worker_id: this.options.workerId, trace },
      tasks: [],
      type: 'unknown',
    };
  }

  taskConfigs(name: string): { id: { connector: string; task: number }; config: RawConfig }[] {
    this.requireConfig(name);
    const runtime = this.runtimes.get(name);
    return (runtime?.taskConfigs() ?? []).map((t) => ({
      id: { connector: name, task: t.id },
      config: this.shown(t.config),
    }));
  }

  async setTarget(name: string, target: TargetState): Promise<void> {
    const runtime = this.runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector ${name}`);
    await this.store.putTargetState(name, target);
    const done = target === 'RUNNING' ? runtime.resume() : target === 'PAUSED' ? runtime.pause() : runtime.stop();
    // A stop is over when it returns; the others may wait for a start that is under way.
    if (target === 'STOPPED') await done;
  }

  /** @returns the status with RESTARTING shown, when tasks or only failed ones were asked for */
  restart(name: string, includeTasks: boolean, onlyFailed: boolean): ConnectorStatus {
    const runtime = this.runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector: ${name}`);
    const tasks = includeTasks ? (onlyFailed ? runtime.failedTasks() : runtime.taskIds) : [];
    runtime.restart({ connector: !onlyFailed || runtime.connectorFailed, tasks });
    return runtime.status();
  }

  restartTask(name: string, task: number): void {
    const runtime = this.runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector: ${name}`);
    if (!runtime.hasTask(task)) throw notFound(`Unknown task: ${name}-${task}`);
    runtime.restart({ connector: false, tasks: [task] });
  }

  topics(name: string): string[] {
    return this.store.activeTopics(name);
  }

  resetTopics(name: string): Promise<void> {
    return this.store.resetTopics(name);
  }

  async offsets(name: string): Promise<ConnectorOffset[]> {
    this.requireConfig(name);
    if (this.runtimes.get(name)?.type !== 'sink') return this.store.sourceOffsets(name);
    const committed = await this.options.log.admin.committedOffsets(`connect-${name}`);
    return committed.map((c) => ({
      partition: { kafka_topic: c.topic, kafka_partition: c.partition },
      offset: { kafka_offset: c.offset },
    }));
  }

  async alterOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<string> {
    const runtime = this.requireStopped(name);
    if (offsets.length === 0) throw badRequest('Partitions / offsets need to be provided for an alter offsets request');
    return this.exclusive(name, async () => {
      if (runtime.type === 'sink') {
        await this.alterSinkOffsets(name, offsets);
        return offsetsMessage('altered', false);
      }
      const known = await this.connectorAgrees(runtime, name, offsets);
      await this.store.putSourceOffsets(name, offsets);
      return offsetsMessage('altered', known);
    });
  }

  async deleteOffsets(name: string): Promise<string> {
    const runtime = this.requireStopped(name);
    return this.exclusive(name, async () => {
      if (runtime.type === 'sink') {
        await this.options.log.admin.deleteGroup(`connect-${name}`).catch(() => {});
        return offsetsMessage('reset', false);
      }
      const all = this.store.sourceOffsets(name).map((o) => ({ partition: o.partition, offset: null }));
      const known = await this.connectorAgrees(runtime, name, all);
      if (all.length > 0) await this.store.putSourceOffsets(name, all);
      return offsetsMessage('reset', known);
    });
  }

  /** Validation alone. `config` may hold references to secrets. */
  async validate(config: RawConfig): Promise<ConfigInfos> {
    return (await this.checked(config)).infos;
  }

  plugins(connectorsOnly: boolean): PluginInfo[] {
    return connectorsOnly ? this.catalog.connectorClasses() : this.catalog.allClasses();
  }

  pluginConfig(name: string): ConfigKeyInfo[] {
    const table = this.catalog.configOf(name);
    if (!table) throw notFound(`Unknown plugin ${name}.`);
    const connector = this.catalog.connectorNamed(name);
    const framework = connector
      ? frameworkKeys(connector.type, { catalog: this.catalog, workerDefaults: this.defaults })
      : [];
    return [...table, ...framework].map((key) => keyInfo(key));
  }

  // What SQL asks.

  topicSchema(topic: string): TopicSchema | undefined {
    const stored = this.store.declaration(topic);
    if (!stored) return undefined;
    return topicSchemaOf(stored, this.store.config(stored.connector) ?? {}, this.defaults, this.catalog);
  }

  async sourceDeclarations(name: string, waitMs: number): Promise<SourceDeclaration[]> {
    const config = this.requireConfig(name);
    const runtime = this.runtimes.get(name);
    if (!runtime || runtime.type !== 'source') return [];
    await this.within(waitMs, runtime.launched);
    const byDefault = runtime.plugin.shortForm !== undefined;
    const found: SourceDeclaration[] = [];
    for (const stored of this.store.declarationsOf(name)) {
      // A topic of an earlier connector of this name.
      if (this.declaredNow.get(name)?.has(stored.topic) !== true) continue;
      const partitions = (await this.options.log.admin.describeTopic(stored.topic))?.partitions ?? 1;
      const schema = topicSchemaOf(stored, config, this.defaults, this.catalog);
      found.push(declarationOf(stored, schema, config, byDefault, partitions));
    }
    return found;
  }

  /** A config with its secrets hidden, whatever its plugin. */
  masked(config: RawConfig): Record<string, string> {
    const plugin = this.catalog.connectorNamed(config['connector.class'] ?? '');
    const table = plugin && [
      ...frameworkKeys(plugin.type, { catalog: this.catalog, workerDefaults: this.defaults }),
      ...plugin.config,
    ];
    // A key that no table has (a converter's, a transform's) falls to the name patterns.
    const byName = maskConfig(config, undefined);
    return table === undefined
      ? byName
      : Object.fromEntries(
          Object.entries(maskConfig(config, table)).map(([k, v]) => [
            k,
            table.some((key) => key.name === k) ? v : byName[k]!,
          ]),
        );
  }

  // ---

  private launch(name: string, plugin: ConnectorPlugin, config: RawConfig, target: TargetState): void {
    const runtime = new ConnectorRuntime({
      name,
      plugin,
      config,
      target,
      host: this.host,
      secrets: this.options.secrets,
      workerId: this.options.workerId,
      sinkPartitions: (raw, task, count) => this.sinkPartitions(raw, task, count),
    });
    this.runtimes.set(name, runtime);
    this.declaredNow.delete(name);
    runtime.start();
  }

  private async validated(config: RawConfig): Promise<Validation> {
    const validation = await this.checked(config);
    const message = refusal(validation.infos);
    if (message !== undefined) throw badRequest(message);
    return validation;
  }

  private async checked(config: RawConfig): Promise<Validation> {
    const { config: resolved } = await resolveSecrets(config, this.options.secrets);
    return validateConfig(resolved, { catalog: this.catalog, workerDefaults: this.defaults, env: this.options.env });
  }

  private requireConfig(name: string): RawConfig {
    const config = this.store.config(name);
    if (config === undefined) throw notFound(`Connector ${name} not found`);
    return config;
  }

  private requireStopped(name: string): ConnectorRuntime {
    this.requireConfig(name);
    const runtime = this.runtimes.get(name);
    if (!runtime?.isStopped) {
      throw badRequest(
        'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by ' +
          `issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
      );
    }
    return runtime;
  }

  private async connectorAgrees(
    runtime: ConnectorRuntime,
    name: string,
    offsets: readonly ConnectorOffset[],
  ): Promise<boolean> {
    if (runtime.plugin.type !== 'source') return false;
    const instance = (await runtime.plugin.load()).createConnector();
    if (!instance.alterOffsets) return false;
    const { config } = await resolveSecrets(this.requireConfig(name), this.options.secrets);
    try {
      instance.alterOffsets(runtime.parse(config), offsets);
    } catch (error) {
      throw badRequest(messageOf(error));
    }
    return true;
  }

  private async alterSinkOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<void> {
    const changes: { topic: string; partition: number; offset: number }[] = [];
    for (const { partition, offset } of offsets) {
      const topic = partition['kafka_topic'];
      const number = Number(partition['kafka_partition']);
      if (typeof topic !== 'string' || topic === '' || !Number.isInteger(number) || number < 0) {
        throw badRequest(
          'The partition for a sink connector offset must contain the keys \'kafka_topic\' and \'kafka_partition\', e.g. {"kafka_topic": "t", "kafka_partition": 0}',
        );
      }
      const at = { topic, partition: number };
      const wanted = offset === null ? await this.options.log.admin.earliestOffset(at) : Number(offset['kafka_offset']);
      if (!Number.isInteger(wanted) || wanted < 0) {
        throw badRequest(
          "The offset for a sink connector must contain the key 'kafka_offset' with a number that is not negative",
        );
      }
      changes.push({ ...at, offset: wanted });
    }
    await this.store.putGroupOffsets(`connect-${name}`, changes);
  }

  private async ensureTopic(connector: string, topic: string): Promise<number> {
    const config = this.store.config(connector) ?? {};
    const isTable = this.store.declaration(topic)?.isTable ?? false;
    return ensureTopic(
      this.options.log,
      topicSpecFor(topic, config, isTable, this.topicDefaults),
      this.options.env.logger,
    );
  }

  private async declareTopic(connector: string, declaration: TopicDeclaration): Promise<void> {
    const config = this.store.config(connector);
    if (config === undefined) return;
    const after = throughTransforms(declaration, createTransforms(config, this.catalog));
    if (after === undefined) return;
    try {
      await this.remember(connector, after);
      await this.ensureTopic(connector, after.topic);
    } catch (error) {
      this.options.env.logger.warn(`Topic ${after.topic} could not be declared: ${messageOf(error)}`);
    }
  }

  private async remember(connector: string, declaration: TopicDeclaration): Promise<void> {
    let current = this.declaredNow.get(connector);
    if (!current) this.declaredNow.set(connector, (current = new Set()));
    current.add(declaration.topic);
    await this.store.putDeclaration({ ...declaration, connector });
  }

  private sawSchemas(connector: string, topic: string, key: ConnectSchema | null, value: ConnectSchema | null): void {
    const known = this.store.declaration(topic);
    if (key === null && value === null) return;
    const nothing = { topic, entity: topic, keySchema: null, keyColumns: [], isTable: false, valueSchema: null };
    const seen = withSchemas(known ?? nothing, key, value);
    if (seen === known) return;
    this.remember(connector, seen).catch((error: unknown) => {
      this.options.env.logger.warn(`The schema of topic ${topic} could not be kept: ${messageOf(error)}`);
    });
  }

  /** Partitions of a sink's topics, dealt out to its tasks in turn. */
  private async sinkPartitions(config: RawConfig, task: number, taskCount: number): Promise<readonly TopicPartition[]> {
    const listed = (config['topics'] ?? '')
      .split(',')
      .map((t) => t.trim())
      .filter((t) => t !== '');
    const regex = config['topics.regex']?.trim();
    const all: TopicPartition[] = [];
    const add = (topic: string, partitions: number): void => {
      for (let partition = 0; partition < partitions; partition++) all.push({ topic, partition });
    };
    if (listed.length > 0) {
      for (const topic of listed) {
        const found = await this.options.log.admin.describeTopic(topic);
        if (found) add(topic, found.partitions);
      }
    } else if (regex !== undefined && regex !== '') {
      const pattern = new RegExp(`^(?:${regex})$`);
      for (const topic of await this.options.log.admin.listTopics()) {
        if (!topic.internal && pattern.test(topic.name)) add(topic.name, topic.partitions);
      }
    }
    all.sort((a, b) => (a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition));
    return all.filter((_, i) => i % taskCount === task);
  }

  private shown(config: RawConfig): RawConfig {
    return this.options.showSecrets === true ? config : this.masked(config);
  }

  private async within(ms: number, work: Promise<void>): Promise<void> {
    const controller = new AbortController();
    await Promise.race([work, this.options.env.timers.sleep(ms, controller.signal).catch(() => {})]);
    controller.abort();
  }

  /** One change of a name at a time: two creates of one name cannot both pass the check. */
  private async exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.busy.get(name) ?? Promise.resolve();
    const run = before.then(work, work);
    const guarded = run.catch(() => {});
    this.busy.set(name, guarded);
    try {
      return await run;
    } finally {
      if (this.busy.get(name) === guarded) this.busy.delete(name);
    }
  }
}

function offsetsMessage(what: 'altered' | 'reset', connectorTookPart: boolean): string {
  return connectorTookPart
    ? `The offsets for this connector have been ${what} successfully`
    : `The Connect framework-managed offsets for this connector have been ${what} successfully. However, if this connector manages offsets externally, ` +
        `they will need to be manually ${what} in the system that the connector uses.`;
}
