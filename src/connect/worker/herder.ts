import type { Env } from '../../base/env.ts';
import { SerialQueue } from '../../base/serial-queue.ts';
import { SharedTimers } from '../../base/shared-timers.ts';
import type { Sealer } from '../../base/secrets/sealer.ts';
import type { Log } from '../../log/api.ts';
import { hideSecrets } from '../../base/secrets/hide.ts';
import { withErrors } from '../client/config-errors.ts';
import { configOf, maskConfig, type ConfigKey, type RawConfig } from '../api/config-spec.ts';
import type { Choice, Reading, SourceProgress, ConnectorPlugin, PlannedTopic, TopicRefusal } from '../api/connector.ts';
import type {
  ConfigInfos,
  ConfigKeyInfo,
  ConnectorInfo,
  ConnectorNews,
  ConnectorOffset,
  ConnectorStatus,
  ConnectorType,
  PluginInfo,
  PreviewedSource,
  SourceDeclaration,
  TargetState,
  TopicSchema,
} from '../client/api.ts';
import { CONNECTORS } from '../connectors/registry.ts';
import { converterPlugins } from '../converters/registry.ts';
import type { SchemaAccess } from '../converters/sql.ts';
import { PREDICATES, TRANSFORMS } from '../transforms/registry.ts';
import { keyInfo, refusal } from './config/config-infos.ts';
import { ConnectorOffsets } from './connector-offsets.ts';
import { ConnectorRuntime } from './connector-runtime.ts';
import { LoggerLevels } from './rest/logger-levels.ts';
import { unmask } from './config/masking.ts';
import type { TransformPlugin } from '../api/converter.ts';
import { PluginCatalog, taskClass } from './plugins/plugin-catalog.ts';
import { ConnectError } from '../api/errors.ts';
import { badRequest, conflict, notFound } from './request-error.ts';
import { ProbeMemory } from './config/probe-memory.ts';
import { ConfigResolver } from './config/resolved-config.ts';
import type { SecretSources } from './config/secrets.ts';
import { transformSettings } from './config/framework-settings.ts';
import { createTransforms } from './tasks/pipeline.ts';
import { previewSource } from './tasks/preview.ts';
import { sinkPartitions } from './tasks/sink-partitions.ts';
import { Startups } from './tasks/startups.ts';
import type { TaskHost, TaskTotals } from './tasks/task-host.ts';
import { throughTransforms } from './topics/declarations.ts';
import { TopicKnowledge } from './topics/topic-knowledge.ts';
import { sqlConfig } from './config/framework-config.ts';
import { TopicOwnership, type DerivedTopic, type TopicClaims } from './topics/topic-ownership.ts';
import { frameworkKeys, knownSchemas, validateConfig, type Validation } from './config/validate.ts';
import { WorkerStore } from './store/worker-store.ts';

export interface WorkerOptions {
  readonly log: Log;
  readonly env: Env;
  /** `host:port` of the REST listener: what statuses show. */
  readonly workerId: string;
  readonly clusterId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly secrets: SecretSources;
  /** Encrypts what settings hide, where they are kept. Absent: they are kept as they are. */
  readonly sealer?: Sealer | undefined;
  /** More connectors than the built-in ones (plugin.path). */
  readonly connectors?: readonly ConnectorPlugin[] | undefined;
  /** More transforms than the built-in ones. */
  readonly transforms?: readonly TransformPlugin[] | undefined;
  /** The schema registry, for converters whose schemas live there. */
  readonly schemas?: SchemaAccess | undefined;
  /** Worker settings that connectors inherit: `key.converter`, `value.converter` and theirs. */
  readonly defaults?: RawConfig | undefined;
  readonly topicDefaults?: { readonly partitions: number; readonly replicas: number } | undefined;
  /** What SQL says of a topic. */
  readonly claims?: ((topic: string) => TopicClaims) | undefined;
}

/**
 * Keys are what SQL reads without a word (KEY_FORMAT KAFKA, or JSON where composite), values are plain JSON with exact
 * decimals.
 */
