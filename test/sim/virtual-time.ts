import type { Clock, Env, Logger, Random, Timers } from '../../src/base/env.ts';
import { seededRandom } from '../support/random.ts';

/** Where virtual time begins: about the time of the records, so that retention leaves them alone. */
const EPOCH_MS = 60_000;
/** What a step costs the clock, in ms: whoever measures a stretch of work sees time pass. */
const STEP_MS = 0.05;

interface Due {
  readonly at: number;
  /** Among equals chance decides, as among timers of different machines. */
  readonly lot: number;
  readonly machine: Machine;
  readonly run: () => void;
  isCancelled: boolean;
}

/**
 * Time that passes only when nothing is left to do, and chance that comes from one number: what runs in it runs the same
 * way each time. Several machines share it; one that is dead is never called again, whatever it waits for.
 *
 * Between two steps all microtasks are done: one turn of Node's own event loop sees to that. Nothing in here may do
 * input or output of its own, or it would come at a moment that no seed knows.
 */
export class VirtualTime {
  readonly random: () => number;
  #nowMs = 0;
  #due: Due[] = [];
  #steps = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Virtual ms since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get steps(): number {
    return this.#steps;
  }

  machine(logger: Logger): Machine {
    return new Machine(this, logger);
  }

  /** To be run after `ms`, unless the machine is dead by then. Returns what cancels it. */
  schedule(ms: number, machine: Machine, run: () => void): () => void {
    const due: Due = { at: this.#nowMs + Math.max(0, ms), lot: this.random(), machine, run, isCancelled: false };
    push(this.#due, due);
    return () => {
      due.isCancelled = true;
    };
  }

  /**
   * Lets time pass until `promise` is settled, at most `limitMs` of virtual time.
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

/** What was waited for cannot come any more, or takes too long: a lost wake-up, or a server that is stuck. */
export class StandStill extends Error {}

/** One machine's view of time and chance. */
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

  /** As kill -9: nothing that it waits for happens any more. */
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

/** A binary heap, earliest first. */
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
