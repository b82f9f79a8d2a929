import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import { apply, EXIT, type ApplyOptions } from '../cli/apply/apply.ts';
import { styleFor } from '../cli/render/style.ts';
import type { SluiceClient } from '../client/sluice-client.ts';
import { nodeEnv } from '../host/node-env.ts';
import { SILENT_LOGGER } from '../base/env.ts';
import type { Sluice } from './compose.ts';

/* `sluice apply` against a server. */

let sluice: Sluice;
let client: SluiceClient;
beforeAll(async () => {
  ({ sluice, client } = await memoryServer({ 'connect.listeners': 'http://127.0.0.1:0' }));
});
afterAll(async () => {
  await sluice.close();
});
beforeEach(async () => {
  await run({ 'none.sql': '' }, { prune: true });
});

async function run(
  files: Readonly<Record<string, string>>,
  more: Partial<ApplyOptions> = {},
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let [out, err] = ['', ''];
  const code = await apply({
    client,
    files: Object.entries(files).map(([name, text]) => ({ name, text })),
    define: {},
    dryRun: false,
    prune: false,
    ask: undefined,
    write: async (text) => void (out += await Promise.resolve(text)),
    writeError: async (text) => void (err += await Promise.resolve(text)),
    style: styleFor(false),
    env: nodeEnv(SILENT_LOGGER),
    signal: new AbortController().signal,
    ...more,
  });
  return { code, out, err };
}

const VIEWS = "CREATE STREAM views (page STRING) WITH (kafka_topic='views', value_format='JSON', partitions=1);";

