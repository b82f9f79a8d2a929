import type { Clock, Env, Logger, Random, Timers } from '../../src/base/env.ts';
import { seededRandom } from '../support/random.ts';

/** The start of virtual time: about the time of the records, so that retention does not delete them. */
const EPOCH_MS = 60_000;
/** The virtual duration of a step, in ms, so that code which measures its own duration sees time pass. */
const STEP_MS = 0.05;

interface Due {
  readonly at: number;
  /**
   * A random number that orders steps at the same time, because the order of timers on different machines is random.
   */
  readonly lot: number;
  readonly machine: Machine;
  readonly run: () => void;
  isCancelled: boolean;
}

/**
 * Time that passes only when no other work is left, and randomness that is derived from one seed, so that everything in
 * it is reproducible. Several machines share it; a dead machine is never called again, whatever it waits for.
 *
 * All microtasks are processed between two steps, by a turn of Node's own event loop. Nothing in it may do real I/O,
 * which would complete at a time that the seed does not determine.
 */
export class VirtualTime {
  readonly random: () => number;
  #nowMs = 0;
  #due: Due[] = [];
  #steps = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Virtual ms since the start. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get steps(): number {
    return this.#steps;
  }

  machine(logger: Logger): Machine {
    return new Machine(this, logger);
  }

  /** Schedules `run` after `ms`, unless the machine is dead by then. Returns a function that cancels it. */
  schedule(ms: number, machine: Machine, run: () => void): () => void {
    const due: Due = { at: this.#nowMs + Math.max(0, ms), lot: this.random(), machine, run, isCancelled: false };
    push(this.#due, due);
    return () => {
      due.isCancelled = true;
    };
  }

  /**
   * Lets time pass until `promise` is settled, for at most `limitMs` of virtual time.
   * @throws StandStill when it is not settled by then, or when nothing is left that could settle it
   */
  async until<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    const end = this.#nowMs + limitMs;
    for (;;) {
      await microtasks();
      if (isSettled) return await promise;
      const next = this.#next();
      if (next === undefined) throw new StandStill(`${what}: nothing is left to do, and it is not done`);
      if (next.at > end) throw new StandStill(`${what}: not done after ${limitMs} ms`);
      this.#step(next);
    }
  }

  /** Lets `ms` of virtual time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.#nowMs + ms;
    for (;;) {
      await microtasks();
      const next = this.#next();
      if (next === undefined || next.at > end) break;
      this.#step(next);
    }
    this.#nowMs = Math.max(this.#nowMs, end);
  }

  #next(): Due | undefined {
    while (this.#due.length > 0 && (this.#due[0]!.isCancelled || this.#due[0]!.machine.isDead)) pop(this.#due);
    return this.#due[0];
  }

  #step(next: Due): void {
    pop(this.#due);
    this.#steps++;
    this.#nowMs = Math.max(this.#nowMs, next.at) + STEP_MS;
    next.run();
  }
}

/** An awaited event can no longer occur, or takes too long: a lost wake-up, or a server that hangs. */
export class StandStill extends Error {}

/** The time and randomness of one machine. */
export class Machine {
  readonly env: Env;
  #isDead = false;

  constructor(time: VirtualTime, logger: Logger) {
    const clock: Clock = { nowMs: () => EPOCH_MS + Math.floor(time.nowMs), monotonicMs: () => time.nowMs };
    const timers: Timers = {
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) {
            reject(signal.reason as Error);
            return;
          }
          const onAbort = (): void => {
            cancel();
            reject(signal!.reason as Error);
          };
          const cancel = time.schedule(ms, this, () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          });
          signal?.addEventListener('abort', onAbort, { once: true });
        }),
      after: (ms, task) => time.schedule(ms, this, task),
      turn: () => new Promise((resolve) => time.schedule(0, this, resolve)),
    };
    const random: Random = { next: time.random, uuid: () => uuid(time.random) };
    this.env = { clock, timers, random, logger };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Kills the machine, as kill -9 does: nothing that it waits for happens any more. */
  kill(): void {
    this.#isDead = true;
  }
}

function uuid(random: () => number): string {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
}

function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const isBefore = (a: Due, b: Due): boolean => a.at < b.at || (a.at === b.at && a.lot < b.lot);

/** Inserts into a binary heap with the earliest entry first. */
function push(heap: Due[], due: Due): void {
  let i = heap.push(due) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!isBefore(due, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = due;
}

function pop(heap: Due[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}
