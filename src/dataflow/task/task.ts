import { CostWatch } from '../../base/budget/cost-watch.ts';
import { retold } from '../../base/quoting.ts';
import type { Clock, ProcessingLog } from '../../base/env.ts';
import { isSluiceError, SluiceError } from '../../base/errors.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import { NeedsRegistration, NeedsSchema, type CodecRegistry } from '../../formats/api.ts';
import { Fenced, type CommittedOffset, type Fetched } from '../../log/api.ts';
import type { StateSink } from '../../state/ordered.ts';
import type { TaskState } from '../../state/provider.ts';
import { buildTask } from '../graph/build-task.ts';
import type { BuiltTask, Collector } from '../graph/graph.ts';
import { createCompiler } from './expressions.ts';
import { processingLogger } from '../names.ts';
import { TopicOutput, type BatchSink } from './output.ts';
import type { TaskCounters } from './task-counters.ts';
import { TaskInput } from './task-input.ts';
import type { PassedRows } from '../operators/passed-rows.ts';
import { RecordContext } from './record-context.ts';
import { FatalRecord } from './record-input.ts';
import type { TaskSettings } from '../settings.ts';
import type { SubTopology } from '../topology.ts';

export interface TaskOptions {
  readonly queryId: string;
  /** @see names.internalTopicPrefix */
  readonly topicPrefix: string;
  readonly subTopology: SubTopology;
  readonly partition: number;
  /** The number of partitions of a topic that the query reads or writes. */
  readonly partitionsOf: (topic: string) => number;
  readonly state: TaskState;
  /** Receives batches when they are full, and the rest at `flush`. */
  readonly sink: BatchSink;
  readonly settings: TaskSettings;
  readonly clock: Clock;
  readonly log: ProcessingLog;
  readonly compile: CompileEnv;
  readonly registry: CodecRegistry | undefined;
  readonly collector?: Collector | undefined;
  readonly counters: TaskCounters;
}

/** Records between two checks of the clock. */
const LOOK_EVERY = 32;

function never(): boolean {
  return false;
}

/**
 * One partition of one sub-topology: single-threaded and synchronous. The owner passes fetched batches (`add`), lets it
 * work (`run`), and commits: `flush`, the log's commit, `afterCommit`. After any exception but NeedsSchema the task
 * must be discarded and recreated from the last commit, because its state is inconsistent.
 *
 * Order of inputs: the record with the smallest timestamp comes next, with tables first among equals. While an input is
 * known to have more records than have been fetched, the others wait for it: indefinitely for records that existed when
 * the task started, otherwise until `force`.
 */
export class Task {
  readonly id: string;
  readonly inputs: readonly TaskInput[];
  /** Whether to wait for records that have not been written yet: see Idle. */
  idles = false;
  readonly #options: TaskOptions;
  readonly #context = new RecordContext();
  readonly #outputs = new Map<string, TopicOutput>();
  readonly #passed = new Map<string, PassedRows>();
  readonly #built: BuiltTask;
  #worked = false;
  #isInterrupted = false;
  #wasCostly = false;

