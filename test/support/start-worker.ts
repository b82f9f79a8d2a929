import { Worker, type WorkerOptions } from 'node:worker_threads';
import { compiledWorker } from './compiled.ts';

/**
 * Replaces `src/main/start-worker.ts` in tests: starts threads from the compiled server, because otherwise each thread
 * of hundreds of servers would compile it again.
 */
export function startWorker(
  file: string,
  workerData: unknown,
  name: string,
  more: Pick<WorkerOptions, 'transferList' | 'resourceLimits'> = {},
): Worker {
  return new Worker(compiledWorker(file), { ...more, workerData, name });
}
