import { describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { BUILT_IN } from '../functions/built-in.ts';
import { createRegistry } from '../functions/registry.ts';
import { nodeEnv } from '../host/node-env.ts';
import { parseInputsAndOutputs } from './case-file.ts';
import { REPORTERS } from './report.ts';
import { runQtt } from './run-qtt.ts';
import { runSql } from './run-sql.ts';
import { parseTests } from './test-file.ts';
import { createWorld } from './world.ts';

const world = () => createWorld(nodeEnv(SILENT_LOGGER), createRegistry(BUILT_IN));

const FILE = `CREATE STREAM s (id INT KEY, foo INT) WITH (kafka_topic='s', value_format='JSON');
--@test: counts
CREATE TABLE n AS SELECT id, COUNT(*) AS n, SUM(foo) AS total FROM s GROUP BY id;
INSERT INTO s (id, foo) VALUES (1, 2);
ASSERT VALUES n (id, n, total) VALUES (1, 1, 2);
--@test: differs
CREATE TABLE n AS SELECT id, COUNT(*) AS n, SUM(foo) AS total FROM s GROUP BY id;
INSERT INTO s (id, foo) VALUES (1, 2);
ASSERT VALUES n (id, n, total) VALUES (1, 2, 2);
--@test: is refused
--@expected.error: io.confluent.ksql.util.KsqlException
--@expected.message: cannot be resolved
CREATE STREAM q AS SELECT nope FROM s;
-- @test: is refused with another message
-- @expected.message: something else
CREATE STREAM q AS SELECT nope FROM s;
--@test: does not parse
SHOW
  NOTHING;
--@test: runs files, without their connectors
RUN SCRIPT 'project.sql';
INSERT INTO t (a) VALUES (3);
ASSERT VALUES doubled (a) VALUES (6);
--@test: fails in a file
RUN SCRIPT 'bad.sql';
`;
const SCRIPTS: Readonly<Record<string, string>> = {
  'project.sql': `CREATE SOURCE CONNECTOR c WITH (connector='postgres', url='postgres://x', tables='t');
CREATE STREAM t (a INT) WITH (kafka_topic='t', value_format='JSON');
CREATE STREAM doubled AS SELECT a * 2 AS a FROM t;`,
  'bad.sql': '\nDROP STREAM nothing;',
};

describe('a file of testing statements', () => {
  const tests = parseTests(FILE, 'f.sql');
  const run = async (name: string): Promise<string | undefined> => {
    const { testCase, firstLine } = tests.find((t) => t.testCase.name === name)!;
    return await runSql(testCase, world, { firstLine, withoutConnectors: true, readScript: (path) => SCRIPTS[path] });
  };

  test('is cut at its marks; what stands before them belongs to every test', async () => {
    expect(tests.map((t) => t.testCase.name)).toHaveLength(7);
    expect(await run('counts')).toBeUndefined();
  });

  test('a difference names line, statement and columns', async () => {
    expect(await run('differs')).toBe(
      [
        'line 9: ASSERT VALUES n (id, n, total) VALUES (1, 2, 2);',
        'Expected record does not match actual. (- expected, + actual)',
        '    ID: 1',
        '  - N: 2',
        '  + N: 1',
        '    TOTAL: 2',
      ].join('\n'),
    );
  });

  test('an error that is expected must come, with its message', async () => {
    expect(await run('is refused')).toBeUndefined();
    expect(await run('is refused with another message')).toContain('something else');
  });

  test('a statement that does not parse is told with its line in the file', async () => {
    expect(await run('does not parse')).toMatch(/^line 19: /);
  });

  test('RUN SCRIPT takes the files of a project', async () => {
    expect(await run('runs files, without their connectors')).toBeUndefined();
    expect(await run('fails in a file')).toMatch(/^bad\.sql:2: DROP STREAM nothing;\n/);
  });

  test('without marks is one test', () => {
    expect(parseTests('ASSERT VALUES a (b) VALUES (1);', 'one.sql')).toMatchObject([
      { firstLine: 1, testCase: { name: 'one.sql', kind: 'positive' } },
    ]);
  });
});

test('the three files of ksql-test-runner', async () => {
  const statements = [
    "CREATE STREAM s (id VARCHAR KEY, n DECIMAL(4, 2)) WITH (kafka_topic='in', value_format='JSON');",
    'CREATE STREAM o AS SELECT id, n + 1 AS n FROM s;',
  ];
  const inputs = '{"inputs": [{"topic": "in", "key": "a", "value": {"n": 1.50}, "timestamp": 7}]}';
  const run = async (n: string): Promise<string | undefined> =>
    await runQtt(
      parseInputsAndOutputs(
        'x',
        statements,
        inputs,
        `{"outputs": [{"topic": "O", "key": "a", "value": {"N": ${n}}, "timestamp": 7}]}`,
      ),
      world,
    );
  expect(await run('2.50')).toBeUndefined();
  expect(await run('2.51')).toContain('expected 2.51, got 2.50');
});

test('reports', () => {
  const results = [
    { file: 'a.sql', name: 'fine', ms: 1.2, failure: undefined },
    { file: 'a.sql', name: 'a < "b"', ms: 3, failure: 'line 1: no\n  - A: 1 & \u0000' },
    { file: 'b.json', name: 'rest', ms: 0, failure: undefined, skipped: 'over REST' },
  ];
  expect(REPORTERS.text(results)).toBe(
    'a.sql\n  ✓ fine (1 ms)\n  ✗ a < "b" (3 ms)\n      line 1: no\n        - A: 1 & \u0000\nb.json\n  - rest (over REST)\n\n3 tests: 1 passed, 1 failed, 1 skipped (4 ms)\n',
  );
  expect(REPORTERS.tap(results)).toBe(
    'TAP version 13\n1..3\nok 1 - a.sql: fine\nnot ok 2 - a.sql: a < "b"\n  ---\n  message: |\n    line 1: no\n      - A: 1 & \u0000\n  ...\nok 3 - b.json: rest # SKIP over REST\n',
  );
  expect(REPORTERS.junit(results)).toContain(
    '<testcase classname="a.sql" name="a &lt; &quot;b&quot;" time="0.003">\n      <failure message="line 1: no">line 1: no\n  - A: 1 &amp; \uFFFD</failure>',
  );
});
