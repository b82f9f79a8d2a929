import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import type { startWorker } from '../../../src/main/start-worker.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/**
 * Starts threads of plug-ins as a built server does: loading TypeScript in each of them would take five times as long
 * as everything else. Built files are written to `outDir`.
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
