import { describe, expect, test } from 'vitest';
import { formatSchema } from '../../types/schema.ts';
import { PlanWorld } from '../testing/world.ts';

const STREAM = `CREATE STREAM s (id INT KEY, v BIGINT) WITH (kafka_topic='s', value_format='JSON', partitions=2);`;

test('CREATE STREAM: the change of the catalog, and the topic that must be there first', () => {
  const world = new PlanWorld();
  const plan = world.run(
    `CREATE STREAM s (id INT KEY, v BIGINT) WITH (kafka_topic='missing_s', value_format='JSON', partitions=2);`,
  );
  expect(plan.topics).toMatchObject([{ name: 'missing_s', partitions: 2, exists: false }]);
  expect(formatSchema(world.catalog.source('S')!.schema)).toBe('`ID` INTEGER KEY, `V` BIGINT');
});

test('a statement that is refused leaves the catalog as it was', () => {
  const world = new PlanWorld();
  world.run(STREAM);
  const before = world.catalog;
  expect(world.refusal((w) => w.run(STREAM)).message).toContain('S');
  expect(world.catalog).toBe(before);
});

test('IF NOT EXISTS over a name that is taken does nothing and says so', () => {
  const world = new PlanWorld();
  world.run(STREAM);
  const plan = world.run(STREAM.replace('STREAM s', 'STREAM IF NOT EXISTS s'));
  expect(plan).toMatchObject({ skipped: true, topics: [] });
  expect(plan.warnings).not.toEqual([]);
});

test('a name has at most the characters of a topic', () => {
  const world = new PlanWorld();
  const long = (text: string): string => `CREATE STREAM ${'s'.repeat(250)} ${text}`;
  const why = 'The name of a stream has at most 249 characters, as that of a topic: this one has 250';
  expect(
    world.refusal((w) => w.run(long("(v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);"))).message,
  ).toContain(why);
  world.run(STREAM.replace('STREAM s', `STREAM ${'s'.repeat(249)}`));
  expect(
    world.refusal((w) => w.run(long(`WITH (kafka_topic='t') AS SELECT * FROM ${'s'.repeat(249)};`))).message,
  ).toContain(why);
});

describe('refused, with the word that mends it', () => {
  const cases: [string, string][] = [
    [`CREATE STREAM x (id INT PRIMARY KEY) WITH (kafka_topic='x', value_format='JSON');`, 'KEY'],
    [`CREATE TABLE x (id INT KEY, v INT) WITH (kafka_topic='x', value_format='JSON');`, 'PRIMARY KEY'],
    [`CREATE TABLE x (v INT) WITH (kafka_topic='x', value_format='JSON');`, 'PRIMARY KEY'],
    [`CREATE STREAM x (id INT KEY, id BIGINT) WITH (kafka_topic='x', value_format='JSON');`, 'ID'],
    [`CREATE STREAM x (ROWTIME BIGINT) WITH (kafka_topic='x', value_format='JSON');`, 'ROWTIME'],
    [`CREATE STREAM x (id INT KEY, v INT) WITH (kafka_topic='x', value_format='NOPE');`, 'NOPE'],
    [`CREATE STREAM x (id INT KEY, v INT) WITH (kafka_topic='missing_x', value_format='JSON');`, 'missing_x'],
    [`CREATE STREAM x (id INT KEY, m MAP<STRING, INT> KEY) WITH (kafka_topic='x', format='JSON');`, 'MAP'],
    [`CREATE STREAM x (id INT KEY, a INT, b INT) WITH (kafka_topic='x', value_format='KAFKA');`, 'KAFKA'],
  ];
  test.each(cases)('%s', (text, word) => {
    expect(new PlanWorld().refusal((w) => w.run(text)).message).toContain(word);
  });
});

test('a SOURCE table is planned with the query that keeps its rows; it is not replaced', () => {
  const world = new PlanWorld();
  const text = `CREATE SOURCE TABLE t (id INT PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON');`;
  const plan = world.run(text);
  expect(plan.query?.plan).toMatchObject({
    root: { kind: 'TableSource', materialized: true },
    sink: 'T',
    sources: ['T'],
  });
  expect(() => world.run(text.replace('CREATE', 'CREATE OR REPLACE'))).toThrow(/SOURCE|source/);
});
