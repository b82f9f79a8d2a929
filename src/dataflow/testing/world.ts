import { SILENT_LOGGER, type Env, type ProcessingLogEntry } from '../../base/env.ts';
import { EmbeddedLog } from '../../log/embedded/embedded-log.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import type { LogWriter } from '../../log/api.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import { readerOf } from '../../state/ordered.ts';
import { QueryRunner } from '../runner/query-runner.ts';
import type { QueryRunnerOptions } from '../runner/runner-options.ts';
import { DEFAULT_SETTINGS } from '../settings.ts';
import { COMPILE } from './feed.ts';

const env: Env = {
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
  timers: {
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason as Error);
        });
      }),
    after: (ms, task) => {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  },
  random: { next: () => Math.random(), uuid: () => crypto.randomUUID() },
  logger: SILENT_LOGGER,
};

export const PARTITIONS = 3;

/** An embedded log with queries that run over it as in a server. */
export class World {
  readonly store: OrderedStore;
  readonly log: EmbeddedLog;
  readonly problems: ProcessingLogEntry[] = [];
  readonly #runners: QueryRunner[] = [];
  writer!: LogWriter;

  constructor(store: OrderedStore = new MemoryStore()) {
    this.store = store;
    this.log = new EmbeddedLog({ store, env, fsync: 'never' });
  }

  async open(...topics: string[]): Promise<this> {
    for (const name of topics) {
      if ((await this.log.admin.describeTopic(name)) === undefined) {
        await this.log.admin.createTopic({ name, partitions: PARTITIONS, replicas: 1 });
      }
    }
    this.writer = await this.log.createWriter({});
    return this;
  }

  /** Appends records, given as key, value and timestamp. */
  async append(
    topic: string,
    partition: number,
    records: readonly (readonly [string, object | null, number])[],
  ): Promise<void> {
    const batch = new BatchBuilder();
    for (const [key, value, at] of records) {
      batch.add(at, Buffer.from(key), value === null ? null : Buffer.from(JSON.stringify(value)));
    }
    this.writer.append(topic, partition, batch.finish(), true);
    await this.writer.commit();
  }

  run(query: QueryPlan, options: Partial<QueryRunnerOptions> = {}): QueryRunner {
    const runner = new QueryRunner({
      plan: query,
      log: this.log,
      env,
      serviceId: 'default_',
      offsetReset: 'earliest',
      settings: DEFAULT_SETTINGS,
      compile: COMPILE,
      registry: undefined,
      processingLog: { write: (e) => this.problems.push(e) },
      state: readerOf(this.store),
      retryInitialMs: 5,
      ...options,
    });
    this.#runners.push(runner);
    runner.start();
    return runner;
  }

  /** Ends the queries that it has started. */
  async close(): Promise<void> {
    for (const runner of this.#runners.splice(0)) await runner.close();
  }

  /** The latest value of each key of a topic, and how often each key was written. */
  async table(topic: string): Promise<Map<string, unknown>> {
    const found = new Map<string, unknown>();
    for (const { key, value } of await this.records(topic)) {
      if (value === null) found.delete(key);
      else found.set(key, value);
    }
    return found;
  }

  async records(topic: string): Promise<{ key: string; value: unknown }[]> {
    const found: { key: string; value: unknown }[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const at = { topic, partition };
      const end = await this.log.admin.latestOffset(at);
      const reader = this.log.createReader({});
      reader.assign([{ ...at, offset: await this.log.admin.earliestOffset(at) }]);
      while (reader.position(at) < end) {
        for (const fetched of await reader.poll(0)) {
          const cursor = new RecordCursor();
          cursor.openFetched(fetched);
          while (cursor.next()) {
            for (let i = 0; i < cursor.columns.count; i++) {
              const value = cursor.columns.value(i);
              found.push({
                key: cursor.columns.key(i)!.toString(),
                value: value === null ? null : JSON.parse(value.toString()),
              });
            }
          }
        }
      }
      await reader.close();
    }
    return found;
  }
}

/** Waits up to a minute for the condition. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export const caughtUp = (runner: QueryRunner): Promise<void> =>
  until(() => runner.caughtUp(), 'the query had caught up');
