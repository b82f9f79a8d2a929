import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { RetryDelay } from '../dataflow/query-errors.ts';
import type { Config } from '../engine/config/config.ts';
import type { Threads } from '../engine/queries/query-manager.ts';
import { retryDelays } from '../engine/queries/query-options.ts';
import { QueryThread, type RunningWorker } from '../engine/queries/query-thread.ts';
import type { FromWorker } from '../engine/queries/thread-messages.ts';
import type { Services } from '../engine/services.ts';
import { LmdbStore } from '../log/embedded/lmdb-store.ts';
import { dataFolder } from './open-log.ts';

export interface WorkerData {
  readonly properties: Readonly<Record<string, string>>;
  /** Folder of its state, under `data.dir`. */
  readonly state: string;
}

/** Name of the state folder of a worker. */
export function stateOfWorker(index: number): string {
  return `state-${index + 1}`;
}

/** The states of worker threads, opened for reading when first asked for: for pull queries. */
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

  /** Those that a worker has made. */
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

/** Worker threads that run queries, made when first asked for. */
export function workerThreads(config: Config, services: Pick<Services, 'env' | 'processingLog' | 'registry'>): Threads {
  const threads = new Map<number, QueryThread>();
  const { retryInitialMs, retryMaxMs } = retryDelays(config);
  return {
    worker(index) {
      let thread = threads.get(index);
      if (thread === undefined) {
        const data: WorkerData = { properties: Object.fromEntries(config.entries()), state: stateOfWorker(index) };
        thread = new QueryThread({
          number: index + 1,
          startWorker: () => running(startWorker(data, `queries-${index + 1}`)),
          services,
          retry: new RetryDelay(retryInitialMs, retryMaxMs),
        });
        threads.set(index, thread);
      }
      return thread;
    },
    async close() {
      await Promise.all([...threads.values()].map((thread) => thread.close()));
    },
  };
}

function running(worker: Worker): RunningWorker {
  let failure: unknown;
  worker.on('error', (error) => (failure = error));
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (handler) => worker.on('message', (message) => handler(message as FromWorker)),
    onEnd: (handler) => worker.on('exit', (code) => handler(failure ?? new Error(`It has exited with code ${code}`))),
    async terminate() {
      await worker.terminate();
    },
  };
}

/** Beside this file lies the entry: JavaScript where built; TypeScript in development, where a worker must load the loader itself. */
function startWorker(workerData: WorkerData, name: string): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./query-worker.js', import.meta.url), { workerData, name });
  }
  const entry = JSON.stringify(new URL('./query-worker.ts', import.meta.url).href);
  const start = `import('tsx/esm/api').then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(start, { workerData, name, eval: true });
}
