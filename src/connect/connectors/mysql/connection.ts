import type { Connection as Driver, Query, SslOptions } from 'mysql2';
import { must } from '../../../base/assert.ts';
import { ConnectError } from '../../api/errors.ts';
import type { Connection, ConnectOptions, Cursor, Isolation, Parameter } from '../database/dialect.ts';
import { tlsOptions, type TlsRequest } from '../database/tls.ts';
import { ValueRows } from '../database/value-rows.ts';
import { fieldOf, type ColumnPacket, type MysqlField } from './fields.ts';
import { TLS_NAMES } from './url-tls.ts';
import type { MysqlTarget } from './url.ts';

/** A value as sent by the protocol: its text or its bytes. */
export type MysqlValue = string | Buffer | null;

/** Timeout for establishing a connection, in ms. */
const CONNECT_MS = 10_000;
/**
 * How long the server waits for a reader that is busy (net_write_timeout), in s: its default of one minute is too
 * short.
 */
const WRITE_TIMEOUT_S = 3600;
/** The most bytes of a statement, if the server accepts that many. */
const STATEMENT_BYTES = 4 << 20;

/** Loads the driver. @throws ConnectError with the command that installs it */
async function mysqlDriver(): Promise<typeof import('mysql2')> {
  try {
    const found = (await import('mysql2')) as typeof import('mysql2') & { default?: typeof import('mysql2') };
    return found.default ?? found;
  } catch (cause) {
    throw new ConnectError('package mysql2 is not installed: run npm install mysql2', { cause });
  }
}

/** A value as text, for positions and messages. */
export const textOf = (value: MysqlValue): string | null =>
  value === null ? null : typeof value === 'string' ? value : value.toString('hex');

/** A connection that returns the server's texts unchanged, without conversions by the driver. */
export class MysqlConnection implements Connection {
  readonly booleans: boolean;
  /** The most bytes that a statement may have. */
  statementBytes = STATEMENT_BYTES;
  readonly #driver: Driver;
  /** Whether a write transaction is open, and its savepoint: DDL ends both. */
  #isWriting = false;
  #savepoint: string | undefined;
  /** The last cursor that was opened: a destroyed driver does not notify it. */
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

  /** Reopens the transaction after DDL, which commits it, even if the statement fails. */
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

  /** Executes a statement and returns the rows and columns of its result. */
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
    // While a result is not read to its end, the server does not respond to further commands.
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

/** A result that the server sends while it is being read. */
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
        // Further rows may have arrived with these; they are delivered despite the pause.
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

  /** Ends the result with an error. */
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
    // The protocol has no way to cancel a result: the remaining rows are read and discarded.
    this.#discards = true;
    this.#rows = [];
    this.#driver.resume();
    while (!this.#isDone) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

/** Options to return every value as the bytes that the server has sent. */
const AS_SENT = { rowsAsArray: true, typeCast: false } as const;

/** Decodes the values of a row that are texts. */
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

/** TLS options for the driver, which checks the host name only if told to. @throws ConnectError */
async function driverTls(request: TlsRequest): Promise<SslOptions> {
  const { checkServerIdentity: _, ...options } = await tlsOptions(request, TLS_NAMES);
  return { ...(options as SslOptions), verifyIdentity: request.checksHost };
}

/**
 * Connects once. The connection's time zone is UTC, its character set UTF-8. @throws the driver's error, ConnectError
 * without a driver
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
  // A source keeps the server's SQL mode, because its queries may depend on it, but enables backslash escapes, which
  // the driver uses for quoting.
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
