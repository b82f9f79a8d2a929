import pg from 'pg';
import { PostgresUnavailable, startPostgres } from '../../test/support/postgres.ts';

/** "The user's database": outside Sluice, accessed over TCP with a password. */
export interface Database {
  readonly jdbcUrl: string;
  readonly user: string;
  readonly password: string;
  /** A description of the server for the summary. */
  readonly description: string;
  rows(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export const USERS = 5000;
export const ORDERS = 2000;

/**
 * Starts a Postgres server from an npm package, or uses the one of SLUICE_DEMO_POSTGRES_URL, and creates two tables in
 * it.
 * @throws PostgresUnavailable with instructions, when no server can be started
 */
export async function openDatabase(given: string | undefined): Promise<Database> {
  if (given !== undefined) return await fill(given, `the Postgres of SLUICE_DEMO_POSTGRES_URL`, async () => {});
  const server = await startPostgres({ database: 'my-db', user: 'app', password: 's3cret-of-app' });
  try {
    return await fill(server.url, `a Postgres server on port ${server.port}`, () => server.stop());
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function fill(url: string, description: string, stop: () => Promise<void>): Promise<Database> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw new PostgresUnavailable(`No connection to ${new URL(url).host}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  await dropTables(client);
  await client.query(`
    CREATE TABLE users (
      id text PRIMARY KEY, name text NOT NULL, region text NOT NULL, score numeric(10, 2),
      updated_at timestamp NOT NULL DEFAULT clock_timestamp());
    CREATE TABLE orders (
      id bigint PRIMARY KEY, user_id text NOT NULL REFERENCES users, amount numeric(12, 2) NOT NULL,
      paid boolean NOT NULL, updated_at timestamp NOT NULL DEFAULT clock_timestamp());
    INSERT INTO users (id, name, region, score)
      SELECT 'User_' || n, 'Name ' || n, 'Region_' || (n % 5 + 1), (n * 7919 % 100000)::numeric / 100
      FROM generate_series(1, ${USERS}) n;
    INSERT INTO orders (id, user_id, amount, paid)
      SELECT n, 'User_' || (n % ${USERS} + 1), n * 1.25, n % 3 = 0 FROM generate_series(1, ${ORDERS}) n;
    COMMENT ON TABLE users IS '${MARK}';
    COMMENT ON TABLE orders IS '${MARK}';`);
  const { hostname, port, pathname, username, password } = new URL(url);
  return {
    jdbcUrl: `jdbc:postgresql://${hostname === '127.0.0.1' ? 'localhost' : hostname}:${port || '5432'}${pathname}`,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    description,
    rows: async (sql, values = []) => (await client.query(sql, [...values])).rows as Record<string, unknown>[],
    stop: async () => {
      await client.query(`COMMENT ON TABLE pageviews_by_region IS '${MARK}'`).catch(() => {});
      await client.end().catch(() => {});
      await stop();
    },
  };
}

/** A comment on each of the demo's tables: tables without it are never dropped. */
const MARK = 'made by the demo of Sluice';

async function dropTables(client: pg.Client): Promise<void> {
  const found = await client.query<{ readonly name: string; readonly comment: string | null }>(
    `SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment FROM pg_class c
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relname IN ('orders', 'users', 'pageviews_by_region')
     ORDER BY c.relname`,
  );
  const foreign = found.rows.filter((row) => row.comment !== MARK);
  if (foreign.length > 0) {
    await client.end();
    throw new PostgresUnavailable(
      `The database has tables of its own named ${foreign.map((row) => row.name).join(', ')}: give the demo an empty database.`,
    );
  }
  for (const { name } of found.rows) await client.query(`DROP TABLE ${name}`);
}
