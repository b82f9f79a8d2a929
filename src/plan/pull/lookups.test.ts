import { describe, expect, test } from 'vitest';
import { PlanWorld } from '../testing/world.ts';

function world(): PlanWorld {
  const made = new PlanWorld();
  made.run(`
    CREATE STREAM s (id INT KEY, g STRING, n INT) WITH (kafka_topic='s', value_format='JSON');
    CREATE TABLE c AS SELECT g, COUNT(*) AS n FROM s GROUP BY g;
    CREATE TABLE w AS SELECT g, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY g;`);
  return made;
}

function lookups(where: string, table = 'c'): readonly unknown[] {
  const plan = world().pull(`SELECT * FROM ${table} ${where};`);
  if (!('lookups' in plan)) throw new Error('not a look-up');
  return plan.lookups;
}

describe('what a WHERE needs to be read', () => {
  const cases: [string, unknown[]][] = [
    [`WHERE g = 'a'`, [{ kind: 'KEY' }]],
    [`WHERE g = 'a' AND n > 1`, [{ kind: 'KEY' }]],
    [`WHERE g = 'a' OR g = 'b'`, [{ kind: 'KEY' }, { kind: 'KEY' }]],
    [`WHERE g > 'a' AND g < 'c'`, [{ kind: 'RANGE' }]],
    [`WHERE n > 1`, [{ kind: 'SCAN' }]],
    [`WHERE g = 'a' OR n > 1`, [{ kind: 'SCAN' }]],
    ['', [{ kind: 'SCAN' }]],
  ];
  test.each(cases)('%s', (where, expected) => {
    expect(lookups(where)).toMatchObject(expected);
  });
});

test('bounds of a window narrow the key of a windowed table', () => {
  const [lookup] = lookups(`WHERE g = 'a' AND WINDOWSTART >= 0 AND WINDOWSTART < 3600000`, 'w');
  expect(lookup).toMatchObject({ kind: 'KEY' });
  expect(JSON.stringify(lookup)).toContain('3600000');
});

test('a key that is compared with NULL is a mistake', () => {
  expect(world().refusal((w) => w.pull('SELECT * FROM c WHERE g = NULL;')).message).toMatch(/null/i);
});

test('where scans are switched off, a WHERE without a key is refused', () => {
  const w = world();
  w.config.set('ksql.query.pull.table.scan.enabled', 'false');
  expect(w.refusal((x) => x.pull('SELECT * FROM c WHERE n > 1;')).message).toMatch(/key/i);
});
