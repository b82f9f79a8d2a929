import type { Env, ProcessingLogEntry } from '../../base/env.ts';
import { codecRegistryOf } from '../../formats/schema-registry/codec-registry.ts';
import type { MemorySchemaRegistry } from '../../formats/schema-registry/memory-registry.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import type { Fetched, Log, LogWriter } from '../../log/api.ts';
import { MemoryStore } from '../../log/embedded/memory-store.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { encodeHeaders } from '../../log/record-batch/headers.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import { readerOf } from '../../state/ordered.ts';
import { stateSpace, TaskState } from '../../state/provider.ts';
import type { Header } from '../../types/row.ts';
import { internalTopicPrefix } from '../names.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../settings.ts';
import { newCounters, Task } from '../task.ts';
import { planTopology, type Topology } from '../topology.ts';

/** What a driver needs of the world around it. */
export interface DriverHost {
  readonly log: Log;
  readonly functions: FunctionRegistry;
  readonly registry: MemorySchemaRegistry;
  readonly problems: ProcessingLogEntry[];
  readonly env: Env;
}

/** State of the queries of one host: a query that is replaced goes on with it. */
const STATE = new WeakMap<DriverHost, MemoryStore>();

const FINAL_INTERVAL = '__emit.interval.ms.kstreams.windowed.aggregation__';

/**
 * Drives one query record by record, as the suite asks (README 3.5): each record goes through all of the query's tasks before the next.
 * The tasks are production's; every topic has one partition; the wall clock of processing stands still at 0. Outputs are appended to
 * the log's topics; internal topics exist only as queues between the tasks.
 */
export class QueryDriver {
  readonly sourceTopics: readonly string[];
  readonly #topology: Topology;
  readonly #tasks: readonly { readonly task: Task; readonly state: TaskState }[];
  readonly #writer: LogWriter;
  readonly #store: MemoryStore;
  /** Batches written to internal topics and not yet read. */
  readonly #internal: Fetched[] = [];
  readonly #offsets = new Map<string, number>();

  private constructor(
    plan: QueryPlan,
    host: DriverHost,
    writer: LogWriter,
    properties: Readonly<Record<string, string>>,
  ) {
    const serviceId = 'some.ksql.service.id';
    this.#topology = planTopology(plan, serviceId);
    this.sourceTopics = this.#topology.sourceTopics;
    this.#writer = writer;
    let store = STATE.get(host);
    if (store === undefined) STATE.set(host, (store = new MemoryStore()));
    this.#store = store;
    const internal = new Set(this.#topology.internalTopics.map((t) => t.name));
    this.#tasks = this.#topology.subTopologies.map((subTopology) => {
      const state = new TaskState({ disk: readerOf(this.#store), prefix: stateSpace(plan.queryId, subTopology.id, 0) });
      const task = new Task({
        queryId: plan.queryId,
        topicPrefix: internalTopicPrefix(serviceId, plan.queryId),
        subTopology,
        partition: 0,
        partitionsOf: () => 1,
        state,
        sink: {
          append: (topic, partition, batch) => {
            if (internal.has(topic)) this.#internal.push(this.#fetched(topic, batch));
            else writer.append(topic, partition, batch, true);
          },
        },
        settings: settingsOf(properties),
        clock: { nowMs: () => 0, monotonicMs: () => 0 },
        log: { write: (entry) => host.problems.push(entry) },
        compile: {
          functions: host.functions,
          functionEnv: {
            nowMs: () => host.env.clock.nowMs(),
            random: () => host.env.random.next(),
            uuid: () => host.env.random.uuid(),
            config: (key) => properties[key],
          },
        },
        registry: codecRegistryOf(host.registry),
        counters: newCounters(),
      });
      return { task, state };
    });
  }

  static async create(
    plan: QueryPlan,
    host: DriverHost,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<QueryDriver> {
    return new QueryDriver(plan, host, await host.log.createWriter({}), properties);
  }

  /** Processes one record of a source topic completely. Throws what a query fails with. */
  async pipe(
    topic: string,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: readonly Header[] = [],
  ): Promise<void> {
    const batch = new BatchBuilder(256);
    batch.add(timestamp, key, value, headers.length > 0 ? encodeHeaders(headers) : null);
    this.#handle(this.#fetched(topic, batch.finish()));
    for (let next = this.#internal.shift(); next !== undefined; next = this.#internal.shift()) this.#handle(next);
    await this.#writer.commit();
  }

  async close(): Promise<void> {
    for (const { state } of this.#tasks) {
      this.#store.write((writes) => {
        state.flush({
          putState: (space, k, v) => (v === null ? writes.delete(space, k) : writes.put(space, k, v)),
        });
      });
      state.afterCommit();
    }
    await this.#writer.close();
  }

  #handle(fetched: Fetched): void {
    for (const { task } of this.#tasks) {
      if (!task.inputs.some((i) => i.topic === fetched.topic)) continue;
      task.add(fetched);
      task.run(true);
      task.send();
    }
  }

  #fetched(topic: string, batch: Buffer): Fetched {
    const offset = this.#offsets.get(topic) ?? 0;
    const records = batch.readInt32BE(57);
    batch.writeBigInt64BE(BigInt(offset), 0);
    this.#offsets.set(topic, offset + records);
    return {
      topic,
      partition: 0,
      buffer: batch,
      from: 0,
      to: batch.length,
      startOffset: offset,
      nextOffset: offset + records,
      highWatermark: offset + records,
    };
  }
}

/** Caches of size 0: every update is forwarded at once, unless the case says otherwise. */
function settingsOf(properties: Readonly<Record<string, string>>): TaskSettings {
  const value = (name: string): string | undefined => properties[name] ?? properties[`ksql.streams.${name}`];
  const interval = value(FINAL_INTERVAL);
  return {
    ...DEFAULT_SETTINGS,
    gatherUpdates: Number(value('cache.max.bytes.buffering') ?? 0) > 0,
    throwOnInvalidTimestamp: String(properties['ksql.timestamp.throw.on.invalid']) === 'true',
    finalEmitIntervalMs: interval === undefined ? DEFAULT_SETTINGS.finalEmitIntervalMs : Number(interval),
  };
}
