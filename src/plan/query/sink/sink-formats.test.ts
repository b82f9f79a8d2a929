import { describe, expect, test } from 'vitest';
import { PlanWorld } from '../../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM s (id INT KEY, g STRING, n INT) WITH (kafka_topic='s', value_format='JSON');
    CREATE STREAM d (id INT KEY, g STRING) WITH (kafka_topic='d', value_format='DELIMITED', value_delimiter='|');`);
  return made;
}

const topicOf = (w: PlanWorld, text: string) => {
  w.run(text);
  return w.catalog.source('X')!.topic;
};

test('formats are those of the source where WITH says nothing, with their properties', () => {
  expect(topicOf(world(), 'CREATE STREAM x AS SELECT * FROM s;').valueFormat.format).toBe('JSON');
  const { valueFormat } = topicOf(world(), 'CREATE STREAM x AS SELECT * FROM d;');
  expect(valueFormat.format).toBe('DELIMITED');
  expect(Object.values(valueFormat.properties)).toContain('|');
});

test('a format of its own does not take the properties of another', () => {
  const { valueFormat } = topicOf(world(), `CREATE STREAM x WITH (value_format='JSON') AS SELECT * FROM d;`);
  expect(valueFormat).toEqual({ format: 'JSON', properties: {} });
});

describe('refused', () => {
  test.each([
    [`CREATE STREAM x WITH (value_format='KAFKA') AS SELECT id, g, n FROM s;`, /KAFKA/],
    [`CREATE STREAM x WITH (value_format='NOPE') AS SELECT * FROM s;`, /NOPE/],
    [`CREATE STREAM x WITH (value_delimiter='|') AS SELECT * FROM s;`, /DELIMITER/i],
    [`CREATE STREAM x WITH (wrap_single_value=false) AS SELECT * FROM s;`, /WRAP_SINGLE_VALUE/],
  ] as [string, RegExp][])('%s', (text, words) => {
    expect(world().refusal((w) => w.run(text)).message).toMatch(words);
  });
});
