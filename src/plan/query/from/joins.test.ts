import { describe, expect, test } from 'vitest';
import { allSteps } from '../../steps/walk.ts';
import { faultsOf } from '../../testing/check-plan.ts';
import { PlanWorld } from '../../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM a (id INT KEY, x INT) WITH (kafka_topic='a', value_format='JSON');
    CREATE STREAM b (id INT KEY, y INT) WITH (kafka_topic='b', value_format='JSON');
    CREATE TABLE t (id INT PRIMARY KEY, fk INT) WITH (kafka_topic='t', value_format='JSON');
    CREATE TABLE u (id INT PRIMARY KEY, z INT) WITH (kafka_topic='u', value_format='JSON');`);
  return made;
}

describe('the kind of a join', () => {
  const cases: [string, string, boolean][] = [
    ['STREAM x AS SELECT * FROM a JOIN b WITHIN 1 HOUR ON a.id = b.id', 'StreamStreamJoin', false],
    ['STREAM x AS SELECT * FROM a JOIN t ON a.id = t.id', 'StreamTableJoin', false],
    ['STREAM x AS SELECT * FROM a LEFT JOIN t ON a.x = t.id', 'StreamTableJoin', true],
    ['TABLE x AS SELECT * FROM t JOIN u ON t.id = u.id', 'TableTableJoin', false],
    ['TABLE x AS SELECT * FROM t JOIN u ON t.fk = u.id', 'ForeignKeyTableTableJoin', false],
  ];
  test.each(cases)('%s', (text, kind, moves) => {
    const { root } = world().query(`CREATE ${text};`);
    const kinds = allSteps(root).map((s) => s.kind);
    expect(kinds).toContain(kind);
    expect(kinds.includes('Repartition')).toBe(moves);
    expect(faultsOf(root)).toEqual([]);
  });
});

describe('refused', () => {
  const cases: [string, RegExp][] = [
    ['STREAM x AS SELECT * FROM a JOIN b ON a.id = b.id', /WITHIN/],
    ['STREAM x AS SELECT * FROM a JOIN t WITHIN 1 HOUR ON a.id = t.id', /WITHIN/],
    ['STREAM x AS SELECT * FROM a RIGHT JOIN t ON a.id = t.id', /RIGHT|OUTER|supported/i],
    ['STREAM x AS SELECT * FROM a JOIN b WITHIN 1 HOUR ON a.id > b.id', /=|equal/i],
    ['STREAM x AS SELECT * FROM a JOIN t ON a.id = t.fk', /key/i],
    ['STREAM x AS SELECT * FROM a JOIN a WITHIN 1 HOUR ON a.id = a.id', /A|itself|self/],
    ['TABLE x AS SELECT * FROM t JOIN u ON t.fk = u.z', /key/i],
    ['STREAM x AS SELECT id FROM a JOIN t ON a.id = t.id', /ID/],
  ];
  test.each(cases)('%s', (text, words) => {
    expect(world().refusal((w) => w.run(`CREATE ${text};`)).message).toMatch(words);
  });
});

test('topics of different partition counts are not joined by key, and the advice repartitions', () => {
  const w = world();
  w.topics.set('b', { partitions: 7, replicas: 1 });
  const error = w.refusal((x) => x.run('CREATE STREAM x AS SELECT * FROM a JOIN b WITHIN 1 HOUR ON a.id = b.id;'));
  expect(`${error.message} ${error.hint}`).toMatch(/partitions/i);
  expect(error.hint).toMatch(/PARTITION/i);
});
