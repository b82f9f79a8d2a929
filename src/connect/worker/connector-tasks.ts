import type { SinkPartitions } from './tasks/sink-partitions.ts';
import type { Logger } from '../../base/env.ts';
import { Backoff } from '../../base/backoff.ts';
import { messageOf } from '../../base/errors.ts';
import { hideSecrets } from '../../base/secrets/hide.ts';
import { configOf, type RawConfig } from '../api/config-spec.ts';
import type { ConnectorPlugin, SinkImplementation, SourceImplementation, SourceProgress } from '../api/connector.ts';
import { StartOver } from '../api/errors.ts';
import type { State, TargetState, TaskStateInfo } from '../client/api.ts';
import { frameworkSettings, type SinkTopics } from './config/framework-settings.ts';
import type { LiveSettings } from './config/live-settings.ts';
import { SINK_RETRY_FIRST_MS, SinkWork } from './tasks/sink-work.ts';
import { SOURCE_RETRY_FIRST_MS, SourceWork } from './tasks/source-work.ts';
import { Standing } from './tasks/standing.ts';
import { mayRecover, type TaskHost, type TaskSpec, type TaskTotals } from './tasks/task-host.ts';
import { TaskMeter } from './tasks/task-meter.ts';
import { TaskRunner } from './tasks/task-runner.ts';
import { TaskSite } from './tasks/task-site.ts';

const RESTART_FIRST_MS = 2000;
const RESTART_MAX_MS = 300_000;
/** The most remarks that are kept for one task. */
const TASK_REMARKS_MAX = 50;
/** A task that has run for this long counts as healthy again. */
const HEALTHY_AFTER_MS = 60_000;

interface TaskSlot {
  readonly id: number;
  raw: RawConfig;
  readonly standing: Standing;
  runner: TaskRunner | undefined;
  done: Promise<void>;
  /** For automatic restarts after temporary errors. */
  readonly backoff: Backoff;
  cancelRestart: () => void;
  /** When the task is restarted automatically, by the wall clock; undefined if it is not. */
  restartsAtMs: number | undefined;
  startedAtMs: number;
  readonly totals: TaskTotals;
  readonly meter: TaskMeter;
  readonly remarks: Set<string>;
  progress: SourceProgress | undefined;
}

/** What tasks need from their connector. */
export interface TasksOptions {
  readonly name: string;
  readonly plugin: ConnectorPlugin;
  readonly host: TaskHost;
  readonly logger: Logger;
  readonly settings: LiveSettings;
  readonly target: () => TargetState;
  readonly isClosed: () => boolean;
  /** Runs a change of tasks when no other one is in progress. */
  readonly enqueue: (work: () => Promise<void>) => Promise<void>;
  readonly statusChanged: () => void;
  readonly knowledgeChanged: () => void;
  /** Resets the offsets of some topics in a sink's group; returns sentences about records that no longer exist. */
  readonly rewind: (reason: StartOver) => Promise<readonly string[]>;
  readonly sinkPartitions: (reads: SinkTopics, taskId: number, taskCount: number) => Promise<SinkPartitions>;
}

/** The tasks of one connector: starts, restarts and ends them according to its plan, and after temporary errors. */
export class ConnectorTasks {
  readonly #options: TasksOptions;
  #implementation: SourceImplementation | SinkImplementation | undefined;
  #tasks: TaskSlot[] = [];

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  get ids(): readonly number[] {
    return this.#tasks.map((t) => t.id);
  }

  has(id: number): boolean {
    return this.#tasks.some((t) => t.id === id);
  }

  get failed(): number[] {
    return this.#tasks.filter((t) => t.standing.state === 'FAILED').map((t) => t.id);
  }

  /** By task. */
  totals(): (TaskTotals & { readonly id: number })[] {
    return this.#tasks.map(({ id, totals }) => ({ id, ...totals }));
  }

  /** By task. */
  meters(): readonly { readonly id: number; readonly meter: TaskMeter; readonly retries: number }[] {
    return this.#tasks.map(({ id, meter, totals: { retries } }) => ({ id, meter, retries }));
  }

