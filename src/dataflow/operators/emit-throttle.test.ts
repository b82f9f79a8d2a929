import { expect, test } from 'vitest';
import { EmitThrottle } from './emit-throttle.ts';

/** A clock that the test moves. */
const clockAt = (nowMs: number): { now: number; nowMs(): number; monotonicMs(): number } => ({
  now: nowMs,
  nowMs() {
    return this.now;
  },
  monotonicMs() {
    return this.now;
  },
});

test('a throttle passes at once, and then once per interval', () => {
  const clock = clockAt(5000);
  const throttle = new EmitThrottle(clock, 1000);
  const passes = [0, 999, 1, 0, 5000, 999].map((ms) => {
    clock.now += ms;
    return throttle.passes();
  });
  expect(passes).toEqual([true, false, true, false, true, false]);
});

test('an interval of 0 passes always; without an interval there is no throttle', () => {
  const throttle = new EmitThrottle(clockAt(0), 0);
  expect([throttle.passes(), throttle.passes()]).toEqual([true, true]);
  expect(EmitThrottle.of(clockAt(0), undefined)).toBeUndefined();
  expect(EmitThrottle.of(clockAt(0), 0)).toBeDefined();
});
