import { describe, expect, test } from 'vitest';
import type { Step } from '../steps/steps.ts';
import { allSteps } from '../steps/walk.ts';
import { faultsOf } from '../testing/check-plan.ts';
import { PlanWorld } from '../testing/world.ts';

const isTwoPhase = (root: Step): boolean => allSteps(root).some((s) => 'twoPhase' in s && s.twoPhase === true);

function planned(select: string, format = 'JSON'): boolean {
  const world = new PlanWorld();
  world.run(`
    CREATE STREAM s (id INT KEY, g STRING, n INT, b BIGINT, d DOUBLE, m DECIMAL(9, 2)) WITH (kafka_topic='s', value_format='${format}');
    CREATE TABLE t (id INT PRIMARY KEY, g STRING) WITH (kafka_topic='t', value_format='JSON');`);
  const { root } = world.query(`CREATE TABLE x AS ${select};`);
  expect(faultsOf(root)).toEqual([]);
  return isTwoPhase(root);
}

describe('an aggregation begins before its topic', () => {
  test.each([
    'SELECT g, COUNT(*) AS c FROM s GROUP BY g',
    'SELECT g, COUNT(n) AS c, SUM(n) AS a, SUM(b) AS e, MIN(d) AS l, MAX(m) AS h FROM s GROUP BY g',
    'SELECT g, COUNT(*) AS c FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY g EMIT FINAL',
    'SELECT g, COUNT(*) AS c FROM s WINDOW HOPPING (SIZE 1 HOUR, ADVANCE BY 5 MINUTES) WHERE n > 1 GROUP BY g HAVING COUNT(*) > 2',
    'SELECT t.g AS g, COUNT(*) AS c FROM s JOIN t ON s.id = t.id GROUP BY t.g',
  ])('%s', (select) => expect(planned(select)).toBe(true));
});

describe('not where parts of it do not add up to the same, or there is no topic', () => {
  test.each([
    'SELECT id, COUNT(*) AS c FROM s GROUP BY id',
    'SELECT g, SUM(d) AS c FROM s GROUP BY g',
    'SELECT g, SUM(m) AS c FROM s GROUP BY g',
    'SELECT g, COUNT(*) AS c, AVG(n) AS a FROM s GROUP BY g',
    'SELECT g, LATEST_BY_OFFSET(n) AS c FROM s GROUP BY g',
    'SELECT g, COUNT(*) AS c FROM s WINDOW SESSION (1 HOUR) GROUP BY g',
    'SELECT g, COUNT(*) AS c FROM t GROUP BY g',
  ])('%s', (select) => expect(planned(select)).toBe(false));

  test('where a null of the row would come back as another value', () => {
    expect(planned('SELECT g, MAX(n) AS c FROM s GROUP BY g', 'PROTOBUF')).toBe(false);
  });
});
