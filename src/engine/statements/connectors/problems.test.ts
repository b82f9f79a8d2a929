import { expect, test } from 'vitest';
import { withoutEcho } from './problems.ts';

test('what follows from a misspelt setting is not told beside it', () => {
  const taken = { key: 'topic.prefix', text: 'topic.prefix - … The rows of table a would go to topic a, but …' };
  const missing = { key: 'connection.url', text: 'Missing required configuration "connection.url" which has …' };
  const unknown = (key: string, meant: string) => ({
    key,
    text: `${key} is not a setting of postgres-source. Did you mean ${meant}?`,
  });
  expect(withoutEcho([taken, missing], [unknown('table', 'tables')])).toEqual([missing]);
  expect(withoutEcho([taken], [unknown('table.includ', 'table.include or tables')])).toEqual([]);
  expect(withoutEcho([taken, missing], [unknown('conection.url', 'connection.url')])).toEqual([taken]);
});
