import { describe, expect, test } from 'vitest';
import { formatSchema } from '../../types/schema.ts';
import { PlanWorld } from '../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM s (id INT KEY, v BIGINT) WITH (kafka_topic='s', value_format='JSON');
    CREATE STREAM copy AS SELECT * FROM s;`);
  return made;
}

test('ALTER adds columns at the end', () => {
  const w = world();
  w.run('ALTER STREAM s ADD COLUMN w DOUBLE, ADD COLUMN x STRING;');
  expect(formatSchema(w.catalog.source('S')!.schema)).toBe('`ID` INTEGER KEY, `V` BIGINT, `W` DOUBLE, `X` STRING');
});

describe('ALTER refuses', () => {
  const cases: [string, string][] = [
    ['ALTER STREAM s ADD COLUMN v INT;', 'V'],
    ['ALTER TABLE s ADD COLUMN w INT;', 'STREAM'],
    ['ALTER STREAM nothing ADD COLUMN w INT;', 'NOTHING'],
    ['ALTER STREAM copy ADD COLUMN w INT;', 'CREATE ... AS'],
  ];
  test.each(cases)('%s', (text, word) => {
    expect(
      world()
        .refusal((w) => w.run(text))
        .message.toUpperCase(),
    ).toContain(word);
  });
});

test('DROP ends the query that wrote the source; DELETE TOPIC names the topic and its subjects', () => {
  const w = world();
  const plan = w.run('DROP STREAM copy DELETE TOPIC;');
  expect(plan.terminates).toHaveLength(1);
  expect(plan.deletes).toMatchObject({ topic: 'COPY' });
  expect(w.catalog.source('COPY')).toBeUndefined();
});

test('DROP is refused while a query reads the source, and names what it writes', () => {
  const w = world();
  expect(w.refusal((x) => x.run('DROP STREAM s;')).message).toContain('read from this source: [COPY]');
});

test('IF EXISTS drops nothing where nothing is', () => {
  expect(world().run('DROP STREAM IF EXISTS nothing;')).toMatchObject({ skipped: true, terminates: [] });
});

test('types: created once, used in columns, dropped', () => {
  const w = world();
  w.run('CREATE TYPE address AS STRUCT<street STRING, city STRING>;');
  w.run(`CREATE STREAM p (id INT KEY, home address) WITH (kafka_topic='p', value_format='JSON');`);
  expect(formatSchema(w.catalog.source('P')!.schema)).toContain('`HOME` STRUCT<`STREET` STRING, `CITY` STRING>');
  expect(() => w.run('CREATE TYPE address AS INT;')).toThrow(/ADDRESS/i);
  w.run('DROP TYPE address;');
  expect(() =>
    w.run(`CREATE STREAM q (id INT KEY, home address) WITH (kafka_topic='q', value_format='JSON');`),
  ).toThrow();
});
