import { expect, test } from 'vitest';
import { rateOf, stepsOf } from './plan-steps.ts';

test('a plan is read by its depth: a join has two inputs', () => {
  const root = stepsOf(` > [ SINK ] | Schema: \`A\` INTEGER | Logger: Q.OUT | Topic: OUT
    > [ JOIN ] | Schema: \`A\` INTEGER | Logger: Q.Join | Join: LEFT
       > [ PROJECT ] | Schema: \`A\` INTEGER | Logger: Q.Project | Select:
          > [ SOURCE ] | Schema: \`A\` INTEGER | Logger: Q.Left | Topic: left
       > [ SOURCE ] | Schema: \`B\` INTEGER | Logger: Q.Right | Topic: right
`)!;
  expect(root).toMatchObject({ type: 'sink', schema: '`A` INTEGER', details: ['Topic: OUT'] });
  const join = root.inputs[0]!;
  expect(join.inputs.map((s) => [s.type, s.details, s.inputs.length])).toEqual([
    ['project', [], 1],
    ['source', ['Topic: right'], 0],
  ]);
});

test('a source and a repartition have the rate of their topics', () => {
  const step = (type: string, topic: string) => ({ type, schema: '', details: [`Topic: ${topic}`], inputs: [] });
  const rates = { views: 5, '_confluent-ksql-default_query_CTAS_1-Aggregate-GroupBy-repartition': 7 };
  expect(rateOf(step('source', 'views'), rates)).toBe(5);
  expect(rateOf(step('repartition', 'Aggregate-GroupBy-repartition'), rates)).toBe(7);
  expect(rateOf(step('sink', 'views'), rates)).toBeUndefined();
  expect(rateOf({ ...step('project', ''), details: [] }, rates)).toBeUndefined();
});

test('what is no such plan is left as text', () => {
  expect(stepsOf('')).toBeUndefined();
  expect(stepsOf('something else')).toBeUndefined();
});
