import type { SinkPartitions } from './tasks/sink-partitions.ts';
import { runAs } from './tasks/blame.ts';
import { LiveSettings } from './config/live-settings.ts';
import { strayConverterSettings } from '../client/converter-settings.ts';
import { withoutEffect } from './config/without-effect.ts';
import { ConnectorTasks } from './connector-tasks.ts';
import { overheard } from './overheard-logger.ts';
import { Standing } from './tasks/standing.ts';
import type { Logger } from '../../base/env.ts';
import { Backoff } from '../../base/backoff.ts';
import { SerialQueue } from '../../base/serial-queue.ts';
import { messageOf } from '../../base/errors.ts';
import { hideSecrets, hidingLogger } from '../../base/secrets/hide.ts';
import { configOf, type Config, type RawConfig } from '../api/config-spec.ts';
import type {
  ConnectorPlugin,
  ForgetContext,
  SourceProgress,
  SinkConnector,
  SinkImplementation,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
} from '../api/connector.ts';
import { ConnectError, StartOver } from '../api/errors.ts';
import type { ConnectorStatus, ConnectorType, State, TargetState } from '../client/api.ts';
import { FRAMEWORK } from './config/framework-config.ts';
import { frameworkSettings, type SinkTopics } from './config/framework-settings.ts';
import type { ConfigResolver } from './config/resolved-config.ts';
import { TaskMeter } from './tasks/task-meter.ts';
import { mayRecover, type TaskHost, type TaskTotals } from './tasks/task-host.ts';

const START_FIRST_MS = 500;
const START_MAX_MS = 60_000;

export interface RuntimeOptions {
  readonly name: string;
  readonly plugin: ConnectorPlugin;
  readonly config: RawConfig;
  readonly target: TargetState;
  /** Created paused (KIP-980): it starts nothing, and has no tasks, until it is resumed. */
  readonly isAsleep?: boolean | undefined;
  /** The tasks before its settings changed: as in Connect, they are shown until there are new ones. */
  readonly formerTasks: readonly number[];
  readonly host: TaskHost;
  readonly resolver: ConfigResolver;
  readonly workerId: string;
  /** Resets the offsets of some topics in a sink's group; returns sentences about records that no longer exist. */
  readonly rewind: (reason: StartOver) => Promise<readonly string[]>;
  readonly sinkPartitions: (reads: SinkTopics, taskId: number, taskCount: number) => Promise<SinkPartitions>;
}

/**
 * One connector as a state machine: target state (what the user wants) and actual states. Operations run one at a time;
 * those that stop it first abort whatever a start is waiting for.
 *
 *   create -> UNASSIGNED -> launch -> RUNNING | PAUSED | FAILED
 *   stop   -> STOPPED (no tasks)      resume -> launch again
 */
