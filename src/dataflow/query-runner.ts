import type { Env, ProcessingLog } from '../base/env.ts';
import { isSluiceError, messageOf, SluiceError } from '../base/errors.ts';
import type { CompileEnv } from '../expr/compile/env.ts';
import { NeedsRegistration, NeedsSchema, type CodecRegistry } from '../formats/api.ts';
import {
  Fenced,
  type CommittedOffset,
  type Fetched,
  type Log,
  type LogReader,
  type LogWriter,
  OffsetOutOfRange,
} from '../log/api.ts';
import type { QueryPlan } from '../plan/steps/steps.ts';
import type { OrderedReader } from '../state/ordered.ts';
import { DISCARD, NO_DISK, stateSpace, TaskState } from '../state/provider.ts';
import type { Collector } from './build.ts';
import { createInternalTopics, deleteInternalTopics, TopicPurge } from './internal-topics.ts';
import { consumerGroup, internalTopicPrefix } from './names.ts';
import { classify, RetryDelay, type QueryError } from './query-errors.ts';
import type { TaskSettings } from './settings.ts';
import { newCounters, Task, type TaskCounters } from './task.ts';
import { planTopology, resolvePartitions, taskCount, type Topology } from './topology.ts';

export interface QueryRunnerOptions {
  readonly plan: QueryPlan;
  readonly log: Log;
  readonly env: Env;
  /** `ksql.service.id`, e.g. `default_`. */
  readonly serviceId: string;
  /** `auto.offset.reset`, for source partitions without a committed offset. */
  readonly offsetReset: 'earliest' | 'latest';
  readonly settings: TaskSettings;
  readonly compile: CompileEnv;
  readonly registry: CodecRegistry | undefined;
  /**
   * Fetches what a codec found missing in `registry`: a schema of an id, or the id of a writer's schema. Absent where all are at hand.
   * Rejects when there is none.
   */
  readonly loadSchemas?: ((missing: NeedsSchema | NeedsRegistration) => Promise<void>) | undefined;
  readonly processingLog: ProcessingLog;
  /** State as of the last commit (readerOf(log.store) on the embedded log). Transient queries need none. */
  readonly state?: OrderedReader | undefined;
  /** Clean entries each store keeps in memory. */
  readonly maxCleanEntries?: number | undefined;
  /**
   * Present for a transient query: takes its rows, synchronously. Nothing of such a query outlives it: no offsets, no state; its
   * internal topics are deleted with it.
   */
  readonly collector?: Collector | undefined;
  /** Awaited before each poll: the reader of a transient query's rows may be slower than the query. */
  readonly backpressure?: (() => Promise<void>) | undefined;
  /** Where a transient query begins, by source partition; elsewhere `offsetReset` decides. */
  readonly startOffsets?: ((topic: string, partition: number) => number | undefined) | undefined;
  /** `commit.interval.ms`: while input keeps coming, outputs become visible this often. When it pauses, at once. */
  readonly commitIntervalMs?: number | undefined;
  /** A commit is due when this much has been gathered. */
  readonly commitBytes?: number | undefined;
  readonly retryInitialMs?: number | undefined;
  readonly retryMaxMs?: number | undefined;
  /** Called at every change of state. */
  readonly onStateChange?: ((state: QueryState) => void) | undefined;
}

export type QueryState = 'CREATED' | 'RUNNING' | 'PAUSED' | 'ERROR' | 'CLOSED';

const DEFAULT_COMMIT_INTERVAL_MS = 200;
const DEFAULT_COMMIT_BYTES = 32 << 20;
const POLL_TIMEOUT_MS = 1000;
const ERRORS_KEPT = 10;

export interface QueryMetrics extends Readonly<TaskCounters> {
  readonly commits: number;
  readonly lastCommitMs: number;
  /** Wall clock of the last record handled. */
  readonly lastRecordMs: number | undefined;
  readonly cachedEntries: number;
}

export interface InputPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly endOffset: number;
}

