import type { SluiceClient } from '../../src/client/index.ts';
import { eventually, expectEqual, expectText, type Checks } from './checks.ts';
import { ORDERS, USERS, type Database } from './database.ts';
import type { Typist } from './typist.ts';

const WAIT_MS = 15_000;
const NEW_NAME = 'Ada Lovelace';

/** Types what a person would type, in order, and compares the console's output with the database and the server. */
export async function playSession(
  typist: Typist,
  client: SluiceClient,
  database: Database,
  checks: Checks,
): Promise<void> {
  const step = async (name: string, statement: string, ...expected: readonly (string | RegExp)[]): Promise<string> => {
    const screen = await typist.type(statement);
    await checks.check(name, () => expectText(screen, ...expected));
    return screen;
  };

  await typist.say('A database has two tables, users and orders. A connector reads both.');
  await step(
    'a JDBC source connector is created, in bare spelling',
    `CREATE SOURCE CONNECTOR my-postgres-jdbc WITH ( \\
  connector.class="io.confluent.connect.jdbc.JdbcSourceConnector", \\
  tasks.max=1, \\
  connection.url=${database.jdbcUrl}, \\
  connection.user=${database.user}, \\
  connection.password=${database.password}, \\
  mode=timestamp, \\
  timestamp.column.name=updated_at, \\
  table.whitelist='users,orders', \\
  poll.interval.ms=500, \\
  topic.prefix=test-postgres-jdbc- );`,
    'Created connector',
    /CREATE TABLE IF NOT EXISTS \w*ORDERS/,
  );
  await step(
    'SHOW CONNECTORS: name, type, class, topic prefix, status',
    'SHOW CONNECTORS;',
    /my-postgres-jdbc/i,
    'SOURCE',
    'test-postgres-jdbc-',
    'RUNNING',
  );
  await step('DESCRIBE my-postgres-jdbc', 'DESCRIBE my-postgres-jdbc;', 'Topic prefix', 'test-postgres-jdbc-');
  const described = await step(
    'DESCRIBE CONNECTOR: worker, tasks, topics with sources and columns',
    'DESCRIBE CONNECTOR my-postgres-jdbc;',
    'WorkerId',
    'Task ID',
    'test-postgres-jdbc-users',
    'test-postgres-jdbc-orders',
    'MY_POSTGRES_JDBC_ORDERS',
    /AMOUNT DECIMAL\(12, 2\)/,
  );
  await checks.check('no password is ever shown', () => {
    expectText(described, /connection\.password +│ \[hidden\]/);
    // A short password may be part of any word.
    if (database.password.length > 8 && described.includes(database.password))
      throw new Error('DESCRIBE CONNECTOR shows the password');
  });

  await typist.say('The columns of a topic that a connector writes are known: no column list.');
  await step(
    'a table over the topic of users, without a column list',
    "CREATE TABLE users_original WITH (kafka_topic='test-postgres-jdbc-users', value_format='JSON');",
    'Table created',
  );
  await step(
    'its columns and types are those of the database',
    'DESCRIBE users_original;',
    /ID\s.*VARCHAR\(STRING\)\s+\(primary key\)/,
    /NAME\s.*VARCHAR\(STRING\)/,
    /SCORE\s.*DECIMAL\(10, 2\)/,
    /UPDATED_AT\s.*TIMESTAMP/,
  );
  await step(
    `all ${USERS} users have arrived`,
    'CREATE TABLE user_count AS SELECT 1 AS one, COUNT(*) AS users FROM users_original GROUP BY 1 EMIT CHANGES;',
    'Created query',
  );
  await checks.check(`the table holds ${USERS} users, the topic of orders ${ORDERS} rows`, async () => {
    await eventually(async () => {
      const [row] = await client.pullQuery('SELECT users FROM user_count WHERE one = 1;');
      expectEqual(row?.['USERS'], USERS, 'users');
    }, WAIT_MS);
    let orders = 0;
    const name = /CREATE TABLE IF NOT EXISTS (\w*ORDERS)/.exec(await ordersStatement(client))?.[1] ?? 'orders';
    const stream = await client.streamQuery(`SELECT * FROM ${name} EMIT CHANGES LIMIT ${ORDERS};`);
    for await (const _ of stream) orders++;
    expectEqual(orders, ORDERS, 'orders');
  });

  await typist.say("Page views come from a generator; 'key'='value' is the other spelling.");
  await step(
    'a datagen source connector with a rate',
    `CREATE SOURCE CONNECTOR pageviews WITH (
  'connector.class'='io.confluent.kafka.connect.datagen.DatagenConnector',
  'quickstart'='pageviews',
  'kafka.topic'='pageviews',
  'messages.per.second'='100');`,
    'Created connector',
  );
  await step(
    'a stream of page views',
    "CREATE STREAM pageviews_original (viewtime BIGINT KEY, userid VARCHAR, pageid VARCHAR) WITH (kafka_topic='pageviews', value_format='JSON');",
    'Stream created',
  );
  await step(
    'the stream joined with the table from Postgres',
    `CREATE STREAM pageviews_enriched AS
  SELECT p.userid AS userid, p.pageid AS pageid, u.name AS name, u.region AS region
  FROM pageviews_original p LEFT JOIN users_original u ON p.userid = u.id
  EMIT CHANGES;`,
    'Created query',
  );
  await step(
    'a windowed count per region, as a table',
    `CREATE TABLE pageviews_by_region AS
  SELECT region, COUNT(*) AS views
  FROM pageviews_enriched WINDOW TUMBLING (SIZE 30 SECONDS)
  GROUP BY region EMIT CHANGES;`,
    'Created query',
  );
  const live = await step(
    'a push query prints live rows',
    'SELECT userid, pageid, name, region FROM pageviews_enriched EMIT CHANGES LIMIT 5;',
    '5 rows',
  );
  await checks.check('the rows are joined with the names of Postgres', async () => {
    const seen = [...live.matchAll(/^ *(User_\d+) +│ *(Page_\d+) +│ *(.+?) +│ *(Region_\d+)/gm)];
    expectEqual(seen.length, 5, 'rows');
    for (const [, id, , name, region] of seen) {
      const [user] = await database.rows('SELECT name, region FROM users WHERE id = $1', [id]);
      expectEqual([name, region], [user?.['name'], user?.['region']], `user ${id}`);
    }
  });
  await step(
    'a pull query on the count',
    "SELECT region, windowstart, windowend, views FROM pageviews_by_region WHERE region = 'Region_3';",
    'Region_3',
    /\d+ rows?/,
  );

  await typist.say(`Somebody renames User_4 in Postgres. When does the stream know?`);
  await checks.check('an UPDATE in Postgres is seen by the next joined rows', async () => {
    const typed = typist.type(
      `SELECT userid, name, region FROM pageviews_enriched WHERE name = '${NEW_NAME}' EMIT CHANGES LIMIT 2;`,
    );
    await typist.shows('EMIT CHANGES LIMIT 2;', WAIT_MS);
    await eventually(async () => {
      const [entity] = await client.execute('SHOW QUERIES;');
      if (!JSON.stringify(entity).includes('"PUSH"')) throw new Error('the push query does not run');
    }, WAIT_MS).catch(() => undefined);
    const start = performance.now();
    await database.rows('UPDATE users SET name = $1, updated_at = clock_timestamp() WHERE id = $2', [
      NEW_NAME,
      'User_4',
    ]);
    await typist.shows(`│ ${NEW_NAME}`, WAIT_MS);
    const elapsed = Math.round(performance.now() - start);
    checks.note(`UPDATE in Postgres to joined row in the console: ${elapsed} ms (poll interval 500 ms)`);
    await typed;
    expectText(typist.screen, /User_4 +│ Ada Lovelace/);
    await typist.say(`UPDATE in Postgres to joined row: ${elapsed} ms, with a poll interval of 500 ms.`);
  });

  await typist.say('The counts go back to Postgres, by upserts.');
  await step(
    'a JDBC sink connector over a table',
    `CREATE SINK CONNECTOR regions-to-postgres WITH (
  'connector.class'='io.confluent.connect.jdbc.JdbcSinkConnector',
  'connection.url'='${database.jdbcUrl}',
  'connection.user'='${database.user}',
  'connection.password'='${database.password}',
  'sources'='pageviews_by_region',
  'insert.mode'='upsert',
  'pk.mode'='record_key',
  'auto.create'='true',
  'table.name.format'='pageviews_by_region');`,
    'Created connector',
  );
  await step('SHOW SINK CONNECTORS', 'SHOW SINK CONNECTORS;', /regions-to-postgres/i, 'SINK', 'RUNNING');
  await step(
    'DESCRIBE of the sink',
    'DESCRIBE CONNECTOR regions-to-postgres;',
    'sink',
    'PAGEVIEWS_BY_REGION',
    /VIEWS BIGINT/,
  );
  await step('the generator pauses, so that the two sides can be compared', 'PAUSE CONNECTOR pageviews;', /paused/i);
  await checks.check('what is in Postgres equals a pull query, window by window', async () => {
    await eventually(async () => {
      const pulled = (await client.pullQuery('SELECT region, windowstart, views FROM pageviews_by_region;', SCAN)).map(
        (r) => [r['REGION'], Number(r['WINDOWSTART']), Number(r['VIEWS'])].join(' '),
      );
      const stored = (await database.rows('SELECT * FROM pageviews_by_region')).map((r) =>
        [r['region'], windowStart(r), Number(r['views'])].join(' '),
      );
      if (pulled.length === 0) throw new Error('the table is empty');
      expectEqual(stored.toSorted(), pulled.toSorted(), 'rows in Postgres');
      checks.note(`rows of pageviews_by_region in Postgres and in the pull query: ${stored.length}, all equal`);
    }, WAIT_MS);
  });
  await checks.check('every page view that was joined since the count began is counted once', async () => {
    // The last rows are joined a moment before they are counted.
    await eventually(async () => {
      const pulled = await client.pullQuery('SELECT region, views FROM pageviews_by_region;', SCAN);
      const counted = pulled.reduce((sum, r) => sum + Number(r['VIEWS']), 0);
      const joined = await client.pullQuery('SELECT region FROM pageviews_enriched;');
      if (counted === 0 || joined.length < counted) throw new Error(`${counted} counted of ${joined.length}`);
      // The stream has one partition, so the rows since the start of the count are the last ones.
      expectEqual(
        sums(joined.slice(-counted).map((r) => [r['REGION'], 1])),
        sums(pulled.map((r) => [r['REGION'], Number(r['VIEWS'])])),
        'page views by region',
      );
      checks.note(`page views joined and counted: ${counted}`);
    }, WAIT_MS);
  });
  await step('the table as the console shows it', 'SELECT * FROM pageviews_by_region;', /\d+ rows/);

  await typist.say(
    'DROP keeps topics, offsets and sources; TERMINATE forgets offsets and what was declared automatically.',
  );
  await step(
    'another connector, for a moment',
    "CREATE SOURCE CONNECTOR spare WITH (connector='datagen', data='users', topic='spare');",
    'Created connector',
  );
  await step('DROP CONNECTOR ... TERMINATE', 'DROP CONNECTOR spare TERMINATE;', 'Dropped connector', 'Dropped with it');

  await typist.say('The rest stays, and goes on.');
  await step('the generator goes on', 'RESUME CONNECTOR pageviews;', /resum/i);
  await typist.type('SHOW CONNECTORS;');
  await checks.check('three connectors live', async () => {
    await eventually(async () => {
      const [shown] = await client.execute('SHOW CONNECTORS;');
      const connectors = shown?.['connectors'] as readonly { readonly name: string; readonly state: string }[];
      expectEqual(
        connectors.map((c) => c.state.startsWith('RUNNING')),
        [true, true, true],
        'connectors that run',
      );
    }, WAIT_MS);
  });
  await typist.type('SHOW QUERIES;');
  await checks.check('and three queries', async () => {
    const [shown] = await client.execute('SHOW QUERIES;');
    const queries = shown?.['queries'] as readonly { readonly state: string }[];
    expectEqual(
      queries.map((q) => q.state.startsWith('RUNNING')),
      [true, true, true],
      'queries that run',
    );
  });
  await step(
    'the counts go on',
    'SELECT region, views FROM pageviews_by_region EMIT CHANGES LIMIT 15;',
    /Region_\d/,
    '15 rows',
  );
}

const SCAN = { properties: { 'ksql.query.pull.table.scan.enabled': true } };

function sums(pairs: readonly (readonly [unknown, number])[]): [unknown, number][] {
  const found = new Map<unknown, number>();
  for (const [key, n] of pairs) found.set(key, (found.get(key) ?? 0) + n);
  return [...found].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

/** The statement that declared the table of orders. */
async function ordersStatement(client: SluiceClient): Promise<string> {
  const [tables] = await client.execute('SHOW TABLES;');
  const list = tables?.['tables'] as readonly { readonly name: string; readonly topic: string }[];
  const orders = list.find((t) => t.topic === 'test-postgres-jdbc-orders');
  if (!orders) throw new Error('no table was declared for the topic of orders');
  return `CREATE TABLE IF NOT EXISTS ${orders.name}`;
}

/** The start of a row's window in ms, whatever type the column has. */
function windowStart(row: Readonly<Record<string, unknown>>): number {
  const name = Object.keys(row).find((n) => /window.?start/i.test(n));
  if (name === undefined)
    throw new Error(`the table in Postgres has no start of the window: ${Object.keys(row).join(', ')}`);
  const value = row[name];
  return value instanceof Date ? value.getTime() : Number(value);
}
