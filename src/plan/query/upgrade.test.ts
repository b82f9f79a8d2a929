import { describe, expect, test } from 'vitest';
import { PlanWorld } from '../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM s (id INT KEY, g STRING, n INT) WITH (kafka_topic='s', value_format='JSON');
    CREATE STREAM other (id INT KEY, g STRING, n INT) WITH (kafka_topic='other', value_format='JSON');
    CREATE STREAM picked AS SELECT id, n FROM s WHERE n > 1;
    CREATE TABLE counted AS SELECT g, COUNT(*) AS c FROM s GROUP BY g;`);
  return made;
}

describe('CREATE OR REPLACE keeps the query and its state', () => {
  test.each([
    'CREATE OR REPLACE STREAM picked AS SELECT id, n FROM s WHERE n > 2;',
    'CREATE OR REPLACE STREAM picked AS SELECT id, n FROM s;',
    'CREATE OR REPLACE STREAM picked AS SELECT id, n, g FROM s WHERE n > 1;',
  ])('%s', (text) => {
    const w = world();
    const before = [...w.catalog.queries.keys()].toSorted();
    const plan = w.run(text);
    expect(plan.query?.replaces).toBe(true);
    expect([...w.catalog.queries.keys()].toSorted()).toEqual(before);
  });
});

describe('CREATE OR REPLACE refuses what another state would need', () => {
  test.each([
    'CREATE OR REPLACE STREAM picked AS SELECT id, n FROM other WHERE n > 1;',
    'CREATE OR REPLACE STREAM picked AS SELECT id FROM s;',
    'CREATE OR REPLACE TABLE counted AS SELECT g, SUM(n) AS c FROM s GROUP BY g;',
    'CREATE OR REPLACE TABLE counted AS SELECT g, COUNT(*) AS c FROM s WHERE n > 1 GROUP BY g;',
    'CREATE OR REPLACE TABLE counted AS SELECT n, COUNT(*) AS c FROM s GROUP BY n;',
    'CREATE OR REPLACE TABLE counted AS SELECT g, COUNT(*) AS c FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY g;',
  ])('%s', (text) => {
    const w = world();
    const before = w.catalog;
    w.refusal((x) => x.run(text));
    expect(w.catalog).toBe(before);
  });
});