describe('a wanted state', () => {
  test('is made in the order of what needs what, whatever the order of the files, and then is there', async () => {
    const files = {
      'a.sql': 'CREATE TABLE counts AS SELECT page, COUNT(*) AS n FROM views GROUP BY page;',
      'b.sql': `SET 'auto.offset.reset'='earliest'; DEFINE topic='views';\n${VIEWS.replace("'views'", "'${topic}'")}`,
      'c.sql': `CREATE STREAM homes (h home) WITH (kafka_topic='homes', value_format='JSON', partitions=1);
        CREATE TYPE home AS STRUCT<at place>; CREATE TYPE place AS STRUCT<\`Zip\` INT, m MAP<STRING, DECIMAL(4, 2)>>;`,
    };
    const dry = await run(files, { dryRun: true });
    expect(dry.code).toBe(EXIT.wouldChange);
    expect(dry.out).toContain('5 to create, 0 to replace, 0 to drop.');
    expect(await client.execute('SHOW TABLES;')).toMatchObject([{ tables: [] }]);
    const made = await run(files);
    expect(made).toMatchObject({ code: EXIT.done, err: '' });
    expect(made.out.match(/^Created \w+ \w+/gm)).toEqual([
      'Created stream VIEWS',
      'Created table COUNTS',
      'Created type PLACE',
      'Created type HOME',
      'Created stream HOMES',
    ]);
    const again = await run(files, { dryRun: true });
    expect(again.code).toBe(EXIT.done);
    expect(again.out).toContain('Nothing to do: the server has all of it.');
  });

  test('is compared by what statements mean: layout, comments, OR REPLACE, IF NOT EXISTS, EMIT CHANGES do not count', async () => {
    await run({ 'a.sql': `${VIEWS} CREATE STREAM p AS SELECT page FROM views;` });
    const other = await run({
      'a.sql': `create or replace stream VIEWS (page varchar) -- !
        with (partitions=1, value_format='JSON', kafka_topic='views');
        CREATE STREAM IF NOT EXISTS p AS SELECT page FROM views EMIT CHANGES;`,
    });
    expect(other.out).toContain('Nothing to do');
  });

  test('a statement that says more replaces what is there, and the plan shows the lines', async () => {
    await run({ 'a.sql': `${VIEWS} CREATE STREAM p AS SELECT page FROM views;` });
    const changed = await run({ 'a.sql': `${VIEWS} CREATE STREAM p AS SELECT page, 1 AS one FROM views;` });
    expect(changed.out).toContain('~ replace  stream  P  a.sql:1');
    expect(changed.out).toContain('        +   1 ONE');
    expect(await client.execute('DESCRIBE p;')).toMatchObject([
      { sourceDescription: { fields: [{ name: 'PAGE' }, { name: 'ONE' }] } },
    ]);
  });

  test('what ALTER has added is seen, and what a type has become', async () => {
    const file = `CREATE TYPE t AS STRUCT<a INT>; CREATE STREAM s (x t) WITH (kafka_topic='s', value_format='JSON', partitions=1);`;
    await run({ 'a.sql': file });
    await client.execute('ALTER STREAM s ADD COLUMN more INT;');
    expect((await run({ 'a.sql': file }, { dryRun: true })).out).toContain('column MORE, which was added later');
    const wider = await run({ 'a.sql': file.replace('a INT', 'a INT, b INT') });
    expect(wider.code).toBe(EXIT.failed);
    expect(wider.out).toContain('Replaced type T');
    expect(wider.err).toContain('Done before: 1 of 2.');
    // The type has changed, but the stream still has the old one: the plan shows the difference.
    expect((await run({ 'a.sql': file.replace('a INT', 'a INT, b INT') }, { dryRun: true })).out).toContain(
      '~ replace  stream  S',
    );
  });

  test('queries of INSERT INTO are known again by their text', async () => {
    const file = `${VIEWS} CREATE STREAM w (page STRING) WITH (kafka_topic='w', value_format='JSON', partitions=1);
      INSERT INTO w SELECT * FROM views WHERE page = 'a';`;
    await run({ 'a.sql': file });
    expect((await run({ 'a.sql': file })).out).toContain('Nothing to do');
    const other = await run({ 'a.sql': file.replace("'a'", "'b'") }, { prune: true });
    expect(other.out.match(/^(Created|Dropped) query .*?(?= \()/gm)).toEqual([
      'Created query INSERT INTO W',
      expect.stringMatching(/^Dropped query INSERTQUERY_\d+$/),
    ]);
  });

  test('connectors, whose streams are waited for', async () => {
    const file = (users: string): string => `CREATE STREAM men AS SELECT * FROM gen_people WHERE gender = 'MALE';
      CREATE SOURCE CONNECTOR gen WITH (connector='datagen', data='${users}', topic='people', rate=50);`;
    const made = await run({ 'a.sql': file('users') });
    expect(made).toMatchObject({ code: EXIT.done, err: '' });
    expect((await run({ 'a.sql': file('users') })).out).toContain('Nothing to do');
    const changed = await run({ 'a.sql': file('pageviews') }, { dryRun: true });
    expect(changed.out).toContain('~ replace  source connector  GEN  a.sql:2');
    expect(changed.out).toContain('quickstart: users -> pageviews');
  });

  test('stops at the first error, and says what was done', async () => {
    const { code, out, err } = await run({
      'a.sql': `${VIEWS}\nCREATE STREAM bad AS\n  SELECT nothing FROM views;\nCREATE STREAM good AS SELECT * FROM views;`,
    });
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('Created stream VIEWS');
    expect(err).toContain('Failed to create stream BAD (a.sql:2)');
    expect(err).toContain('  SELECT nothing FROM views;\n         ^^^^^^^');
    expect(err).toContain('Done before: 1 of 3. Not tried: stream GOOD.');
    expect(await client.execute('SHOW STREAMS;')).toMatchObject([{ streams: [{ name: 'VIEWS' }] }]);
  });

  test('what the server will not replace is told in the plan, and nothing is begun', async () => {
    const wide = VIEWS.replace('page STRING', 'page STRING, ms INT');
    const file = (more: string): string =>
      `${wide} CREATE TABLE counts AS SELECT page, COUNT(*) AS n${more} FROM views GROUP BY page;`;
    await run({ 'a.sql': file('') });
    const changed = file(', SUM(ms) AS total');
    for (const dryRun of [true, false]) {
      const { code, out, err } = await run(
        { 'a.sql': changed, 'b.sql': 'CREATE STREAM later AS SELECT * FROM views;' },
        { dryRun },
      );
      expect(code).toBe(EXIT.failed);
      expect(out).toContain('~ replace  table   COUNTS  a.sql:1');
      expect(out).toMatch(/^ {8}! .+/m);
      expect(out).toMatch(/^ {8}! Hint: .*DROP/m);
      expect(err).toContain('The server refuses to replace table COUNTS: nothing is changed.');
    }
    expect(await client.execute('SHOW STREAMS;')).toMatchObject([{ streams: [{ name: 'VIEWS' }] }]);
  });

  test('what no file names stays, and with prune goes, readers first; DROP says that something is not wanted', async () => {
    await run({
      'a.sql': `${VIEWS} CREATE STREAM p AS SELECT page FROM views; CREATE STREAM q AS SELECT page FROM p;`,
    });
    const less = await run({ 'a.sql': VIEWS });
    expect(less.out).toContain('In no file, and kept (--prune drops them): stream Q, stream P');
    expect((await run({ 'a.sql': `${VIEWS} DROP STREAM IF EXISTS q;` })).out).toContain('Dropped source Q');
    expect((await run({ 'a.sql': VIEWS }, { prune: true })).out).toContain('Dropped stream P');
  });

  test('nobody’s yes is a no', async () => {
    const { code, out } = await run({ 'a.sql': VIEWS }, { ask: async () => await Promise.resolve(false) });
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('Nothing was changed.');
    expect(await client.execute('SHOW STREAMS;')).toMatchObject([{ streams: [] }]);
  });
});

describe('files that are no wanted state', () => {
  test.each([
    ['a statement that does not parse', 'CREATE\n  STREM s;', /^a\.sql:\d: /],
    ['rows', '\nINSERT INTO s VALUES (1);', /^a\.sql:2: rows are no part of a state/],
    ['a change', 'ALTER STREAM s ADD COLUMN a INT;', /^a\.sql:1: ALTER says a change/],
    ['a question', 'SHOW STREAMS;', /^a\.sql:1: this statement says nothing/],
    ['the same twice', `${VIEWS}\n${VIEWS}`, /^a\.sql:2: stream or table VIEWS is in a\.sql:1 as well/],
    [
      'a circle',
      'CREATE STREAM a AS SELECT * FROM b;\nCREATE STREAM b AS SELECT * FROM a;',
      /need one another: a\.sql:1 -> a\.sql:2 -> a\.sql:1/,
    ],
  ])('%s', async (_, text, message) => {
    const { code, err } = await run({ 'a.sql': text });
    expect(code).toBe(EXIT.failed);
    expect(err).toMatch(message);
  });
});

test('EXPLAIN of a connector that is not there shows what it would get, without secrets', async () => {
  const explain = "EXPLAIN CREATE SOURCE CONNECTOR f WITH (connector='datagen', data='users', topic='x');";
  const [entity] = await client.execute(explain);
  expect(entity).toMatchObject({ '@type': 'connector_difference', connectorName: 'F', exists: false });
  expect(entity!['statementText']).toContain("'data'='[string]'");
  expect(await client.execute('SHOW CONNECTORS;')).toMatchObject([{ connectors: [] }]);
});
