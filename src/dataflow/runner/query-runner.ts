import { openQuery } from './query-opening.ts';
import { messageOf } from '../../base/errors.ts';
import { Histogram } from '../../base/histogram.ts';
import { Stretch } from '../../base/stretch.ts';
import { within } from '../../base/within.ts';
import { Fenced } from '../../log/api.ts';
import { Idle } from './idle.ts';
import { deleteInternalTopics, TopicPurge } from './internal-topics.ts';
import { consumerGroup } from '../names.ts';
import { Pace } from './pace.ts';
import { Attempts, QueryErrors, type QueryError } from './query-errors.ts';
import type { InputPosition, QueryMetrics } from './query-metrics.ts';
import { commitLog, type Member, memberOf, type OpenQuery, releaseQuery } from './open-query.ts';
import { QueryPositions } from './query-positions.ts';
import { StartOffsets } from './start-offsets.ts';
import type { Restoration, RestoredUnits } from './restoration.ts';
import type { QueryRunnerOptions, QueryState } from './runner-options.ts';
import { TaskSet, type Unit } from './task-set.ts';
import { planTopology, type Topology } from '../topology.ts';

/** How often, in ms, the ends of inputs are looked up while a query waits for its next attempt. */
const LAG_LOOK_MS = 2000;
/** A restore yields to the running tasks this often. */
const RESTORE_POLL_MS = 100;
/** Pause in ms between writes of restored state, for other work in this thread. */
const DRAIN_PAUSE_MS = 1;
/** How long closing waits for a log that does not answer. */
const CLOSE_PATIENCE_MS = 15_000;

/**
 * One query in this process: its reader, its writer, its tasks, and their loop of poll, handle and commit. On the
 * embedded log it owns all tasks, and a commit is one transaction of outputs, consumed offsets and state, so that a
 * query that dies at any moment continues as if it had not. On Kafka it owns the tasks that the consumer group assigns;
 * a commit is one transaction of outputs, changelogs and offsets, after which the state is written to the local store
 * with a checkpoint. Whatever a crash loses there is restored from the changelogs.
 *
 * Errors: those caused by a record go to the processing log. All others discard the tasks, and the query restarts from
 * the last commit when Attempts allows it. A newer writer of the same query (Fenced) ends it on the embedded log; on
 * Kafka it joins again at once.
 */
export class QueryRunner {
  readonly queryId: string;
  readonly group: string;
  readonly #options: QueryRunnerOptions;
  readonly #topology: Topology;
  readonly #commitMs = new Histogram();
  readonly #latencyMs = new Histogram();
  readonly #stopping = new AbortController();
  readonly #errors: QueryErrors;
  readonly #purge: TopicPurge;
  readonly #attempts: Attempts;
  #state: QueryState = 'CREATED';
  #running: Promise<void> | undefined;
  #paused = false;
  #wakePaused: (() => void) | undefined;
  /** Ends the wait for the next attempt. */
  #tryNow: (() => void) | undefined;
  readonly #tasks: TaskSet;
  #open: OpenQuery | undefined;
  /** Total number of tasks of the query, as of its last start. */
  #allTasks = 0;
  /** The tasks are no longer dirty, but their writes are not committed yet. */
  #isCommitting = false;
  #commits = 0;
  #lastRecordMs: number | undefined;
  /** The query has failed, and nothing has been committed since. */
  #isRecovering = false;
  /** The waits for schemas that have been reported. */
  #reportedWaits: ReadonlySet<string> = new Set();
  readonly #starts: StartOffsets;
  readonly #positions: QueryPositions;

  constructor(options: QueryRunnerOptions) {
    this.#options = options;
    this.queryId = options.plan.queryId;
    this.group = consumerGroup(options.serviceId, this.queryId);
    this.#topology = planTopology(options.plan, options.serviceId);
    this.#tasks = new TaskSet(options, this.#topology);
    this.#starts = new StartOffsets(options, this.#tasks, this.group);
    this.#positions = new QueryPositions(options, this.#tasks, this.group);
    this.#purge = new TopicPurge(options.log.admin, options.env.clock);
    this.#errors = new QueryErrors(this.queryId, options.env, options.processingLog, options.errorsKept);
    this.#attempts = new Attempts(options.shared !== undefined, options.retryInitialMs, options.retryMaxMs);
  }

  get state(): QueryState {
    return this.#state;
  }

  /** The last errors, newest last. */
  get errors(): readonly QueryError[] {
    return this.#errors.last;
  }

