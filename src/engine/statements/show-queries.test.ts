import { expect, test } from 'vitest';
import type { Services } from '../services.ts';
import { listQueries } from './show-queries.ts';

test('each query with the records that it has still to read', () => {
  const query = (id: string) => [id, { id, sql: '', sources: [], state: 'RUNNING' }] as const;
  const positions = [
    { topic: 'a', partition: 0, offset: 5, endOffset: 9 },
    { topic: 'a', partition: 1, offset: 3, endOffset: 4 },
    // More records were read since the end offset was determined.
    { topic: 'b', partition: 0, offset: 7, endOffset: 6 },
  ];
  const services = {
    catalog: { current: { queries: new Map([query('Q'), query('ELSEWHERE')]), source: () => undefined } },
    queries: { status: (id: string) => (id === 'Q' ? { status: 'RUNNING', positions } : undefined) },
    pushQueries: () => [],
  } as unknown as Services;
  const answer = listQueries({ extended: false } as Parameters<typeof listQueries>[0], services);
  expect(answer).toMatchObject({ queries: [{ id: 'Q', lag: 5 }, { id: 'ELSEWHERE' }] });
});
