import type { Connection as Driver, Query, SslOptions } from 'mysql2';
import { must } from '../../../base/assert.ts';
import { ConnectError } from '../../api/errors.ts';
import type { Connection, ConnectOptions, Cursor, Isolation, Parameter } from '../database/dialect.ts';
import { tlsOptions, type TlsWish } from '../database/tls.ts';
import { ValueRows } from '../database/value-rows.ts';
import { fieldOf, type ColumnPacket, type MysqlField } from './fields.ts';
import { TLS_NAMES } from './url-tls.ts';
import type { MysqlTarget } from './url.ts';

/** A value as the protocol sends it: the text of it, or its bytes. */
export type MysqlValue = string | Buffer | null;

/** How long the way to a server may take, in ms. */
const CONNECT_MS = 10_000;
/** How long the server waits for a reader that is busy with what it has, in s: its own minute is soon over. */
const WRITE_TIMEOUT_S = 3600;
/** Bytes for one statement, where the server takes more. */
const STATEMENT_BYTES = 4 << 20;

/** @throws ConnectError that names the command which installs the driver */
async function mysqlDriver(): Promise<typeof import('mysql2')> {
  try {
    const found = (await import('mysql2')) as typeof import('mysql2') & { default?: typeof import('mysql2') };
    return found.default ?? found;
  } catch (cause) {
    throw new ConnectError('package mysql2 is not installed: run npm install mysql2', { cause });
  }
}

/** Rows in words, as positions and messages have them. */
export const textOf = (value: MysqlValue): string | null =>
  value === null ? null : typeof value === 'string' ? value : value.toString('hex');

/** One connection, with the server's texts as they are: nothing is converted on the way. */
export class MysqlConnection implements Connection {
  readonly booleans: boolean;
  /** Bytes that one statement may have. */
  statementBytes = STATEMENT_BYTES;
  readonly #driver: Driver;
  /** Whether a transaction that writes is open, and the savepoint in it: DDL ends both. */
  #isWriting = false;
  #savepoint: string | undefined;
  /** The last that was opened: a driver that is destroyed leaves it waiting. */
  #cursor: MysqlCursor | undefined;
  #listener: ((reason: unknown) => void) | undefined;
  #ended: { readonly reason: unknown } | undefined;

  constructor(driver: Driver, booleans: boolean) {
    this.#driver = driver;
    this.booleans = booleans;
    driver.on('error', (error: unknown) => this.#markEnded(error));
    driver.on('end', () => this.#markEnded(new Error('Connection lost: the server closed the connection')));
  }

  #markEnded(reason: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason };
    this.#cursor?.fail(reason);
    this.#listener?.(reason);
  }

  async begin(reading?: Isolation): Promise<void> {
    if (reading !== undefined) {
      await this.query(`SET TRANSACTION ISOLATION LEVEL ${reading}`);
      await this.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
      return;
    }
    await this.query('START TRANSACTION');
    this.#isWriting = true;
    this.#savepoint = undefined;
  }
  async commit(): Promise<void> {
    this.#isWriting = false;
    await this.query('COMMIT');
  }
  async rollback(): Promise<void> {
    this.#isWriting = false;
    await this.query('ROLLBACK');
  }

  async query(
    sql: string,
    parameters: readonly Parameter[] = [],
  ): Promise<{ readonly rows: readonly (readonly MysqlValue[])[] }> {
    try {
      return await this.run(sql, parameters);
    } finally {
      if (this.#isWriting && this.#ended === undefined) await this.#goOn(sql);
    }
  }

  /** A statement of DDL commits, also one that fails: what follows is to be one transaction again. */
  async #goOn(sql: string): Promise<void> {
    const [, verb, name] = /^\s*(CREATE|ALTER|SAVEPOINT|RELEASE)\b\s*(\S*)/i.exec(sql) ?? [];
    if (verb === undefined) return;
    if (/^SAVEPOINT$/i.test(verb)) this.#savepoint = name;
    else if (/^RELEASE$/i.test(verb)) this.#savepoint = undefined;
    else {
      await this.run('START TRANSACTION', []);
      if (this.#savepoint !== undefined) await this.run(`SAVEPOINT ${this.#savepoint}`, []);
    }
  }

  /** The columns of a result, and its rows. */
  run(
    sql: string,
    parameters: readonly Parameter[],
  ): Promise<{ readonly rows: readonly (readonly MysqlValue[])[]; readonly fields: readonly MysqlField[] }> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended.reason as Error);
      this.#driver.query({ ...AS_SENT, sql, values: parameters.map(valueOf) }, (error, rows, fields) => {
        if (error) return reject(error);
        const columns = ((fields ?? []) as readonly ColumnPacket[]).map((f) => fieldOf(f, this.booleans));
        const found = Array.isArray(rows) ? (rows as unknown as (Buffer | null)[][]) : [];
        resolve({ rows: found.map((row) => decoded(row, columns)), fields: columns });
      });
    });
  }

  async openCursor(sql: string, parameters: readonly Parameter[], batchRows: number): Promise<MysqlCursor> {
    if (this.#ended !== undefined) throw this.#ended.reason;
    const query = this.#driver.query({ ...AS_SENT, sql, values: parameters.map(valueOf) });
    const cursor = new MysqlCursor(this.#driver, query, batchRows, this.booleans);
    this.#cursor = cursor;
    await cursor.opened();
    return cursor;
  }

  end(): Promise<void> {
    // Behind a result that nobody reads on no word would be heard.
    if (this.#cursor?.isOpen === true) this.cut();
    if (this.#ended !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#driver.end(() => {
        this.#driver.destroy();
        this.#markEnded(new Error('the connection was closed'));
        resolve();
      });
    });
  }

  cut(): void {
    this.#driver.destroy();
    this.#markEnded(new Error('Connection lost: it was cut'));
  }

  onEnd(listener: (reason: unknown) => void): void {
    this.#listener = listener;
  }
}

