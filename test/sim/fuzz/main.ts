/**
 * npm run fuzz -- [--seconds N] [--target NAME]... [--ledger FILE]
 *
 * Feeds changed inputs to whatever reads bytes or text from outside (targets.ts), each target for an equal share of the
 * time. Which inputs are changed further depends on the code that they reach. Nothing may throw what it does not
 * promise, take a second, or never return. What is found is printed and stored in test/sim/fuzz/found, where fuzz.test.ts
 * checks it for ever; the exit code is then 1. Each round has a new seed: its number in the ledger, to which the
 * results are appended.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { TARGETS } from './targets.ts';

/** What a worker is to do. */
export interface Order {
  readonly name: string;
  readonly seed: number;
  readonly ms: number;
  /** The number of the present input, its length, and its bytes. */
  readonly present: SharedArrayBuffer;
}

interface Report {
  readonly inputs: number;
  readonly places: number;
  readonly slowestMs: number;
  readonly found: readonly { readonly input: string; readonly problem: string }[];
}

const FOUND = path.join(import.meta.dirname, 'found');
const PRESENT_BYTES = 8 + (1 << 15);
/** An input on which a target works for so long has hung it. */
const HANG_MS = 30_000;
const LOOK_MS = 1000;

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string', multiple: true, default: TARGETS.map((t) => t.name) },
    ledger: { type: 'string', default: path.join(import.meta.dirname, 'ledger.jsonl') },
  },
});

async function round(name: string, seed: number, ms: number): Promise<Report> {
  const present = new SharedArrayBuffer(PRESENT_BYTES);
  const order: Order = { name, seed, ms, present };
  const worker = new Worker(new URL('./start-worker.mjs', import.meta.url), { workerData: order });
  const head = new Int32Array(present, 0, 2);
  let [last, sinceMs] = [-1, performance.now()];
  return await new Promise((resolve, reject) => {
    const watch = setInterval(() => {
      const now = Atomics.load(head, 0);
      if (now !== last) [last, sinceMs] = [now, performance.now()];
      else if (now > 0 && performance.now() - sinceMs > HANG_MS) {
        clearInterval(watch);
        const input = Buffer.from(present, 8, Atomics.load(head, 1)).toString('base64');
        void worker.terminate();
        resolve({ inputs: now, places: 0, slowestMs: HANG_MS, found: [{ input, problem: 'never returns' }] });
      }
    }, LOOK_MS);
    worker.once('message', (report: Report) => {
      clearInterval(watch);
      resolve(report);
    });
    worker.once('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
  });
}

const { ledger, target: names } = options;
let [number, broken] = [existsSync(ledger) ? readFileSync(ledger, 'utf8').trim().split('\n').length : 0, 0];
for (const name of names) {
  const began = performance.now();
  const seed = ++number;
  const { found, ...report } = await round(name, seed, (Number(options.seconds) * 1000) / names.length);
  for (const [i, { input, problem }] of found.entries()) {
    const file = path.join(FOUND, `${name}-${seed}-${i}.json`);
    writeFileSync(file, `${JSON.stringify({ target: name, input, problem }, null, 2)}\n`);
    console.log(`${name}: ${problem}\n${file}\n`);
    broken++;
  }
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const line = { date: new Date().toISOString(), target: name, seed, ...report, found: found.length, seconds };
  appendFileSync(ledger, `${JSON.stringify(line)}\n`);
  console.log(`${name}: ${report.inputs} inputs, ${report.places} places, ${found.length} found, ${seconds} s`);
}
process.exit(broken === 0 ? 0 : 1);
