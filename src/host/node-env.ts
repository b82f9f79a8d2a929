import { randomUUID } from 'node:crypto';
import type { Clock, Env, Logger, Random, Timers } from '../base/env.ts';
import { hidingLogger } from '../base/secrets/hide.ts';

const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Short turns share a round of the event loop as long as this, in ms; then timers and sockets are looked at. */
const ROUND_MS = 4;

/** Those who wait for a turn, first come, first served. */
const waiting: (() => void)[] = [];
let roundEnds = 0;
/** A turn has been given and is not known to be over. */
let isTurning = false;

function beginRound(): void {
  roundEnds = performance.now() + ROUND_MS;
  giveTurn();
}

/**
 * What a turn does is over once no microtask is left: only then is it known whether the next one comes in the same
 * round.
 */
function giveTurn(): void {
  isTurning = true;
  waiting.shift()!();
  queueMicrotask(() => process.nextTick(endTurn));
}

function endTurn(): void {
  isTurning = false;
  if (waiting.length === 0) return;
  if (performance.now() < roundEnds) giveTurn();
  else setImmediate(beginRound);
}

const timers: Timers = {
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  turn() {
    return new Promise((resolve) => {
      if (waiting.push(resolve) === 1 && !isTurning) setImmediate(beginRound);
    });
  },
};

const random: Random = { next: () => Math.random(), uuid: () => randomUUID() };

/** The real world, for `main`, tests and benchmarks. */
export function nodeEnv(logger: Logger): Env {
  // Whatever repeats a URL or a header in its words: no line tells what is secret in them.
  return { clock, timers, random, logger: hidingLogger(logger, () => []) };
}