  constructor(options: TaskOptions) {
    this.#options = options;
    this.id = `${options.subTopology.id}_${options.partition}`;
    const { counters } = options;
    const log: ProcessingLog = {
      write: (entry) => {
        counters.problems++;
        options.log.write(entry);
      },
    };
    this.#built = buildTask(options.subTopology, {
      queryId: options.queryId,
      topicPrefix: options.topicPrefix,
      partition: options.partition,
      state: options.state,
      context: this.#context,
      settings: options.settings,
      clock: options.clock,
      log,
      registry: options.registry,
      compiler: (step) =>
        createCompiler(options.compile, {
          log,
          logger: processingLogger(options.queryId, step),
          context: this.#context,
        }),
      output: (topic) => this.#output(topic),
      passed: (step) => this.#passedBy(step),
      onLate: (records) => (counters.lateDrops += records),
      collector: options.collector,
    });
    this.inputs = options.subTopology.inputs
      .filter((input) => options.partition < options.partitionsOf(input.topic))
      .map((input) => new TaskInput(input, options.partition, this.#built.inputs.get(input.topic) ?? []));
  }

  /**
   * Takes fetched records of one of the inputs. The buffer must not change until they are handled or `keepPending` is
   * called.
   */
  add(fetched: Fetched): void {
    const input = this.inputs.find((i) => i.topic === fetched.topic);
    if (input === undefined) throw new SluiceError('INTERNAL', `Task ${this.id} does not read ${fetched.topic}`);
    input.add(fetched);
    this.#options.counters.bytesIn += fetched.to - fetched.from;
  }

  /** Copies fetched, unhandled records, since the buffers are about to be reused. */
  keepPending(): void {
    for (const input of this.inputs) input.keep();
  }

  /** Whether fetched records wait to be handled. */
  get hasPending(): boolean {
    return this.inputs.some((i) => i.hasRecord);
  }

  /** The record in progress, or the last one. */
  get current(): { readonly topic: string; readonly partition: number; readonly offset: number } {
    const { topic, partition, offset } = this.#context;
    return { topic, partition, offset };
  }

  /** After NeedsSchema: whether some handlers have already processed the record. */
  get isWithinRecord(): boolean {
    return this.inputs.some((i) => i.nextHandler > 0);
  }

  /** Whether there is something to commit. */
  get isDirty(): boolean {
    return this.#worked;
  }

  /**
   * Handles what can be handled; returns the number of records. `force`: does not wait for records that inputs received
   * after the task started. `isOver` is checked every few records and ends the run early, with `isInterrupted` set.
   * @throws NeedsSchema: call again when it is available. SluiceError QUERY_FAILED and errors of the log: the task is
   * unusable
   */
  run(force = false, isOver: () => boolean = never): number {
    let done = 0;
    let left = LOOK_EVERY;
    this.#isInterrupted = false;
    try {
      for (;;) {
        const next = this.#next(force);
        if (next === undefined) break;
        const worked = this.#work(next.input, next.until, next.inclusive, left);
        done += worked;
        left = this.#wasCostly ? 0 : left - worked;
        if (left > 0) continue;
        left = LOOK_EVERY;
        if (!isOver()) continue;
        this.#isInterrupted = true;
        break;
      }
    } catch (error) {
      if (error instanceof NeedsSchema) throw error;
      throw this.#failure(error);
    } finally {
      this.#options.counters.recordsIn += done;
    }
    return done;
  }

  /** Whether the last `run` was ended before it had handled everything it could. */
  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Hands unfinished output batches and gathered updates to the sink. */
  send(): void {
    try {
      this.#context.headerCount = 0;
      this.#built.flush();
    } catch (error) {
      throw this.#failure(error);
    }
    for (const output of this.#outputs.values()) output.flush();
  }

  /** Hands everything that is to be committed to the sinks. */
  flush(state: StateSink): void {
    this.send();
    this.#options.state.flush(state);
    this.#worked = false;
  }

  afterCommit(): void {
    this.#options.state.afterCommit();
  }

  get counters(): Readonly<TaskCounters> {
    return this.#options.counters;
  }

  /** Rows that operators have emitted, by step name, for those whose inputs do not determine the number. */
  get passedRows(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#passed].map(([step, { rows }]) => [step, rows]));
  }

  #passedBy(step: string): PassedRows {
    const known = this.#passed.get(step);
    if (known !== undefined) return known;
    const passed = { rows: 0 };
    this.#passed.set(step, passed);
    return passed;
  }

  /** Timestamp of the last handled record. */
  get lastTimestamp(): number {
    return this.#context.timestamp;
  }

  /** The next offsets to read. */
  offsets(): CommittedOffset[] {
    return this.inputs.map((i) => ({ topic: i.topic, partition: i.partition, offset: i.position }));
  }

  /** The input with the next record, and the timestamp up to which it may continue before another input's turn. */
  #next(
    force: boolean,
  ): { readonly input: TaskInput; readonly until: number; readonly inclusive: boolean } | undefined {
    const { inputs } = this;
    if (inputs.length === 1) {
      const only = inputs[0]!;
      return only.hasRecord ? { input: only, until: Infinity, inclusive: true } : undefined;
    }
    let first: TaskInput | undefined;
    let firstAt = 0;
    let second: TaskInput | undefined;
    let secondAt = 0;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      if (!input.hasRecord) {
        if (!input.isBarred && (this.idles || input.owesHistory || (!force && input.isBehind))) return undefined;
        continue;
      }
      if (first === undefined || input.timestamp < first.timestamp) {
        second = first;
        secondAt = firstAt;
        first = input;
        firstAt = i;
      } else if (second === undefined || input.timestamp < second.timestamp) {
        second = input;
        secondAt = i;
      }
    }
    if (first === undefined) return undefined;
    if (second === undefined) return { input: first, until: Infinity, inclusive: true };
    return { input: first, until: second.timestamp, inclusive: firstAt < secondAt };
  }

  /** Handles up to `most` records of one input while their timestamps allow it; at least one. */
  #work(input: TaskInput, until: number, inclusive: boolean, most: number): number {
    const { columns } = input.cursor;
    const { timestamp } = columns;
    const count = Math.min(columns.count, input.index + most);
    const context = this.#context;
    context.topic = input.topic;
    context.partition = input.partition;
    context.headerBytes = columns.buffer;
    this.#worked = true;
    const { handlers } = input;
    const single = handlers.length === 1 ? handlers[0]! : undefined;
    const from = input.index;
    const watch = new CostWatch(this.#options.compile.functionEnv.work);
    this.#wasCostly = false;
    let i = from;
    try {
      for (; i < count; i++) {
        const at = timestamp[i]!;
        if (i > from && !(at < until || (inclusive && at === until))) break;
        context.offset = columns.offset[i]!;
        context.timestamp = at;
        const headers = columns.headerCount[i]!;
        context.headerCount = headers;
        if (headers > 0) {
          context.headerFrom = columns.headersStart[i]!;
          context.headerTo = columns.recordEnd[i]!;
        }
        if (single !== undefined) {
          single.process(columns, i);
        } else {
          for (; input.nextHandler < handlers.length; input.nextHandler++)
            handlers[input.nextHandler]!.process(columns, i);
          input.nextHandler = 0;
        }
        if (!watch.isDue()) continue;
        this.#wasCostly = true;
        i++;
        break;
      }
    } finally {
      input.advance(i);
    }
    return i - from;
  }

  #output(topic: string): TopicOutput {
    let output = this.#outputs.get(topic);
    if (output === undefined) {
      const { partitionsOf, settings, sink, counters } = this.#options;
      output = new TopicOutput(topic, partitionsOf(topic), settings.maxRecordBytes, sink, this.#context, counters);
      this.#outputs.set(topic, output);
    }
    return output;
  }

  #failure(error: unknown): unknown {
    // Errors of the log, and those with a complete message, are passed on unchanged.
    if (isSluiceError(error) && (error.code.startsWith('LOG_') || error instanceof FatalRecord)) return error;
    if (error instanceof Fenced || error instanceof NeedsRegistration) return error;
    const { topic, partition, offset } = this.#context;
    return new SluiceError(
      'QUERY_FAILED',
      retold(
        error,
        (text) =>
          `Exception caught in process. taskId=${this.id}, topic=${topic}, partition=${partition}, offset=${offset}: ${text}`,
      ),
      { cause: error },
    );
  }
}
