import type pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { connectTo, connectToEmptied, startPostgres, type Postgres } from '../support/postgres.ts';
import { NOTES } from '../support/jdbc-notes.ts';
import { sinkSuite } from '../support/sink-suite.ts';
import { sourceSuite } from '../support/source-suite.ts';

/**
 * The common suites of sources and sinks, for connectors that need a server. The others pass them in tests beside their
 * code.
 */
let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
});

/** A connection to the emptied database, opened again after an outage. */
async function openDatabase() {
  let db = await connectToEmptied(postgres);
  return {
    query: async <R extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<R[]> =>
      (await db.query<R>(sql, values)).rows,
    outage: {
      away: () => postgres.halt(),
      back: async () => {
        await postgres.resume();
        db = await connectTo(postgres);
      },
    },
    close: async () => await db.end().catch(() => {}),
  };
}
const login = () => ({
  'connection.url': postgres.jdbcUrl,
  'connection.user': postgres.user,
  'connection.password': postgres.password,
});
const wrongAddress = { 'connection.url': 'jdbc:postgresql://localhost:1/nowhere' };

for (const mode of ['changes', 'incrementing'])
  sourceSuite(`postgres, mode ${mode}`, async () => {
    const db = await openDatabase();
    await db.query('CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL)');
    return {
      config: {
        'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
        ...login(),
        mode,
        'topic.prefix': 'db-',
        'table.whitelist': 'notes',
        'poll.interval.ms': '20',
      },
      topic: 'db-notes',
      write: async (texts) => {
        await db.query(
          'INSERT INTO notes (body) SELECT body FROM unnest($1::text[]) WITH ORDINALITY r(body, n) ORDER BY n',
          [texts],
        );
      },
      textOf: (value) => (JSON.parse(value) as { body: string }).body,
      wrong: [
        { change: wrongAddress, names: 'connection.url' },
        { change: { 'connection.password': 'wrong' }, names: 'connection.password' },
        { change: { 'table.whitelist': 'note' }, names: 'table.whitelist' },
        { change: { mode: 'sometimes' }, names: 'mode' },
      ],
      offsets: {
        partition: { protocol: '1', table: 'public.notes' },
        good: mode === 'changes' ? { xmin: '17' } : { incrementing: 7 },
        bad: mode === 'changes' ? { xmin: 'junk' } : { incrementing: 'junk' },
      },
      otherModes: [{ mode: 'cdc' }],
      traces: () => db.query('SELECT slot_name FROM pg_replication_slots UNION ALL SELECT pubname FROM pg_publication'),
      outage: db.outage,
      close: db.close,
    };
  });

sinkSuite('postgres', async () => {
  const db = await openDatabase();
  return {
    ...NOTES,
    config: {
      'connector.class': 'io.aiven.connect.jdbc.JdbcSinkConnector',
      ...login(),
      ...NOTES.config,
    },
    read: async () => (await db.query<{ body: string }>('SELECT body FROM notes ORDER BY id')).map((r) => r.body),
    wrong: [{ change: wrongAddress, names: 'connection.url' }, ...NOTES.wrong],
    outage: db.outage,
    close: db.close,
  };
});
