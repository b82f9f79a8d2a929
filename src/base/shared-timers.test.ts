import { expect, test } from 'vitest';
import type { Timers } from './env.ts';
import { SharedTimers } from './shared-timers.ts';

/** Timers that fire on command, and count how many were started. */
function manual() {
  let now = 1000;
  let begun = 0;
  let waiting: { readonly at: number; readonly wake: () => void }[] = [];
  const timers: Timers = {
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        begun++;
        const entry = { at: now + ms, wake: resolve };
        waiting.push(entry);
        signal?.addEventListener('abort', () => {
          waiting = waiting.filter((w) => w !== entry);
          reject(signal.reason as Error);
        });
      }),
    after: () => () => undefined,
    turn: () => Promise.resolve(),
  };
  return {
    shared: new SharedTimers(timers, { monotonicMs: () => now }),
    begun: () => begun,
    waiting: () => waiting.length,
    now: () => now,
    pass: async (ms: number): Promise<void> => {
      now += ms;
      const due = waiting.filter((w) => w.at <= now);
      waiting = waiting.filter((w) => w.at > now);
      for (const { wake } of due) wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('pauses of about the same length end together, none too early and none much too late', async () => {
  const world = manual();
  const ends: { readonly asked: number; readonly at: number }[] = [];
  for (let i = 0; i < 100; i++) {
    const asked = world.now() + 900 + i;
    void world.shared.sleep(900 + i).then(() => ends.push({ asked, at: world.now() }));
  }
  expect(world.begun()).toBeLessThanOrEqual(3);
  for (let i = 0; i < 1300; i++) await world.pass(1);
  expect(ends).toHaveLength(100);
  expect(new Set(ends.map((e) => e.at)).size).toBeLessThanOrEqual(3);
  for (const { asked, at } of ends) {
    expect(at).toBeGreaterThanOrEqual(asked);
    expect(at - asked).toBeLessThanOrEqual(250);
  }
});

test('short pauses are exact', async () => {
  const world = manual();
  let isOver = false;
  void world.shared.sleep(20).then(() => (isOver = true));
  await world.pass(19);
  expect(isOver).toBe(false);
  await world.pass(1);
  expect(isOver).toBe(true);
});

test('who is interrupted wakes at once; the others sleep on, and nobody keeps a timer that none waits for', async () => {
  const world = manual();
  const stop = new AbortController();
  const outcome: string[] = [];
  for (const signal of [stop.signal, stop.signal, undefined])
    void world.shared.sleep(1000, signal).then(
      () => outcome.push('over'),
      (error: unknown) => outcome.push(String(error)),
    );
  stop.abort('enough');
  await world.pass(0);
  expect(outcome).toEqual(['enough', 'enough']);
  expect(world.waiting()).toBe(1);
  await expect(world.shared.sleep(1000, stop.signal)).rejects.toBe('enough');
  await world.pass(1300);
  expect(outcome).toEqual(['enough', 'enough', 'over']);

  const second = new AbortController();
  const sleeping = world.shared.sleep(1000, second.signal);
  second.abort('no more');
  await expect(sleeping).rejects.toBe('no more');
  expect(world.waiting()).toBe(0);
});
