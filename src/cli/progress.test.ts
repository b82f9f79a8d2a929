import { expect, test } from 'vitest';
import { SILENT_LOGGER, type Env } from '../base/env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { followProgress, progressLine, readProgress } from './progress.ts';
import { styleFor } from './render/style.ts';
import { ConsoleSession } from './session.ts';
import { FakeServer } from './testing/fake-server.ts';

const ENV: Env = {
  clock: { nowMs: () => 0, monotonicMs: () => 0 },
  timers: { sleep: () => Promise.resolve(), after: () => () => undefined, turn: () => Promise.resolve() },
  random: { next: () => 0, uuid: () => '' },
  logger: SILENT_LOGGER,
};

test('a line says share, figures, rate and what is left', () => {
  expect(progressLine({ name: 'users', done: 500, total: 1000, unit: 'rows', rate: 100 }, 7)).toBe(
    `users   ▕${'█'.repeat(12)}${'░'.repeat(12)}▏  50 %  500 of 1,000 rows, 100/s, 5 s left`,
  );
  expect(progressLine({ name: 'x', done: 0, total: 9, unit: 'rows' })).toContain('  0 %');
  expect(progressLine({ name: 'x', done: 500, total: 0, unit: 'rows', rate: 100 })).toBe('x  500 rows so far, 100/s');
});

/** A server whose connector reads a table of 30 rows, ten more with each request. */
function server(): ConsoleSession {
  let rows = 0;
  return new ConsoleSession(
    new SluiceClient({
      transport: new FakeServer(({ text }) => {
        if (text.startsWith('SHOW QUERIES'))
          return {
            body: [
              {
                '@type': 'query_descriptions',
                queryDescriptions: [
                  {
                    id: 'CTAS_A_0',
                    ...(rows < 20 && { restoreProgress: { restoredOffsets: rows, totalOffsets: 20 } }),
                  },
                ],
              },
            ],
          };
        if (text.startsWith('SHOW SOURCE'))
          return { body: [{ '@type': 'connector_list', connectors: [{ name: 'c' }] }] };
        rows += 10;
        const reading = {
          name: 'public.t',
          state: rows >= 40 ? 'done' : 'reading',
          rows,
          estimate: 30,
          rowsPerSecond: 5,
        };
        return { body: [{ '@type': 'connector_description', progress: [reading] }] };
      }),
    }),
    'table',
  );
}

test('what is under way is asked of queries and connectors', async () => {
  expect(await readProgress(server(), new AbortController().signal)).toEqual([
    { name: 'Restore of CTAS_A_0', done: 0, total: 20, unit: 'changes' },
    { name: 'c: public.t', done: 10, total: 30, unit: 'rows', rate: 5 },
  ]);
});

test('it is followed to its end: in place where a person looks, by lines beside the results elsewhere', async () => {
  const run = async (isLive: boolean) => {
    const text = { out: '', err: '' };
    const any = await followProgress(
      server(),
      {
        style: styleFor(false),
        size: () => ({ columns: 80, rows: 24 }),
        write: async (t) => void (text.out += await Promise.resolve(t)),
        writeError: async (t) => void (text.err += await Promise.resolve(t)),
        isLive: () => isLive,
      },
      ENV,
      new AbortController().signal,
    );
    return { any, ...text };
  };
  const live = await run(true);
  expect(live.any).toBe(true);
  expect(live.err).toBe('');
  expect(live.out.endsWith('\r\u001b[J')).toBe(true);
  const lines = (await run(false)).err.split('\n');
  expect(lines.filter((l) => l.startsWith('c: public.t'))).toHaveLength(3);
  expect(lines.filter((l) => l.startsWith('Restore'))).toHaveLength(2);
});
