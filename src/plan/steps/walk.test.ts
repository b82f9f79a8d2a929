import { expect, test } from 'vitest';
import { PlanWorld } from '../testing/world.ts';
import { allSteps, inputsOf, mapInputs } from './walk.ts';

const world = new PlanWorld();
world.run(`
  CREATE STREAM a (id INT KEY, x INT) WITH (kafka_topic='a', value_format='JSON');
  CREATE TABLE t (id INT PRIMARY KEY, y INT) WITH (kafka_topic='t', value_format='JSON');`);
const { root } = world.query('CREATE STREAM j AS SELECT * FROM a JOIN t ON a.x = t.id WHERE y > 1;');

test('each step comes after those that feed it, once, the left side first', () => {
  const steps = allSteps(root);
  expect(steps.at(-1)).toBe(root);
  expect(new Set(steps).size).toBe(steps.length);
  for (const [i, step] of steps.entries())
    for (const input of inputsOf(step)) expect(steps.indexOf(input)).toBeLessThan(i);
  const sources = steps.filter((s) => s.kind.endsWith('Source')).map((s) => ('topic' in s ? s.topic : ''));
  expect(sources).toEqual(['a', 't']);
});

test('replacing inputs by themselves gives an equal step; another input goes in at its place', () => {
  for (const step of allSteps(root)) {
    expect(mapInputs(step, (input) => input)).toEqual(step);
    const renamed = mapInputs(step, (input) => ({ ...input, name: `new ${input.name}` }));
    expect(inputsOf(renamed).map((s) => s.name)).toEqual(inputsOf(step).map((s) => `new ${s.name}`));
  }
});
