import { describe, expect, test } from 'vitest';
import { PlanWorld } from '../testing/world.ts';
import type { GeneralPullPlan } from './pull-plan.ts';

function planned(sql: string): GeneralPullPlan {
  const world = new PlanWorld();
  world.run(`
    CREATE STREAM o (id INT KEY, who STRING, n INT) WITH (kafka_topic='o', value_format='JSON');
    CREATE TABLE u (id STRING PRIMARY KEY, name STRING) WITH (kafka_topic='u', value_format='JSON');`);
  const plan = world.pull(sql);
  if (plan.kind !== 'GENERAL') throw new Error(`a plan of kind ${plan.kind}`);
  return plan;
}

/** The sources whose rows are filtered as they are read, and whether a condition is left for the joined rows. */
function filtered(type: string, where: string): { readonly at: readonly string[]; readonly rest: boolean } {
  const { reads, predicate } = planned(`SELECT * FROM o ${type} JOIN u ON o.who = u.id WHERE ${where};`);
  return {
    at: reads.flatMap((read) => (read.predicate === undefined ? [] : [read.source])),
    rest: predicate !== undefined,
  };
}

describe('a condition is checked where its source is read, unless the join may fill that source with nulls', () => {
  const cases: readonly [type: string, where: string, at: readonly string[], rest: boolean][] = [
    ['', 'o.n > 1', ['O'], false],
    ['', "u.name = 'a'", ['U'], false],
    ['', "o.n > 1 AND u.name = 'a'", ['O', 'U'], false],
    ['LEFT', 'o.n > 1', ['O'], false],
    ['LEFT', "u.name = 'a'", [], true],
    ['LEFT', 'u.name IS NULL AND o.n > 1', ['O'], true],
    ['RIGHT', "u.name = 'a'", ['U'], false],
    ['RIGHT', 'o.n > 1', [], true],
    ['FULL', 'o.n > 1', [], true],
    ['FULL', "u.name = 'a'", [], true],
    ['', "o.n > 1 OR u.name = 'a'", [], true],
  ];
  test.each(cases)('%s JOIN WHERE %s', (type, where, at, rest) => {
    expect(filtered(type, where)).toEqual({ at, rest });
  });
});

describe('the condition of a join', () => {
  test('equalities between the sides are looked up, other conditions are checked for each pair', () => {
    const [join] = planned('SELECT * FROM o JOIN u ON u.id = o.who AND o.n > 1;').joins;
    expect(join).toMatchObject({ left: [{ name: 'O_WHO' }], right: [{ name: 'U_ID' }], also: { kind: 'compare' } });
  });

  test.each([
    ['o.n > 1', /it must hold an equality between a column of U and one of what stands before it/],
    ['o.who = u.nope', /JOIN ON column 'U.NOPE' cannot be resolved/],
  ])('%s is refused', (on, message) => {
    expect(() => planned(`SELECT * FROM o JOIN u ON ${on};`)).toThrow(message);
  });
});
