import { expect, test } from 'vitest';
import { WrongPasswords } from './wrong-passwords.ts';

test('wrong passwords in a row are waited after, longer each time, for that user at that address alone', () => {
  let nowMs = 0;
  const wrong = new WrongPasswords(() => nowMs);
  const fail = (times: number): void => {
    for (let i = 0; i < times; i++) wrong.take('ann', '10.0.0.1', false);
  };
  fail(4);
  expect(wrong.tooSoon('ann', '10.0.0.1')).toBeUndefined();
  fail(1);
  expect(wrong.tooSoon('ann', '10.0.0.1')).toEqual({ retryAfterS: 1 });
  expect(wrong.tooSoon('ann', '10.0.0.2')).toBeUndefined();
  expect(wrong.tooSoon('bob', '10.0.0.1')).toBeUndefined();
  nowMs += 1000;
  expect(wrong.tooSoon('ann', '10.0.0.1')).toBeUndefined();
  fail(1);
  expect(wrong.tooSoon('ann', '10.0.0.1')).toEqual({ retryAfterS: 2 });
  fail(100);
  expect(wrong.tooSoon('ann', '10.0.0.1')).toEqual({ retryAfterS: 60 });
  nowMs += 60_000;
  wrong.take('ann', '10.0.0.1', true);
  fail(4);
  expect(wrong.tooSoon('ann', '10.0.0.1')).toBeUndefined();
});

test('what is remembered is bounded', () => {
  const wrong = new WrongPasswords(() => 0);
  for (let i = 0; i < 5; i++) wrong.take('first', 'a', false);
  expect(wrong.tooSoon('first', 'a')).toBeDefined();
  for (let i = 0; i < 10_000; i++) wrong.take(`user ${i}`, 'a', false);
  expect(wrong.tooSoon('first', 'a')).toBeUndefined();
});
