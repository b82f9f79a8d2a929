import { expect, test } from 'vitest';
import { Stretch, STRETCH_MS } from './stretch.ts';

test('the first stretch is short and comes before those of others; the next are long and wait for them', async () => {
  let nowMs = 1000;
  const turns: boolean[] = [];
  const stretch = new Stretch({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    timers: {
      turn: async (isNew = false) => {
        turns.push(isNew);
        await Promise.resolve();
      },
      sleep: async () => {},
      after: () => () => {},
    },
  });
  expect(stretch.isOver).toBe(true);
  await stretch.breathe();
  nowMs += STRETCH_MS / 2;
  expect(stretch.isOver).toBe(true);
  await stretch.breathe();
  nowMs += STRETCH_MS / 2;
  await stretch.breathe();
  expect(turns).toEqual([true, false]);
  nowMs += STRETCH_MS / 2;
  await stretch.breathe();
  expect(turns).toEqual([true, false, false]);
});
