import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

/** Turns of an event loop that the test gives, and work of a millisecond each. */
function loop(): { turns: Turns; work(client: string): void; give(): Promise<string[]> } {
  let now = 0;
  let begin: (() => void) | undefined;
  let done: string[] = [];
  const turns = new Turns({
    clock: { nowMs: () => now, monotonicMs: () => now },
    timers: {
      sleep: async () => undefined,
      after: () => () => undefined,
      turn: () => new Promise((resolve) => (begin = resolve)),
    },
  });
  return {
    turns,
    work: (client) =>
      turns.takeFor(client, () => {
        done.push(client);
        now += 1;
      }),
    async give() {
      done = [];
      begin?.();
      await new Promise((resolve) => setImmediate(resolve));
      return done;
    },
  };
}

test('some milliseconds of work are done in each turn, and others have theirs between', async () => {
  const { work, give } = loop();
  for (let i = 0; i < 5; i++) work('a');
  expect(await give()).toHaveLength(2);
  expect(await give()).toHaveLength(2);
  expect(await give()).toHaveLength(1);
  expect(await give()).toHaveLength(0);
  work('a');
  expect(await give()).toEqual(['a']);
});

test('a client with much to do keeps no other from its share', async () => {
  const { work, give } = loop();
  for (let i = 0; i < 1000; i++) work('a');
  expect(await give()).toEqual(['a', 'a']);
  work('b');
  work('c');
  work('b');
  expect(await give()).toEqual(['a', 'b']);
  expect(await give()).toEqual(['c', 'a']);
  expect(await give()).toEqual(['b', 'a']);
});