export const DEFAULT_CONVERTERS: RawConfig = {
  'key.converter': 'sluice.connect.SqlConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter.schemas.enable': 'false',
  'value.converter.decimal.format': 'NUMERIC',
};

/** Our converters with their settings, but for the sides that the worker's settings name. */
function ownDefaults(given: RawConfig): RawConfig {
  return Object.fromEntries(
    Object.entries(DEFAULT_CONVERTERS).filter(([key]) => given[key.split('.', 2).join('.')] === undefined),
  );
}

/** A connector that has a runtime here, with what was counted of its tasks. */
export interface MeteredConnector {
  readonly name: string;
  readonly className: string;
  readonly type: ConnectorType;
  readonly version: string;
  readonly tasks: ReturnType<ConnectorRuntime['meters']>;
  /** Of a source that captures changes: the database's kind, and what its topics begin with. */
  readonly captures: { readonly plugin: string; readonly server: string } | undefined;
}

/** Whether an answer holds passwords, as Kafka Connect's does, or `[hidden]` in their place. */
export type Passwords = 'shown' | 'hidden';

/** Owns every connector of the worker. The REST API and the in-process client are thin skins over it. */
export class Herder {
  readonly catalog: PluginCatalog;
  readonly options: WorkerOptions;
  /** Log levels that the REST API may change. */
  readonly levels: LoggerLevels;
  readonly #store: WorkerStore;
  readonly #host: TaskHost;
  readonly #runtimes = new Map<string, ConnectorRuntime>();
  readonly #defaults: RawConfig;
  readonly #knowledge: TopicKnowledge;
  readonly #ownership: TopicOwnership;
  readonly #connectorOffsets: ConnectorOffsets;
  readonly #resolver: ConfigResolver;
  readonly #probes: ProbeMemory;
  readonly #listeners = new Set<(news: ConnectorNews) => void>();
  /** Names whose create, update or delete is under way: one at a time. */
  readonly #busy = new Map<string, SerialQueue>();

