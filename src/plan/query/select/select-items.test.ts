import { describe, expect, test } from 'vitest';
import { PlanWorld } from '../../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM s (id INT KEY, n INT, st STRUCT<a INT, n INT>) WITH (kafka_topic='s', value_format='JSON');
    CREATE TABLE t (id INT PRIMARY KEY, n INT) WITH (kafka_topic='t', value_format='JSON');`);
  return made;
}

describe('names of the columns of a result', () => {
  const cases: [string, string[]][] = [
    ['SELECT * FROM s', ['ID', 'N', 'ST']],
    ['SELECT n + 1, n AS n, n * 2 FROM s', ['KSQL_COL_0', 'N', 'KSQL_COL_1']],
    ['SELECT st->* FROM s', ['A', 'N']],
    ['SELECT st->a FROM s', ['A']],
    ['SELECT st->n, n FROM s', ['N_1', 'N']],
    ['SELECT s.*, t.n FROM s JOIN t ON s.id = t.id', ['S_ID', 'S_N', 'S_ST', 'T_N']],
    ['SELECT ROWTIME AS at FROM s', ['AT']],
  ];
  test.each(cases)('%s', (text, names) => {
    expect(
      world()
        .push(`${text} EMIT CHANGES;`)
        .columns.map((c) => c.name),
    ).toEqual(names);
  });
});

describe('refused', () => {
  test.each([
    ['SELECT nothing FROM s', /NOTHING/],
    ['SELECT n AS ROWTIME FROM s', /ROWTIME/],
    ['SELECT n, n FROM s', /N/],
    ['SELECT x.n FROM s', /X/],
    ['SELECT st->nothing FROM s', /NOTHING/],
  ] as [string, RegExp][])('%s', (text, words) => {
    expect(world().refusal((w) => w.push(`${text} EMIT CHANGES;`)).message).toMatch(words);
  });
});
