import { isSluiceError, messageOf, SluiceError } from '../base/errors.ts';
import { NeedsSchema } from '../formats/api.ts';
import {
  Fenced,
  type CommittedOffset,
  type Fetched,
  type LogReader,
  type LogWriter,
  OffsetOutOfRange,
  type TopicPartition,
} from '../log/api.ts';
import type { QueryPlan } from '../plan/steps/steps.ts';
import type { ChangelogOf } from '../state/changelog.ts';
import { stateSpace } from '../state/provider.ts';
import { type RestoreTarget, Restorer, type RestoreProgress } from '../state/restore.ts';
import type { Restored } from '../state/restored-state.ts';
import { GroupAssignment } from './group-assignment.ts';
import { createChangelogTopics, createInternalTopics, deleteInternalTopics, TopicPurge } from './internal-topics.ts';
import { consumerGroup } from './names.ts';
import type { QueryRunnerOptions, QueryState } from './runner-options.ts';
import { classify, RetryDelay, type QueryError } from './query-errors.ts';
import type { TaskSettings } from './settings.ts';
import { loadMissing, routeOf, TaskSet, type Unit } from './task-set.ts';
import { newCounters, type Task, type TaskCounters } from './task.ts';
import { planTopology, resolvePartitions, type SubTopology, taskCount, type Topology } from './topology.ts';

const DEFAULT_COMMIT_INTERVAL_MS = 200;
const DEFAULT_COMMIT_BYTES = 32 << 20;
const POLL_TIMEOUT_MS = 1000;
const ERRORS_KEPT = 10;
/** A restore gives way to the running tasks this often. */
const RESTORE_POLL_MS = 100;
/** How long an input that should have more is waited for before the others go on without it, where fetches take their time. */
const INPUT_PATIENCE_MS = 2000;
/** How long the end waits for a log that does not answer. */
const CLOSE_PATIENCE_MS = 15_000;
/** What surrounds the only record of a batch, at most. */
const BATCH_OVERHEAD_BYTES = 160;

export interface QueryMetrics extends Readonly<TaskCounters> {
  readonly commits: number;
  readonly lastCommitMs: number;
  /** Wall clock of the last record handled. */
  readonly lastRecordMs: number | undefined;
  readonly cachedEntries: number;
  /** Of the restore under way, in changelog offsets; undefined when there is none. */
  readonly restore: RestoreProgress | undefined;
  /** Tasks that run here. */
  readonly tasks: number;
}

export interface InputPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly endOffset: number;
}

/**
 * One query in this process: its reader, its writer, its tasks, and the loop over them: poll, handle, commit. On the embedded log it owns
 * all tasks, and a commit is one transaction of outputs, consumed offsets and state, so that a query that dies at any moment goes on as if
 * it had not. On Kafka it owns the tasks that the consumer group assigns to it; a commit is one transaction of outputs, changelogs and
 * offsets, after which the state goes to the local store with a checkpoint: whatever a crash loses there is restored from the changelogs.
 *
 * Errors: what a record is to blame for goes to the processing log; everything else throws the tasks away and starts again from the last
 * commit, after a delay that doubles. A younger writer of the same query (Fenced) ends it on the embedded log; on Kafka it joins anew.
 */
export class QueryRunner {
  readonly queryId: string;
  readonly group: string;
  readonly #o: QueryRunnerOptions;
  readonly #topology: Topology;
  readonly #counters = newCounters();
  readonly #stopping = new AbortController();
  readonly #errors: QueryError[] = [];
  readonly #purge: TopicPurge;
  readonly #retry: RetryDelay;
  #state: QueryState = 'CREATED';
  #running: Promise<void> | undefined;
  #paused = false;
  #wakePaused: (() => void) | undefined;
  #reader: LogReader | undefined;
  #writer: LogWriter | undefined;
  readonly #tasks: TaskSet;
  #group: GroupAssignment | undefined;
  #partitions: ReadonlyMap<string, number> = new Map();
  #settings: TaskSettings;
  #changelogs = new Map<SubTopology, readonly ChangelogOf[]>();
  #restoring:
    | { readonly restorer: Restorer; readonly units: readonly Unit[]; readonly targets: readonly RestoreTarget[] }
    | undefined;
  #commits = 0;
  #lastCommitMs = 0;
  #lastRecordMs: number | undefined;

