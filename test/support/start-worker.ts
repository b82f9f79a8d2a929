import { Worker, type WorkerOptions } from 'node:worker_threads';
import { compiledWorker } from './compiled.ts';

/**
 * Stands for `src/main/start-worker.ts` in tests: a thread that would compile the server for itself, in each of hundreds
 * of servers, takes the compiled one.
 */
export function startWorker(
  file: string,
  workerData: unknown,
  name: string,
  more: Pick<WorkerOptions, 'transferList' | 'resourceLimits'> = {},
): Worker {
  return new Worker(compiledWorker(file), { ...more, workerData, name });
}
