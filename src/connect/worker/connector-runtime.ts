import { runAs } from './tasks/blame.ts';
import type { Logger } from '../../base/env.ts';
import { Backoff } from '../../base/backoff.ts';
import { SerialQueue } from '../../base/serial-queue.ts';
import { messageOf } from '../../base/errors.ts';
import { hideSecrets, hidingLogger } from '../../base/secrets/hide.ts';
import type { TopicPartition } from '../../log/api.ts';
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
import { ConnectError, StartOver, traceOf } from '../api/errors.ts';
import type { ConnectorStatus, ConnectorType, State, TargetState } from '../client/api.ts';
import { FRAMEWORK } from './config/framework-config.ts';
import { frameworkSettings, type SinkTopics } from './config/framework-settings.ts';
import type { ConfigResolver } from './config/resolved-config.ts';
import { SINK_RETRY_FIRST_MS, SinkWork } from './tasks/sink-work.ts';
import { SOURCE_RETRY_FIRST_MS, SourceWork } from './tasks/source-work.ts';
import { TaskMeter } from './tasks/task-meter.ts';
import { TaskRunner } from './tasks/task-runner.ts';
import { TaskSite } from './tasks/task-site.ts';
import { mayRecover, type TaskHost, type TaskSpec, type TaskTotals } from './tasks/task-host.ts';

const RESTART_FIRST_MS = 2000;
const RESTART_MAX_MS = 300_000;
/** Sentences of one task that are kept. */
const TASK_REMARKS_MAX = 50;
/** A task that ran this long counts as healthy again. */
const HEALTHY_AFTER_MS = 60_000;
const START_FIRST_MS = 500;
const START_MAX_MS = 60_000;

/** A state with its reason. Whoever watches hears of each change. */
class Standing {
  readonly #changed: () => void;
  #current: State = 'UNASSIGNED';
  #reason: string | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get state(): State {
    return this.#current;
  }
  set state(state: State) {
    this.#current = state;
    this.#changed();
  }
  get trace(): string | undefined {
    return this.#reason;
  }
  set trace(trace: string | undefined) {
    this.#reason = trace;
    this.#changed();
  }
}

interface TaskSlot {
  readonly id: number;
  raw: RawConfig;
  readonly standing: Standing;
  runner: TaskRunner | undefined;
  done: Promise<void>;
  /** Automatic restarts after errors that may pass. */
  readonly backoff: Backoff;
  cancelRestart: () => void;
  startedAt: number;
  readonly totals: TaskTotals;
  readonly meter: TaskMeter;
  readonly remarks: Set<string>;
  progress: SourceProgress | undefined;
}

export interface RuntimeOptions {
  readonly name: string;
  readonly plugin: ConnectorPlugin;
  readonly config: RawConfig;
  readonly target: TargetState;
  /** Tasks that it had before its settings changed: as in Connect they stand for it until it has new ones. */
  readonly formerTasks: readonly number[];
  readonly host: TaskHost;
  readonly resolver: ConfigResolver;
  readonly workerId: string;
  /** Lets the group of a sink begin anew with some topics; sentences on what they do not hold any more. */
  readonly rewind: (reason: StartOver) => Promise<readonly string[]>;
  readonly sinkPartitions: (reads: SinkTopics, taskId: number, taskCount: number) => Promise<readonly TopicPartition[]>;
}

