import { describe, expect, test } from 'vitest';
import { isSluiceError } from '../base/errors.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { STATEMENT_STARTS } from '../sql/keywords.ts';
import { parseStatements } from '../sql/parse.ts';
import { complete } from './completion.ts';
import { ServerNames } from './server-names.ts';
import { FakeServer } from './testing/fake-server.ts';

const names = (list: readonly string[]): object[] => list.map((name) => ({ name }));
const ANSWERS: Readonly<Record<string, object>> = {
  'SHOW STREAMS;': { streams: names(['PAGEVIEWS', 'lower']) },
  'SHOW TABLES;': { tables: names(['USERS']) },
  'SHOW TOPICS;': { topics: names(['pv', 'pg-users']) },
  'SHOW CONNECTORS;': { connectors: names(['my-postgres-jdbc', 'PV']) },
  'SHOW QUERIES;': { queries: [{ id: 'CSAS_X_1' }] },
  'SHOW FUNCTIONS;': { functions: names(['SUBSTRING', 'SUM']) },
  'SHOW TYPES;': { types: { ADDRESS: {} } },
  'SHOW SECRETS;': { secrets: names(['shop']) },
  'SHOW PROPERTIES;': { properties: names(['ksql.streams.auto.offset.reset', 'ksql.service.id']) },
  'SHOW CONNECTOR PLUGINS;': { connectorsPlugins: [{ className: 'io.x.JdbcSourceConnector', shortName: 'postgres' }] },
  'DESCRIBE USERS;': { sourceDescription: { fields: names(['ID', 'REGION']) } },
  'DESCRIBE CONNECTOR PLUGIN `postgres`;': {
    shortForm: { name: 'postgres-source', keys: names(['url', 'tables']) },
    configs: names(['connection.url']),
  },
  'DESCRIBE CONNECTOR PLUGIN `postgres-sink`;': {
    shortForm: { name: 'postgres-sink', keys: names(['sources']) },
    configs: names(['connection.url']),
  },
  'DESCRIBE CONNECTOR pv;': { connectorClass: 'postgres' },
  'DESCRIBE PAGEVIEWS;': { sourceDescription: { fields: names(['ID', 'PAGE']) } },
  'DESCRIBE CONNECTOR PLUGIN `io.x.JdbcSourceConnector`;': {
    configs: names(['connection.url', 'connection.user', 'mode']),
  },
};

function serverNames(): { readonly names: ServerNames; readonly server: FakeServer } {
  const server = new FakeServer(({ text }) => ({ body: text in ANSWERS ? [{ '@type': 'x', ...ANSWERS[text] }] : [] }));
  const client = new SluiceClient({ transport: server });
  return { server, names: new ServerNames(() => client, { nowMs: () => 0, monotonicMs: () => 0 }) };
}

const at = async (text: string): Promise<readonly string[]> => (await complete(text, serverNames().names)).candidates;

