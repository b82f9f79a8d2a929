import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allSteps } from '../steps/walk.ts';
import { planFromJson, planToJson } from '../steps/json.ts';
import { faultsOf } from '../testing/check-plan.ts';
import { PlanWorld } from '../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM a (k INT KEY, x INT, y STRING, z BIGINT) WITH (kafka_topic='a', value_format='JSON');
    CREATE STREAM b (k INT KEY, x INT, y STRING, z BIGINT) WITH (kafka_topic='b', value_format='JSON');
    CREATE TABLE t (k INT PRIMARY KEY, x INT, y STRING, z BIGINT) WITH (kafka_topic='t', value_format='JSON');
  `);
  return made;
}

const column = fc.constantFrom('x', 'y', 'z', 'rowtime');
const columns = fc.uniqueArray(column, { minLength: 1, maxLength: 4 });

describe('pushDown', () => {
  test('a source reads what the query reads, and no more', () => {
    fc.assert(
      fc.property(columns, fc.option(column), (selected, filtered) => {
        const list = selected.map((c, i) => `${c} AS c${i}`).join(', ');
        const where = filtered === null ? '' : ` WHERE ${filtered} IS NOT NULL`;
        const { root } = world().query(`CREATE STREAM o AS SELECT k, ${list} FROM a${where};`);
        const source = allSteps(root)[0]!;
        const expected = new Set([...selected, ...(filtered === null ? [] : [filtered])].map((c) => c.toUpperCase()));
        expect(new Set(source.out.row.map((c) => c.name))).toEqual(expected);
        expect(faultsOf(root)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('every column stays where its reader looks, through joins, topics and aggregates', () => {
    const from = fc.constantFrom(
      'a JOIN b WITHIN 1 HOUR ON a.k = b.k',
      'a LEFT JOIN b WITHIN 1 HOUR ON a.x = b.x',
      'a FULL OUTER JOIN b WITHIN 1 HOUR ON a.k = b.k',
      'a JOIN t ON a.x = t.k',
      'a JOIN b WITHIN 1 HOUR ON a.k = b.x JOIN t ON a.x = t.k',
    );
    const qualified = fc.uniqueArray(
      fc.tuple(fc.constantFrom('a', 'b', 't'), column).map(([s, c]) => `${s}.${c}`),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(from, qualified, fc.boolean(), (sources, selected, aggregate) => {
        const known = selected.filter((c) => new RegExp(`\\b${c[0]}\\b(?!\\.)`).test(sources));
        if (known.length === 0) return;
        const text = aggregate
          ? `SELECT ${known[0]} AS g, ${known.map((c, i) => `COLLECT_LIST(${c}) AS c${i}`).join(', ')} FROM ${sources} GROUP BY ${known[0]} EMIT CHANGES;`
          : `SELECT ${known.map((c, i) => `${c} AS c${i}`).join(', ')} FROM ${sources} WHERE ${known[0]} IS NOT NULL EMIT CHANGES;`;
        const { plan } = world().push(text);
        expect(faultsOf(plan.root)).toEqual([]);
        const json = JSON.stringify(planToJson(plan));
        expect(JSON.stringify(planToJson(planFromJson(JSON.parse(json))))).toBe(json);
      }),
      { numRuns: 120 },
    );
  });
});
