import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import type { Config } from '../engine/config/config.ts';
import type { Threads } from '../engine/queries/query-manager.ts';
import { QueryThread } from '../engine/queries/query-thread.ts';
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
export function workerThreads(
  config: Config,
  env: Env,
  services: Pick<Services, 'env' | 'processingLog' | 'registry'>,
): Threads {
  const threads = new Map<number, { readonly worker: Worker; readonly thread: QueryThread }>();
  return {
    worker(index) {
      const known = threads.get(index);
      if (known !== undefined) return known.thread;
      const data: WorkerData = { properties: Object.fromEntries(config.entries()), state: stateOfWorker(index) };
      const worker = startWorker(data, `queries-${index + 1}`);
      const thread = new QueryThread(
        {
          post: (message) => worker.postMessage(message),
          onMessage: (handler) => worker.on('message', (message) => handler(message as FromWorker)),
        },
        services,
      );
      worker.on('error', (error) => {
        env.logger.error('A worker thread has died', { thread: index + 1, error: messageOf(error) });
        thread.fail(error);
      });
      threads.set(index, { worker, thread });
      return thread;
    },
    async close() {
      await Promise.all(
        [...threads.values()].map(async ({ worker, thread }) => {
          await thread.call({ kind: 'stop' }).catch(() => undefined);
          await worker.terminate();
        }),
      );
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
