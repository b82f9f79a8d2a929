import { expect, test } from 'vitest';
import { explainPlan, topologyText } from './explain.ts';
import { PlanWorld } from './testing/world.ts';

const world = new PlanWorld();
world.run(`CREATE STREAM s (id INT KEY, g STRING, n INT) WITH (kafka_topic='s', value_format='JSON');`);
const plan = world.query('CREATE TABLE c AS SELECT g, COUNT(*) AS n FROM s WHERE n > 1 GROUP BY g;');

test('a plan is shown from its sink to its source, each input indented below', () => {
  const lines = explainPlan(plan)
    .split('\n')
    .filter((l) => l.includes('> ['));
  expect(lines[0]).toMatch(/> \[ SINK \] \| Schema: .*`?G`? .*KEY/);
  expect(lines.at(-1)).toMatch(/> \[ SOURCE \]/);
  const depths = lines.map((l) => l.indexOf('>'));
  expect(depths).toEqual(depths.toSorted((a, b) => a - b));
  expect(explainPlan(plan)).toContain('[ FILTER ]');
});

test('a topology names the topics between its parts', () => {
  const text = topologyText(plan);
  expect(text).toContain('Sub-topology: 0');
  expect(text).toContain('Sub-topology: 1');
  expect(text).toMatch(/GroupBy-repartition/);
});