  constructor(options: QueryRunnerOptions) {
    this.#o = options;
    this.queryId = options.plan.queryId;
    this.group = consumerGroup(options.serviceId, this.queryId);
    this.#topology = planTopology(options.plan, options.serviceId);
    this.#tasks = new TaskSet(options, this.#topology, this.#counters);
    this.#settings = options.settings;
    this.#purge = new TopicPurge(options.log.admin, options.env.clock);
    this.#retry = new RetryDelay(options.retryInitialMs, options.retryMaxMs);
  }

  get state(): QueryState {
    return this.#state;
  }

  /** The last errors, newest last. */
  get errors(): readonly QueryError[] {
    return this.#errors;
  }

  get metrics(): QueryMetrics {
    return {
      ...this.#counters,
      commits: this.#commits,
      lastCommitMs: this.#lastCommitMs,
      lastRecordMs: this.#lastRecordMs,
      cachedEntries: this.#tasks.cachedEntries,
      restore: this.#restoring?.restorer.progress,
      tasks: this.#tasks.tasks.length,
    };
  }

  /** Where the query stands in each partition it reads; ends as of the last fetch. */
  get positions(): readonly InputPosition[] {
    return this.#tasks.tasks.flatMap((t) =>
      t.inputs.map((i) => ({
        topic: i.topic,
        partition: i.partition,
        offset: i.position,
        endOffset: Math.max(i.endOffset, i.position),
      })),
    );
  }

  /** The tasks that run here, and whose committed state is all in the local store. */
  get units(): readonly { readonly subTopology: number; readonly partition: number }[] {
    return this.#tasks.settledUnits.map((u) => ({ subTopology: u.subTopology.id, partition: u.partition }));
  }

  /** How many tasks the query has in all, wherever they run; 0 before that is known. */
  get allTasks(): number {
    return this.#partitions.size === 0 ? 0 : this.#tasks.allUnits(this.#partitions).length;
  }

  /** Starts the loop. Returns at once; failures to start are retried like others. */
  start(): void {
    this.#running ??= this.#loop();
  }

  /** Stops handling records; state and positions stay. */
  pause(): void {
    this.#paused = true;
    this.#reader?.wakeup();
  }

  resume(): void {
    this.#paused = false;
    this.#wakePaused?.();
  }

  /** Ends the loop after the commit of what has been handled, and frees everything. */
  async close(): Promise<void> {
    if (!this.#stopping.signal.aborted) this.#stopping.abort();
    this.#reader?.wakeup();
    this.#wakePaused?.();
    // Where others can go on, a log that does not answer need not be waited for: the transaction ends by its time-out.
    const patience = new AbortController();
    const tired =
      this.#group === undefined
        ? new Promise<void>(() => undefined)
        : this.#o.env.timers.sleep(CLOSE_PATIENCE_MS, patience.signal).catch(() => undefined);
    await Promise.race([this.#running, tired]);
    patience.abort();
    this.#setState('CLOSED');
  }

  /** True when every record that its inputs hold now has been handled and committed. */
  async caughtUp(): Promise<boolean> {
    const isBusy = (): boolean => this.#tasks.isDirty || this.#tasks.hasPending;
    if (this.#state !== 'RUNNING' || isBusy() || this.#restoring !== undefined || this.#group?.hasChanges === true)
      return false;
    const { admin } = this.#o.log;
    const before = this.positions;
    for (const { topic, partition, offset } of before) {
      // What a transaction that has just been committed wrote may not be counted as readable yet.
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
        await this.#open();
        this.#setState('RUNNING');
        await this.#work();
      } catch (error) {
        if (signal.aborted) break;
        this.#failed(error);
        await this.#release();
        if (error instanceof Fenced && this.#o.shared === undefined) break;
        await this.#o.env.timers.sleep(this.#retry.next(), signal).catch(() => undefined);
      }
    }
    await this.#release();
    if (this.#o.collector !== undefined)
      await deleteInternalTopics(this.#o.log.admin, this.#topology).catch(() => undefined);
  }

  async #open(): Promise<void> {
    const { log, plan, collector, shared, settings } = this.#o;
    const { admin } = log;
    const isPersistent = collector === undefined;
    const partitions = new Map<string, number>();
    let maxMessageBytes = Infinity;
    const sinks = sinkTopics(plan);
    for (const topic of [...this.#topology.sourceTopics, ...sinks]) {
      const found = await admin.describeTopic(topic);
      if (found === undefined) throw new SluiceError('NOT_FOUND', `Topic ${topic} does not exist`);
      partitions.set(topic, found.partitions);
      if (sinks.includes(topic)) maxMessageBytes = Number(found.configs['max.message.bytes'] ?? Infinity);
    }
    for (const [topic, n] of resolvePartitions(this.#topology, (t) => partitions.get(t)!)) partitions.set(topic, n);
    this.#partitions = partitions;
    // What the topic does not take must be found out record by record, not by the log's refusal of a whole batch.
    this.#settings = {
      ...settings,
      maxRecordBytes: Math.min(settings.maxRecordBytes, maxMessageBytes - BATCH_OVERHEAD_BYTES),
    };
    await createInternalTopics(admin, this.#topology, partitions, shared?.replicas);
    // A transient query writes only internal topics.
    const exactlyOnce = isPersistent && shared?.guarantee !== 'at_least_once';
    const writerName = shared === undefined ? this.group : `${this.group}-${shared.instanceId}`;
    this.#writer = await log.createWriter({ transactionalId: exactlyOnce ? writerName : undefined });
    this.#reader = log.createReader({});
    this.#tasks.clear();
    if (shared === undefined || !isPersistent) {
      await this.#activate(this.#tasks.allUnits(partitions));
      return;
    }
    for (const subTopology of this.#topology.subTopologies) {
      const changelogs = await this.#tasks.changelogsOf(subTopology, partitions, this.#writer, this.#settings);
      this.#changelogs.set(subTopology, changelogs);
      await createChangelogTopics(admin, changelogs, taskCount(subTopology, partitions), shared.replicas);
    }
    this.#group = new GroupAssignment({
      log,
      group: this.group,
      topology: this.#topology,
      sessionTimeoutMs: shared.sessionTimeoutMs,
      heartbeatIntervalMs: shared.heartbeatIntervalMs,
      onChange: () => {
        this.#reader?.wakeup();
        this.#wakePaused?.();
      },
    });
    this.#group.start();
  }

  /** Makes tasks whose state is complete, and reads on where they were committed last. */
  async #activate(units: readonly Unit[], restoredOf?: (unit: Unit) => Restored | undefined): Promise<void> {
    const { log, collector, offsetReset, startOffsets } = this.#o;
    const { admin } = log;
    const writer = this.#writer!;
    const added = await this.#tasks.add(units, this.#partitions, writer, this.#settings, this.#changelogs, restoredOf);
    const committed = new Map<string, number>();
    if (collector === undefined) {
      for (const c of await admin.committedOffsets(this.group)) committed.set(routeOf(c.topic, c.partition), c.offset);
    }
    const starts = new Map<string, CommittedOffset>();
    let first = false;
    for (const task of added) {
      for (const input of task.inputs) {
        const at = { topic: input.topic, partition: input.partition };
        input.endOffset = await admin.latestOffset(at);
        const known = committed.get(routeOf(at.topic, at.partition)) ?? startOffsets?.(at.topic, at.partition);
        if (known === undefined) first = true;
        const atEnd = !input.internal && offsetReset === 'latest';
        input.position = known ?? (atEnd ? input.endOffset : await admin.earliestOffset(at));
        starts.set(routeOf(at.topic, at.partition), { ...at, offset: input.position });
      }
    }
    this.#assignReader(starts);
    // Where `latest` was, is decided once: a restart before the first record must not decide anew.
    if (first && collector === undefined) await this.#commitLog([...starts.values()]);
  }

  /** Reads what the tasks read: the new ones from `starts`, the others on. */
  #assignReader(starts: ReadonlyMap<string, CommittedOffset>): void {
    const reader = this.#reader!;
    const assigned: CommittedOffset[] = [];
    for (const task of this.#tasks.tasks) {
      for (const input of task.inputs) {
        const at = { topic: input.topic, partition: input.partition };
        input.isHeldBack = false;
        assigned.push(starts.get(routeOf(at.topic, at.partition)) ?? { ...at, offset: reader.position(at) });
      }
    }
    reader.assign(assigned);
  }

  /** Carries out what the group has decided. */
  async #changeAssignment(group: GroupAssignment): Promise<void> {
    for (let change = group.next(); change !== undefined; change = group.next()) {
      try {
        const units = this.#unitsOf(change.partitions);
        const waiting = this.#restoring?.units ?? [];
        if (change.kind === 'lost') {
          // Others may have them: what is not committed is theirs to do again. One transaction holds it all.
          await this.#stopRestoring();
          this.#tasks.clear();
          this.#reader!.assign([]);
          await this.#writer!.abort();
        } else if (change.kind === 'revoked') {
          if (this.#tasks.isDirty) await this.#commit();
          this.#tasks.remove(units);
          this.#assignReader(new Map());
          await this.#restore(waiting.filter((w) => !units.some((u) => isSame(u, w))));
        } else {
          // Nothing stays open while the state of the new ones is restored.
          if (this.#tasks.isDirty) await this.#commit();
          await this.#restore([...waiting, ...units]);
        }
      } finally {
        change.done();
      }
    }
  }

  /** The tasks that read these partitions. @throws SluiceError LOG_UNAVAILABLE when a topic has grown since */
  #unitsOf(partitions: readonly TopicPartition[]): Unit[] {
    const units: Unit[] = [];
    for (const { topic, partition } of partitions) {
      const subTopology = this.#topology.subTopologies.find((s) => s.inputs.some((i) => i.topic === topic));
      if (subTopology === undefined || partition >= (this.#partitions.get(topic) ?? 0)) {
        throw new SluiceError('LOG_UNAVAILABLE', `Topic ${topic} has other partitions than before`, {
          retriable: true,
        });
      }
      const unit = { subTopology, partition };
      if (!units.some((u) => isSame(u, unit))) units.push(unit);
    }
    return units;
  }

  /** Begins to bring the state of these units up to date, instead of those before. */
  async #restore(units: readonly Unit[]): Promise<void> {
    await this.#stopRestoring();
    const { log, shared, plan } = this.#o;
    if (units.length === 0) return;
    const targets = units.map(({ subTopology, partition }) => ({
      prefix: stateSpace(plan.queryId, subTopology.id, partition),
      partition,
      changelogs: this.#changelogs.get(subTopology)!,
    }));
    const restorer = new Restorer(log, shared!.store, targets);
    await restorer.open();
    this.#restoring = { restorer, units, targets };
  }

  async #stopRestoring(): Promise<void> {
    const restoring = this.#restoring;
    this.#restoring = undefined;
    await restoring?.restorer.close();
  }

  /** Goes on restoring; when all is there, its tasks begin. */
  async #restoreMore(): Promise<void> {
    const { restorer, units, targets } = this.#restoring!;
    if (!restorer.isDone) await restorer.step(this.#tasks.hasPending || this.#tasks.isDirty ? 0 : RESTORE_POLL_MS);
    if (!restorer.isDone) return;
    await this.#stopRestoring();
    await this.#activate(units, (unit) => restorer.restoredOf(targets[units.indexOf(unit)]!));
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock } = this.#o.env;
    const reader = this.#reader!;
    const intervalMs = this.#o.commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS;
    const commitBytes = this.#o.commitBytes ?? DEFAULT_COMMIT_BYTES;
    const isEmbedded = this.#o.log.kind === 'embedded';
    let dirtySince = 0;
    let lastFetchMs = clock.monotonicMs();
    while (!signal.aborted) {
      if (this.#paused) await this.#whilePaused();
      if (this.#group?.hasChanges) await this.#changeAssignment(this.#group);
      if (this.#restoring !== undefined) await this.#restoreMore();
      if (this.#tasks.isDraining) this.#tasks.drainSome(this.#o.shared!.store);
      if (this.#o.backpressure !== undefined) await this.#o.backpressure();
      const isDirty = this.#tasks.isDirty;
      const { tasks } = this.#tasks;
      for (const task of tasks) task.keepPending();
      const beganMs = clock.monotonicMs();
      const waitMs =
        this.#restoring !== undefined || this.#tasks.isDraining
          ? // Not 0: whoever else works in this thread must have a turn, heartbeats above all.
            1
          : !isDirty
            ? POLL_TIMEOUT_MS
            : // A fetch is under way: what it brings belongs to this commit, unless it takes too long.
              isEmbedded || !this.#tasks.isWaiting
              ? 0
              : Math.max(1, intervalMs - (beganMs - dirtySince));
      const fetched = await this.#poll(reader, waitMs);
      for (const part of fetched) this.#tasks.route(part.topic, part.partition)?.add(part);
      if (fetched.length > 0) lastFetchMs = clock.monotonicMs();
      // Nothing came although an input should have more: go on without it.
      const force = fetched.length === 0 && (isEmbedded || clock.monotonicMs() - lastFetchMs >= INPUT_PATIENCE_MS);
      let handled = 0;
      for (const task of tasks) if (task.hasPending) handled += await this.#run(task, force);
      this.#holdBack(reader);
      if (handled > 0) {
        this.#lastRecordMs = clock.nowMs();
        this.#retry.reset();
      }
      const nowMs = clock.monotonicMs();
      if (!this.#tasks.isDirty) continue;
      if (!isDirty) dirtySince = nowMs;
      // Nothing left to read: outputs become visible now. Else they are gathered for a while.
      const drained =
        (isEmbedded && fetched.length === 0) || tasks.every((t) => t.inputs.every((i) => !i.isBehind && !i.hasRecord));
      if (drained || nowMs - dirtySince >= intervalMs || this.#writer!.pendingBytes >= commitBytes)
        await this.#commit();
    }
    if (this.#tasks.isDirty) await this.#commit();
  }

  async #poll(reader: LogReader, timeoutMs: number): Promise<readonly Fetched[]> {
    try {
      return await reader.poll(timeoutMs);
    } catch (error) {
      if (!(error instanceof OffsetOutOfRange)) throw error;
      await this.#seekIntoRange(error, reader);
      return [];
    }
  }

  /** Inputs that wait for another one of their task are not fetched further: what has been fetched is in memory. */
  #holdBack(reader: LogReader): void {
    for (const { inputs } of this.#tasks.tasks) {
      if (inputs.length === 1) continue;
      for (const input of inputs) {
        if (input.hasRecord === input.isHeldBack) continue;
        input.isHeldBack = input.hasRecord;
        if (input.isHeldBack) reader.pause(input);
        else reader.resume(input);
      }
    }
  }

  /** The offset is gone (retention) or not there (a topic made anew): as Kafka's consumer, by `auto.offset.reset`. */
  async #seekIntoRange({ at, offset }: OffsetOutOfRange, reader: LogReader): Promise<void> {
    const { admin } = this.#o.log;
    const to = this.#o.offsetReset === 'latest' ? await admin.latestOffset(at) : await admin.earliestOffset(at);
    this.#o.env.logger.warn('offset is out of range, resetting', { queryId: this.queryId, ...at, offset, to });
    reader.seek(at, to);
    const input = this.#tasks.input(at.topic, at.partition);
    if (input !== undefined) input.position = to;
  }

  async #run(task: Task, force: boolean): Promise<number> {
    let handled = 0;
    for (;;) {
      try {
        return handled + task.run(force);
      } catch (error) {
        if (!(error instanceof NeedsSchema)) throw error;
        await loadMissing(error, this.#o.loadSchemas);
        handled++;
      }
    }
  }

  async #commit(): Promise<void> {
    const { clock } = this.#o.env;
    const writer = this.#writer!;
    const started = clock.monotonicMs();
    this.#tasks.flush(writer);
    const offsets = this.#o.collector === undefined ? this.#tasks.tasks.flatMap((t) => t.offsets()) : [];
    await this.#commitLog(offsets);
    if (this.#o.shared !== undefined) this.#tasks.storeLocally(this.#o.shared.store);
    this.#tasks.afterCommit();
    this.#commits++;
    this.#lastCommitMs = clock.monotonicMs() - started;
    await this.#purge.afterCommit(this.#tasks.tasks);
  }

  /** Commits what was handed to the writer, with these offsets; again, when the group has merely moved on to its next generation. */
  async #commitLog(offsets: readonly CommittedOffset[]): Promise<void> {
    const writer = this.#writer!;
    for (;;) {
      const member = this.#group?.member;
      const generation = member?.generationId ?? -1;
      if (offsets.length > 0) writer.commitOffsets(this.group, offsets, member);
      try {
        await writer.commit();
        return;
      } catch (error) {
        if (!(error instanceof Fenced) || member === undefined || !(await this.#group!.mayCommitAgain(generation)))
          throw error;
      }
    }
  }

  async #whilePaused(): Promise<void> {
    if (this.#tasks.isDirty) await this.#commit();
    this.#setState('PAUSED');
    while (this.#paused && !this.#stopping.signal.aborted) {
      if (this.#group?.hasChanges) await this.#changeAssignment(this.#group);
      if (this.#restoring !== undefined) await this.#restoreMore();
      else await new Promise<void>((resolve) => (this.#wakePaused = resolve));
    }
    this.#wakePaused = undefined;
    if (!this.#stopping.signal.aborted) this.#setState('RUNNING');
  }

  #failed(error: unknown): void {
    const entry = classify(error, this.#o.env.clock.nowMs());
    this.#errors.push(entry);
    if (this.#errors.length > ERRORS_KEPT) this.#errors.shift();
    this.#o.env.logger.error('query failed', { queryId: this.queryId, type: entry.type, message: entry.message });
    if (!isSluiceError(error, 'LOG_UNAVAILABLE')) {
      this.#o.processingLog.write({
        logger: `processing.${this.queryId}`,
        type: 'KAFKA_STREAMS_THREAD_ERROR',
        message: entry.message,
        cause: error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined,
      });
    }
    this.#setState('ERROR');
  }

  async #release(): Promise<void> {
    const [reader, writer, group] = [this.#reader, this.#writer, this.#group];
    this.#reader = undefined;
    this.#writer = undefined;
    this.#group = undefined;
    this.#tasks.clear();
    await this.#stopRestoring().catch(() => undefined);
    await reader?.close().catch(() => undefined);
    await writer?.abort().catch(() => undefined);
    await writer?.close().catch(() => undefined);
    // Last: whoever gets the partitions must find nothing open.
    await group?.close().catch(() => undefined);
  }

  #setState(state: QueryState): void {
    if (this.#state === state || this.#state === 'CLOSED') return;
    this.#state = state;
    this.#o.onStateChange?.(state);
  }
}

function isSame(a: Unit, b: Unit): boolean {
  return a.subTopology === b.subTopology && a.partition === b.partition;
}

function sinkTopics({ root }: QueryPlan): string[] {
  return root.kind === 'StreamSink' || root.kind === 'TableSink' ? [root.topic] : [];
}
