import { describe, expect, test } from 'vitest';
import { faultsOf } from '../testing/check-plan.ts';
import { PlanWorld } from '../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM a (id INT KEY, n INT, t STRING) WITH (kafka_topic='a', value_format='JSON');
    CREATE STREAM target (id INT KEY, n BIGINT, t STRING) WITH (kafka_topic='target', value_format='JSON');
    CREATE TABLE rows (id INT PRIMARY KEY, n BIGINT, t STRING) WITH (kafka_topic='rows', value_format='JSON');`);
  return made;
}

test('the result takes the shape of the target: an INT is widened to its BIGINT', () => {
  const plan = world().query('INSERT INTO target SELECT id, n, t FROM a;');
  expect(plan).toMatchObject({ sink: 'TARGET', sources: ['A'] });
  expect(plan.root.out.row.map((c) => c.type.kind)).toEqual(['BIGINT', 'STRING']);
  expect(faultsOf(plan.root)).toEqual([]);
});

describe('refused', () => {
  const cases: [string, RegExp][] = [
    ['INSERT INTO target SELECT id, t, n FROM a;', /schema|column/i],
    ['INSERT INTO target SELECT id, n FROM a;', /schema|column/i],
    ['INSERT INTO rows SELECT id, n, t FROM a;', /table|stream/i],
    ['INSERT INTO nothing SELECT * FROM a;', /NOTHING/],
    ['INSERT INTO target SELECT id, n, t FROM a PARTITION BY t;', /schema|key|column/i],
  ];
  test.each(cases)('%s', (text, words) => {
    expect(world().refusal((w) => w.run(text)).message).toMatch(words);
  });
});
