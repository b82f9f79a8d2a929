import { KEYS } from '../config/keys.ts';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Worker } from 'node:worker_threads';
import { Backoff } from '../base/backoff.ts';
import type { Config } from '../base/config/config.ts';
import type { Threads } from '../engine/queries/query-manager.ts';
import { retryDelays } from '../engine/queries/query-options.ts';
import { memberText } from '../engine/queries/query-member.ts';
import { QueryThread, type RunningWorker } from '../engine/queries/query-thread.ts';
import type { FromWorker } from '../engine/queries/thread-messages.ts';
import type { Services } from '../engine/services.ts';
import { LmdbStore } from '../store/lmdb-store.ts';
import type { LogHost } from '../log/embedded/log-host.ts';
import { dataFolder } from './open-log.ts';
import { startWorker } from './start-worker.ts';

/** What a worker thread for queries receives at its start. */
export interface WorkerData {
  readonly properties: Readonly<Record<string, string>>;
  /** The folder of its state, under `data.dir`; on the embedded log the folder of the store, which it only reads. */
  readonly state: string;
  /** The member name in the consumer groups of queries on Kafka. */
  readonly member: string;
}

/** Name of the state folder of a worker. */
export function stateOfWorker(index: number): string {
  return `state-${index + 1}`;
}

/** The state stores of worker threads, opened read-only at first use, for pull queries. */
export class WorkerStates {
  readonly #config: Config;
  readonly #stores = new Map<number, LmdbStore>();

  constructor(config: Config) {
    this.#config = config;
  }

  of(index: number): LmdbStore {
    let store = this.#stores.get(index);
    if (store === undefined) {
      store = new LmdbStore({ path: dataFolder(this.#config, stateOfWorker(index)), readOnly: true });
      this.#stores.set(index, store);
    }
    return store;
  }

  /** The stores that workers have created. */
  get known(): readonly (readonly [index: number, store: LmdbStore])[] {
    const found: (readonly [number, LmdbStore])[] = [];
    for (let i = 0; existsSync(path.join(dataFolder(this.#config, stateOfWorker(i)), 'data.mdb')); i++)
      found.push([i, this.of(i)]);
    return found;
  }

  async close(): Promise<void> {
    for (const store of this.#stores.values()) await store.close();
    this.#stores.clear();
  }
}

type ThreadServices = Pick<Services, 'env' | 'processingLog' | 'registry' | 'serverUrl'>;

/** Worker threads by number, created at first use. */
class Pool {
  readonly #make: (index: number) => QueryThread;
  readonly #threads = new Map<number, QueryThread>();

  constructor(make: (index: number) => QueryThread) {
    this.#make = make;
  }

  thread(index: number): QueryThread {
    let thread = this.#threads.get(index);
    if (thread === undefined) this.#threads.set(index, (thread = this.#make(index)));
    return thread;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.close()));
  }
}

/** On Kafka, with `ksql.streams.num.stream.threads` above 1: each thread is a member of the query's consumer group. */
export function kafkaThreads(config: Config, services: ThreadServices): Threads {
  const pool = new Pool((index) => newThread(config, services, index, stateOfWorker(index)));
  return {
    forQuery: (query) => {
      const threads = query.get(KEYS.numStreamThreads);
      return threads > 1 ? Array.from({ length: threads }, (_, i) => pool.thread(i)) : undefined;
    },
    close: () => pool.close(),
  };
}

/** The maximum number of threads unless `query.threads` is set. */
const THREADS_MAX = 8;

/**
 * On the embedded log: one pool for all queries; each query runs in the thread with the fewest. Undefined when
 * `query.threads` is 0. `hostLog` gives a thread access to the log of this thread.
 */
export function embeddedThreads(config: Config, services: ThreadServices, hostLog: () => LogHost): Threads | undefined {
  const asked = config.get(KEYS.queryThreads);
  const size = asked ?? Math.max(1, Math.min(THREADS_MAX, availableParallelism() - 1));
  if (size < 1) return undefined;
  const pool = new Pool((index) => newThread(config, services, index, 'log', hostLog));
  const loads: QueryThread[] = [];
  return {
    forQuery: () => {
      const idle = loads.find((thread) => thread.load === 0);
      if (idle === undefined && loads.length < size) loads.push(pool.thread(loads.length));
      return [idle ?? loads.reduce((least, thread) => (thread.load < least.load ? thread : least))];
    },
    close: () => pool.close(),
  };
}

function newThread(
  config: Config,
  services: ThreadServices,
  index: number,
  state: string,
  hostLog?: () => LogHost,
): QueryThread {
  const { retryInitialMs, retryMaxMs } = retryDelays(config);
  const data: WorkerData = {
    properties: Object.fromEntries(config.entries()),
    state,
    member: memberText(services.serverUrl, index + 1),
  };
  return new QueryThread({
    number: index + 1,
    startWorker: () => running(startWorker('query-worker', data, `queries-${index + 1}`)),
    services,
    hostLog,
    retry: new Backoff(retryInitialMs, retryMaxMs),
  });
}

function running(worker: Worker): RunningWorker {
  let failure: unknown;
  worker.on('error', (error) => (failure = error));
  return {
    post: (message, moved) => worker.postMessage(message, moved ?? []),
    onMessage: (handler) => worker.on('message', (message) => handler(message as FromWorker)),
    onEnd: (handler) => worker.on('exit', (code) => handler(failure ?? new Error(`It has exited with code ${code}`))),
    async terminate() {
      await worker.terminate();
    },
  };
}
