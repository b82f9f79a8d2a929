import { createHash } from 'node:crypto';
import { Session } from 'node:inspector/promises';
import { messageOf } from '../../../src/base/errors.ts';
import { seededRandom } from '../../support/random.ts';
import { mutated } from './mutate.ts';
import type { Target } from './target.ts';

/** An input that the target took in a way that it must not. */
export interface Found {
  readonly input: Buffer;
  readonly problem: string;
}

export interface Round {
  readonly inputs: number;
  readonly found: readonly Found[];
  /** Places in the code that were reached, as V8 counts them. */
  readonly places: number;
  readonly slowestMs: number;
}

const BATCH = 512;
const POOL_MAX = 3000;
const SLOW_MS = 1000;
/** Problems with the same stack are the same problem. */
const FOUND_MAX = 20;

/**
 * Makes inputs from a target's seeds for `ms`, and checks them. Inputs of a batch that reached code which none before
 * had reached become seeds themselves.
 * @param begin called with each input before it is checked
 */
export async function fuzz(target: Target, seed: number, ms: number, begin: (input: Buffer) => void): Promise<Round> {
  const random = seededRandom(seed);
  const seeds = await target.seeds();
  const pool: Buffer[] = [...seeds];
  const found = new Map<string, Found>();
  const coverage = await Coverage.start();
  let [inputs, slowestMs] = [0, 0];
  const end = performance.now() + ms;
  while (performance.now() < end && found.size < FOUND_MAX) {
    const batch: Buffer[] = [];
    for (let i = 0; i < BATCH; i++) {
      const input = mutated(pool[Math.floor(random() * pool.length)]!, pool, target.words ?? [], random);
      batch.push(Buffer.from(input));
      begin(input);
      const began = performance.now();
      const problem = await problemOf(target, input, random);
      const tookMs = performance.now() - began;
      slowestMs = Math.max(slowestMs, tookMs);
      inputs++;
      if (problem !== undefined && !found.has(idOf(problem))) found.set(idOf(problem), { input: batch[i]!, problem });
      // The delay may be the machine's: only an input that is slow every time counts.
      else if (tookMs > SLOW_MS && (await isSlow(target, batch[i]!, random)))
        found.set(`slow ${found.size}`, { input: batch[i]!, problem: `takes more than ${SLOW_MS} ms` });
    }
    if (await coverage.hasNew())
      for (const input of batch) {
        if (pool.length < POOL_MAX) pool.push(input);
        else pool[seeds.length + Math.floor(random() * (POOL_MAX - seeds.length))] = input;
      }
  }
  return { inputs, found: [...found.values()], places: coverage.places, slowestMs: Math.round(slowestMs) };
}

/** The problem of one input, with its stack; undefined when there is none. */
export async function problemOf(target: Target, input: Buffer, random: () => number): Promise<string | undefined> {
  try {
    // The target may write into it.
    await target.check(Buffer.from(input), random);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  }
}

async function isSlow(target: Target, input: Buffer, random: () => number): Promise<boolean> {
  for (let i = 0; i < 3; i++) {
    const began = performance.now();
    await problemOf(target, input, random);
    if (performance.now() - began < SLOW_MS) return false;
  }
  return true;
}

/** The first place in this repository's code at which the problem occurred. */
function idOf(problem: string): string {
  const place = problem.split('\n').find((line) => line.includes('/src/'));
  return createHash('sha256')
    .update(place ?? problem)
    .digest('hex');
}

/** Which blocks of the code have run, by V8's own count. */
class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#session.post('Profiler.enable');
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
    return coverage;
  }

  get places(): number {
    return this.#seen.size;
  }

  /** Whether a block has run for the first time since the last call. */
  async hasNew(): Promise<boolean> {
    const before = this.#seen.size;
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    for (const { url, functions } of result) {
      if (!url.includes('/src/')) continue;
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges)
          if (count > 0) this.#seen.add(`${url} ${startOffset} ${endOffset}`);
    }
    return this.#seen.size > before;
  }
}
