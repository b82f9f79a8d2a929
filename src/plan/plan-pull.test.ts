import { describe, expect, test } from 'vitest';
import { formatTyped } from './explain-expr.ts';
import type { PullLookup } from './pull/pull-plan.ts';
import { PlanWorld } from './testing/world.ts';

function world(scans = true): PlanWorld {
  const made = new PlanWorld();
  made.config.set('ksql.query.pull.table.scan.enabled', String(scans));
  made.run(`
    CREATE STREAM s (id INT KEY, name STRING, v BIGINT) WITH (kafka_topic='s', format='JSON');
    CREATE TABLE plain (id INT PRIMARY KEY, v INT) WITH (kafka_topic='plain', value_format='JSON');
    CREATE TABLE n AS SELECT id, COUNT(*) AS n FROM s GROUP BY id;
    CREATE TABLE w AS SELECT id, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 SECOND) GROUP BY id;
    CREATE TABLE m AS SELECT id, name, COUNT(*) AS n FROM s GROUP BY id, name;
  `);
  return made;
}

function shown(lookup: PullLookup): string {
  switch (lookup.kind) {
    case 'KEY':
      return `key ${lookup.key.map(formatTyped).join(',')}${bounds(lookup.window)}`;
    case 'RANGE': {
      const { lower, upper } = lookup;
      return `range ${lower ? formatTyped(lower.value) : ''}..${upper ? formatTyped(upper.value) : ''}`;
    }
    case 'SCAN':
      return `scan${bounds(lookup.window)}`;
    default:
      return lookup satisfies never;
  }
}

function bounds(window: {
  readonly start: readonly { op: string }[];
  readonly end: readonly { op: string }[];
}): string {
  const text = (name: string, list: readonly { op: string }[]): string => list.map((b) => ` ${name}${b.op}`).join('');
  return text('start', window.start) + text('end', window.end);
}

describe('planPullQuery, lookups', () => {
  const cases: [string, string[]][] = [
    ['SELECT * FROM n WHERE id = 1;', ['key 1']],
    ['SELECT * FROM n WHERE 1 = id AND n > 3;', ['key 1']],
    ['SELECT * FROM n WHERE id IN (1, 2);', ['key 1', 'key 2']],
    ['SELECT * FROM n WHERE id = 1 OR id = 2;', ['key 1', 'key 2']],
    ['SELECT * FROM n WHERE id >= 1;', ['range 1..']],
    ['SELECT * FROM n WHERE id >= 1 AND id < 9;', ['range 1..9']],
    ['SELECT * FROM n WHERE id = 1 OR n = 2;', ['scan']],
    ['SELECT * FROM n;', ['scan']],
    ['SELECT * FROM w WHERE id = 1 AND WINDOWSTART >= 5 AND WINDOWEND < 9;', ['key 1 start>= end<']],
    ['SELECT * FROM w WHERE WINDOWSTART >= 5;', ['scan start>=']],
    [`SELECT * FROM m WHERE id = 1 AND name = 'x';`, [`key 1,'x'`]],
    ['SELECT * FROM m WHERE id = 1;', ['scan']],
  ];
  for (const [text, lookups] of cases) {
    test(text, () => {
      const plan = world().pull(text);
      expect(plan.kind === 'TABLE' && plan.lookups.map(shown)).toEqual(lookups);
    });
  }

  test('a stream is read to its end', () => {
    expect(world().pull('SELECT * FROM s LIMIT 2;')).toMatchObject({ kind: 'STREAM', limit: 2 });
  });
});

describe('planPullQuery, refusals of ksqlDB', () => {
  const cases: [string, string, boolean][] = [
    ['SELECT * FROM plain;', "The `PLAIN` table isn't queryable.", true],
    ['SELECT * FROM n GROUP BY id;', "Pull queries don't support GROUP BY clauses.", true],
    [
      `SELECT * FROM n WHERE id = 'x';`,
      "Cannot compare ID (INTEGER) to 'x' (STRING) with EQUAL.\nStatement: (ID = 'x')",
      true,
    ],
    [`SELECT * FROM n WHERE id IN ('x', 1);`, 'invalid input syntax for type INTEGER', true],
    ['SELECT * FROM n WHERE n = 1;', 'WHERE clause missing key column for disjunct: (N = 1)', false],
    ['SELECT * FROM n WHERE id + 1 = 2;', 'A comparison must directly reference a key column.', false],
    ['SELECT * FROM n WHERE id <> 2;', "must currently be '='.", false],
    [
      'SELECT * FROM m WHERE id = 2;',
      'Multi-column sources must specify every key in the WHERE clause. Specified: [`ID`]',
      false,
    ],
    ['SELECT * FROM n;', 'Missing WHERE clause.', false],
  ];
  for (const [text, sentence, scans] of cases) {
    test(`${text} scans ${scans}`, () => {
      const w = world(scans);
      w.config.set('ksql.dialect', 'ksqldb');
      expect(w.refusal(() => w.pull(text)).message).toContain(sentence);
    });
  }
});
