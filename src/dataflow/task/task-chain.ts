import { must } from '../../base/assert.ts';
import type { ProcessingLog } from '../../base/env.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import type { CodecRegistry } from '../../formats/api.ts';
import type { Fetched } from '../../log/api.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { OrderedReader, StateSink } from '../../state/ordered.ts';
import { stateSpace, TaskState } from '../../state/provider.ts';
import type { Collector } from '../graph/graph.ts';
import { internalTopicPrefix } from '../names.ts';
import type { TaskSettings } from '../settings.ts';
import { newCounters } from './task-counters.ts';
import { Task } from './task.ts';
import { planTopology, type Topology } from '../topology.ts';

export interface TaskChainOptions {
  readonly plan: QueryPlan;
  readonly serviceId: string;
  readonly disk: OrderedReader;
  readonly settings: TaskSettings;
  readonly log: ProcessingLog;
  readonly compile: CompileEnv;
  readonly registry: CodecRegistry | undefined;
  readonly collector?: Collector | undefined;
  /** Wall clock; stays at 0 by default. */
  readonly nowMs?: () => number;
  /** False: unfinished batches and gathered updates are written only by `send`. True by default. */
  readonly sendEachBatch?: boolean;
  /** Receives the batches for topics that are not internal. */
  readonly output: (topic: string, batch: Buffer) => void;
}

/**
 * All tasks of one query, with one partition per topic and no log in between: a record passes through every repartition
 * before `handle` returns.
 */
export class TaskChain {
  readonly topology: Topology;
  readonly counters = newCounters();
  readonly #sendEachBatch: boolean;
  readonly #tasks: readonly Task[];
  readonly #states: readonly TaskState[];
  /** Batches that were written to internal topics and not read yet. */
  readonly #internal: Fetched[] = [];
  readonly #offsets = new Map<string, number>();

  constructor(options: TaskChainOptions) {
    const { plan, serviceId } = options;
    this.#sendEachBatch = options.sendEachBatch ?? true;
    this.topology = planTopology(plan, serviceId);
    const internal = new Set(this.topology.internalTopics.map((t) => t.name));
    const { subTopologies } = this.topology;
    this.#states = subTopologies.map(
      (s) => new TaskState({ disk: options.disk, prefix: stateSpace(plan.queryId, s.id, 0) }),
    );
    this.#tasks = subTopologies.map(
      (subTopology, i) =>
        new Task({
          queryId: plan.queryId,
          topicPrefix: internalTopicPrefix(serviceId, plan.queryId),
          subTopology,
          partition: 0,
          partitionsOf: () => 1,
          state: must(this.#states[i], 'state'),
          sink: {
            append: (topic, _partition, batch) => {
              if (internal.has(topic)) this.#internal.push(this.fetched(topic, batch));
              else options.output(topic, batch);
            },
          },
          settings: options.settings,
          clock: { nowMs: options.nowMs ?? (() => 0), monotonicMs: () => 0 },
          log: options.log,
          compile: options.compile,
          registry: options.registry,
          collector: options.collector,
          counters: this.counters,
        }),
    );
  }

  /** Processes a batch completely. Throws the error that would fail the query. */
  handle(topic: string, batch: Buffer): void {
    this.#internal.push(this.fetched(topic, batch));
    this.#drain(this.#sendEachBatch);
  }

  /** Writes unfinished batches, through all tasks. */
  send(): void {
    // Upstream first, since the next task may gather what one sends.
    for (const task of this.#tasks) {
      task.send();
      this.#drain(false);
    }
  }

  #drain(send: boolean): void {
    for (let next = this.#internal.shift(); next !== undefined; next = this.#internal.shift()) {
      for (const task of this.#tasks) {
        if (!task.inputs.some((i) => i.topic === next!.topic)) continue;
        task.add(next);
        task.run(true);
        if (send) task.send();
      }
    }
  }

  /** Hands the changed state to the sink; must be followed by `afterCommit`. */
  flush(sink: StateSink): void {
    for (const state of this.#states) state.flush(sink);
  }

  afterCommit(): void {
    for (const state of this.#states) state.afterCommit();
  }

  /** The batch as it would be fetched from the topic: offsets count from 0 per topic. */
  fetched(topic: string, batch: Buffer): Fetched {
    const offset = this.#offsets.get(topic) ?? 0;
    const records = batch.readInt32BE(RECORD_COUNT_AT);
    batch.writeBigInt64BE(BigInt(offset), 0);
    this.#offsets.set(topic, offset + records);
    const end = offset + records;
    return {
      topic,
      partition: 0,
      buffer: batch,
      from: 0,
      to: batch.length,
      startOffset: offset,
      nextOffset: end,
      highWatermark: end,
    };
  }
}

/** Position of the record count in a record batch (Kafka's message format v2). */
const RECORD_COUNT_AT = 57;