  private constructor(given: WorkerOptions, store: WorkerStore) {
    this.levels = new LoggerLevels(given.env.clock);
    const { env } = given;
    const options = {
      ...given,
      // Of many connectors with little to do, what wakes at about the same time shares a turn and a transaction.
      env: { ...env, logger: this.levels.filter(env.logger), timers: new SharedTimers(env.timers, env.clock) },
    };
    this.options = options;
    this.#store = store;
    this.#defaults = { ...ownDefaults(options.defaults ?? {}), ...options.defaults };
    const topicDefaults = options.topicDefaults ?? { partitions: 1, replicas: 1 };
    this.catalog = new PluginCatalog({
      connectors: [...CONNECTORS, ...(options.connectors ?? [])],
      converters: converterPlugins(options.schemas),
      transforms: [...TRANSFORMS, ...(options.transforms ?? [])],
      predicates: PREDICATES,
    });
    this.#knowledge = new TopicKnowledge({
      env: options.env,
      log: options.log,
      store,
      catalog: this.catalog,
      workerDefaults: this.#defaults,
      topicDefaults,
      onChange: (connector) => this.#tell({ kind: 'knowledge', connector }),
    });
    this.#ownership = new TopicOwnership({
      store,
      catalog: this.catalog,
      claims: options.claims ?? (() => ({})),
      behindTransforms: (config, topic) => this.#knowledge.topicBehindTransforms(config, topic),
      configOf: (name) => this.#runtimes.get(name)?.settings ?? this.#inOwnWords(store.config(name)),
    });
    this.#resolver = new ConfigResolver(this.catalog, options.secrets, (plugin) => this.#sharedKeys(plugin));
    this.#probes = new ProbeMemory(options.env.clock);
    this.#connectorOffsets = new ConnectorOffsets(options.log, store);
    this.#host = {
      env: options.env,
      log: options.log,
      store,
      catalog: this.catalog,
      workerDefaults: this.#defaults,
      startups: { connectors: new Startups(), tasks: new Startups() },
      groupId: options.groupId ?? 'connect-cluster',
      ensureTopic: async (connector, topic) => {
        // Transforms may name any topic, record by record.
        if (this.#ownership.isProtected(topic))
          throw new ConnectError(`Connector ${connector} may not write topic ${topic}: the server keeps it for itself`);
        return await this.#knowledge.ensureTopic(connector, topic);
      },
      declareTopic: (connector, declaration) => this.#knowledge.declare(connector, declaration),
      refusal: (connector, planned) =>
        this.#refusal(connector, this.#inOwnWords(store.config(connector)) ?? {}, planned),
      topicBehindTransforms: (connector, topic) =>
        this.#knowledge.topicBehindTransforms(this.#inOwnWords(store.config(connector)) ?? {}, topic),
      sawSchemas: (connector, topic, key, value) => this.#knowledge.saw(connector, topic, key, value),
      tell: (news) => this.#tell(news),
    };
  }

  /** Opens the worker's store and starts every connector that it knows. */
  static async start(options: WorkerOptions): Promise<Herder> {
    const groupId = options.groupId ?? 'connect-cluster';
    const store = await WorkerStore.open(options.log, options.env, groupId, options.topicDefaults?.replicas ?? 1, {
      sealer: options.sealer,
      isHidden: (config) => {
        const shown = herder.masked(config);
        return (key) => shown[key] !== config[key];
      },
    });
    const herder = new Herder(options, store);
    for (const name of store.connectorNames()) {
      const config = store.config(name)!;
      // What a reference stands for may decide whose config it is; one that cannot be looked up is the connector's to
      // report.
      const resolved = await herder.#resolver.resolve(config).then(
        ({ raw }) => raw,
        () => config,
      );
      const plugin = herder.catalog.connectorOf(resolved);
      if (plugin) herder.#launch(name, plugin, config, store.targetState(name));
      else options.env.logger.error(`Connector ${name} has an unknown class and is not started`);
    }
    return herder;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#runtimes.values()].map((r) => r.close()));
    await this.#store.close();
  }

  // Requests. Each throws RequestError with Connect's status and words.

  names(): string[] {
    return this.#store.connectorNames();
  }

  async create(
    name: string,
    config: RawConfig,
    initialState?: TargetState,
    passwords: Passwords = 'hidden',
  ): Promise<ConnectorInfo> {
    const named = { ...config, name };
    return this.#exclusive(name, async () => {
      const { plugin } = await this.#validated(named);
      if (this.#store.config(name) !== undefined) throw conflict(`Connector ${name} already exists`);
      await this.#store.putConnector(name, named, initialState ?? 'RUNNING');
      const created = { name, config: this.#shown(named, passwords), tasks: [], type: plugin.type };
      this.#launch(name, plugin, named, initialState ?? 'RUNNING');
      return created;
    });
  }

  /** @returns whether the connector is new */
  async putConfig(
    name: string,
    config: RawConfig,
    passwords: Passwords = 'hidden',
  ): Promise<{ info: ConnectorInfo; created: boolean }> {
    return this.#exclusive(name, async () => {
      const stored = this.#store.config(name);
      const named = this.#completed(name, { ...config, name });
      const validation = await this.#validated(named);
      await this.#store.putConnector(name, named, stored === undefined ? 'RUNNING' : undefined);
      const before = this.#runtimes.get(name);
      const tasks = before?.taskIds ?? [];
      await before?.close();
      // What is wanted now: it may have been asked for while this was under way.
      this.#launch(name, validation.plugin, named, this.#store.targetState(name), tasks);
      const info: ConnectorInfo = {
        name,
        config: this.#shown(named, passwords),
        tasks: tasks.map((task) => ({ connector: name, task })),
        type: validation.plugin.type,
      };
      return { info, created: stored === undefined };
    });
  }

  async patchConfig(
    name: string,
    changes: Readonly<Record<string, string | null>>,
    passwords: Passwords = 'hidden',
  ): Promise<ConnectorInfo> {
    const stored = this.#requireConfig(name);
    const merged: Record<string, string> = { ...stored };
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) delete merged[key];
      else merged[key] = value;
    }
    return (await this.putConfig(name, merged, passwords)).info;
  }

  async delete(name: string): Promise<void> {
    this.#requireConfig(name);
    await this.#exclusive(name, async () => {
      this.#requireConfig(name);
      await this.#store.addWrittenPlaces(name, this.#ownership.placesOf(name));
      await this.#store.deleteConnector(name);
      const runtime = this.#runtimes.get(name);
      this.#runtimes.delete(name);
      await runtime?.close();
      this.#tell({ kind: 'deleted', connector: name });
    });
  }

  /** Tells of what happens to connectors, until the function that it returns is called. */
  onNews(listener: (news: ConnectorNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(news: ConnectorNews): void {
    for (const listener of this.#listeners) listener(news);
  }

  info(name: string, passwords: Passwords = 'hidden'): ConnectorInfo {
    const config = this.#requireConfig(name);
    const runtime = this.#runtimes.get(name);
    return {
      name,
      config: this.#shown(config, passwords),
      tasks: (runtime?.taskIds ?? []).map((task) => ({ connector: name, task })),
      type: runtime?.type ?? 'unknown',
    };
  }

  config(name: string, passwords: Passwords = 'hidden'): RawConfig {
    return this.#shown(this.#requireConfig(name), passwords);
  }

  status(name: string): ConnectorStatus {
    const runtime = this.#runtimes.get(name);
    if (runtime) return runtime.status();
    const config = this.#store.config(name);
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

  /** What the tasks of a connector have done; none where it does not run. */
  taskTotals(name: string): (TaskTotals & { readonly id: number })[] {
    return this.#runtimes.get(name)?.totals() ?? [];
  }

  /** What there is to measure of each connector that runs here. */
  metered(): MeteredConnector[] {
    return [...this.#runtimes].map(([name, runtime]) => {
      const { plugin, settings } = runtime;
      const isCapture = plugin.className.startsWith('io.debezium.') || settings['mode'] === 'cdc';
      return {
        name,
        className: plugin.className,
        type: plugin.type,
        version: plugin.version,
        tasks: runtime.meters(),
        captures:
          plugin.type === 'source' && plugin.readings !== undefined && isCapture
            ? { plugin: 'postgres', server: settings['topic.prefix'] || name }
            : undefined,
      };
    });
  }

  get startups(): TaskHost['startups'] {
    return this.#host.startups;
  }

  taskConfigs(
    name: string,
    passwords: Passwords = 'hidden',
  ): { id: { connector: string; task: number }; config: RawConfig }[] {
    this.#requireConfig(name);
    const runtime = this.#runtimes.get(name);
    return (runtime?.taskConfigs() ?? []).map((t) => ({
      id: { connector: name, task: t.id },
      config: {
        'task.class': taskClass(this.catalog.classNamed(t.config['connector.class'] ?? '')),
        ...this.#shown(t.config, passwords),
      },
    }));
  }

  async setTarget(name: string, target: TargetState): Promise<void> {
    if (!this.#runtimes.has(name)) throw notFound(`Unknown connector ${name}`);
    await this.#store.putTargetState(name, target);
    // Found now: a change of the config meanwhile has put another in its place, or a delete none.
    const runtime = this.#runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector ${name}`);
    const done = target === 'RUNNING' ? runtime.resume() : target === 'PAUSED' ? runtime.pause() : runtime.stop();
    // A stop is over when it returns; the others may wait for a start that is under way.
    if (target === 'STOPPED') await done;
  }

  /** @returns the status with RESTARTING shown, when tasks or only failed ones were asked for */
  restart(name: string, includeTasks: boolean, onlyFailed: boolean): ConnectorStatus {
    const runtime = this.#runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector: ${name}`);
    const tasks = includeTasks ? (onlyFailed ? runtime.failedTasks() : runtime.taskIds) : [];
    runtime.restart({ connector: !onlyFailed || runtime.connectorFailed, tasks });
    return runtime.status();
  }

  restartTask(name: string, task: number): void {
    const runtime = this.#runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector: ${name}`);
    if (!runtime.hasTask(task)) throw notFound(`Unknown task: ${name}-${task}`);
    runtime.restart({ connector: false, tasks: [task] });
  }

  /** After secrets have changed. @returns those of the connectors that began anew with other values */
  async reload(names: readonly string[]): Promise<string[]> {
    const done = await Promise.all(names.map(async (name) => (await this.#runtimes.get(name)?.reload()) === true));
    return names.filter((_, i) => done[i]);
  }

  topics(name: string): string[] {
    return this.#store.activeTopics(name);
  }

  resetTopics(name: string): Promise<void> {
    return this.#store.resetTopics(name);
  }

  async offsets(name: string): Promise<ConnectorOffset[]> {
    this.#requireConfig(name);
    return this.#connectorOffsets.list(name, this.#runtimes.get(name)?.type === 'sink');
  }

  async alterOffsets(name: string, offsets: readonly ConnectorOffset[]): Promise<string> {
    const runtime = this.#requireStopped(name);
    if (offsets.length === 0) throw badRequest('Partitions / offsets need to be provided for an alter offsets request');
    return this.#exclusive(name, () => this.#connectorOffsets.alter(runtime, offsets));
  }

  async deleteOffsets(name: string): Promise<string> {
    const runtime = this.#requireStopped(name);
    return this.#exclusive(name, () => this.#connectorOffsets.reset(runtime));
  }

  /** Validation alone. `config` may hold references to secrets, and masked values of the connector that it names. */
  async validate(config: RawConfig): Promise<ConfigInfos> {
    return (await this.#checked(this.#completed(config['name'] ?? '', config))).infos;
  }

  /** The names of all settings of a connector, their other spellings, and (with a dot at the end) their families. */
  knownSettings(connectorClass: string): readonly string[] | undefined {
    const plugin = this.catalog.connectorNamed(connectorClass);
    if (plugin === undefined) return undefined;
    const keys = [...this.#sharedKeys(plugin), ...plugin.config];
    return [
      ...keys.flatMap((k) => [k.name, ...(k.aliases ?? [])]),
      ...(plugin.families ?? []),
      ...(plugin.withoutEffect ?? []),
      ...(plugin.otherWords?.keys ?? []),
    ];
  }

  plugins(connectorsOnly: boolean): PluginInfo[] {
    return connectorsOnly ? this.catalog.connectorClasses() : this.catalog.allClasses();
  }

  pluginConfig(name: string): ConfigKeyInfo[] {
    const table = this.catalog.configOf(name);
    if (!table) throw notFound(`Unknown plugin ${name}.`);
    const connector = this.catalog.connectorNamed(name);
    return [...table, ...(connector ? this.#sharedKeys(connector) : [])].map((key) => keyInfo(key));
  }

  // What SQL asks.

  topicSchema(topic: string): TopicSchema | undefined {
    return this.#knowledge.schemaOf(topic);
  }

  /** What the connector wants known: tables that it does not read, and why. */
  remarks(name: string): readonly string[] {
    return this.#runtimes.get(name)?.remarks ?? [];
  }

  /** How far a source is; undefined where nothing is known of it. */
  progress(name: string): SourceProgress | undefined {
    const runtime = this.#runtimes.get(name);
    if (runtime === undefined || runtime.plugin.type !== 'source') return undefined;
    const said = runtime.progress;
    if (said.readings.length > 0) return said;
    // It is about to start: what it has left to do stands in its offsets.
    return { ...said, readings: runtime.plugin.readings?.(runtime.config, this.#store.sourceOffsets(name)) ?? [] };
  }

  /** The first reading of what a topic holds, while it is under way. */
  readingOf(topic: string): Reading | undefined {
    const writer = this.#ownership.writerOf(topic);
    if (writer === undefined) return undefined;
    const config = this.#runtimes.get(writer)?.config ?? {};
    return this.progress(writer)?.readings.find(
      (r) => r.state !== 'done' && (this.#knowledge.topicBehindTransforms(config, r.topic) ?? r.topic) === topic,
    );
  }

  /** The connectors that write or read a topic. */
  usersOf(topic: string): readonly string[] {
    const writer = this.#ownership.writerOf(topic);
    return [...(writer === undefined ? [] : [writer]), ...this.#ownership.readersOf(topic)];
  }

  writerOf(topic: string): string | undefined {
    return this.#ownership.writerOf(topic);
  }

  /** What is known of a source connector of this name, whether or not it exists. */
  remembered(name: string): { readonly topics: readonly string[]; readonly hasOffsets: boolean } {
    const declared = this.#store.declarationsOf(name).map((d) => d.topic);
    return {
      topics: [...new Set([...declared, ...this.#store.activeTopics(name)])],
      hasOffsets: this.#store.sourceOffsets(name).length > 0,
    };
  }

  /** What connectors that are gone, or stopped, have left in their sources, by connector. */
  leftovers(): Readonly<Record<string, readonly string[]>> {
    const found: Record<string, readonly string[]> = {};
    for (const name of this.#store.offsetConnectors()) {
      const config = this.#store.config(name);
      const offsets = this.#store.sourceOffsets(name);
      const isStopped = config !== undefined && this.#store.targetState(name) === 'STOPPED';
      const sentences = CONNECTORS.flatMap((p) =>
        p.type === 'source' ? (p.leftovers?.(name, offsets, config, isStopped) ?? []) : [],
      );
      if (sentences.length > 0) found[name] = sentences;
    }
    return found;
  }

  /** Forgets a connector that is gone, with what it has left. */
  async forgetLeftovers(name: string): Promise<void> {
    const offsets = this.#store.sourceOffsets(name).map(({ partition }) => ({ partition, offset: null }));
    await this.#store.putSourceOffsets(name, offsets);
  }

  /** What a connector chooses after a look at the world where its short form leaves it to it. */
  async choose(name: string, config: RawConfig): Promise<Choice> {
    const nothing = { settings: {}, notes: [] };
    const plugin = this.catalog.connectorNamed(config['connector.class'] ?? '');
    if (plugin === undefined) return nothing;
    const { choose } = await plugin.load();
    if (choose === undefined) return nothing;
    try {
      const { raw } = await this.#resolver.resolve({ ...config, name });
      return await choose(configOf(plugin.config, raw), {
        name,
        env: this.options.env,
        signal: new AbortController().signal,
        refusal: (planned) => this.#refusal(name, raw, planned),
        schemas: (topic) => knownSchemas(topic, raw, this),
      });
    } catch {
      // What is wrong with the settings is found by their validation.
      return nothing;
    }
  }

  /** What a source with these settings would write; undefined where it cannot be looked at without being made. */
  async preview(name: string, config: RawConfig): Promise<PreviewedSource | undefined> {
    const { raw } = await this.#resolver.resolveToRun(this.#completed(name, { ...config, name }));
    const plugin = this.catalog.connectorOf(raw);
    if (plugin?.type !== 'source') return undefined;
    const settings = transformSettings(raw);
    const found = await previewSource(plugin, {
      name,
      env: this.options.env,
      config: raw,
      transforms: createTransforms(settings, this.catalog, this.options.env.clock),
      refusal: (planned) => this.#refusal(name, raw, planned),
      behindTransforms: (declaration) =>
        throughTransforms(declaration, createTransforms(settings, this.catalog, this.options.env.clock)),
    });
    return found && this.#knowledge.previewed(name, raw, found, plugin.shortForm !== undefined);
  }

  /** The topic is gone: what was known of it too. */
  forgetTopic(topic: string): Promise<void> {
    return this.#store.deleteDeclaration(topic);
  }

  async sourceDeclarations(name: string, waitMs: number): Promise<SourceDeclaration[]> {
    this.#requireConfig(name);
    const runtime = this.#runtimes.get(name);
    if (!runtime || runtime.type !== 'source') return [];
    await this.#within(waitMs, runtime.launched);
    return this.#knowledge.declarationsOf(name, runtime.plugin.shortForm !== undefined);
  }

  /** A config with its secrets hidden, whatever its plugin. */
  masked(config: RawConfig): Record<string, string> {
    const plugin = this.catalog.connectorOf(config);
    const table = plugin && [...this.#sharedKeys(plugin), ...plugin.config];
    return maskConfig(config, table);
  }

  // ---

  /** `formerTasks`: those of the connector before its settings changed. */
  #launch(
    name: string,
    plugin: ConnectorPlugin,
    config: RawConfig,
    target: TargetState,
    formerTasks: readonly number[] = [],
  ): void {
    const runtime = new ConnectorRuntime({
      formerTasks,
      name,
      plugin,
      config: this.catalog.inOwnWords(config),
      target,
      host: this.#host,
      resolver: this.#resolver,
      workerId: this.options.workerId,
      rewind: (reason) => this.#connectorOffsets.rewind(name, reason),
      sinkPartitions: (reads, task, count) =>
        sinkPartitions(this.options.log, reads, {
          task,
          count,
          isProtected: (topic) => this.#ownership.isProtected(topic),
        }),
    });
    this.#runtimes.set(name, runtime);
    this.#knowledge.forget(name);
    runtime.start();
  }

  /** What all connectors of its kind have. */
  #sharedKeys(plugin: ConnectorPlugin): readonly ConfigKey[] {
    return [
      ...frameworkKeys(plugin, { catalog: this.catalog, workerDefaults: this.#defaults }),
      ...sqlConfig(plugin.type),
    ];
  }

  async #validated(config: RawConfig): Promise<Validation> {
    const validation = await this.#checked(config);
    const message = refusal(validation.infos);
    if (message !== undefined) throw badRequest(message);
    return validation;
  }

  async #checked(config: RawConfig): Promise<Validation> {
    const { raw, problems, secrets } = await this.#resolver.resolve(config);
    const { plugin, infos } = await validateConfig(raw, {
      catalog: this.catalog,
      workerDefaults: this.#defaults,
      env: this.options.env,
      probes: this.#probes,
      // Without a name nobody knows whose topics are its own.
      refusal: (planned) => (config['name'] === undefined ? undefined : this.#refusal(config['name'], raw, planned)),
      problems: (own) => [...problems, ...this.#ownership.problems(own)],
    });
    // A plugin, or the server that it asked, may repeat what it was given.
    return { plugin, infos: withErrors(infos, (text) => hideSecrets(text, secrets)) };
  }

  circleBy(planned: DerivedTopic): string | undefined {
    return this.#ownership.circleBy(planned);
  }

  /** Transforms may give the records another topic; what cannot be foreseen is not refused. */
  #refusal(connector: string, config: RawConfig, planned: PlannedTopic): TopicRefusal | undefined {
    const topic = this.#knowledge.topicBehindTransforms(config, planned.topic);
    return topic === undefined ? undefined : this.#ownership.refusal(connector, { ...planned, topic });
  }

  #inOwnWords(config: RawConfig | undefined): RawConfig | undefined {
    return config && this.catalog.inOwnWords(config);
  }

  #requireConfig(name: string): RawConfig {
    const config = this.#store.config(name);
    if (config === undefined) throw notFound(`Connector ${name} not found`);
    return config;
  }

  #requireStopped(name: string): ConnectorRuntime {
    this.#requireConfig(name);
    const runtime = this.#runtimes.get(name);
    if (!runtime?.isStopped) {
      throw badRequest(
        'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by ' +
          `issuing a 'PUT' request to the '/connectors/${name}/stop' endpoint`,
      );
    }
    return runtime;
  }

  #shown(config: RawConfig, passwords: Passwords): RawConfig {
    return passwords === 'shown' ? config : this.masked(config);
  }

  /** A config whose masked values are the stored ones again. @throws RequestError 400 where they must not be */
  #completed(name: string, sent: RawConfig): RawConfig {
    const stored = this.#store.config(name);
    return stored === undefined ? sent : unmask(sent, stored, (config) => this.masked(config));
  }

  async #within(ms: number, work: Promise<void>): Promise<void> {
    const controller = new AbortController();
    await Promise.race([work, this.options.env.timers.sleep(ms, controller.signal).catch(() => {})]);
    controller.abort();
  }

  /** One change of a name at a time: two creates of one name cannot both pass the check. */
  async #exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#busy.get(name) ?? new SerialQueue();
    this.#busy.set(name, queue);
    try {
      return await queue.run(work);
    } finally {
      if (queue.pending === 0) this.#busy.delete(name);
    }
  }
}
