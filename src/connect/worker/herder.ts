import { KeyedQueues } from '../../base/serial-queue.ts';
import { SharedTimers } from '../../base/shared-timers.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { RawConfig } from '../api/config-spec.ts';
import type { ConnectorPlugin, PlannedTopic, TopicRefusal } from '../api/connector.ts';
import type {
  ConnectorInfo,
  ConnectorNews,
  ConnectorOffset,
  ConnectorStatus,
  PluginInfo,
  TargetState,
} from '../client/api.ts';
import { CONNECTORS } from '../connectors/registry.ts';
import { converterPlugins } from '../converters/registry.ts';
import { PREDICATES, TRANSFORMS } from '../transforms/registry.ts';
import { ConnectorSettings } from './config/connector-settings.ts';
import { ConnectorOffsets } from './connector-offsets.ts';
import { Deliveries } from './deliveries.ts';
import { ConnectorRuntime } from './connector-runtime.ts';
import { withOwnConverters } from './config/default-converters.ts';
import { meteredConnector, type MeteredConnector } from './metered-connector.ts';
import { SqlView } from './sql-view.ts';
import { LoggerLevels } from './rest/logger-levels.ts';
import { classesOf, PluginCatalog, taskClass, type AllPlugins } from './plugins/plugin-catalog.ts';
import { ConnectError } from '../api/errors.ts';
import { badRequest, conflict, notFound } from './request-error.ts';
import { sinkPartitions } from './tasks/sink-partitions.ts';
import { Startups } from './tasks/startups.ts';
import type { TaskHost, TaskTotals } from './tasks/task-host.ts';
import { TopicKnowledge } from './topics/topic-knowledge.ts';
import { TopicOwnership } from './topics/topic-ownership.ts';
import { WorkerStore } from './store/worker-store.ts';
import type { Passwords, WorkerOptions } from './worker-options.ts';

/** Owns all connectors of the worker. The REST API and the in-process client are thin layers over it. */
export class Herder {
  readonly catalog: PluginCatalog;
  readonly options: WorkerOptions;
  /** Log levels that can be changed through the REST API. */
  readonly levels: LoggerLevels;
  readonly settings: ConnectorSettings;
  /** Deliveries to connectors from outside. */
  readonly deliveries: Deliveries;
  /** What SQL needs beyond Connect's REST API. */
  readonly sql: SqlView;
  readonly #store: WorkerStore;
  readonly #host: TaskHost;
  readonly #runtimes = new Map<string, ConnectorRuntime>();
  readonly #defaults: RawConfig;
  readonly #knowledge: TopicKnowledge;
  readonly #ownership: TopicOwnership;
  readonly #connectorOffsets: ConnectorOffsets;
  readonly #listeners = new Set<(news: ConnectorNews) => void>();
  /** One change of a name at a time, so that two creates of one name cannot both pass the check. */
  readonly #changes = new KeyedQueues();

