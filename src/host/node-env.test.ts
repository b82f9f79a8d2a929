import { expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';

const { timers } = testEnv();

function work(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

test('those who work on and on leave the event loop to the others between two turns', async () => {
  let ticks = 0;
  const ticking = setInterval(() => ticks++, 1);
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 5; i++) {
        await timers.turn();
        work(6);
      }
    }),
  );
  clearInterval(ticking);
  // Twenty turns of 6 ms: a timer is due after each.
  expect(ticks).toBeGreaterThanOrEqual(15);
});

test('turns come in the order in which they were asked for, and none is lost', async () => {
  const order: string[] = [];
  const take = async (name: string, n: number): Promise<void> => {
    for (let i = 0; i < n; i++) {
      await timers.turn();
      order.push(`${name}${i}`);
    }
  };
  await Promise.all([take('a', 3), take('b', 3)]);
  expect(order).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
  await timers.turn();
});
