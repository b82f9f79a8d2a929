import { KEYS } from '../config/keys.ts';
import { Work } from '../base/budget/work.ts';
import type { Env, ProcessingLogEntry } from '../base/env.ts';
import { codecRegistryOf } from '../formats/schema-registry/codec-registry.ts';
import type { MemorySchemaRegistry } from '../formats/schema-registry/memory-registry.ts';
import type { FunctionRegistry } from '../functions/registry.ts';
import type { Log, LogWriter } from '../log/api.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { encodeHeaders } from '../log/record-batch/headers.ts';
import type { QueryPlan } from '../plan/steps/steps.ts';
import { readerOf } from '../state/ordered.ts';
import type { Header } from '../types/row.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../dataflow/settings.ts';
import { TaskChain } from '../dataflow/task/task-chain.ts';

/** What a driver needs of its environment. */
export interface DriverHost {
  readonly log: Log;
  readonly functions: FunctionRegistry;
  readonly registry: MemorySchemaRegistry;
  readonly problems: ProcessingLogEntry[];
  readonly env: Env;
  /**
   * How often a query checks for closed windows, in ms, with a wall clock that stands still, as in Kafka Streams' test
   * driver; undefined: they are emitted as in the product (docs/decisions/0013).
   */
  readonly emitIntervalMs: number | undefined;
}

/** The state of each host's queries, which a replaced query continues to use. */
const STATE = new WeakMap<DriverHost, MemoryStore>();

const FINAL_INTERVAL = '__emit.interval.ms.kstreams.windowed.aggregation__';

/**
 * Drives one query record by record, as the suite requires (README 3.5): each record passes through all of the query's
 * tasks before the next one. The tasks are those of production; every topic has one partition; the wall clock of
 * processing stands still at 0. Outputs are appended to the log's topics; internal topics exist only between the tasks.
 */
export class QueryDriver {
  readonly sourceTopics: readonly string[];
  readonly #chain: TaskChain;
  readonly #writer: LogWriter;
  readonly #store: MemoryStore;

  private constructor(
    plan: QueryPlan,
    host: DriverHost,
    writer: LogWriter,
    properties: Readonly<Record<string, string>>,
  ) {
    let store = STATE.get(host);
    if (store === undefined) STATE.set(host, (store = new MemoryStore()));
    this.#store = store;
    this.#writer = writer;
    this.#chain = new TaskChain({
      plan,
      serviceId: 'some.ksql.service.id',
      disk: readerOf(store),
      settings: settingsOf(properties, host.emitIntervalMs),
      log: { write: (entry) => host.problems.push(entry) },
      compile: {
        functions: host.functions,
        functionEnv: {
          nowMs: () => host.env.clock.nowMs(),
          random: () => host.env.random.next(),
          uuid: () => host.env.random.uuid(),
          config: (key) => properties[key],
          work: new Work(1_000_000, KEYS.rowMaxSteps.name),
        },
      },
      registry: codecRegistryOf(host.registry),
      output: (topic, batch) => writer.append(topic, 0, batch, true),
    });
    this.sourceTopics = this.#chain.topology.sourceTopics;
  }

  static async create(
    plan: QueryPlan,
    host: DriverHost,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<QueryDriver> {
    return new QueryDriver(plan, host, await host.log.createWriter({}), properties);
  }

  /** Processes one record of a source topic completely. Throws the error with which the query fails. */
  async pipe(
    topic: string,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: readonly Header[] = [],
  ): Promise<void> {
    const batch = new BatchBuilder(256);
    batch.add(timestamp, key, value, headers.length > 0 ? encodeHeaders(headers) : null);
    this.#chain.handle(topic, batch.finish());
    await this.#writer.commit();
  }

  async close(): Promise<void> {
    this.#store.write((writes) => {
      this.#chain.flush({
        putState: (space, key, value) => (value === null ? writes.delete(space, key) : writes.put(space, key, value)),
      });
    });
    await this.#writer.close();
  }
}

/** With caches of size 0, so that every update is forwarded at once, unless the case sets another size. */
function settingsOf(properties: Readonly<Record<string, string>>, emitIntervalMs: number | undefined): TaskSettings {
  const value = (name: string): string | undefined => properties[name] ?? properties[`ksql.streams.${name}`];
  const finalInterval = value(FINAL_INTERVAL);
  return {
    ...DEFAULT_SETTINGS,
    gatherUpdates: Number(value('cache.max.bytes.buffering') ?? 0) > 0,
    throwOnInvalidTimestamp: String(properties[KEYS.timestampThrowOnInvalid.name]) === 'true',
    finalEmitIntervalMs: finalInterval === undefined ? emitIntervalMs : Number(finalInterval),
    outerJoinEmitIntervalMs: emitIntervalMs,
  };
}
