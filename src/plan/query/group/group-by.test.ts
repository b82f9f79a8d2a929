import { describe, expect, test } from 'vitest';
import { allSteps } from '../../steps/walk.ts';
import { PlanWorld } from '../../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM s (id INT KEY, g STRING, n INT) WITH (kafka_topic='s', value_format='JSON');
    CREATE TABLE t (id INT PRIMARY KEY, g STRING, n INT) WITH (kafka_topic='t', value_format='JSON');`);
  return made;
}

const kinds = (w: PlanWorld, text: string): string[] => allSteps(w.query(text).root).map((s) => s.kind);

test('grouping by the key needs no repartition, by another column one', () => {
  expect(kinds(world(), 'CREATE TABLE x AS SELECT id, COUNT(*) FROM s GROUP BY id;')).not.toContain('Repartition');
  expect(kinds(world(), 'CREATE TABLE x AS SELECT g, COUNT(*) FROM s GROUP BY g;')).toContain('Repartition');
});

test('a push query may aggregate all rows as one group', () => {
  const plan = world().push('SELECT COUNT(*) FROM s EMIT CHANGES;');
  expect(plan.columns).toHaveLength(1);
});

describe('refused', () => {
  const cases: [string, RegExp][] = [
    ['CREATE TABLE x AS SELECT g, n, COUNT(*) FROM s GROUP BY g;', /N/],
    ['CREATE TABLE x AS SELECT COUNT(*) FROM s;', /GROUP BY/],
    ['CREATE STREAM x AS SELECT g, COUNT(*) FROM s GROUP BY g;', /TABLE/],
    ['CREATE TABLE x AS SELECT g FROM s GROUP BY COUNT(*);', /aggregate|COUNT/i],
    ['CREATE TABLE x AS SELECT g, COUNT(*) FROM s GROUP BY 1;', /not part of GROUP BY: G/],
    ['CREATE TABLE x AS SELECT g, COUNT(*) FROM s HAVING COUNT(*) > 1;', /GROUP BY/],
    ['CREATE TABLE x AS SELECT g, MIN(n) FROM t GROUP BY g;', /MIN/],
    ['CREATE TABLE x AS SELECT g, COUNT(*) FROM t WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY g;', /WINDOW|window/],
  ];
  test.each(cases)('%s', (text, words) => {
    expect(world().refusal((w) => w.run(text)).message).toMatch(words);
  });
});
