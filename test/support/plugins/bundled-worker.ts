import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import type { startWorker } from '../../../src/main/start-worker.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/**
 * Starts threads of plug-ins as a built server does: the loader of TypeScript takes five times as long as all the rest,
 * for each of them. What is built stands in `outDir`.
 */
export async function bundledWorkers(outDir: string): Promise<typeof startWorker> {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    build: { ssr: path.join(root, 'src/main/plugin-worker.ts'), outDir, target: 'node20', minify: false },
  });
  return (file, workerData, name, more) => new Worker(path.join(outDir, `${file}.js`), { ...more, workerData, name });
}
