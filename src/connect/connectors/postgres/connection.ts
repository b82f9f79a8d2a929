import pg from 'pg';
import type { Connection, ConnectOptions, Isolation, Parameter } from '../database/dialect.ts';
import { Portal } from './portal.ts';
import { tlsOptions } from '../database/tls.ts';
import { TLS_NAMES } from './url-tls.ts';
import type { ConnectionTarget } from './url.ts';

/** The time within which an attempt to connect must succeed. */
const CONNECT_TIMEOUT_MS = 10_000;

export type Client = pg.Client;

/** A connection of the driver `pg`. */
export class PostgresConnection implements Connection {
  readonly client: Client;
  readonly #stream: { destroy(): void } | undefined;

  constructor(client: Client) {
    this.client = client;
    this.#stream = (client as unknown as { connection?: { stream?: { destroy(): void } } }).connection?.stream;
  }

  async begin(reading?: Isolation): Promise<void> {
    await this.client.query(reading === undefined ? 'BEGIN' : `BEGIN ISOLATION LEVEL ${reading} READ ONLY`);
  }
  async commit(): Promise<void> {
    await this.client.query('COMMIT');
  }
  async rollback(): Promise<void> {
    await this.client.query('ROLLBACK');
  }

  /** Executes one statement: for a query given by a user, anything that follows a semicolon is rejected. */
  query(sql: string, parameters: readonly Parameter[] = []): Promise<pg.QueryResult> {
    return this.client.query({ text: sql, values: [...parameters], queryMode: 'extended' } as pg.QueryConfig);
  }

  async openCursor(sql: string, parameters: readonly Parameter[], batchRows: number): Promise<Portal> {
    const portal = new Portal(sql, parameters as readonly (string | null)[], batchRows);
    await portal.open(this.client);
    return portal;
  }

  end(): Promise<void> {
    return this.client.end();
  }

  cut(): void {
    this.#stream?.destroy();
  }

  onEnd(listener: (reason: unknown) => void): void {
    let reason: unknown = new Error('the connection was closed');
    this.client.on('error', (error) => (reason = error));
    this.client.on('end', () => listener(reason));
  }
}

/**
 * Connects once. All values arrive as text, times in UTC and ISO format. Nothing of the server's own environment is
 * sent to a host that a user names: neither `PGPASSWORD`, `PGUSER`, `PGOPTIONS` and the like, nor a line of
 * `~/.pgpass`.
 * @throws the driver's error
 */
export async function connect(
  target: ConnectionTarget,
  { name }: Pick<ConnectOptions, 'name'>,
  more: { readonly replication?: 'database' } = {},
): Promise<PostgresConnection> {
  const client = new pg.Client({
    ...(more as object),
    host: target.host,
    port: target.port,
    database: target.database,
    // The driver does not look up values in the environment that are given here; a function that returns no password
    // counts as a given password.
    user: target.user || pg.defaults.user || 'postgres',
    password: (() => target.password || undefined) as () => string,
    ssl: target.ssl === false ? false : await tlsOptions(target.ssl, TLS_NAMES),
    application_name: target.applicationName ?? name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser: () => (text: string) => text },
  });
  Object.assign((client as unknown as { connectionParameters: object }).connectionParameters, {
    options: undefined,
    client_encoding: 'UTF8',
    sslnegotiation: undefined,
    replication: more.replication,
  });
  // Without a listener, a lost connection would end the process; the next query reports the error.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(
      `SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 1; SET bytea_output = 'hex'; ` +
        'SET array_nulls = on; SET standard_conforming_strings = on' +
        (target.schema === undefined ? '' : `; SET search_path = ${quoteIdentifier(target.schema)}`),
    );
    return new PostgresConnection(client);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
