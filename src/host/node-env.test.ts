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

test('who has just come is served before those who work on and on, and these go on in each round all the same', async () => {
  const order: string[] = [];
  let isOver = false;
  const working = Array.from({ length: 10 }, async () => {
    for (let i = 0; i < 3; i++) {
      await timers.turn();
      order.push('works');
      // Longer than a round.
      work(5);
    }
  });
  const coming = (async () => {
    for (let i = 0; i < 5; i++) {
      await timers.turn(true);
      order.push('new');
    }
    // Newcomers keep arriving.
    while (!isOver) await timers.turn(true);
  })();
  await Promise.all(working);
  isOver = true;
  await coming;
  const longest = order.slice(0, order.lastIndexOf('new')).join(' ').split('new');
  // At most one of the thirty turns is between two turns of the newcomer: it does not wait for all ten workers.
  expect(longest.map((between) => between.split('works').length - 1).filter((n) => n > 1)).toEqual([]);
  expect(order.filter((name) => name === 'works')).toHaveLength(30);
});