export class ConnectorRuntime {
  readonly name: string;
  readonly plugin: ConnectorPlugin;
  readonly config: RawConfig;
  target: TargetState;
  readonly #standing: Standing = new Standing(() => this.#statusChanged());
  /** When a start is attempted again, by the wall clock, while its state is FAILED; undefined if it is not. */
  #restartsAtMs: number | undefined;
  #isTelling = false;
  /** The connector's remarks, besides its state. */
  #messages: readonly string[] = [];
  #gone: readonly string[] = [];
  /** Remarks on its settings. */
  #idle: readonly string[] = [];
  readonly #tasks: ConnectorTasks;
  #isAsleep: boolean;
  /** Whether the tasks were planned with these settings. */
  #planned = false;
  readonly #host: TaskHost;
  readonly #options: RuntimeOptions;
  readonly #logger: Logger;
  #instance: SourceConnector | SinkConnector | undefined;
  #implementation: SourceImplementation | SinkImplementation | undefined;
  readonly #settings: LiveSettings;
  #launchAbort = new AbortController();
  #instanceAbort = new AbortController();
  readonly #operations = new SerialQueue();
  #closed = false;
  /** Resolves when the first launch has ended, successfully or not. */
  readonly launched: Promise<void>;
  #markLaunched: () => void = () => {};

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.name = options.name;
    this.plugin = options.plugin;
    this.config = options.config;
    this.target = options.target;
    this.#isAsleep = options.isAsleep ?? false;
    const { env } = options.host;
    // Errors in the log come from plugins and libraries, and may quote answers of servers.
    this.#settings = new LiveSettings(options.config, options.resolver);
    const logger = overheard(env.logger, (level, text) =>
      options.host.tell({ kind: 'log', connector: options.name, level, text }),
    );
    this.#host = { ...options.host, env: { ...env, logger: hidingLogger(logger, () => this.#settings.secrets) } };
    this.#logger = this.#host.env.logger.child({ connector: options.name });
    this.#tasks = new ConnectorTasks({
      name: this.name,
      plugin: this.plugin,
      host: this.#host,
      logger: this.#logger,
      settings: this.#settings,
      target: () => this.target,
      isClosed: () => this.#closed,
      enqueue: (work) => this.#enqueue(work),
      statusChanged: () => this.#statusChanged(),
      knowledgeChanged: () => this.#knowledgeChanged(),
      rewind: options.rewind,
      sinkPartitions: options.sinkPartitions,
    });
    this.launched = new Promise((resolve) => {
      this.#markLaunched = resolve;
    });
  }

  get type(): ConnectorType {
    return this.plugin.type;
  }
  get taskIds(): readonly number[] {
    return this.#planned || this.target === 'STOPPED' ? this.#tasks.ids : this.#options.formerTasks;
  }
  /** The settings; with references resolved once it has started. */
  get settings(): RawConfig {
    return { ...this.config, ...this.#settings.raw };
  }
  get isStopped(): boolean {
    return this.#standing.state === 'STOPPED' && this.#tasks.ids.length === 0;
  }

  /** The tasks' settings as the REST API shows them, with references unresolved. */
  taskConfigs(): { id: number; config: RawConfig }[] {
    return this.#tasks.configs();
  }

  /** By task. */
  totals(): (TaskTotals & { readonly id: number })[] {
    return this.#tasks.totals();
  }

  /** By task; meters that belong to no task belong to the connector. */
  meters(): readonly { readonly id: number; readonly meter: TaskMeter; readonly retries: number }[] {
    return this.#tasks.meters();
  }

  status(): ConnectorStatus {
    const common = { worker_id: this.#options.workerId, version: this.plugin.version };
    return {
      name: this.name,
      connector: {
        state: this.#asked(this.#standing.state),
        ...common,
        ...(this.#standing.trace !== undefined && { trace: this.#standing.trace }),
        ...(this.#standing.state === 'FAILED' &&
          this.#restartsAtMs !== undefined && { restartsAtMs: this.#restartsAtMs }),
      },
      tasks: this.#tasks.states((state) => this.#asked(state), common),
      type: this.plugin.type,
    };
  }

  /** Several changes at the same time are reported once. */
  #statusChanged(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    void Promise.resolve().then(() => {
      this.#isTelling = false;
      if (!this.#closed) this.#host.tell({ kind: 'status', connector: this.name, status: this.status() });
    });
  }

  #knowledgeChanged(): void {
    this.#host.tell({ kind: 'knowledge', connector: this.name });
  }

  /** A working task is shown in the requested state, though it may take a moment until it applies it. */
  #asked(state: State): State {
    if (state !== 'RUNNING' && state !== 'PAUSED') return state;
    return this.target === 'PAUSED' ? 'PAUSED' : 'RUNNING';
  }

  /** Starts in the background. */
  start(): void {
    this.#statusChanged();
    void this.#enqueue(() => this.#launch());
  }

  pause(): Promise<void> {
    this.target = 'PAUSED';
    this.#statusChanged();
    return this.#enqueue(async () => {
      if (this.#standing.state === 'STOPPED' || this.#instance === undefined) {
        await this.#relaunch();
        return;
      }
      if (this.#standing.state === 'RUNNING') this.#standing.state = 'PAUSED';
      this.#tasks.pause();
    });
  }

  resume(): Promise<void> {
    this.target = 'RUNNING';
    this.#isAsleep = false;
    this.#statusChanged();
    return this.#enqueue(async () => {
      if (this.#instance === undefined) {
        await this.#relaunch();
        return;
      }
      if (this.#standing.state === 'PAUSED') this.#standing.state = 'RUNNING';
      this.#tasks.resume();
    });
  }

  stop(): Promise<void> {
    this.target = 'STOPPED';
    this.#isAsleep = false;
    this.#launchAbort.abort();
    return this.#enqueue(async () => {
      await this.#stopEverything();
      this.#standing.state = 'STOPPED';
      this.#standing.trace = undefined;
    });
  }

  /** Ends everything; the runtime cannot be used again. */
  close(): Promise<void> {
    this.#closed = true;
    this.#launchAbort.abort();
    return this.#enqueue(() => this.#stopEverything());
  }

  /** Restarts the connector instance alone, or with (some) tasks. The status then shows RESTARTING. */
  restart(what: { readonly connector: boolean; readonly tasks: readonly number[] }): void {
    if (what.connector) {
      this.#standing.state = 'RESTARTING';
      this.#launchAbort.abort();
    }
    this.#tasks.markRestarting(what.tasks);
    void this.#enqueue(async () => {
      if (this.target === 'STOPPED') {
        this.#standing.state = 'STOPPED';
        return;
      }
      for (const id of what.tasks) await this.#tasks.restart(id);
      if (what.connector) {
        await this.#stopInstance();
        await this.#launch();
      }
    });
  }

  /**
   * Called when a value behind a reference may have changed: restarts whatever runs with an old one.
   * @returns whether anything was restarted
   */
  async reload(): Promise<boolean> {
    let isReloaded = false;
    await this.#enqueue(async () => {
      if (this.#closed || this.target === 'STOPPED') return;
      if (this.config[FRAMEWORK.configActionReload.name]?.toLowerCase() === 'none') return;
      const hasFailed = this.#standing.state === 'FAILED';
      if (Object.keys(await this.#settings.changes()).length === 0 && !hasFailed) return;
      isReloaded = true;
      await this.#relaunch();
    });
    return isReloaded;
  }

  /** The connector's typed settings, with references resolved now. */
  async parsed(): Promise<Config> {
    return configOf(this.plugin.config, (await this.#options.resolver.resolveToRun(this.config)).raw);
  }

  /** The progress of its tasks, as far as they report it. */
  get progress(): SourceProgress {
    return this.#tasks.progress;
  }

  get forgetContext(): ForgetContext {
    return {
      name: this.name,
      env: this.#host.env,
      offset: (partition) => this.#host.store.sourceOffset(this.name, partition),
    };
  }

  /** The remarks about data that was read before and no longer exists. */
  get gone(): readonly string[] {
    return this.#gone;
  }

  /** The remarks of the connector and its tasks. */
  get remarks(): readonly string[] {
    return [...this.#idle, ...this.#messages, ...this.#tasks.remarks];
  }

  failedTasks(): number[] {
    return this.#tasks.failed;
  }
  get connectorFailed(): boolean {
    return this.#standing.state === 'FAILED';
  }
  hasTask(id: number): boolean {
    return this.#tasks.has(id);
  }

  // ---

  #enqueue(work: () => Promise<void>): Promise<void> {
    return this.#operations.run(work).catch((error: unknown) => {
      this.#logger.error(`Connector ${this.name}: ${messageOf(error)}`);
    });
  }

  async #relaunch(): Promise<void> {
    await this.#stopInstance();
    await this.#launch();
  }

  /** Starts the instance (with retries where the error may be temporary), plans the tasks, and starts them. */
  async #launch(): Promise<void> {
    try {
      if (this.#closed) return;
      if (this.target === 'STOPPED') {
        this.#standing.state = 'STOPPED';
        return;
      }
      if (this.#isAsleep) {
        this.#standing.state = 'PAUSED';
        return;
      }
      this.#launchAbort = new AbortController();
      const { signal } = this.#launchAbort;
      const backoff = new Backoff(START_FIRST_MS, START_MAX_MS, { share: 0.1, random: this.#host.env.random });
      for (;;) {
        const startup = this.#host.startups.connectors.begin();
        let pauseMs = 0;
        try {
          await this.#startInstance();
          await this.#planTasks();
          startup.succeeded();
          this.#standing.state = this.target === 'PAUSED' ? 'PAUSED' : 'RUNNING';
          this.#standing.trace = undefined;
          return;
        } catch (error) {
          startup.failed();
          if (signal.aborted) return;
          this.#restartsAtMs = undefined;
          this.#standing.state = 'FAILED';
          this.#standing.trace = this.#settings.traceOf(error);
          this.#logger.error(`Connector ${this.name} could not start: ${messageOf(error)}`);
          await this.#stopInstance();
          if (!mayRecover(error)) return;
          pauseMs = backoff.nextMs();
          this.#restartsAtMs = this.#host.env.clock.nowMs() + pauseMs;
          this.#statusChanged();
        }
        // The first attempt has a result to show; further ones continue in the background.
        this.#markLaunched();
        try {
          await this.#host.env.timers.sleep(pauseMs, signal);
        } catch {
          return;
        }
      }
    } finally {
      this.#markLaunched();
    }
  }

  async #startInstance(): Promise<void> {
    const config = await this.#settings.lookUp();
    const idle = withoutEffect(config, this.plugin);
    this.#idle = [
      ...(idle.length === 0 ? [] : [`Settings that are without effect on this worker: ${idle.join(', ')}`]),
      ...strayConverterSettings(config),
    ];
    for (const text of this.#idle) this.#logger.warn(text);
    // One implementation for the connector and all its tasks, kept over restarts: code that runs in a thread stays in
    // the same one.
    this.#implementation ??= await this.plugin.load();
    this.#instanceAbort = new AbortController();
    const { signal } = this.#instanceAbort;
    const instance = this.#implementation.createConnector();
    this.#instance = instance;
    const declared: Promise<void>[] = [];
    const context: SourceConnectorContext = {
      name: this.name,
      env: { ...this.#host.env, logger: this.#logger },
      signal,
      requestReconfiguration: () => {
        if (!signal.aborted) void this.#enqueue(() => this.#reconfigure(instance));
      },
      raiseError: (error) => {
        if (signal.aborted) return;
        this.#standing.state = 'FAILED';
        this.#standing.trace = this.#settings.traceOf(error);
        this.#logger.error(`Connector ${this.name} failed: ${messageOf(error)}`);
      },
      declareTopic: (declaration) => {
        declared.push(this.#host.declareTopic(this.name, declaration));
      },
      refusal: (planned) => this.#host.refusal(this.name, planned),
      offset: (partition) => this.#host.store.sourceOffset(this.name, partition),
      brought: () => ({
        places: this.#host.store.declarationsOf(this.name).flatMap((d) => d.place ?? []),
        partitions: this.#host.store.sourceOffsets(this.name).map((o) => o.partition),
      }),
      remark: (remarks, gone = []) => {
        this.#gone = gone;
        // Known before they are logged: who shows both shows each once.
        const before = this.#messages;
        this.#messages = remarks.map((text) => hideSecrets(text, this.#settings.secrets));
        for (const text of this.#messages) if (!before.includes(text)) this.#logger.warn(text);
        this.#knowledgeChanged();
      },
    };
    await runAs(context.raiseError, () => instance.start(configOf(this.plugin.config, config), context));
    // Declarations during the start are complete when the start ends; later ones (new tables) are handled separately.
    await Promise.all(declared);
  }

  async #reconfigure(instance: SourceConnector | SinkConnector): Promise<void> {
    if (this.#instance !== instance || this.#standing.state === 'FAILED') return;
    try {
      await this.#planTasks();
    } catch (error) {
      this.#standing.state = 'FAILED';
      this.#standing.trace = this.#settings.traceOf(error);
    }
  }

  async #stopInstance(): Promise<void> {
    this.#instanceAbort.abort();
    const instance = this.#instance;
    this.#instance = undefined;
    try {
      await instance?.stop();
    } catch (error) {
      this.#logger.warn(`Stopping connector ${this.name} failed: ${messageOf(error)}`);
    }
  }

  /** Requests the tasks' settings, and starts or stops tasks accordingly. */
  async #planTasks(): Promise<void> {
    const { tasksMax: max, isTasksMaxEnforced } = frameworkSettings(this.#settings.raw, this.#host.workerDefaults);
    const configs = await this.#instance!.taskConfigs(max);
    if (configs.length > max && isTasksMaxEnforced) {
      throw new ConnectError(
        `The connector ${this.name} has generated ${configs.length} tasks, which is greater than ${max}, the maximum number of tasks it is configured to create.`,
      );
    }
    this.#planned = true;
    await this.#tasks.plan(configs, this.#implementation!);
  }

  async #stopEverything(): Promise<void> {
    await this.#tasks.stopAll();
    await this.#stopInstance();
  }
}
