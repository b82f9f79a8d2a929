import { describe, expect, test } from 'vitest';
import { parseStatements } from '../sql/parse.ts';
import { needsOf } from './prefetch.ts';
import { PlanWorld } from './testing/world.ts';

function needs(text: string) {
  const world = new PlanWorld();
  world.run(`CREATE STREAM s (id INT KEY, n INT) WITH (kafka_topic='topic_of_s', value_format='JSON');`);
  const { catalog, config } = world.context;
  const { statement } = parseStatements(text)[0]!;
  return needsOf(statement, catalog, config);
}

describe('what must be fetched before planning', () => {
  test('CREATE over a topic: the topic', () => {
    expect(needs(`CREATE STREAM x (id INT KEY) WITH (kafka_topic='tx', value_format='JSON');`).topics).toContain('tx');
  });

  test('a query: the topics of its sources and of its sink', () => {
    const { topics } = needs('CREATE STREAM x AS SELECT * FROM s;');
    expect(topics).toEqual(expect.arrayContaining(['topic_of_s', 'X']));
  });

  test('a format of the registry without columns: the subjects of its topic', () => {
    const { subjects } = needs(`CREATE STREAM x WITH (kafka_topic='tx', value_format='AVRO');`);
    expect(subjects).toContain('tx-value');
  });

  test('formats that keep no schemas ask the registry nothing', () => {
    const found = needs(`CREATE STREAM x (id INT KEY, v INT) WITH (kafka_topic='tx', value_format='JSON');`);
    expect(found.subjects).toEqual([]);
  });

  test('what needs nothing asks nothing', () => {
    expect(needs('CREATE TYPE a AS INT;')).toMatchObject({ topics: [], subjects: [] });
  });
});
