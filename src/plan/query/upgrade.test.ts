import { describe, expect, test } from 'vitest';
import type { QueryPlan, Step } from '../steps/steps.ts';
import { allSteps, mapInputs } from '../steps/walk.ts';
import { PlanWorld } from '../testing/world.ts';
import { continuing } from './upgrade.ts';

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

describe('an aggregation reads what its topic holds', () => {
  const older = (step: Step): Step => {
    const mapped = mapInputs(step, older);
    return 'twoPhase' in mapped ? { ...mapped, twoPhase: undefined } : mapped;
  };
  const phases = ({ root }: QueryPlan): number => (allSteps(root).some((s) => 'twoPhase' in s && s.twoPhase) ? 2 : 1);
  const replacing = 'CREATE OR REPLACE TABLE counted AS SELECT g, COUNT(*) AS c FROM s GROUP BY g HAVING COUNT(*) > 1;';

  test('in two phases where it was in two', () => {
    expect(phases(world().query(replacing))).toBe(2);
  });

  test('in one phase where an older version planned it', () => {
    const after = world().query(replacing);
    expect(phases(continuing({ ...after, root: older(after.root) }, after))).toBe(1);
  });
});
