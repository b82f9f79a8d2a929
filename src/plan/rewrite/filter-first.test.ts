import { describe, expect, test } from 'vitest';
import { explainPlan } from '../explain.ts';
import { faultsOf } from '../testing/check-plan.ts';
import { PlanWorld } from '../testing/world.ts';

function stepsOf(sql: string): string[] {
  const world = new PlanWorld();
  world.run(`
    CREATE STREAM s (id INT KEY, u INT, v INT) WITH (kafka_topic='s', value_format='JSON');
    CREATE STREAM s2 (id INT KEY, v INT) WITH (kafka_topic='s2', value_format='JSON');
    CREATE TABLE t (id INT PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON');
  `);
  const plan = world.query(sql);
  expect(faultsOf(plan.root)).toEqual([]);
  return explainPlan(plan)
    .split('\n')
    .map((line) => /\[ (\w+) \].*?(\| Where: .*)?$/.exec(line)!)
    .map(([, word, where]) => (where === undefined ? word! : `${word!} ${where.slice(9)}`));
}

describe('filterFirst', () => {
  test('asks of the stream before the join and before its topic', () => {
    expect(
      stepsOf('CREATE STREAM o AS SELECT s.u, t.v FROM s LEFT JOIN t ON s.u = t.id WHERE s.v > 1 AND t.v > 2;'),
    ).toEqual([
      'SINK',
      'PROJECT',
      'FILTER (T_V > 2)',
      'JOIN',
      'REPARTITION',
      'PROJECT',
      'REKEY',
      'FILTER (S_V > 1)',
      'SOURCE',
      'SOURCE',
    ]);
  });

  test('leaves joins of streams alone: their stream time counts every record', () => {
    expect(
      stepsOf('CREATE STREAM o AS SELECT s.id, s2.v FROM s JOIN s2 WITHIN 1 HOUR ON s.id = s2.id WHERE s.v > 1;').slice(
        0,
        4,
      ),
    ).toEqual(['SINK', 'PROJECT', 'FILTER (S_V > 1)', 'JOIN']);
  });
});
