import pg from 'pg';
import type { Connection, ConnectOptions, Isolation, Parameter } from '../database/dialect.ts';
import { Portal } from './portal.ts';
import { tlsOptions } from '../database/tls.ts';
import { TLS_NAMES } from './url-tls.ts';
import type { ConnectionTarget } from './url.ts';

/** One attempt must answer within this time. */
const CONNECT_TIMEOUT_MS = 10_000;

export type Client = pg.Client;

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

  /** One statement: a query that a user gives is read, and what may follow it behind a semicolon is refused. */
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
 * Connects once. Every text comes as text, times in UTC and ISO. Nothing of the server's own environment goes to a host
 * that a user of it names: not `PGPASSWORD`, `PGUSER`, `PGOPTIONS` and the like, and no line of `~/.pgpass`.
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
    // What is named is not looked up in the environment; a function that has none is as good as a password.
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
  // Without a listener a lost connection would end the process; the next query reports it.
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