  get metrics(): QueryMetrics {
    const { counters } = this.#tasks;
    return {
      ...counters,
      problems: counters.problems + this.#errors.written,
      commits: this.#commits,
      commitMs: this.#commitMs.snapshot,
      latencyMs: this.#latencyMs.snapshot,
      lastRecordMs: this.#lastRecordMs,
      cachedEntries: this.#tasks.cachedEntries,
      restore: memberOf(this.#open)?.restoration.progress,
      tasks: this.#tasks.perTask,
    };
  }

  /**
   * The query's position in each partition that it reads; ends as of the last fetch, or the last look-up while it has
   * failed or is paused.
   */
  get positions(): readonly InputPosition[] {
    return this.#positions.current;
  }

  /** The tasks that run here and whose committed state is completely in the local store. */
  get units(): readonly { readonly subTopology: number; readonly partition: number }[] {
    return this.#tasks.settledUnits.map((u) => ({ subTopology: u.subTopology.id, partition: u.partition }));
  }

  /** Total number of tasks of the query, wherever they run; 0 until it is known. */
  get allTasks(): number {
    return this.#allTasks;
  }

  /** Starts the loop and returns at once. A failure to start is retried like any other. */
  start(): void {
    this.#running ??= this.#loop();
  }

  /** Whether it has been told to pause, and not to continue since. */
  get isPaused(): boolean {
    return this.#paused && this.#state === 'PAUSED';
  }

  /** Stops handling records; state and positions stay. */
  pause(): void {
    this.#paused = true;
    this.#open?.reader.wakeup();
  }

  /** Goes on; in error it tries again at once, and soon again after that: somebody has looked at it. */
  resume(): void {
    const wasPaused = this.#paused;
    this.#paused = false;
    this.#wakePaused?.();
    if (!wasPaused) return;
    this.#attempts.succeeded();
    this.#tryNow?.();
  }

  /** Ends the loop after committing what has been handled, and releases everything. */
  async close(): Promise<void> {
    if (!this.#stopping.signal.aborted) this.#stopping.abort();
    this.#open?.reader.wakeup();
    this.#wakePaused?.();
    // Where other servers can continue, there is no need to wait for a log that does not answer: the transaction times
    // out.
    const patienceMs = memberOf(this.#open) === undefined ? Infinity : CLOSE_PATIENCE_MS;
    if (this.#running !== undefined) await within(this.#options.env.timers, patienceMs, this.#running);
    this.#setState('CLOSED');
  }

  /** True when every record that its inputs hold now has been handled and committed. */
  async caughtUp(): Promise<boolean> {
    const isBusy = (): boolean => this.#tasks.isDirty || this.#isCommitting || this.#tasks.hasPending;
    const member = memberOf(this.#open);
    if (this.#state !== 'RUNNING' || isBusy() || member?.restoration.isUnderWay || member?.group.hasChanges)
      return false;
    const { admin } = this.#options.log;
    const before = this.positions;
    for (const { topic, partition, offset } of before) {
      // What the last transaction wrote may not be visible to readers yet.
      const end = await (admin.endOffset === undefined
        ? admin.latestOffset({ topic, partition })
        : admin.endOffset({ topic, partition }));
      if (offset < end) return false;
    }
    return !isBusy();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const open = await this.#begin();
        this.#reportedWaits = new Set();
        if (!this.#isRecovering) this.#setState('RUNNING');
        await this.#work(open);
      } catch (error) {
        if (signal.aborted) break;
        const { isError, delayMs } = this.#attempts.after(error, this.#options.env.clock.monotonicMs());
        if (isError) {
          this.#errors.add(error);
          this.#isRecovering = true;
          this.#setState('ERROR');
        } else {
          this.#options.env.logger.warn('query has lost its tasks to other members, and joins again', {
            queryId: this.queryId,
            message: messageOf(error),
          });
        }
        this.#positions.keep();
        await this.#release();
        if (error instanceof Fenced && this.#options.shared === undefined) break;
        await this.#waitForNextAttempt(delayMs);
      }
    }
    await this.#release();
    if (this.#options.collector !== undefined)
      await deleteInternalTopics(this.#options.log.admin, this.#topology).catch(() => undefined);
  }

  /** A query in failure falls behind, so its lag is looked up meanwhile. */
  async #waitForNextAttempt(delayMs: number): Promise<void> {
    const { timers } = this.#options.env;
    const now = new AbortController();
    this.#tryNow = () => now.abort();
    const signal = AbortSignal.any([this.#stopping.signal, now.signal]);
    for (let left = delayMs; left > 0 && !signal.aborted; left -= LAG_LOOK_MS) {
      // A short pause needs no look-up, and a log that does not answer should not be waited for twice.
      if (delayMs > LAG_LOOK_MS) await this.#positions.readAfterFailure().catch(() => undefined);
      await timers.sleep(Math.min(left, LAG_LOOK_MS), signal).catch(() => undefined);
    }
    this.#tryNow = undefined;
  }

  /** Whatever it has opened when it fails is released as after any other failure. */
  async #begin(): Promise<OpenQuery> {
    const open = await openQuery({
      options: this.#options,
      topology: this.#topology,
      group: this.group,
      tasks: this.#tasks,
      starts: this.#starts,
      onOpened: (opened) => {
        this.#open = opened;
        this.#allTasks = this.#tasks.allUnits(opened.partitions).length;
      },
      onChange: () => this.#wakePaused?.(),
    });
    if (open.membership.kind === 'ALONE') await this.#activate(open, this.#tasks.allUnits(open.partitions));
    else open.membership.group.start();
    return open;
  }

  /** Creates tasks whose state is complete, and reads on from their last commit. */
  async #activate(open: OpenQuery, units: readonly Unit[], restoredOf?: RestoredUnits['restoredOf']): Promise<void> {
    const added = await this.#tasks.add(
      units,
      open.partitions,
      open.writer,
      open.settings,
      memberOf(open)?.changelogs ?? new Map(),
      restoredOf,
      open.topicIds,
    );
    const { offsets, hasFirst } = await this.#starts.find(added, open);
    open.reader.assign(offsets);
    // The position of `latest` is decided once: a restart before the first record must not decide again.
    if (!hasFirst || this.#options.collector !== undefined) return;
    // Uncommitted writes of running tasks must not become visible without their offsets.
    await (this.#tasks.isDirty ? this.#commit(open) : commitLog(open, this.group, [...offsets.values()]));
  }

  /** Applies a change of the assignment. */
  async #changeAssignment(open: OpenQuery, { group, restoration }: Member): Promise<void> {
    for (let change = group.next(); change !== undefined; change = group.next()) {
      try {
        const units = this.#tasks.unitsOf(change.partitions, open.partitions);
        if (change.kind === 'lost') {
          // Others may own these tasks now and will repeat what is not committed. One transaction covers all tasks.
          await restoration.stop();
          this.#tasks.clear();
          open.reader.assign();
          await open.writer.abort();
        } else if (change.kind === 'revoked') {
          if (this.#tasks.isDirty) await this.#commit(open);
          this.#tasks.remove(units);
          open.reader.assign();
          await restoration.remove(units);
        } else {
          // Nothing stays uncommitted while the state of the new tasks is restored.
          if (this.#tasks.isDirty) await this.#commit(open);
          await restoration.add(units);
        }
      } finally {
        change.done();
      }
    }
  }

  /** Continues a restore; when it is complete, its tasks start. */
  async #restoreMore(open: OpenQuery, restoration: Restoration): Promise<void> {
    const hasTasksAtWork = this.#tasks.hasPending || this.#tasks.isDirty;
    const restored = await restoration.step(hasTasksAtWork ? 0 : RESTORE_POLL_MS);
    if (restored !== undefined) await this.#activate(open, restored.units, restored.restoredOf);
  }

  async #work(open: OpenQuery): Promise<void> {
    const { signal } = this.#stopping;
    const { env, log, shared, outlet, commitIntervalMs, commitBytes, commitEntries } = this.#options;
    const { clock } = env;
    const tasks = this.#tasks;
    const { reader, writer } = open;
    const member = memberOf(open);
    const pace = new Pace({
      clock,
      tasks,
      isEmbedded: log.kind === 'embedded',
      commitIntervalMs,
      commitBytes,
      commitEntries,
    });
    const stretch = new Stretch(env);
    const idle = new Idle(clock, this.#options.maxTaskIdleMs ?? 0);
    let continuesWithout = false;
    tasks.schemaWaits.onAnswer = () => reader.wakeup();
    const mayGoOn = (): boolean => !signal.aborted && outlet?.isFilled !== true && !pace.isFull(writer.pendingBytes);
    while (!signal.aborted) {
      if (this.#paused) await this.#whilePaused(open);
      if (member?.group.hasChanges) await this.#changeAssignment(open, member);
      if (member?.restoration.isUnderWay) await this.#restoreMore(open, member.restoration);
      if (tasks.isDraining) tasks.drainSome(shared!.store);
      if (outlet !== undefined) await outlet.drained();
      // Everything this loop waits for may be available at once, and others still need a turn.
      if (outlet !== undefined && tasks.isInterrupted) await stretch.breathe();
      else await stretch.pause();
      let hasFetched = true;
      if (!tasks.isInterrupted) {
        tasks.keepPending();
        const pollMs = pace.pollMs(tasks.isDraining || member?.restoration.isUnderWay === true);
        hasFetched = await reader.poll(Math.min(pollMs, idle.update(tasks.tasks), tasks.schemaWaits.nextMs));
        idle.update(tasks.tasks);
        continuesWithout = pace.continuesWithout(hasFetched);
        if (continuesWithout) await reader.checkHistory();
        // Records that arrived after the pause was requested wait for its end.
        if (this.#paused) continue;
      }
      const handled = await tasks.handle(continuesWithout, stretch, mayGoOn);
      reader.holdBack();
      if (handled > 0) {
        this.#lastRecordMs = clock.nowMs();
      }
      this.#reportSchemaWaits();
      if (pace.isCommitDue(writer.pendingBytes)) await this.#commit(open);
      else if (this.#isRecovering && !hasFetched && this.#hasNothingToDo(member)) this.#recovered();
    }
    if (tasks.isDirty) await this.#commit(open);
  }

  /** Whether its assignment is known and it is at the end of its inputs. */
  #hasNothingToDo(member: Member | undefined): boolean {
    const isSettled = member === undefined || (member.group.isSettled && !member.restoration.isUnderWay);
    return isSettled && !this.#tasks.isDirty && this.#tasks.isAtEnd;
  }

  /**
   * Called when the cause of a failure is over: it has committed or has nothing to do. A restart alone proves nothing.
   */
  #recovered(): void {
    this.#isRecovering = false;
    this.#attempts.succeeded();
    this.#setState(this.#workingState);
  }

  /** A query with a task that waits for a schema is in ERROR, whatever its other tasks do: somebody should look. */
  get #workingState(): QueryState {
    return this.#isRecovering || this.#reportedWaits.size > 0 ? 'ERROR' : 'RUNNING';
  }

  /** Reports each record that waits for its schema once. */
  #reportSchemaWaits(): void {
    const { errors } = this.#tasks.schemaWaits;
    if (errors.size === 0 && this.#reportedWaits.size === 0) return;
    for (const [record, error] of errors) if (!this.#reportedWaits.has(record)) this.#errors.add(error);
    this.#reportedWaits = new Set(errors.keys());
    this.#setState(this.#workingState);
  }

  async #commit(open: OpenQuery): Promise<void> {
    this.#isCommitting = true;
    try {
      await this.#commitTasks(open);
    } finally {
      this.#isCommitting = false;
    }
  }

  async #commitTasks(open: OpenQuery): Promise<void> {
    const { clock } = this.#options.env;
    const started = clock.monotonicMs();
    const worked = this.#tasks.tasks.filter((t) => t.isDirty);
    this.#tasks.flush(open.writer);
    const offsets = this.#options.collector === undefined ? this.#tasks.tasks.flatMap((t) => t.offsets()) : [];
    await commitLog(open, this.group, offsets);
    if (this.#options.shared !== undefined) this.#tasks.storeLocally(this.#options.shared.store);
    this.#tasks.afterCommit();
    this.#commits++;
    if (this.#isRecovering) this.#recovered();
    else this.#attempts.succeeded();
    this.#commitMs.observe(clock.monotonicMs() - started);
    for (const task of worked) this.#latencyMs.observe(Math.max(0, clock.nowMs() - task.lastTimestamp));
    await this.#purge.afterCommit(this.#tasks.tasks);
  }

  async #whilePaused(open: OpenQuery): Promise<void> {
    const member = memberOf(open);
    if (this.#tasks.isDirty) await this.#commit(open);
    this.#setState('PAUSED');
    while (this.#paused && !this.#stopping.signal.aborted) {
      if (member?.group.hasChanges) await this.#changeAssignment(open, member);
      if (member?.restoration.isUnderWay) await this.#restoreMore(open, member.restoration);
      else if (this.#tasks.isDraining) {
        // Pull queries continue and read the store.
        this.#tasks.drainSome(this.#options.shared!.store);
        await this.#options.env.timers.sleep(DRAIN_PAUSE_MS);
      } else {
        // A paused query falls behind, so its lag is looked up meanwhile.
        await this.#positions.readEnds().catch(() => undefined);
        if (this.#paused && !this.#stopping.signal.aborted && member?.group.hasChanges !== true)
          await this.#wakenOrAfter(LAG_LOOK_MS);
      }
    }
    // Tables that it has not started with may have grown.
    if (!this.#stopping.signal.aborted) await open.reader.extendHistory();
    if (!this.#stopping.signal.aborted) this.#setState(this.#workingState);
  }

  /** Waits until the pause is over, there is other work, or the time is up. */
  async #wakenOrAfter(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#options.env.timers.after(ms, resolve);
      this.#wakePaused = () => {
        cancel();
        resolve();
      };
    });
    this.#wakePaused = undefined;
  }

  async #release(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#tasks.clear();
    if (open !== undefined) await releaseQuery(open);
  }

  #setState(state: QueryState): void {
    if (this.#state === state || this.#state === 'CLOSED') return;
    this.#state = state;
    this.#options.onStateChange?.(state);
  }
}
