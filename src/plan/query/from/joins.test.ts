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

describe('more than two', () => {
  const counted = (b: number, c: number): PlanWorld => {
    const w = new PlanWorld();
    w.run(`
      CREATE STREAM a (id INT KEY, x INT) WITH (kafka_topic='a', value_format='JSON', partitions=4);
      CREATE TABLE b (k INT PRIMARY KEY, v INT) WITH (kafka_topic='b', value_format='JSON', partitions=${b});
      CREATE TABLE \`c\` (k INT PRIMARY KEY, w INT) WITH (kafka_topic='c', value_format='JSON', partitions=${c});`);
    for (const [name, partitions] of Object.entries({ a: 4, b, c })) w.topics.set(name, { partitions, replicas: 1 });
    return w;
  };
  const BY_X = 'CREATE STREAM o AS SELECT a.x, v, w FROM a JOIN b ON a.x = b.k JOIN `c` AS c ON a.x = c.k;';
  const BY_ID = 'CREATE STREAM o AS SELECT a.x, v, w FROM a JOIN b ON a.id = b.k JOIN `c` AS c ON a.x = c.k;';

  test('tables of different counts that are read as they are do not meet, whatever the stream had before it moved', () => {
    expect(counted(2, 2).query(BY_X)).toBeDefined();
    const refused = counted(2, 4).refusal((w) => w.run(BY_X));
    expect(refused.message).toContain('`B` partitions = 2; `C` partitions = 4');
    expect(refused.hint).toContain('CREATE TABLE B_4 WITH (PARTITIONS=4) AS SELECT * FROM B;');
  });

  test('the advice names a source as it has to be written', () => {
    expect(counted(4, 2).refusal((w) => w.run(BY_X)).hint).toContain(
      'CREATE TABLE `c_4` WITH (PARTITIONS=4) AS SELECT * FROM `c`;',
    );
  });

  test('what moves after the first join may meet a table of another count in the second', () => {
    expect(counted(4, 2).query(BY_ID)).toBeDefined();
    expect(counted(2, 4).refusal((w) => w.run(BY_ID)).message).toContain('`A` partitions = 4; `B` partitions = 2');
  });
});