/**
 * One query in this process: its reader, its writer, its tasks, and the loop over them: poll, handle, commit. On the embedded log a commit
 * is one transaction of outputs, consumed offsets and state, so that a query that dies at any moment goes on as if it had not.
 *
 * Errors: what a record is to blame for goes to the processing log; everything else throws the tasks away and starts again from the last
 * commit, after a delay that doubles; a younger writer of the same query (Fenced) ends it.
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
  #tasks: Task[] = [];
  #states: TaskState[] = [];
  /** By topic and partition: the task that reads it. */
  #routes = new Map<string, Task>();
  #commits = 0;
  #lastCommitMs = 0;
  #lastRecordMs: number | undefined;

  constructor(options: QueryRunnerOptions) {
    this.#o = options;
    this.queryId = options.plan.queryId;
    this.group = consumerGroup(options.serviceId, this.queryId);
    this.#topology = planTopology(options.plan, options.serviceId);
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
      cachedEntries: this.#states.reduce((sum, s) => sum + s.cachedEntries, 0),
    };
  }

  /** Where the query stands in each partition it reads; ends as of the last fetch. */
  get positions(): readonly InputPosition[] {
    return this.#tasks.flatMap((t) =>
      t.inputs.map((i) => ({
        topic: i.topic,
        partition: i.partition,
        offset: i.position,
        endOffset: Math.max(i.endOffset, i.position),
      })),
    );
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
    await this.#running;
    this.#setState('CLOSED');
  }

  /** True when every record that its inputs hold now has been handled and committed. */
  async caughtUp(): Promise<boolean> {
    if (this.#state !== 'RUNNING' || this.#tasks.some((t) => t.isDirty || t.hasPending)) return false;
    const before = this.positions;
    for (const { topic, partition, offset } of before) {
      if (offset < (await this.#o.log.admin.latestOffset({ topic, partition }))) return false;
    }
    return !this.#tasks.some((t) => t.isDirty || t.hasPending);
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
        if (error instanceof Fenced) break;
        await this.#o.env.timers.sleep(this.#retry.next(), signal).catch(() => undefined);
      }
    }
    await this.#release();
    if (this.#o.collector !== undefined)
      await deleteInternalTopics(this.#o.log.admin, this.#topology).catch(() => undefined);
  }

  async #open(): Promise<void> {
    const { log, plan, collector } = this.#o;
    const { admin } = log;
    const partitions = new Map<string, number>();
    for (const topic of [...this.#topology.sourceTopics, ...sinkTopics(plan)]) {
      const found = await admin.describeTopic(topic);
      if (found === undefined) throw new SluiceError('NOT_FOUND', `Topic ${topic} does not exist`);
      partitions.set(topic, found.partitions);
    }
    for (const [topic, n] of resolvePartitions(this.#topology, (t) => partitions.get(t)!)) partitions.set(topic, n);
    await createInternalTopics(admin, this.#topology, partitions);
    // A transient query writes only internal topics.
    this.#writer = await log.createWriter({ transactionalId: collector === undefined ? this.group : undefined });
    this.#reader = log.createReader({});
    for (;;) {
      try {
        this.#build(partitions);
        break;
      } catch (error) {
        await this.#loadSchemas(error);
      }
    }
    await this.#assign();
  }

  #build(partitions: ReadonlyMap<string, number>): void {
    const { plan, serviceId, settings, env, processingLog, compile, registry, collector, state, maxCleanEntries } =
      this.#o;
    const writer = this.#writer!;
    this.#tasks = [];
    this.#states = [];
    this.#routes = new Map();
    for (const subTopology of this.#topology.subTopologies) {
      for (let partition = 0; partition < taskCount(subTopology, partitions); partition++) {
        const taskState = new TaskState(
          collector === undefined && state !== undefined
            ? {
                disk: state,
                prefix: stateSpace(plan.queryId, subTopology.id, partition),
                ...(maxCleanEntries && { maxCleanEntries }),
              }
            : { disk: NO_DISK, prefix: plan.queryId, maxCleanEntries: Infinity },
        );
        const task = new Task({
          queryId: plan.queryId,
          topicPrefix: internalTopicPrefix(serviceId, plan.queryId),
          subTopology,
          partition,
          partitionsOf: (topic) => partitions.get(topic)!,
          state: taskState,
          sink: writer,
          settings,
          clock: env.clock,
          log: processingLog,
          compile,
          registry,
          collector,
          counters: this.#counters,
        });
        this.#tasks.push(task);
        this.#states.push(taskState);
        for (const input of task.inputs) this.#routes.set(routeOf(input.topic, partition), task);
      }
    }
  }

  async #assign(): Promise<void> {
    const { admin } = this.#o.log;
    const committed = new Map<string, number>();
    if (this.#o.collector === undefined) {
      for (const c of await admin.committedOffsets(this.group)) committed.set(routeOf(c.topic, c.partition), c.offset);
    }
    const starts: CommittedOffset[] = [];
    let first = false;
    for (const task of this.#tasks) {
      for (const input of task.inputs) {
        const at = { topic: input.topic, partition: input.partition };
        input.endOffset = await admin.latestOffset(at);
        const known = committed.get(routeOf(at.topic, at.partition)) ?? this.#o.startOffsets?.(at.topic, at.partition);
        if (known === undefined) first = true;
        const atEnd = !input.internal && this.#o.offsetReset === 'latest';
        input.position = known ?? (atEnd ? input.endOffset : await admin.earliestOffset(at));
        starts.push({ ...at, offset: input.position });
      }
    }
    this.#reader!.assign(starts);
    if (first && this.#o.collector === undefined) {
      // Where `latest` was, is decided once: a restart before the first record must not decide anew.
      this.#writer!.commitOffsets(this.group, starts);
      await this.#writer!.commit();
    }
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock } = this.#o.env;
    const reader = this.#reader!;
    const intervalMs = this.#o.commitIntervalMs ?? DEFAULT_COMMIT_INTERVAL_MS;
    const commitBytes = this.#o.commitBytes ?? DEFAULT_COMMIT_BYTES;
    let dirtySince = 0;
    while (!signal.aborted) {
      if (this.#paused) await this.#whilePaused();
      if (this.#o.backpressure !== undefined) await this.#o.backpressure();
      const isDirty = this.#tasks.some((t) => t.isDirty);
      for (const task of this.#tasks) task.keepPending();
      const fetched = await this.#poll(reader, isDirty ? 0 : POLL_TIMEOUT_MS);
      for (const part of fetched) this.#routes.get(routeOf(part.topic, part.partition))!.add(part);
      let handled = 0;
      // Nothing came although an input should have more: go on without it.
      for (const task of this.#tasks) if (task.hasPending) handled += await this.#run(task, fetched.length === 0);
      this.#holdBack(reader);
      if (handled > 0) {
        this.#lastRecordMs = clock.nowMs();
        this.#retry.reset();
      }
      const nowMs = clock.monotonicMs();
      if (!this.#tasks.some((t) => t.isDirty)) continue;
      if (!isDirty) dirtySince = nowMs;
      // Nothing left to read: outputs become visible now. Else they are gathered for a while.
      const drained =
        fetched.length === 0 || this.#tasks.every((t) => t.inputs.every((i) => !i.isBehind && !i.hasRecord));
      if (drained || nowMs - dirtySince >= intervalMs || this.#writer!.pendingBytes >= commitBytes)
        await this.#commit();
    }
    if (this.#tasks.some((t) => t.isDirty)) await this.#commit();
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
    for (const { inputs } of this.#tasks) {
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
    const input = this.#routes.get(routeOf(at.topic, at.partition))?.inputs.find((i) => i.topic === at.topic);
    if (input !== undefined) input.position = to;
  }

  async #loadSchemas(missing: unknown): Promise<void> {
    const known = missing instanceof NeedsSchema || missing instanceof NeedsRegistration;
    if (!known || this.#o.loadSchemas === undefined) throw missing;
    await this.#o.loadSchemas(missing);
  }

  async #run(task: Task, force: boolean): Promise<number> {
    let handled = 0;
    for (;;) {
      try {
        return handled + task.run(force);
      } catch (error) {
        if (!(error instanceof NeedsSchema)) throw error;
        await this.#loadSchemas(error);
        handled++;
      }
    }
  }

  async #commit(): Promise<void> {
    const { clock } = this.#o.env;
    const writer = this.#writer!;
    const started = clock.monotonicMs();
    const persistent = this.#o.collector === undefined;
    for (const task of this.#tasks) {
      task.flush(persistent && writer.sharesState ? writer : DISCARD);
      if (persistent) writer.commitOffsets(this.group, task.offsets());
    }
    await writer.commit();
    for (const task of this.#tasks) task.afterCommit();
    this.#commits++;
    this.#lastCommitMs = clock.monotonicMs() - started;
    await this.#purge.afterCommit(this.#tasks);
  }

  async #whilePaused(): Promise<void> {
    if (this.#tasks.some((t) => t.isDirty)) await this.#commit();
    this.#setState('PAUSED');
    while (this.#paused && !this.#stopping.signal.aborted) {
      await new Promise<void>((resolve) => (this.#wakePaused = resolve));
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
    const [reader, writer] = [this.#reader, this.#writer];
    this.#reader = undefined;
    this.#writer = undefined;
    this.#tasks = [];
    this.#states = [];
    await reader?.close().catch(() => undefined);
    await writer?.abort().catch(() => undefined);
    await writer?.close().catch(() => undefined);
  }

  #setState(state: QueryState): void {
    if (this.#state === state || this.#state === 'CLOSED') return;
    this.#state = state;
    this.#o.onStateChange?.(state);
  }
}

function routeOf(topic: string, partition: number): string {
  return `${topic}\0${partition}`;
}

function sinkTopics({ root }: QueryPlan): string[] {
  return root.kind === 'StreamSink' || root.kind === 'TableSink' ? [root.topic] : [];
}
