import { expect, test } from 'vitest';
import { progressNotes } from './progress.ts';

const reading = { name: 'public.t', topic: 't', rows: 2, estimate: 2, rowsPerSecond: 0 } as const;

test('what is as it should be is news, what is not a warning', () => {
  const progress = { readings: [{ ...reading, state: 'done' as const }], retainedBytes: 56 };
  expect(progressNotes(progress, false)).toEqual({ news: [], warnings: [] });
  expect(progressNotes(progress, true)).toEqual({
    news: [
      'Table public.t: its first reading is done, 2 rows',
      'The database keeps 56 B of its log for this connector',
    ],
    warnings: [],
  });
  expect(progressNotes({ readings: [{ ...reading, state: 'waiting' }], retainedBytes: 2 ** 31 }, false)).toEqual({
    news: ['Table public.t: its rows wait to be read'],
    warnings: ['The database keeps 2.0 GB of its log for this connector: it is that far behind, or stands'],
  });
});