describe('completion', () => {
  test.each<[string, string[]]>([
    ['sho', ['show']],
    ['DESC', ['DESCRIBE']],
    ['RUN', ['RUN SCRIPT']],
    ['show conn', ['connect clusters', 'connector offsets of', 'connector plugins', 'connectors']],
    ['SELECT * FROM us', ['users']],
    ['SELECT * FROM LO', ['`lower`']],
    ['SELECT * FROM a JOIN P', ['PAGEVIEWS']],
    ['INSERT INTO U', ['USERS']],
    ['DROP TABLE ', ['IF', 'USERS']],
    ['DROP TABLE IF ', ['EXISTS']],
    ['DROP CONNECTOR my', ['my-postgres-jdbc']],
    ['DESCRIBE CONNECTOR p', ['plugin', 'pv']],
    ['CREATE SOURCE ', ['CONNECTOR', 'STREAM', 'TABLE']],
    ['create s', ['secret', 'sink connector', 'source connector', 'source stream', 'source table', 'stream']],
    ['DROP C', ['CONNECT CLUSTER', 'CONNECTOR']],
    ['DROP TOPIC p', ['pg-users', 'pv']],
    ['DROP SECRET s', ['shop']],
    ['SHOW LOGS OF P', ['PV']],
    ['LIST SOURCE ', ['CONNECTORS']],
    ['list logs of p', ['pv']],
    ["CREATE OR REPLACE SINK CONNECTOR c WITH (connector='postgres', s", ['sources=']],
    ['INSERT ', ['INTO']],
    ['SHOW SOURCE ', ['CONNECTORS']],
    ['PAUSE ', ['ALL', 'CONNECTOR', 'CSAS_X_1']],
    ['help create so', ['create source connector']],
    ['PRINT p', ['pg-users', 'pv']],
    ['TERMINATE C', ['CSAS_X_1']],
    ['DESCRIBE FUNCTION SU', ['SUBSTRING', 'SUM']],
    ['SELECT SUBS', ['SUBSTRING']],
    ['SELECT u.RE', []],
    ["SET 'auto.", ["auto.offset.reset'"]],
    ["SET 'ksql.streams.a", ["ksql.streams.auto.offset.reset'"]],
    ['SET ', ["'auto.offset.reset'", "'ksql.service.id'", "'ksql.streams.auto.offset.reset'"]],
    ["SELECT 'sho", []],
    ['CREATE SOURCE CONNECTOR c WITH (connector.class=io.x', ['io.x.JdbcSourceConnector']],
    ['CREATE SOURCE CONNECTOR c WITH (conn', ['connector.class=', 'connector=']],
    ["CREATE SOURCE CONNECTOR c WITH (connector='po", ["postgres'"]],
    ["CREATE SOURCE CONNECTOR c WITH (connector='postgres', ", ['tables=', 'url=']],
    ["CREATE SOURCE CONNECTOR c WITH (connector='postgres', c", ['connection.url=']],
    ["CREATE SOURCE CONNECTOR c WITH (connector='postgres', url='x', tables='y', ", ['connection.url=']],
    ["CREATE SOURCE CONNECTOR c WITH (connector='postgres', url='x', t", ['tables=']],
    ["CREATE SINK CONNECTOR c WITH (connector='postgres', s", ['sources=']],
    ["CREATE SINK CONNECTOR c WITH (sources='PAGEVIEWS,US", ['USERS']],
    [
      'CREATE SOURCE CONNECTOR c WITH (connector.class=io.x.JdbcSourceConnector, connection.',
      ['connection.url=', 'connection.user='],
    ],
    [
      "CREATE SOURCE CONNECTOR c WITH ('connector.class'='io.x.JdbcSourceConnector', 'connection.url'='x', 'conn",
      ["connection.user'="],
    ],
    ["CREATE SINK CONNECTOR c WITH (sources='US", ['USERS']],
    ["ALTER CONNECTOR pv SET ('conn", ["connection.url'="]],
    ['ALTER CONNECTOR pv SET (ta', ['tables=']],
  ])('%s', async (text, candidates) => {
    expect(await at(text)).toEqual(candidates);
  });

  test('no blank goes into a quoted value, and its end is put there once', async () => {
    const { names } = serverNames();
    const text = "CREATE SOURCE CONNECTOR c WITH (connector='po";
    expect(await complete(text, names)).toMatchObject({ candidates: ["postgres'"], isQuoted: true });
    expect(await complete(text, names, "');")).toMatchObject({ candidates: ['postgres'], isQuoted: true });
    expect(await complete("CREATE SINK CONNECTOR c WITH (sources='US", names)).toMatchObject({ isQuoted: true });
  });

  test('columns of the sources that are read', async () => {
    expect(await at('SELECT * FROM USERS WHERE REGI')).toEqual(['REGION']);
    expect(await at('SELECT * FROM USERS u WHERE u.R')).toEqual(['u.REGION']);
    expect(await at('SELECT * FROM PAGEVIEWS JOIN USERS u ON u.')).toEqual(['u.ID', 'u.REGION']);
    expect(await at('SELECT * FROM PAGEVIEWS p JOIN USERS u ON p.')).toEqual(['p.ID', 'p.PAGE']);
  });

  test('columns by alias before the sources were written: they stand behind the cursor', async () => {
    const { names } = serverNames();
    expect((await complete('SELECT u.R', names, ' FROM USERS u EMIT CHANGES;')).candidates).toEqual(['u.REGION']);
  });

  test('a server that does not answer knows no names', async () => {
    const client = new SluiceClient({ transport: { request: () => Promise.reject(new Error('down')) } });
    const names = new ServerNames(() => client, { nowMs: () => 0, monotonicMs: () => 0 });
    expect((await complete('SELECT * FROM u', names)).candidates).toEqual([]);
  });

  test('names are asked for once in a while', async () => {
    const { names, server } = serverNames();
    await complete('DROP TABLE U', names);
    await complete('DROP TABLE US', names);
    expect(server.requests).toHaveLength(1);
  });
});

/** Where the parser stops in `text`, and the words that it would take there; undefined: it takes the text. */
function refusal(text: string): { readonly at: number; readonly words: readonly string[] } | undefined {
  try {
    parseStatements(`${text} ;`);
    return undefined;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    const expecting = /^Expecting (.*)$/m.exec(error.message)?.[1] ?? '';
    return { at: error.span?.start ?? 0, words: [...expecting.matchAll(/'([A-Z]+)'/g)].map((m) => m[1]!) };
  }
}

test('the words of statements are those of the parser, no more and no fewer', async () => {
  const open: string[] = [...STATEMENT_STARTS];
  const seen = new Set<string>();
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const following = await at(`${text} `);
    // Beyond the words of a statement any keyword may follow.
    if (following.includes('BETWEEN')) continue;
    const refused = refusal(text);
    for (const word of refused !== undefined && refused.at >= text.length ? refused.words : [])
      expect(
        following.map((f) => f.split(' ')[0]),
        `${text} …`,
      ).toContain(word);
    for (const next of following) {
      const longer = `${text} ${next}`;
      // Advice for other systems' statements may point at a word before.
      const ends = [longer, `${longer} x`].map((t) => refusal(t)?.at ?? t.length);
      expect(Math.max(...ends), longer).toBeGreaterThanOrEqual(longer.length);
      if (/^[A-Z ]+$/.test(next) && !seen.has(longer)) open.push(longer);
      seen.add(longer);
    }
  }
  expect(seen.size).toBeGreaterThan(60);
});
