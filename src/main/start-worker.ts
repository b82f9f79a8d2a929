import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a file of this folder in a thread: JavaScript in a build; TypeScript in development, where the thread must
 * load tsx itself.
 */
export function startWorker(
  file: string,
  workerData: unknown,
  name: string,
  more: Pick<WorkerOptions, 'transferList' | 'resourceLimits'> = {},
): Worker {
  const options = { ...more, workerData, name };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${file}.js`, import.meta.url), options);
  const entry = JSON.stringify(new URL(`./${file}.ts`, import.meta.url).href);
  // Resolved from this file, because evaluated code resolves imports from the working directory.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const start = `import(${loader}).then(({ register }) => { register(); return import(${entry}); })`;
  return new Worker(start, { ...options, eval: true });
}
