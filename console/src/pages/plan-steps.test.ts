import { expect, test } from 'vitest';
import { rateOf, stepsOf, type Step } from './plan-steps.ts';

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

test('each step says what it passes on: by its topic, by what it counts, or as much as it gets', () => {
  const root = stepsOf(` > [ SINK ] | Schema: \`A\` INTEGER | Logger: CTAS_OUT_1.OUT | Topic: OUT
    > [ PROJECT ] | Schema: \`A\` INTEGER | Logger: CTAS_OUT_1.Aggregate.Project | Select: A
       > [ AGGREGATE ] | Schema: \`A\` INTEGER | Logger: CTAS_OUT_1.Aggregate.Aggregate | Group: A
          > [ REPARTITION ] | Schema: \`A\` INTEGER | Logger: CTAS_OUT_1.Aggregate.GroupBy | Topic: Aggregate-GroupBy-repartition
             > [ FILTER ] | Schema: \`A\` INTEGER | Logger: CTAS_OUT_1.WhereFilter | Where: (A > 1)
                > [ SOURCE ] | Schema: \`A\` INTEGER | Logger: CTAS_OUT_1.KsqlTopic.Source | Topic: views
`)!;
  const rates = {
    // Includes what is written to the repartition topic.
    writtenPerSecond: 6.5,
    topics: {
      views: { readPerSecond: 5, lag: 3 },
      '_confluent-ksql-default_query_CTAS_1-Aggregate-GroupBy-repartition': { readPerSecond: 4, lag: 0 },
    },
    operators: { WhereFilter: 4.5, 'Aggregate/Aggregate': 2.5 },
  };
  const found: (number | undefined)[] = [];
  for (let step: Step | undefined = root; step !== undefined; step = step.inputs[0])
    found.push(rateOf(step, rates)?.perSecond);
  expect(found).toEqual([2.5, 2.5, 2.5, 4, 4.5, 5]);
  const plain = stepsOf(` > [ SINK ] | Schema: | Logger: Q.OUT | Topic: OUT
    > [ SOURCE ] | Schema: | Logger: Q.A | Topic: views`)!;
  expect(rateOf(plain, rates)?.perSecond).toBe(6.5);
  expect(rateOf(stepsOf(' > [ SOURCE ] | Schema: | Logger: Q.A | Topic: views')!, rates)?.waiting).toBe(3);
  expect(rateOf(stepsOf(' > [ SOURCE ] | Schema: | Logger: Q.A | Topic: others')!, rates)).toBeUndefined();
});

test('what is no such plan is left as text', () => {
  expect(stepsOf('')).toBeUndefined();
  expect(stepsOf('something else')).toBeUndefined();
});
