import { expect, test } from 'vitest';
import { BIGINT, INTEGER, STRING } from '../types/sql-type.ts';
import { planTopology, resolvePartitions, taskCount } from './topology.ts';
import { aggregate, call, col, foreignKeyJoin, groupBy, plan, sink, source, streamTableJoin } from './testing/steps.ts';

const PREFIX = '_confluent-ksql-default_query_CTAS_OUT_0-';
const stream = source('STREAM', 's', { value: { G: STRING, N: INTEGER } });
const table = source('TABLE', 't', { value: { A: INTEGER } });
const count = { C: call('COUNT', [], BIGINT, 1) };

test('a repartition cuts the plan in two; its topic is named as ksqlDB does, with as many partitions as its writer has tasks', () => {
  const topology = planTopology(plan(sink(aggregate(groupBy(stream, ['G']), count))), 'default_');
  const topic = `${PREFIX}Aggregate-GroupBy-repartition`;
  expect(topology.subTopologies.map((s) => s.inputs.map((i) => i.topic))).toEqual([['s'], [topic]]);
  expect(topology.internalTopics).toEqual([{ name: topic, kind: 'repartition', writer: 0, reader: 1 }]);
  const partitions = resolvePartitions(topology, () => 6);
  expect(partitions.get(topic)).toBe(6);
  expect(topology.subTopologies.map((s) => taskCount(s, partitions))).toEqual([6, 6]);
});

test('a repartition topic that meets a source has the source’s partitions; tables come first', () => {
  const rekeyed = groupBy(stream, ['G']);
  const topology = planTopology(plan(sink(streamTableJoin(rekeyed, table, 'LEFT'))), 'default_');
  const joined = topology.subTopologies.find((s) => s.inputs.length === 2)!;
  expect(joined.inputs.map((i) => [i.topic, i.isTable])).toEqual([
    ['t', true],
    [`${PREFIX}Aggregate-GroupBy-repartition`, false],
  ]);
  const partitions = resolvePartitions(topology, (topic) => (topic === 's' ? 8 : 3));
  expect(partitions.get(`${PREFIX}Aggregate-GroupBy-repartition`)).toBe(3);
});

test('a foreign-key join is two sub-topologies that talk over two topics, each partitioned like its reader', () => {
  const left = source('TABLE', 'l', { value: { FK: STRING } });
  const topology = planTopology(plan(sink(foreignKeyJoin(left, table, 'INNER', col(left, 'FK')))), 'default_');
  expect(topology.subTopologies).toHaveLength(2);
  const partitions = resolvePartitions(topology, (topic) => (topic === 'l' ? 5 : 2));
  expect(partitions.get(`${PREFIX}Join-subscription-registration-topic`)).toBe(2);
  expect(partitions.get(`${PREFIX}Join-subscription-response-topic`)).toBe(5);
});

test('fragments that read one topic are one sub-topology: they share its offsets', () => {
  const again = { ...stream, name: 'again/Source' };
  const counted = aggregate(groupBy(again, ['G']), count);
  const topology = planTopology(plan(sink(streamTableJoin(stream, counted, 'LEFT'))), 'default_');
  expect(topology.sourceTopics).toEqual(['s']);
  expect(topology.subTopologies).toHaveLength(1);
});
