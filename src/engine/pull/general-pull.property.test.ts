import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import { queryRows } from '../../../test/support/query-rows.ts';

/**
 * Compares results over random rows with a plain computation. One table is read from its topic, its copy from the store
 * of the query that maintains it: both must give the same result.
 */
let sluice: Sluice;
let tables = 0;

beforeAll(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
});

afterAll(async () => {
  await sluice.close();
});

interface Item {
  readonly id: number;
  readonly g: string | null;
  readonly v: number | null;
}

const rows = fc.array(
  fc.record<Item>({
    id: fc.integer({ min: 0, max: 12 }),
    g: fc.option(fc.constantFrom('a', 'b', 'c')),
    v: fc.option(fc.integer({ min: -5, max: 5 })),
  }),
  { minLength: 1, maxLength: 30 },
);

async function ask(sql: string): Promise<unknown[][]> {
  return await queryRows(sluice.engine, sql);
}

function literal(value: string | number | null): string {
  return value === null ? 'NULL' : typeof value === 'string' ? `'${value}'` : String(value);
}

/** NULL is the largest. */
function order(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

test('answers are what a plain computation gives, from a topic and from a store', async () => {
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.integer({ min: -5, max: 5 }),
      fc.integer({ min: 0, max: 8 }),
      async (items, bound, limit) => {
        const t = `t${tables++}`;
        await sluice.engine.execute(
          `CREATE TABLE ${t} (id INT PRIMARY KEY, g STRING, v INT) WITH (kafka_topic='${t}', value_format='JSON', partitions=2);
         CREATE TABLE ${t}_kept AS SELECT * FROM ${t};
         ${items.map((i) => `INSERT INTO ${t} VALUES (${i.id}, ${literal(i.g)}, ${literal(i.v)});`).join('\n')}`,
        );
        await sluice.caughtUp();
        const last = [...new Map(items.map((i) => [i.id, i])).values()];
        const found = last.filter((i) => i.v !== null && i.v >= bound);
        const groups = new Map<string | null, number[]>();
        for (const i of last) {
          const values = groups.get(i.g) ?? [];
          groups.set(i.g, i.v === null ? values : [...values, i.v]);
        }
        const sizes = (g: string | null): number => last.filter((i) => i.g === g).length;
        const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
        for (const from of [t, `${t}_kept`]) {
          expect(await ask(`SELECT id FROM ${from} WHERE v >= ${bound} ORDER BY v DESC, id LIMIT ${limit};`)).toEqual(
            found
              .toSorted((a, b) => order(b.v, a.v) || a.id - b.id)
              .slice(0, limit)
              .map((i) => [i.id]),
          );
          expect(await ask(`SELECT id FROM ${from} ORDER BY g, v DESC, id DESC;`)).toEqual(
            last.toSorted((a, b) => order(a.g, b.g) || order(b.v, a.v) || b.id - a.id).map((i) => [i.id]),
          );
          expect(await ask(`SELECT g, COUNT(*), SUM(v) FROM ${from} GROUP BY g ORDER BY g;`)).toEqual(
            [...groups].toSorted(([a], [b]) => order(a, b)).map(([g, values]) => [g, sizes(g), sum(values)]),
          );
          expect(await ask(`SELECT g FROM ${from} GROUP BY g HAVING COUNT(*) > 2 ORDER BY 1;`)).toEqual(
            [...groups.keys()]
              .filter((g) => sizes(g) > 2)
              .toSorted(order)
              .map((g) => [g]),
          );
          expect(await ask(`SELECT DISTINCT g, v FROM ${from} ORDER BY g, v;`)).toEqual(
            [...new Map(last.map((i) => [`${i.g}/${i.v}`, i])).values()]
              .toSorted((a, b) => order(a.g, b.g) || order(a.v, b.v))
              .map((i) => [i.g, i.v]),
          );
          expect(await ask(`SELECT COUNT(*), COUNT(v), MAX(v) FROM ${from} WHERE g = 'a' OR v > ${bound};`)).toEqual([
            (() => {
              const some = last.filter((i) => i.g === 'a' || (i.v !== null && i.v > bound));
              const values = some.flatMap((i) => (i.v === null ? [] : [i.v]));
              return [some.length, values.length, values.length === 0 ? null : Math.max(...values)];
            })(),
          ]);
        }
        expect(await ask(`SELECT a.id, b.id FROM ${t} a JOIN ${t}_kept b ON a.v = b.id ORDER BY a.id;`)).toEqual(
          last
            .filter((a) => last.some((b) => b.id === a.v))
            .toSorted((a, b) => a.id - b.id)
            .map((a) => [a.id, a.v]),
        );
      },
    ),
    { numRuns: 25 },
  );
});
