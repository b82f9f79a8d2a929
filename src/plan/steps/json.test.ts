import { expect, test } from 'vitest';
import { SluiceError } from '../../base/errors.ts';
import { PlanWorld } from '../testing/world.ts';
import { planFromJson, planToJson } from './json.ts';
import { PLAN_VERSION, type QueryPlan } from './steps.ts';
import { allSteps } from './walk.ts';

const SOURCES = `
  CREATE STREAM s (id INT KEY, name STRING, v BIGINT, d DECIMAL(6, 2), at TIMESTAMP, l ARRAY<INT>) WITH (kafka_topic='s', value_format='JSON');
  CREATE STREAM s2 (id INT KEY, w DOUBLE) WITH (kafka_topic='s2', value_format='JSON');
  CREATE STREAM w (id INT KEY, n INT) WITH (kafka_topic='w', value_format='JSON', window_type='TUMBLING', window_size='1 MINUTE');
  CREATE TABLE t (id INT PRIMARY KEY, ref BIGINT) WITH (kafka_topic='t', value_format='JSON');
  CREATE TABLE u (uid BIGINT PRIMARY KEY, label STRING) WITH (kafka_topic='u', value_format='JSON');
`;

const QUERIES = [
  "CREATE STREAM x AS SELECT id, v + 9007199254740993 AS big, d * 1.50 AS d, TO_BYTES('ff', 'hex') AS b FROM s WHERE at > '2024-02-29';",
  'CREATE STREAM x AS SELECT id, TRANSFORM(l, e => e + 1) AS l, NULLIF(name, NULL) AS n FROM s;',
  'CREATE STREAM x AS SELECT name, EXPLODE(l) AS e FROM s PARTITION BY name;',
  'CREATE TABLE x AS SELECT name, COUNT(*) AS n, TOPK(v, 3) AS k FROM s WINDOW HOPPING (SIZE 1 HOUR, ADVANCE BY 1 MINUTE) GROUP BY name HAVING COUNT(*) > 1;',
  'CREATE TABLE x AS SELECT id, COUNT(*) AS n FROM s WINDOW SESSION (5 MINUTES) GROUP BY id EMIT FINAL;',
  'CREATE STREAM x AS SELECT s.id AS id, w FROM s LEFT JOIN s2 WITHIN 1 HOUR GRACE PERIOD 1 MINUTE ON s.id = s2.id;',
  'CREATE STREAM x AS SELECT s.id AS id, ref FROM s JOIN t ON s.id = t.id;',
  "CREATE TABLE x AS SELECT t.id AS id, label FROM t LEFT JOIN u ON t.ref = u.uid WHERE label <> 'x';",
  'CREATE TABLE x AS SELECT ref, COUNT(*) AS n FROM t GROUP BY ref;',
  'CREATE STREAM x AS SELECT id, n, WINDOWSTART AS ws FROM w;',
];

const planOf = (text: string): QueryPlan => {
  const world = new PlanWorld();
  world.run(SOURCES);
  return world.query(text);
};

/** Round trip through JSON as in the command log. */
const stored = (plan: QueryPlan): unknown => JSON.parse(JSON.stringify(planToJson(plan)));

test.each(QUERIES)('%s survives the command log', (text) => {
  const plan = planOf(text);
  const read = planFromJson(stored(plan));
  expect(stored(read)).toEqual(stored(plan));
  expect(read).toEqual(plan);
});

test('literals keep their types: a BIGINT beyond doubles, a DECIMAL with its scale, bytes, a time', () => {
  const literals = JSON.stringify(allSteps(planFromJson(stored(planOf(QUERIES[0]!))).root), (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  expect(literals).toContain('9007199254740993n');
  expect(literals).toContain('"150n"');
});

test('a plan of a later version is refused, with what to do', () => {
  const later = { ...(stored(planOf(QUERIES[0]!)) as object), version: PLAN_VERSION + 1 };
  expect(() => planFromJson(later)).toThrow(SluiceError);
  expect(() => planFromJson(later)).toThrow(
    `has version ${PLAN_VERSION + 1}; this server reads versions up to ${PLAN_VERSION}.`,
  );
});
