import { expect, test } from 'vitest';
import { dueMs, nextTurn, SELDOM_MS, type Pace, type Turn } from './pace.ts';

const EVERY_MS = 5000;

/** The times, in ms, at which a page requests its data until `endMs`, when events have the content `at(time)`. */
function asked(at: (ms: number) => Omit<Pace, 'everyMs'>, endMs: number): number[] {
  let turn: Turn = { count: 0, atMs: 0, signs: at(0).signs, isSettled: false };
  const times: number[] = [];
  for (let ms = 0; ms < endMs; ms += 1000) {
    const pace = { everyMs: EVERY_MS, ...at(ms) };
    if (ms < dueMs(turn, pace)) continue;
    turn = nextTurn(turn, pace, ms);
    times.push(ms);
  }
  return times;
}

test('where nothing changes it is asked once more, then seldom', () => {
  expect(asked(() => ({ signs: 'idle', isBusy: false }), 75_000)).toEqual([10_000, 40_000, 70_000]);
  expect(SELDOM_MS).toBe(30_000);
});

test('a change is asked for at once, its end is not missed', () => {
  const changes = (ms: number) => ({ signs: ms < 21_000 ? 'a' : 'b', isBusy: false });
  expect(asked(changes, 60_000)).toEqual([10_000, 21_000, 31_000]);
});

test('what changes all the time is asked for at most that often, and after its end', () => {
  const flow = (ms: number) => ({ signs: String(Math.min(ms, 12_000)), isBusy: ms < 12_000 });
  expect(asked(flow, 45_000)).toEqual([5000, 10_000, 15_000, 25_000]);
});
