import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './fuzzer.ts';
import { TARGETS } from './targets.ts';
import type { Order } from './main.ts';

/** Fuzzes one target, and keeps the number and the bytes of its present input where the main thread sees them. */
const { name, seed, ms, present } = workerData as Order;
const target = TARGETS.find((t) => t.name === name);
if (target === undefined) throw new Error(`There is no target ${name}: ${TARGETS.map((t) => t.name).join(', ')}`);
const head = new Int32Array(present, 0, 2);
const bytes = new Uint8Array(present, 8);
const round = await fuzz(target, seed, ms, (input) => {
  bytes.set(input);
  Atomics.store(head, 1, input.length);
  Atomics.add(head, 0, 1);
  // A target that listens for uncaught errors would hide this one.
}).catch((error: unknown) => ({
  inputs: 0,
  places: 0,
  slowestMs: 0,
  found: [{ input: Buffer.alloc(0), problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }],
}));
parentPort!.postMessage({
  ...round,
  found: round.found.map(({ input, problem }) => ({ input: input.toString('base64'), problem })),
});
// A target's server may still run.
process.exit(0);