/** A result that the server sends as it is read. */
class MysqlCursor implements Cursor {
  fields: readonly MysqlField[] = [];
  readonly #driver: Driver;
  readonly #batchRows: number;
  #rows: MysqlValue[][] = [];
  #isDone = false;
  #failure: unknown;
  #wake = (): void => {};
  #discards = false;
  readonly #open: Promise<void>;
  #refuse: (reason: Error) => void = () => {};

  constructor(driver: Driver, query: Query, batchRows: number, booleans: boolean) {
    this.#driver = driver;
    this.#batchRows = batchRows;
    this.#open = new Promise((resolve, reject) => {
      query.on('fields', (fields: unknown) => {
        this.fields = ((fields ?? []) as readonly ColumnPacket[]).map((f) => fieldOf(f, booleans));
        resolve();
      });
      query.on('result', (row: unknown) => {
        if (this.#discards) return;
        this.#rows.push(decoded(row as (Buffer | null)[], this.fields));
        if (this.#rows.length < this.#batchRows) return;
        // More may have arrived with these; they come all the same.
        this.#driver.pause();
        this.#wake();
      });
      query.on('error', (error: unknown) => this.fail(error));
      this.#refuse = reject;
      query.on('end', () => {
        this.#isDone = true;
        this.#wake();
        resolve();
      });
    });
    this.#open.catch(() => {});
  }

  get isOpen(): boolean {
    return !this.#isDone;
  }

  /** The result has ended. */
  fail(reason: unknown): void {
    if (this.#isDone) return;
    this.#failure = reason;
    this.#isDone = true;
    this.#refuse(reason as Error);
    this.#wake();
  }

  opened(): Promise<void> {
    return this.#open;
  }

  async next(): Promise<ValueRows<MysqlValue>> {
    while (this.#rows.length < this.#batchRows && !this.#isDone) {
      this.#driver.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#isDone || this.#rows.length >= this.#batchRows) resolve();
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    return new ValueRows(this.#rows.splice(0, this.#batchRows), textOf);
  }

  async close(): Promise<void> {
    // The protocol has no word for enough: the rest is read, and forgotten.
    this.#discards = true;
    this.#rows = [];
    this.#driver.resume();
    while (!this.#isDone) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

/** Every value as the bytes that the server has written. */
const AS_SENT = { rowsAsArray: true, typeCast: false } as const;

/** Texts of what has one. */
function decoded(row: readonly (Buffer | null)[], fields: readonly MysqlField[]): MysqlValue[] {
  return row.map((value, i) => (value === null || isBytes(must(fields[i], 'field')) ? value : value.toString('utf8')));
}

const isBytes = ({ kind, type }: MysqlField): boolean =>
  kind === 'bytes' || kind === 'bits' || kind === 'geometry' || type === 'BIT(1)';

const valueOf = (parameter: Parameter): unknown =>
  parameter instanceof Uint8Array
    ? Buffer.from(parameter.buffer, parameter.byteOffset, parameter.byteLength)
    : typeof parameter === 'bigint'
      ? String(parameter)
      : parameter;

/** As the driver takes it, which looks at the host's name where it is told to alone. @throws ConnectError */
async function driverTls(wish: TlsWish): Promise<SslOptions> {
  const { checkServerIdentity: _, ...options } = await tlsOptions(wish, TLS_NAMES);
  return { ...(options as SslOptions), verifyIdentity: wish.checksHost };
}

/**
 * Connects once. Times are in UTC on the connection, texts in UTF-8. @throws the driver's error, ConnectError without a
 * driver
 */
export async function connect(target: MysqlTarget, { name, access }: ConnectOptions): Promise<MysqlConnection> {
  const { createConnection } = await mysqlDriver();
  const { host, port, user, password, database, ssl } = target;
  const driver = createConnection({
    host,
    port,
    database,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(ssl !== false && { ssl: await driverTls(ssl) }),
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: CONNECT_MS,
    connectAttributes: { program_name: name },
  });
  await new Promise<void>((resolve, reject) => {
    driver.once('error', reject);
    driver.connect((error) => {
      driver.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
  const connection = new MysqlConnection(driver, target.booleans);
  // Of what the server was told, a source keeps what its queries may be written for; backslashes are the driver's way
  // to quote.
  const mode =
    access === 'write'
      ? `'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO'`
      : `REPLACE(@@SESSION.sql_mode, 'NO_BACKSLASH_ESCAPES', '')`;
  await connection.run(
    `SET SESSION time_zone = '+00:00', SESSION net_write_timeout = ${WRITE_TIMEOUT_S}, SESSION sql_mode = ${mode}`,
    [],
  );
  const { rows } = await connection.run('SELECT @@max_allowed_packet', []);
  connection.statementBytes = Math.min(STATEMENT_BYTES, Math.floor(Number(rows[0]?.[0] ?? STATEMENT_BYTES) / 2));
  return connection;
}
