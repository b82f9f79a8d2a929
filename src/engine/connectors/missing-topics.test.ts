import { expect, test } from 'vitest';
import type { Catalog } from '../../catalog/catalog.ts';
import { untoldTopics } from './missing-topics.ts';

const over = (format: string): Catalog =>
  ({
    sourcesOfTopic: (topic: string) =>
      topic === 'visits' ? [{ name: 'VISITS', topic: { name: topic, valueFormat: { format } } }] : [],
  }) as unknown as Catalog;

test('a sink of columns over records that do not say them is told of the stream that does', () => {
  expect(untoldTopics('postgres-sink', { topics: 'visits, others' }, over('JSON'))).toEqual([
    "The records of topic visits are JSON and do not say their columns, which postgres-sink writes: sources='VISITS' in place of topics gives it those of VISITS",
  ]);
  for (const config of [
    { topics: 'visits', 'value.converter': 'X' },
    { topics: 'visits', transforms: 'x' },
    { topics: 'others' },
  ] as Readonly<Record<string, string>>[])
    expect(untoldTopics('postgres-sink', config, over('JSON'))).toEqual([]);
  expect(untoldTopics('postgres-sink', { topics: 'visits' }, over('AVRO'))).toEqual([]);
  expect(untoldTopics('file-sink', { topics: 'visits' }, over('JSON'))).toEqual([]);
});
