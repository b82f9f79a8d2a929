import { describe, expect, test } from 'vitest';
import type { QueryRuntime } from '../engine/queries/query-host.ts';
import { styleFor } from '../cli/render/style.ts';
import type { Screen } from '../cli/screen.ts';
import { Catalog } from '../catalog/catalog.ts';
import { followRestores, showStart } from './start-progress.ts';

/** A clock that a test sets; a sleeper wakes when its time is reached. */
class Time {
  #now = 0;
  readonly #sleeping: { readonly until: number; readonly wake: () => void }[] = [];
  readonly clock = { nowMs: () => this.#now, monotonicMs: () => this.#now };
  readonly timers = {
    sleep: async (ms: number, signal?: AbortSignal): Promise<void> =>
      await new Promise((wake) => {
        this.#sleeping.push({ until: this.#now + ms, wake });
        signal?.addEventListener('abort', () => wake());
      }),
    after: () => () => undefined,
    turn: () => Promise.resolve(),
  };

  async pass(ms: number): Promise<void> {
    for (const end = this.#now + ms; this.#now < end;) {
      this.#now += 50;
      for (const sleeper of this.#sleeping.filter((s) => s.until <= this.#now)) {
        this.#sleeping.splice(this.#sleeping.indexOf(sleeper), 1);
        sleeper.wake();
      }
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
  }
}

function screen(isLive: boolean): { readonly screen: Screen; readonly out: string[]; readonly beside: string[] } {
  const out: string[] = [];
  const beside: string[] = [];
  return {
    out,
    beside,
    screen: {
      style: styleFor(false),
      size: () => ({ columns: 100, rows: 24 }),
      isLive: () => isLive,
      write: async (text) => void out.push(text),
      writeError: async (text) => void beside.push(text),
    },
  };
}

describe('a start', () => {
  test('is told in a line a second beside the output where nobody looks, and not at all where it is short', async () => {
    const time = new Time();
    const { screen: s, out, beside } = screen(false);
    await showStart(async (onProgress) => onProgress({ name: 'Opening the log' }), s, time);
    expect([...out, ...beside]).toEqual([]);
    await showStart(
      async (onProgress) => {
        onProgress({ name: 'Waiting for Kafka' });
        await time.pass(2200);
        for (let done = 0; done <= 1000; done += 10) {
          onProgress({ name: 'Reading the command log', done, total: 1000, unit: 'commands' });
          if (done === 500) await time.pass(1000);
        }
      },
      s,
      time,
    );
    expect(beside.map((line) => line.replace(/[█░]+/, '#'))).toEqual([
      'Waiting for Kafka ... 1 s\n',
      'Waiting for Kafka ... 2 s\n',
      'Reading the command log ▕#▏  50 %  500 of 1,000 commands\n',
    ]);
    expect(out).toEqual([]);
  });

  test('is drawn in place where a person looks, from the beginning, and gone when it is over', async () => {
    const time = new Time();
    const { screen: s, out } = screen(true);
    const failed = showStart(
      async (onProgress) => {
        onProgress({ name: 'Reading the command log', done: 1, total: 2, unit: 'commands' });
        await time.pass(100);
        throw new Error('no');
      },
      s,
      time,
    );
    await expect(failed).rejects.toThrow('no');
    expect(out[0]).toBe('Starting ...');
    expect(out.at(-2)).toContain('50 %  1 of 2 commands');
    expect(out.at(-1)).toBe('\r\u001b[J');
  });
});

test('restores are followed until they are done, with what is left', async () => {
  const time = new Time();
  const { screen: s, beside } = screen(false);
  let restored = 0;
  const catalog = { queries: new Map([['CTAS_A_0', {}]]) } as unknown as Catalog;
  const status = (): QueryRuntime =>
    ({ restore: restored < 300 ? { restored, total: 300 } : undefined }) as unknown as QueryRuntime;
  const following = followRestores(
    { catalog, services: { queries: { status } } },
    new AbortController().signal,
    s,
    time,
  );
  for (; restored < 300; restored += 100) await time.pass(1000);
  await time.pass(11_000);
  await following;
  expect(beside.map((line) => line.replace(/[█░]+/, '#').replace(/\d+\/s, \d s/, 'N/s, N s'))).toEqual([
    'Restore of CTAS_A_0 ▕#▏   0 %  0 of 300 changes\n',
    'Restore of CTAS_A_0 ▕#▏  33 %  100 of 300 changes, N/s, N s left\n',
    'Restore of CTAS_A_0 ▕#▏  66 %  200 of 300 changes, N/s, N s left\n',
  ]);
});