/**
 * One connector as a state machine: target state (what the user wants) and actual states (what is). Operations run one
 * after the other; `stop`-like ones first abort whatever a start is waiting for.
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
  #isTelling = false;
  /** What the connector wants known, beside its state. */
  #said: readonly string[] = [];
  /** What is to be known of its settings. */
  #idle: readonly string[] = [];
  #tasks: TaskSlot[] = [];
  /** Whether the tasks are those of these settings. */
  #planned = false;
  readonly #host: TaskHost;
  readonly #options: RuntimeOptions;
  readonly #logger: Logger;
  #instance: SourceConnector | SinkConnector | undefined;
  #implementation: SourceImplementation | SinkImplementation | undefined;
  #resolved: RawConfig = {};
  #secretTexts: readonly string[];
  #launchAbort = new AbortController();
  #instanceAbort = new AbortController();
  readonly #operations = new SerialQueue();
  #closed = false;
  /** Resolved when the first launch has ended, well or badly. */
  readonly launched: Promise<void>;
  #markLaunched: () => void = () => {};

  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.name = options.name;
    this.plugin = options.plugin;
    this.config = options.config;
    this.target = options.target;
    const { env } = options.host;
    // Plugins and what they call write their errors into the log, with what servers answered.
    this.#secretTexts = options.resolver.secretsIn(options.config);
    const heard = overheard(env.logger, (level, text) =>
      options.host.tell({ kind: 'log', connector: options.name, level, text }),
    );
    this.#host = { ...options.host, env: { ...env, logger: hidingLogger(heard, () => this.#secretTexts) } };
    this.#logger = this.#host.env.logger.child({ connector: options.name });
    this.launched = new Promise((resolve) => {
      this.#markLaunched = resolve;
    });
  }

  get type(): ConnectorType {
    return this.plugin.type;
  }
  get taskIds(): readonly number[] {
    return this.#planned || this.target === 'STOPPED' ? this.#tasks.map((t) => t.id) : this.#options.formerTasks;
  }
  /** The settings, references to secrets resolved where it has started. */
  get settings(): RawConfig {
    return { ...this.config, ...this.#resolved };
  }
  get isStopped(): boolean {
    return this.#standing.state === 'STOPPED' && this.#tasks.length === 0;
  }

  /** The tasks' settings as the REST API shows them: references in place of what they stand for. */
  taskConfigs(): { id: number; config: RawConfig }[] {
    return this.#tasks.map((t) => ({
      id: t.id,
      config: Object.fromEntries(
        Object.entries(t.raw).map(([k, v]) => [
          k,
          this.#resolved[k] === v && this.config[k] !== undefined ? this.config[k] : v,
        ]),
      ),
    }));
  }

  /** By task. */
  totals(): (TaskTotals & { readonly id: number })[] {
    return this.#tasks.map(({ id, totals }) => ({ id, ...totals }));
  }

  /** By task; what is no task's is of the connector. */
  meters(): readonly { readonly id: number; readonly meter: TaskMeter; readonly retries: number }[] {
    return this.#tasks.map(({ id, meter, totals: { retries } }) => ({ id, meter, retries }));
  }

  status(): ConnectorStatus {
    const common = { worker_id: this.#options.workerId, version: this.plugin.version };
    return {
      name: this.name,
      connector: {
        state: this.#asked(this.#standing.state),
        ...common,
        ...(this.#standing.trace !== undefined && { trace: this.#standing.trace }),
      },
      tasks: this.#tasks.map((t) => ({
        id: t.id,
        state: this.#asked(t.standing.state),
        ...common,
        ...(t.standing.trace !== undefined && { trace: t.standing.trace }),
      })),
      type: this.plugin.type,
    };
  }

  /** Several changes in one go are one piece of news. */
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

  /** What works shows what was asked for last, although it may take a moment until it hears of it. */
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
      for (const task of this.#tasks) {
        task.runner?.control.pause();
        if (task.standing.state === 'RUNNING') task.standing.state = 'PAUSED';
      }
    });
  }

  resume(): Promise<void> {
    this.target = 'RUNNING';
    this.#statusChanged();
    return this.#enqueue(async () => {
      if (this.#instance === undefined) {
        await this.#relaunch();
        return;
      }
      if (this.#standing.state === 'PAUSED') this.#standing.state = 'RUNNING';
      for (const task of this.#tasks) task.runner?.control.resume();
    });
  }

  stop(): Promise<void> {
    this.target = 'STOPPED';
    this.#launchAbort.abort();
    return this.#enqueue(async () => {
      await this.#stopEverything();
      this.#standing.state = 'STOPPED';
      this.#standing.trace = undefined;
    });
  }

  /** Ends everything; the runtime is not used again. */
  close(): Promise<void> {
    this.#closed = true;
    this.#launchAbort.abort();
    return this.#enqueue(() => this.#stopEverything());
  }

  /**
   * Restarts the connector instance alone, or with (some) tasks. The status afterwards shows RESTARTING where that
   * happens.
   */
  restart(what: { readonly connector: boolean; readonly tasks: readonly number[] }): void {
    if (what.connector) {
      this.#standing.state = 'RESTARTING';
      this.#launchAbort.abort();
    }
    for (const task of this.#tasks) if (what.tasks.includes(task.id)) task.standing.state = 'RESTARTING';
    void this.#enqueue(async () => {
      if (this.target === 'STOPPED') {
        this.#standing.state = 'STOPPED';
        return;
      }
      for (const id of what.tasks) {
        const task = this.#tasks.find((t) => t.id === id);
        if (task) await this.#restartSlot(task);
      }
      if (what.connector) {
        await this.#stopInstance();
        await this.#launch();
      }
    });
  }

  /**
   * After a value that settings refer to may have changed: what is running with another begins anew.
   * @returns whether something did
   */
  async reload(): Promise<boolean> {
    let isReloaded = false;
    await this.#enqueue(async () => {
      if (this.#closed || this.target === 'STOPPED') return;
      if (this.config[FRAMEWORK.configActionReload.name]?.toLowerCase() === 'none') return;
      const hasFailed = this.#standing.state === 'FAILED';
      const { raw } = await this.#options.resolver.resolveToRun(this.config);
      if (!hasFailed && JSON.stringify(raw) === JSON.stringify(this.#resolved)) return;
      isReloaded = true;
      await this.#relaunch();
    });
    return isReloaded;
  }

  /** The connector's settings with their types, references looked up now. */
  async parsed(): Promise<Config> {
    return configOf(this.plugin.config, (await this.#options.resolver.resolveToRun(this.config)).raw);
  }

  /** How far its tasks are, as far as they say so. */
  get progress(): SourceProgress {
    const said = this.#tasks.flatMap((t) => t.progress ?? []);
    const kept = said.flatMap((p) => p.retainedBytes ?? []);
    return {
      readings: said.flatMap((p) => p.readings),
      retainedBytes: kept.length === 0 ? undefined : Math.max(...kept),
    };
  }

  get forgetContext(): ForgetContext {
    return {
      name: this.name,
      env: this.#host.env,
      offset: (partition) => this.#host.store.sourceOffset(this.name, partition),
    };
  }

  /** What the connector and its tasks want known, beside their states. */
  get remarks(): readonly string[] {
    return [...this.#idle, ...this.#said, ...this.#tasks.flatMap((t) => [...t.remarks])];
  }

  failedTasks(): number[] {
    return this.#tasks.filter((t) => t.standing.state === 'FAILED').map((t) => t.id);
  }
  get connectorFailed(): boolean {
    return this.#standing.state === 'FAILED';
  }
  hasTask(id: number): boolean {
    return this.#tasks.some((t) => t.id === id);
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

  /** Starts the instance (again and again where the error may pass), plans the tasks, starts them. */
  async #launch(): Promise<void> {
    try {
      if (this.#closed) return;
      if (this.target === 'STOPPED') {
        this.#standing.state = 'STOPPED';
        return;
      }
      this.#launchAbort = new AbortController();
      const { signal } = this.#launchAbort;
      const backoff = new Backoff(START_FIRST_MS, START_MAX_MS, { share: 0.1, random: this.#host.env.random });
      for (;;) {
        const startup = this.#host.startups.connectors.begin();
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
          this.#standing.state = 'FAILED';
          this.#standing.trace = traceOf(error, this.#secretTexts);
          this.#logger.error(`Connector ${this.name} could not start: ${messageOf(error)}`);
          await this.#stopInstance();
          if (!mayRecover(error)) return;
        }
        // The first attempt has an outcome to show; further ones go on behind it.
        this.#markLaunched();
        try {
          await this.#host.env.timers.sleep(backoff.nextMs(), signal);
        } catch {
          return;
        }
      }
    } finally {
      this.#markLaunched();
    }
  }

  async #startInstance(): Promise<void> {
    const { raw: config, secrets } = await this.#options.resolver.resolveToRun(this.config);
    this.#resolved = config;
    this.#secretTexts = secrets;
    const idle = withoutEffect(config, this.plugin);
    this.#idle = idle.length === 0 ? [] : [`Settings that are without effect on this worker: ${idle.join(', ')}`];
    for (const text of this.#idle) this.#logger.warn(`Connector ${this.name}: ${text}`);
    // One for the connector and all its tasks, over restarts: where their code runs in a thread, it is the same one.
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
        this.#standing.trace = traceOf(error, this.#secretTexts);
        this.#logger.error(`Connector ${this.name} failed: ${messageOf(error)}`);
      },
      declareTopic: (declaration) => {
        declared.push(this.#host.declareTopic(this.name, declaration));
      },
      refusal: (planned) => this.#host.refusal(this.name, planned),
      offset: (partition) => this.#host.store.sourceOffset(this.name, partition),
      remark: (remarks) => {
        for (const text of remarks) if (!this.#said.includes(text)) this.#logger.warn(text);
        this.#said = remarks;
        this.#knowledgeChanged();
      },
    };
    await runAs(context.raiseError, () => instance.start(configOf(this.plugin.config, config), context));
    // What is declared during the start is known when the start has ended; later declarations (new tables) settle by
    // themselves.
    await Promise.all(declared);
  }

  async #reconfigure(instance: SourceConnector | SinkConnector): Promise<void> {
    if (this.#instance !== instance || this.#standing.state === 'FAILED') return;
    try {
      await this.#planTasks();
    } catch (error) {
      this.#standing.state = 'FAILED';
      this.#standing.trace = traceOf(error, this.#secretTexts);
    }
  }

  /** Asks for the tasks' settings; starts, restarts and ends tasks where they differ. */
  async #planTasks(): Promise<void> {
    const { tasksMax: max, isTasksMaxEnforced } = frameworkSettings(this.#resolved, this.#host.workerDefaults);
    const configs = await this.#instance!.taskConfigs(max);
    if (configs.length > max && isTasksMaxEnforced) {
      throw new ConnectError(
        `The connector ${this.name} has generated ${configs.length} tasks, which is greater than ${max}, the maximum number of tasks it is configured to create.`,
      );
    }
    this.#planned = true;
    const countChanged = configs.length !== this.#tasks.length;
    for (const extra of this.#tasks.slice(configs.length)) await this.#stopSlot(extra);
    this.#tasks.length = Math.min(this.#tasks.length, configs.length);
    for (const [id, own] of configs.entries()) {
      const raw = { ...this.#resolved, ...own };
      const slot = this.#tasks[id];
      if (slot === undefined) {
        const fresh: TaskSlot = {
          id,
          raw,
          standing: new Standing(() => this.#statusChanged()),
          runner: undefined,
          done: Promise.resolve(),
          backoff: new Backoff(RESTART_FIRST_MS, RESTART_MAX_MS),
          cancelRestart: () => {},
          startedAt: 0,
          totals: { records: 0, failures: 0, retries: 0 },
          meter: new TaskMeter(this.#host.env.clock),
          remarks: new Set(),
          progress: undefined,
        };
        this.#tasks.push(fresh);
        this.#startSlot(fresh, configs.length);
      } else if (
        slot.runner === undefined ||
        JSON.stringify(slot.raw) !== JSON.stringify(raw) ||
        (countChanged && this.plugin.type === 'sink')
      ) {
        await this.#stopSlot(slot);
        slot.raw = raw;
        this.#startSlot(slot, configs.length);
      }
    }
  }

  #startSlot(slot: TaskSlot, taskCount: number): void {
    const host = this.#host;
    slot.standing.trace = undefined;
    slot.startedAt = host.env.clock.monotonicMs();
    const startup = host.startups.tasks.begin();
    try {
      const framework = frameworkSettings(slot.raw, host.workerDefaults);
      const spec: TaskSpec = {
        connector: this.name,
        taskId: slot.id,
        totals: slot.totals,
        meter: slot.meter,
        raw: slot.raw,
        config: configOf(this.plugin.config, slot.raw),
        framework,
        hide: (text) => hideSecrets(text, this.#secretTexts),
        onProgress: (progress) => {
          slot.progress = progress;
          this.#knowledgeChanged();
        },
        onRemark: (text, instead) => {
          if (slot.remarks.has(text)) return;
          if (instead !== undefined) slot.remarks.delete(instead);
          this.#logger.warn(text);
          if (slot.remarks.size < TASK_REMARKS_MAX) slot.remarks.add(text);
          this.#knowledgeChanged();
        },
        onState: (state, error) => {
          slot.standing.state = state;
          slot.standing.trace = error === undefined ? undefined : traceOf(error, this.#secretTexts);
          if (state === 'FAILED') startup.failed();
          else if (error === undefined) startup.succeeded();
          if (error instanceof StartOver) this.#startOver(slot, error);
          else if (state === 'FAILED' && mayRecover(error)) this.#scheduleRestart(slot);
        },
      };
      const paused = this.target === 'PAUSED';
      slot.standing.state = paused ? 'PAUSED' : 'RUNNING';
      const isSource = this.plugin.type === 'source';
      const site = new TaskSite(host, spec, paused, isSource ? SOURCE_RETRY_FIRST_MS : SINK_RETRY_FIRST_MS);
      const work = isSource
        ? new SourceWork(site, (this.#implementation as SourceImplementation).createTask())
        : new SinkWork(site, (this.#implementation as SinkImplementation).createTask(), () =>
            this.#options.sinkPartitions(framework.reads, slot.id, taskCount),
          );
      slot.runner = new TaskRunner(site, work);
      slot.done = slot.runner.run();
    } catch (error) {
      startup.failed();
      slot.runner = undefined;
      slot.standing.state = 'FAILED';
      slot.standing.trace = traceOf(error, this.#secretTexts);
    }
  }

  #scheduleRestart(slot: TaskSlot): void {
    const { env } = this.#host;
    if (env.clock.monotonicMs() - slot.startedAt > HEALTHY_AFTER_MS) slot.backoff.reset();
    slot.cancelRestart = env.timers.after(slot.backoff.nextMs(), () => {
      void this.#enqueue(async () => {
        if (
          slot.standing.state === 'FAILED' &&
          this.#tasks.includes(slot) &&
          !this.#closed &&
          this.target !== 'STOPPED'
        ) {
          this.#logger.info(`Task ${this.name}-${slot.id} is restarted`);
          await this.#restartSlot(slot);
        }
      });
    });
  }

  /** All tasks together: what one of them found gone, the others have written to as well. */
  #startOver(slot: TaskSlot, reason: StartOver): void {
    slot.standing.state = 'RESTARTING';
    slot.standing.trace = undefined;
    void this.#enqueue(async () => {
      if (!this.#tasks.includes(slot) || this.#closed || this.target === 'STOPPED') return;
      for (const one of this.#tasks) one.runner?.control.stop();
      for (const one of this.#tasks) await this.#stopSlot(one);
      try {
        const cut = await this.#options.rewind(reason);
        const text = [reason.message, ...cut].join('. ');
        this.#logger.warn(text);
        if (slot.remarks.size < TASK_REMARKS_MAX) slot.remarks.add(text);
        for (const one of this.#tasks) this.#startSlot(one, this.#tasks.length);
      } catch (error) {
        slot.standing.state = 'FAILED';
        slot.standing.trace = traceOf(error, this.#secretTexts);
        for (const one of this.#tasks) if (one !== slot) this.#startSlot(one, this.#tasks.length);
        if (mayRecover(error)) this.#scheduleRestart(slot);
      }
    });
  }

  async #restartSlot(slot: TaskSlot): Promise<void> {
    await this.#stopSlot(slot);
    await this.#lookUpAgain(slot);
    this.#startSlot(slot, this.#tasks.length);
  }

  /** What references stand for may be another by now: a password that was changed is the usual reason for a restart. */
  async #lookUpAgain(slot: TaskSlot): Promise<void> {
    try {
      const { raw, secrets } = await this.#options.resolver.resolveToRun(this.config);
      const changed = Object.entries(raw).filter(
        ([key, value]) => value !== this.#resolved[key] && slot.raw[key] === this.#resolved[key],
      );
      if (changed.length === 0) return;
      this.#secretTexts = [...new Set([...this.#secretTexts, ...secrets])];
      slot.raw = { ...slot.raw, ...Object.fromEntries(changed) };
    } catch (error) {
      this.#logger.warn(`The settings of connector ${this.name} cannot be looked up again: ${messageOf(error)}`);
    }
  }

  async #stopSlot(slot: TaskSlot): Promise<void> {
    slot.cancelRestart();
    slot.runner?.control.stop();
    await slot.done;
    slot.runner = undefined;
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

  async #stopEverything(): Promise<void> {
    for (const slot of this.#tasks) slot.runner?.control.stop();
    for (const slot of this.#tasks) await this.#stopSlot(slot);
    this.#tasks = [];
    await this.#stopInstance();
  }
}

/** A logger that others hear the warnings and errors of. */
function overheard(logger: Logger, heard: (level: 'WARN' | 'ERROR', text: string) => void): Logger {
  return {
    debug: (message, fields) => logger.debug(message, fields),
    info: (message, fields) => logger.info(message, fields),
    warn: (message, fields) => {
      heard('WARN', message);
      logger.warn(message, fields);
    },
    error: (message, fields) => {
      heard('ERROR', message);
      logger.error(message, fields);
    },
    child: (fields) => overheard(logger.child(fields), heard),
  };
}

/**
 * Settings that a connector gives and that change nothing here: those that say so, where they are no default, and those
 * of Kafka's clients, of which this worker has none.
 */
function withoutEffect(config: RawConfig, { type, config: own }: ConnectorPlugin): string[] {
  const keys = new Map([...Object.values(FRAMEWORK), ...own].map((key) => [key.name, key]));
  return Object.entries(config).flatMap(([name, value]) => {
    const key = keys.get(name);
    const isClients =
      /^(?:producer|consumer|admin)\.override\./.test(name) &&
      !(type === 'sink' && name === FRAMEWORK.consumerOverrideAutoOffsetReset.name);
    const isIdle = key?.inert !== undefined && value.trim().toLowerCase() !== key.default?.toLowerCase();
    return isClients || isIdle ? [name] : [];
  });
}
