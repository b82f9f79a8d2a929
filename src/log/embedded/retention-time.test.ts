import { beforeEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { BELIEVED_AFTER_MS, RetentionTime } from './retention-time.ts';

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;

let wallMs: number;
let monotonicMs: number;
let told: string[];
let time: RetentionTime;

beforeEach(() => {
  wallMs = 1_700_000_000_000;
  monotonicMs = 5000;
  told = [];
  const tell = (message: string): void => void told.push(message);
  time = new RetentionTime({
    clock: { nowMs: () => wallMs, monotonicMs: () => monotonicMs },
    logger: { ...SILENT_LOGGER, warn: tell, error: tell },
  });
});

function pass(ms: number): void {
  wallMs += ms;
  monotonicMs += ms;
}

test('goes as the clock goes, and takes small corrections', () => {
  pass(5 * MINUTE);
  expect(time.nowMs()).toBe(wallMs);
  wallMs += MINUTE;
  expect(time.nowMs()).toBe(wallMs);
  wallMs -= 2 * MINUTE;
  expect(time.nowMs()).toBe(wallMs);
  expect(told).toEqual([]);
});

test('a jump ahead does not count, and is over when the clock is set right', () => {
  const before = wallMs;
  wallMs += YEAR;
  pass(5 * MINUTE);
  expect(time.nowMs()).toBe(before + 5 * MINUTE);
  pass(5 * MINUTE);
  expect(time.nowMs()).toBe(before + 10 * MINUTE);
  wallMs -= YEAR;
  expect(time.nowMs()).toBe(before + 10 * MINUTE);
  expect(told).toEqual([
    'The clock has jumped ahead: no records expire by that until it has stayed so for an hour',
    'The clock is as it was before its jump ahead',
  ]);
});

test('a jump ahead that stays is believed: the clock was wrong before', () => {
  wallMs += YEAR;
  for (let passed = 0; passed < BELIEVED_AFTER_MS; passed += 5 * MINUTE) {
    expect(time.nowMs()).toBeLessThan(wallMs - YEAR + 1);
    pass(5 * MINUTE);
  }
  expect(time.nowMs()).toBe(wallMs);
  pass(5 * MINUTE);
  expect(time.nowMs()).toBe(wallMs);
});

test('a clock that is set back deletes less, at once', () => {
  wallMs -= YEAR;
  expect(time.nowMs()).toBe(wallMs);
  expect(told).toEqual(['The clock was set back: records expire later']);
});

test('its condition says the jump, since when, and the way back; and that it was set back, for an hour', () => {
  expect(time.condition()).toEqual({ name: 'clock', state: 'OK' });
  wallMs += 180 * MINUTE;
  pass(5 * MINUTE);
  expect(time.condition()).toMatchObject({
    state: 'WARNING',
    reason: 'The clock has jumped ahead by 180 min, 0 min ago',
  });
  pass(7 * MINUTE);
  expect(time.condition()).toMatchObject({
    reason: 'The clock has jumped ahead by 180 min, 7 min ago',
    hint: expect.stringContaining('Set it right') as string,
  });
  wallMs -= 180 * MINUTE;
  expect(time.condition()).toEqual({ name: 'clock', state: 'OK' });
  wallMs -= 30 * MINUTE;
  expect(time.condition()).toMatchObject({ state: 'WARNING', reason: 'The clock was set back by 30 min, 0 min ago' });
  pass(61 * MINUTE);
  expect(time.condition()).toEqual({ name: 'clock', state: 'OK' });
});
