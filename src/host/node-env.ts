import { randomUUID } from 'node:crypto';
import type { Clock, Env, Logger, Random, Timers } from '../base/env.ts';
import { hidingLogger } from '../base/secrets/hide.ts';

const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Short turns share a round of the event loop of this length, in ms; then timers and sockets are processed. */
const ROUND_MS = 4;

/** Waiters for a turn, in FIFO order; newcomers precede those that continue their work. */
const newcomers: (() => void)[] = [];
const waiting: (() => void)[] = [];
/** Whether a waiter of `waiting` has had a turn in this round. */
let isFair = true;
let roundEnds = 0;
/** Whether a turn was given and is not known to have ended. */
let isTurning = false;

function beginRound(): void {
  roundEnds = performance.now() + ROUND_MS;
  isFair = false;
  giveTurn();
}

/**
 * The work of a turn has ended when no microtask is left: only then is it known whether the next turn is in the same
 * round.
 */
function giveTurn(): void {
  isTurning = true;
  const isOver = performance.now() >= roundEnds;
  if (newcomers.length > 0 && (waiting.length === 0 || !isOver)) newcomers.shift()!();
  else {
    isFair = true;
    waiting.shift()!();
  }
  queueMicrotask(() => process.nextTick(endTurn));
}

function endTurn(): void {
  isTurning = false;
  if (waiting.length + newcomers.length === 0) return;
  // However many newcomers there are, one of the continuing waiters gets a turn in each round.
  if (performance.now() < roundEnds || (!isFair && waiting.length > 0)) giveTurn();
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
  turn(isNew = false) {
    return new Promise((resolve) => {
      (isNew ? newcomers : waiting).push(resolve);
      if (waiting.length + newcomers.length === 1 && !isTurning) setImmediate(beginRound);
    });
  },
};

const random: Random = { next: () => Math.random(), uuid: () => randomUUID() };

/** The environment of the real system, for `main`, tests and benchmarks. */
export function nodeEnv(logger: Logger): Env {
  // Log messages may repeat a URL or a header, so secrets in them are hidden.
  return { clock, timers, random, logger: hidingLogger(logger, () => []) };
}
