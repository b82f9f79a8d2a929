import { randomUUID } from 'node:crypto';
import type { Clock, Env, Logger, Random, Timers } from '../base/env.ts';
import { hidingLogger } from '../base/secrets/hide.ts';

const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Short turns share a round of the event loop as long as this, in ms; then timers and sockets are looked at. */
const ROUND_MS = 4;

/** Those who wait for a turn, first come, first served: who has just come before those who work on and on. */
const newcomers: (() => void)[] = [];
const waiting: (() => void)[] = [];
/** Somebody of `waiting` has had a turn in this round. */
let isFair = true;
let roundEnds = 0;
/** A turn has been given and is not known to be over. */
let isTurning = false;

function beginRound(): void {
  roundEnds = performance.now() + ROUND_MS;
  isFair = false;
  giveTurn();
}

/**
 * What a turn does is over once no microtask is left: only then is it known whether the next one comes in the same
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
  // However many come: of those who work on one goes on in each round.
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

/** The real world, for `main`, tests and benchmarks. */
export function nodeEnv(logger: Logger): Env {
  // Whatever repeats a URL or a header in its words: no line tells what is secret in them.
  return { clock, timers, random, logger: hidingLogger(logger, () => []) };
}