  /** The settings of each task, with references unresolved. */
  configs(): { id: number; config: RawConfig }[] {
    const { given, raw } = this.#options.settings;
    return this.#tasks.map((t) => ({
      id: t.id,
      config: Object.fromEntries(
        Object.entries(t.raw).map(([k, v]) => [k, raw[k] === v && given[k] !== undefined ? given[k] : v]),
      ),
    }));
  }

  /** `shown` maps a state to the one that is shown. */
  states(
    shown: (state: State) => State,
    common: { readonly worker_id: string; readonly version: string },
  ): TaskStateInfo[] {
    return this.#tasks.map((t) => ({
      id: t.id,
      state: shown(t.standing.state),
      ...common,
      ...(t.standing.trace !== undefined && { trace: t.standing.trace }),
      ...(t.standing.state === 'FAILED' && t.restartsAtMs !== undefined && { restartsAtMs: t.restartsAtMs }),
    }));
  }

  get remarks(): readonly string[] {
    return this.#tasks.flatMap((t) => [...t.remarks]);
  }

  /** Their progress, as far as they report it. */
  get progress(): SourceProgress {
    const reported = this.#tasks.flatMap((t) => t.progress ?? []);
    const kept = reported.flatMap((p) => p.retainedBytes ?? []);
    return {
      readings: reported.flatMap((p) => p.readings),
      retainedBytes: kept.length === 0 ? undefined : Math.max(...kept),
    };
  }

  pause(): void {
    for (const task of this.#tasks) {
      task.runner?.control.pause();
      if (task.standing.state === 'RUNNING') task.standing.state = 'PAUSED';
    }
  }

  resume(): void {
    for (const task of this.#tasks) task.runner?.control.resume();
  }

  markRestarting(ids: readonly number[]): void {
    for (const task of this.#tasks) if (ids.includes(task.id)) task.standing.state = 'RESTARTING';
  }

  async restart(id: number): Promise<void> {
    const task = this.#tasks.find((t) => t.id === id);
    if (task) await this.#restartSlot(task);
  }

  async stopAll(): Promise<void> {
    for (const slot of this.#tasks) slot.runner?.control.stop();
    for (const slot of this.#tasks) await this.#stopSlot(slot);
    this.#tasks = [];
  }

  /** Starts, restarts and ends tasks whose settings differ. @throws ConnectError for more than `tasks.max` */
  async plan(configs: readonly RawConfig[], implementation: SourceImplementation | SinkImplementation): Promise<void> {
    this.#implementation = implementation;
    const countChanged = configs.length !== this.#tasks.length;
    for (const extra of this.#tasks.slice(configs.length)) await this.#stopSlot(extra);
    this.#tasks.length = Math.min(this.#tasks.length, configs.length);
    for (const [id, own] of configs.entries()) {
      const raw = { ...this.#options.settings.raw, ...own };
      const slot = this.#tasks[id];
      if (slot === undefined) {
        const meter = new TaskMeter(this.#options.host.env.clock);
        const standing: Standing = new Standing(() => {
          meter.entered(standing.state);
          this.#options.statusChanged();
        });
        const fresh: TaskSlot = {
          id,
          raw,
          standing,
          runner: undefined,
          done: Promise.resolve(),
          backoff: new Backoff(RESTART_FIRST_MS, RESTART_MAX_MS),
          cancelRestart: () => {},
          restartsAtMs: undefined,
          startedAtMs: 0,
          totals: { records: 0, failures: 0, retries: 0 },
          meter,
          remarks: new Set(),
          progress: undefined,
        };
        this.#tasks.push(fresh);
        this.#startSlot(fresh, configs.length);
      } else if (
        slot.runner === undefined ||
        JSON.stringify(slot.raw) !== JSON.stringify(raw) ||
        (countChanged && this.#options.plugin.type === 'sink')
      ) {
        await this.#stopSlot(slot);
        slot.raw = raw;
        this.#startSlot(slot, configs.length);
      }
    }
  }

  #startSlot(slot: TaskSlot, taskCount: number): void {
    const host = this.#options.host;
    slot.standing.trace = undefined;
    slot.restartsAtMs = undefined;
    slot.startedAtMs = host.env.clock.monotonicMs();
    const startup = host.startups.tasks.begin();
    try {
      const framework = frameworkSettings(slot.raw, host.workerDefaults);
      const hide = (text: string): string => hideSecrets(text, this.#options.settings.secrets);
      const spec: TaskSpec = {
        connector: this.#options.name,
        taskId: slot.id,
        totals: slot.totals,
        meter: slot.meter,
        raw: slot.raw,
        config: configOf(this.#options.plugin.config, slot.raw),
        framework,
        hide,
        onProgress: (progress) => {
          slot.progress = progress;
          this.#options.knowledgeChanged();
        },
        onRemark: (said, replaced) => {
          const text = hide(said);
          if (slot.remarks.has(text)) return;
          if (replaced !== undefined) slot.remarks.delete(hide(replaced));
          if (slot.remarks.size < TASK_REMARKS_MAX) slot.remarks.add(text);
          this.#options.logger.warn(text);
          this.#options.knowledgeChanged();
        },
        onState: (state, error) => {
          slot.standing.state = state;
          slot.standing.trace = error === undefined ? undefined : this.#options.settings.traceOf(error);
          if (state === 'FAILED') startup.failed();
          else if (error === undefined) startup.succeeded();
          if (error instanceof StartOver) this.#startOver(slot, error);
          else if (state === 'FAILED' && mayRecover(error)) this.#scheduleRestart(slot);
        },
      };
      const paused = this.#options.target() === 'PAUSED';
      slot.standing.state = paused ? 'PAUSED' : 'RUNNING';
      const isSource = this.#options.plugin.type === 'source';
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
      slot.standing.trace = this.#options.settings.traceOf(error);
    }
  }

  #scheduleRestart(slot: TaskSlot): void {
    const { env } = this.#options.host;
    if (env.clock.monotonicMs() - slot.startedAtMs > HEALTHY_AFTER_MS) slot.backoff.reset();
    const pauseMs = slot.backoff.nextMs();
    slot.restartsAtMs = env.clock.nowMs() + pauseMs;
    slot.cancelRestart = env.timers.after(pauseMs, () => {
      void this.#options.enqueue(async () => {
        if (
          slot.standing.state === 'FAILED' &&
          this.#tasks.includes(slot) &&
          !this.#options.isClosed() &&
          this.#options.target() !== 'STOPPED'
        ) {
          this.#options.logger.info(`Task ${this.#options.name}-${slot.id} is restarted`);
          await this.#restartSlot(slot);
        }
      });
    });
  }

  /** Restarts all tasks together: what one of them found missing, the others have written to as well. */
  #startOver(slot: TaskSlot, reason: StartOver): void {
    slot.standing.state = 'RESTARTING';
    slot.standing.trace = undefined;
    void this.#options.enqueue(async () => {
      if (!this.#tasks.includes(slot) || this.#options.isClosed() || this.#options.target() === 'STOPPED') return;
      for (const one of this.#tasks) one.runner?.control.stop();
      for (const one of this.#tasks) await this.#stopSlot(one);
      try {
        const cut = await this.#options.rewind(reason);
        const text = [reason.message, ...cut].join('. ');
        if (slot.remarks.size < TASK_REMARKS_MAX) slot.remarks.add(text);
        this.#options.logger.warn(text);
        for (const one of this.#tasks) this.#startSlot(one, this.#tasks.length);
      } catch (error) {
        slot.standing.state = 'FAILED';
        slot.standing.trace = this.#options.settings.traceOf(error);
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

  /** References may have new values: a changed password is the usual reason for a restart. */
  async #lookUpAgain(slot: TaskSlot): Promise<void> {
    try {
      const { settings } = this.#options;
      const changed = Object.entries(await settings.changes()).filter(([key]) => slot.raw[key] === settings.raw[key]);
      if (changed.length > 0) slot.raw = { ...slot.raw, ...Object.fromEntries(changed) };
    } catch (error) {
      this.#options.logger.warn(
        `The settings of connector ${this.#options.name} cannot be looked up again: ${messageOf(error)}`,
      );
    }
  }

  async #stopSlot(slot: TaskSlot): Promise<void> {
    slot.cancelRestart();
    slot.restartsAtMs = undefined;
    slot.runner?.control.stop();
    await slot.done;
    slot.runner = undefined;
  }
}