  private constructor(given: WorkerOptions, store: WorkerStore) {
    this.levels = new LoggerLevels(given.env.clock);
    const { env } = given;
    const options = {
      ...given,
      // Of many connectors that are mostly idle, those that wake at about the same time share a turn and a transaction.
      env: { ...env, logger: this.levels.filter(env.logger), timers: new SharedTimers(env.timers, env.clock) },
    };
    this.options = options;
    this.#store = store;
    this.#defaults = withOwnConverters(options.defaults ?? {});
    const topicDefaults = options.topicDefaults ?? { partitions: 1, replicas: 1 };
    this.catalog = new PluginCatalog({
      connectors: [...CONNECTORS, ...(options.connectors ?? [])],
      converters: [...converterPlugins(options.schemas), ...(options.converters ?? [])],
      transforms: [...TRANSFORMS, ...(options.transforms ?? [])],
      predicates: [...PREDICATES, ...(options.predicates ?? [])],
    });
    this.#knowledge = new TopicKnowledge({
      env: options.env,
      log: options.log,
      store,
      catalog: this.catalog,
      workerDefaults: this.#defaults,
      topicDefaults,
      onChange: (connector) => this.#report({ kind: 'knowledge', connector }),
    });
    this.#ownership = new TopicOwnership({
      store,
      catalog: this.catalog,
      claims: options.claims ?? (() => ({})),
      behindTransforms: (config, topic) => this.#knowledge.topicBehindTransforms(config, topic),
      configOf: (name) => this.#runtimes.get(name)?.settings ?? this.#inOwnWords(store.config(name)),
    });
    this.settings = new ConnectorSettings({
      env: options.env,
      catalog: this.catalog,
      store,
      workerDefaults: this.#defaults,
      secrets: options.secrets,
      refusal: (connector, config, planned) => this.#refusal(connector, config, planned),
      topicBehindTransforms: (config, topic) => this.#knowledge.topicBehindTransforms(config, topic),
      problems: (config) => this.#ownership.problems(config),
    });
    this.deliveries = new Deliveries(() =>
      [...this.#runtimes.values()]
        .filter(({ plugin }) => plugin.type === 'source' && plugin.receives === true)
        .map((runtime) => runtime.name),
    );
    this.#connectorOffsets = new ConnectorOffsets(options.log, store);
    this.sql = new SqlView({
      env: options.env,
      catalog: this.catalog,
      store,
      knowledge: this.#knowledge,
      ownership: this.#ownership,
      resolver: this.settings.resolver,
      probes: this.settings.probes,
      runtime: (name) => this.#runtimes.get(name),
      refusal: (connector, config, planned) => this.#refusal(connector, config, planned),
      completed: (name, sent) => this.settings.completed(name, sent),
    });
    this.#host = {
      env: options.env,
      log: options.log,
      store,
      catalog: this.catalog,
      workerDefaults: this.#defaults,
      deliveries: this.deliveries,
      startups: { connectors: new Startups(), tasks: new Startups() },
      groupId: options.groupId ?? 'connect-cluster',
      ensureTopic: async (connector, topic) => {
        // Transforms may choose any topic for each record.
        if (this.#ownership.isProtected(topic))
          throw new ConnectError(`Connector ${connector} may not write topic ${topic}: the server keeps it for itself`);
        return await this.#knowledge.ensureTopic(connector, topic);
      },
      declareTopic: (connector, declaration) => this.#knowledge.declare(connector, declaration),
      refusal: (connector, planned) =>
        this.#refusal(connector, this.#inOwnWords(store.config(connector)) ?? {}, planned),
      topicBehindTransforms: (connector, topic) =>
        this.#knowledge.topicBehindTransforms(this.#inOwnWords(store.config(connector)) ?? {}, topic),
      learnSchemas: (connector, topic, key, value) => this.#knowledge.learn(connector, topic, key, value),
      tell: (news) => this.#report(news),
    };
  }

  /** Opens the worker's store and starts every connector in it. */
  static async start(options: WorkerOptions): Promise<Herder> {
    const groupId = options.groupId ?? 'connect-cluster';
    const store = await WorkerStore.open(options.log, options.env, groupId, options.topicDefaults?.replicas ?? 1, {
      sealer: options.sealer,
      isHidden: (config) => {
        const shown = herder.settings.masked(config);
        return (key) => shown[key] !== config[key];
      },
    });
    const herder = new Herder(options, store);
    for (const name of store.connectorNames()) {
      const config = store.config(name)!;
      // The value of a reference may decide which plugin a config belongs to. An unresolvable reference is reported by
      // the connector.
      const resolved = await herder.settings.resolver.resolve(config).then(
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

  // Requests. Each one throws RequestError with Connect's status and message.

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
    return this.#changes.run(name, async () => {
      const { plugin } = await this.settings.validated(named);
      if (this.#store.config(name) !== undefined) throw conflict(`Connector ${name} already exists`);
      await this.#store.putConnector(name, named, initialState ?? 'RUNNING');
      const created = { name, config: this.#shown(named, passwords), tasks: [], type: plugin.type };
      this.#launch(name, plugin, named, initialState ?? 'RUNNING', [], initialState === 'PAUSED');
      return created;
    });
  }

  /** @returns whether the connector is new */
  async putConfig(
    name: string,
    config: RawConfig,
    passwords: Passwords = 'hidden',
  ): Promise<{ info: ConnectorInfo; created: boolean }> {
    return this.#changes.run(name, async () => {
      const stored = this.#store.config(name);
      const named = this.settings.completed(name, { ...config, name });
      const validation = await this.settings.validated(named);
      await this.#store.putConnector(name, named, stored === undefined ? 'RUNNING' : undefined);
      const before = this.#runtimes.get(name);
      const tasks = before?.taskIds ?? [];
      await before?.close();
      // The current target state, which may have changed while this was in progress.
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

  /** As whoever reads the config, changes some of it and writes it back: the rule for hidden values is the same. */
  async patchConfig(
    name: string,
    changes: Readonly<Record<string, string | null>>,
    passwords: Passwords = 'hidden',
  ): Promise<ConnectorInfo> {
    const stored = this.#requireConfig(name);
    const merged: Record<string, string> = { ...this.#shown(stored, passwords) };
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) delete merged[key];
      else merged[key] = value;
    }
    return (await this.putConfig(name, merged, passwords)).info;
  }

  async delete(name: string): Promise<void> {
    this.#requireConfig(name);
    await this.#changes.run(name, async () => {
      this.#requireConfig(name);
      await this.#store.addWrittenPlaces(name, this.#ownership.placesOf(name));
      await this.#store.deleteConnector(name);
      const runtime = this.#runtimes.get(name);
      this.#runtimes.delete(name);
      await runtime?.close();
      this.#report({ kind: 'deleted', connector: name });
    });
  }

  /** Reports news of connectors to the listener until the returned function is called. */
  onNews(listener: (news: ConnectorNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #report(news: ConnectorNews): void {
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

  /** `. Did you mean LIB?` when a connector has a similar name. */
  #meant(name: string): string {
    const advice = didYouMean(name, this.names());
    return advice === undefined ? '' : `. ${advice}`;
  }

  status(name: string): ConnectorStatus {
    const runtime = this.#runtimes.get(name);
    if (runtime) return runtime.status();
    const config = this.#store.config(name);
    if (config === undefined) throw notFound(`No status found for connector ${name}${this.#meant(name)}`);
    // Stored by a worker with a plugin that this one lacks.
    const trace = `Failed to find any class that implements Connector and which name matches ${config['connector.class']}`;
    return {
      name,
      connector: { state: 'FAILED', worker_id: this.options.workerId, trace },
      tasks: [],
      type: 'unknown',
    };
  }

  /** What the tasks of a connector have done; empty when it is not running. */
  taskTotals(name: string): (TaskTotals & { readonly id: number })[] {
    return this.#runtimes.get(name)?.totals() ?? [];
  }

  /** The metrics of each running connector. */
  metered(): MeteredConnector[] {
    return [...this.#runtimes].map(([name, runtime]) => meteredConnector(name, runtime));
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
    if (!this.#runtimes.has(name)) throw notFound(`Unknown connector ${name}${this.#meant(name)}`);
    await this.#store.putTargetState(name, target);
    // Looked up now: a config change may have replaced the runtime meanwhile, or a deletion removed it.
    const runtime = this.#runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector ${name}${this.#meant(name)}`);
    const done = target === 'RUNNING' ? runtime.resume() : target === 'PAUSED' ? runtime.pause() : runtime.stop();
    // A stop is complete when it returns; other changes may wait for a start that is in progress.
    if (target === 'STOPPED') await done;
  }

  /** @returns the status with RESTARTING when tasks, or only failed ones, were requested */
  restart(name: string, includeTasks: boolean, onlyFailed: boolean): ConnectorStatus {
    const runtime = this.#runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector: ${name}${this.#meant(name)}`);
    const tasks = includeTasks ? (onlyFailed ? runtime.failedTasks() : runtime.taskIds) : [];
    runtime.restart({ connector: !onlyFailed || runtime.connectorFailed, tasks });
    return runtime.status();
  }

  restartTask(name: string, task: number): void {
    const runtime = this.#runtimes.get(name);
    if (!runtime) throw notFound(`Unknown connector: ${name}${this.#meant(name)}`);
    if (!runtime.hasTask(task)) throw notFound(`Unknown task: ${name}-${task}`);
    runtime.restart({ connector: false, tasks: [task] });
  }

  /**
   * Replaces the plugins of changed modules, and restarts the connectors that use an old or a new one.
   * @returns the names of the connectors
   */
  async exchangePlugins(before: AllPlugins, after: AllPlugins): Promise<string[]> {
    this.catalog.exchange(before, after);
    const changed = new Set([...classesOf(before), ...classesOf(after)]);
    const names = this.names().filter((name) => {
      const runtime = this.#runtimes.get(name);
      if (runtime !== undefined && before.connectors.includes(runtime.plugin)) return true;
      return Object.values(runtime?.settings ?? this.#store.config(name) ?? {}).some((value) => changed.has(value));
    });
    for (const name of names)
      await this.#changes.run(name, async () => {
        const config = this.#store.config(name);
        // Deleted in the meantime.
        if (config === undefined) return;
        const runtime = this.#runtimes.get(name);
        await runtime?.close();
        this.#runtimes.delete(name);
        const plugin = this.catalog.connectorOf(runtime?.settings ?? config);
        // Without a plugin, the connector's status says that its class is unknown.
        if (plugin !== undefined)
          this.#launch(name, plugin, config, this.#store.targetState(name), runtime?.taskIds ?? []);
      });
    return names;
  }

  /** Called after secrets have changed. @returns the connectors that restarted with new values */
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
    return this.#changes.run(name, () => this.#connectorOffsets.alter(runtime, offsets));
  }

  async deleteOffsets(name: string): Promise<string> {
    const runtime = this.#requireStopped(name);
    return this.#changes.run(name, () => this.#connectorOffsets.reset(runtime));
  }

  plugins(connectorsOnly: boolean): PluginInfo[] {
    return connectorsOnly ? this.catalog.connectorClasses() : this.catalog.allClasses();
  }

  // ---

  /** `formerTasks`: the connector's tasks before its settings changed. */
  #launch(
    name: string,
    plugin: ConnectorPlugin,
    config: RawConfig,
    target: TargetState,
    formerTasks: readonly number[] = [],
    isAsleep = false,
  ): void {
    const runtime = new ConnectorRuntime({
      isAsleep,
      formerTasks,
      name,
      plugin,
      config: this.catalog.inOwnWords(config),
      target,
      host: this.#host,
      resolver: this.settings.resolver,
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

  /** Transforms may change the topic; what cannot be predicted is not refused. */
  #refusal(connector: string, config: RawConfig, planned: PlannedTopic): TopicRefusal | undefined {
    const topic = this.#knowledge.topicBehindTransforms(config, planned.topic);
    return topic === undefined ? undefined : this.#ownership.refusal(connector, { ...planned, topic });
  }

  #inOwnWords(config: RawConfig | undefined): RawConfig | undefined {
    return config && this.catalog.inOwnWords(config);
  }

  #requireConfig(name: string): RawConfig {
    const config = this.#store.config(name);
    if (config === undefined) throw notFound(`Connector ${name} not found${this.#meant(name)}`);
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
    return passwords === 'shown' ? config : this.settings.masked(config);
  }
}
