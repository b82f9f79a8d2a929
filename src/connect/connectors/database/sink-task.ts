import type { Config } from '../../api/config-spec.ts';
import type { SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, RetriableError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { CONNECTION } from './connection-keys.ts';
import { connectPatiently, targetOf } from './connecting.ts';
import type { Connection, Dialect, Target } from './dialect.ts';
import { SINK } from './sink-keys.ts';
import { placeOf } from './sink-plan.ts';
import { splitName } from './table-names.ts';
import { TableWriters, type SchemaWriter } from './table-writers.ts';

/** The last record of each key in a batch, and the rows without a key. */
interface Batch {
  readonly writer: SchemaWriter;
  readonly table: string;
  /** By key, for upserts, updates and deletions: only the last record of a key counts. */
  readonly byKey: Map<string, SinkRecord>;
  readonly rows: SinkRecord[];
  /** Whether it began with a deletion. */
  readonly deletes: boolean;
}

const FIRST_RETRY_MS = 100;
/** How long a write may continue when the task must end. */
const CUT_AFTER_MS = 2000;

/** Writes the records of each `put` in one transaction. */
export class DatabaseSinkTask implements SinkTask {
  readonly #dialect: Dialect;
  #target!: Target;
  #config!: Config;
  #context!: SinkTaskContext;
  #writers!: TableWriters;
  #batchSize = 0;
  #connection: Connection | undefined;
  /** The connection that is being established while there is nothing to write. */
  #returning: Promise<void> | undefined;
  #isWriting = false;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.#config = config;
    this.#context = context;
    this.#target = targetOf(this.#dialect, config);
    this.#writers = new TableWriters(this.#dialect, config, context);
    this.#batchSize = config.get(SINK.batchSize);
    context.signal.addEventListener('abort', () => this.#cut(), { once: true });
    this.#keepConnected();
  }

  /**
   * Retries `max.retries` times when the connection is lost; then fails with an error that makes the worker restart the
   * task.
   */
  async put(records: readonly SinkRecord[]): Promise<void> {
    this.#isWriting = true;
    try {
      await this.#putPatiently(records);
    } finally {
      this.#isWriting = false;
    }
  }

  async #putPatiently(records: readonly SinkRecord[]): Promise<void> {
    const retries = this.#config.get(SINK.maxRetries);
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#write(records);
        if (attempt > 0) this.#context.trouble(undefined);
        return;
      } catch (error) {
        if (!this.#isLost(error)) throw error;
        const reason = this.#dialect.errors.reasonOf(error);
        await this.#disconnect();
        if (this.#context.signal.aborted) throw error;
        if (attempt >= retries) {
          throw new ConnectError(`Cannot write to ${this.#dialect.name} after ${attempt + 1} attempts: ${reason}`, {
            cause: new RetriableError(reason, { cause: error }),
          });
        }
        this.#context.trouble(new RetriableError(`Cannot write to ${this.#dialect.name}: ${reason}`, { cause: error }));
        this.#context.env.logger.warn(`Write of ${records.length} records failed, trying again: ${reason}`);
        const pause = Math.min(this.#config.get(SINK.retryBackoffMs), FIRST_RETRY_MS * 2 ** attempt);
        await this.#context.env.timers.sleep(pause, this.#context.signal);
      }
    }
  }

  async stop(): Promise<void> {
    await this.#disconnect();
  }

  async #write(records: readonly SinkRecord[]): Promise<void> {
    await this.#returning;
    const connection = (this.#connection ??= await this.#connect());
    const { errors } = this.#dialect;
    try {
      await this.#writeTogether(connection, records);
    } catch (first) {
      if (this.#isLost(first)) throw first;
      let error: unknown = first;
      // The target may have been altered meanwhile, so it is read again before records are blamed.
      const wasCached = !this.#writers.isEmpty;
      this.#writers.forget();
      if (wasCached && errors.isStaleShape(error)) {
        try {
          return await this.#writeTogether(connection, records);
        } catch (again) {
          if (this.#isLost(again)) throw again;
          error = again;
        }
      }
      if (!this.#isRecordError(error)) {
        if (error instanceof ConnectError) throw error;
        const message = `Cannot write to ${this.#dialect.name}: ${errors.reasonOf(error)}`;
        throw errors.isForbidden(error)
          ? new RetriableError(message, { cause: error })
          : new ConnectError(message, { cause: error });
      }
      await this.#writeOneByOne(connection, records);
    }
  }

  async #writeTogether(connection: Connection, records: readonly SinkRecord[]): Promise<void> {
    try {
      await connection.begin();
      await this.#writeAll(connection, records);
      await this.#commit(connection);
    } catch (error) {
      await connection.rollback().catch(() => {});
      throw error;
    }
  }

  async #commit(connection: Connection): Promise<void> {
    await connection.commit();
    for (const table of this.#writers.tables()) this.#context.wrote(table);
  }

  async #writeAll(connection: Connection, records: readonly SinkRecord[]): Promise<void> {
    const open = new Map<string, Batch>();
    for (const record of records) {
      const settings = this.#writers.settingsFor(record);
      const table = this.#writers.tableOf(record.topic);
      // There is nothing to delete from a table that does not exist, and nothing is known from which to create it.
      if (record.value === null && settings.deletes && !this.#writers.has(table)) {
        if ((await this.#dialect.writing.readTarget(connection, splitName(table))) === undefined) continue;
      }
      const writer =
        this.#writers.known(table, record, settings) ?? (await this.#writers.open(connection, table, record, settings));
      let batch = open.get(table);
      // For keys that only the database can compare, writes and deletions are executed in order.
      const turns = batch !== undefined && !writer.rows.keyedByText && batch.deletes !== (record.value === null);
      if (batch && (batch.writer !== writer || turns)) {
        await this.#flushBatch(connection, batch);
        open.delete(table);
        batch = undefined;
      }
      if (!batch) {
        batch = { writer, table, byKey: new Map(), rows: [], deletes: record.value === null };
        open.set(table, batch);
      }
      if (settings.insertMode === 'insert' && record.value !== null && !settings.deletes) batch.rows.push(record);
      else {
        const key = keyText(writer, record);
        batch.byKey.delete(key);
        batch.byKey.set(key, record);
      }
    }
    for (const batch of open.values()) await this.#flushBatch(connection, batch);
  }

  async #flushBatch(connection: Connection, { writer, byKey, rows }: Batch): Promise<void> {
    const written = [...rows];
    const deleted: SinkRecord[] = [];
    for (const record of byKey.values()) (record.value === null ? deleted : written).push(record);
    for (let from = 0; from < written.length; from += this.#batchSize)
      await writer.rows.write(connection, written.slice(from, from + this.#batchSize));
    for (let from = 0; from < deleted.length; from += this.#batchSize)
      await writer.rows.delete(connection, deleted.slice(from, from + this.#batchSize));
  }

  /** Finds and reports the records that the database refuses, and writes the others, still in one transaction. */
  async #writeOneByOne(connection: Connection, records: readonly SinkRecord[]): Promise<void> {
    const { checkDeferred } = this.#dialect.writing;
    try {
      await connection.begin();
      let refused = await this.#writeEach(connection, records);
      if (checkDeferred !== undefined && !(await this.#holds(connection, checkDeferred))) {
        await this.#startOver(connection);
        refused = await this.#refusedAtLast(connection, records, checkDeferred);
        await this.#startOver(connection);
        await this.#writeEach(
          connection,
          records.filter((record) => !refused.has(record)),
        );
      }
      for (const [record, why] of refused) await this.#context.reportErrant(record, why);
      await this.#commit(connection);
    } catch (error) {
      await connection.rollback().catch(() => {});
      this.#writers.forget();
      throw error;
    }
  }

  /** Whether deferred constraints will hold; if not, the transaction is useless. */
  async #holds(connection: Connection, checkDeferred: string): Promise<boolean> {
    try {
      await connection.query(checkDeferred);
      return true;
    } catch (error) {
      if (this.#isLost(error) || !this.#isRecordError(error)) throw error;
      return false;
    }
  }

  async #startOver(connection: Connection): Promise<void> {
    await connection.rollback();
    this.#writers.forget();
    await connection.begin();
  }

  /**
   * Records that a check at the end of the transaction refuses although all others are present. A record that merely
   * precedes what it refers to is not among them.
   */
  async #refusedAtLast(
    connection: Connection,
    records: readonly SinkRecord[],
    checkDeferred: string,
  ): Promise<Map<SinkRecord, Error>> {
    let refused = await this.#writeEach(connection, records, checkDeferred);
    for (let before = Infinity; refused.size > 0 && refused.size < before;) {
      before = refused.size;
      refused = await this.#writeEach(connection, [...refused.keys()], checkDeferred);
    }
    return refused;
  }

  /** Writes each record alone, followed by a given statement; returns the refused ones with reasons. */
  async #writeEach(
    connection: Connection,
    records: readonly SinkRecord[],
    then?: string,
  ): Promise<Map<SinkRecord, Error>> {
    const refused = new Map<SinkRecord, Error>();
    for (const record of records) {
      await connection.query('SAVEPOINT one');
      try {
        await this.#writeAll(connection, [record]);
        if (then !== undefined) await connection.query(then);
        await connection.query('RELEASE SAVEPOINT one');
      } catch (error) {
        if (this.#isLost(error) || !this.#isRecordError(error)) throw error;
        await connection.query('ROLLBACK TO SAVEPOINT one');
        const why =
          error instanceof DataError
            ? error
            : new ConnectError(
                `The record at ${placeOf(record)} is refused by ${this.#dialect.name}, table ${this.#writers.tableOf(record.topic)}: ${await this.#writers.reasonFor(connection, record, error)}`,
                { cause: error },
              );
        // A table that was created for this record is undone with it.
        this.#writers.forget();
        refused.set(record, why);
      }
    }
    return refused;
  }

  async #connect(): Promise<Connection> {
    const dialect = this.#dialect;
    const config = this.#config;
    const target = this.#target;
    const context = this.#context;
    const { env, signal } = context;
    const connection = await connectPatiently({
      dialect,
      config,
      target,
      env,
      signal,
      options: { name: `${context.connector}-${context.taskId}`, access: 'write' },
      trouble: (error) => context.trouble(error),
    });
    connection.onEnd((reason) => {
      // Otherwise a write is in progress, which notices it itself, or the task ends.
      if (this.#connection !== connection || this.#isWriting) return;
      this.#connection = undefined;
      this.#writers.forget();
      context.trouble(
        new RetriableError(`The connection to ${dialect.name} is gone: ${dialect.errors.reasonOf(reason)}`),
      );
      this.#keepConnected();
    });
    return connection;
  }

  /**
   * Connects while there is nothing to write, so that an unavailable database is noticed at once and not with the next
   * record.
   */
  #keepConnected(): void {
    const { signal, env } = this.#context;
    const connected = async (): Promise<void> => {
      for (let failed = false; this.#connection === undefined && !this.#isWriting; failed = true) {
        try {
          if (failed) await env.timers.sleep(this.#config.get(CONNECTION.connectionBackoffMs), signal);
          const connection = await this.#connect();
          if (signal.aborted) return await connection.end();
          this.#connection = connection;
        } catch (error) {
          if (signal.aborted) return;
          // A refusal, such as for a wrong password, may be fixed too; a write meanwhile fails the task.
          this.#context.trouble(error);
        }
      }
    };
    this.#returning ??= connected().finally(() => (this.#returning = undefined));
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#writers.forget();
    await connection?.end().catch(() => {});
  }

  /** Ends a waiting write. */
  #cut(): void {
    const connection = this.#connection;
    this.#context.env.timers.after(CUT_AFTER_MS, () => connection?.cut());
  }

  #isLost(error: unknown): boolean {
    return (
      error instanceof RetriableError || (!(error instanceof ConnectError) && this.#dialect.errors.isTransient(error))
    );
  }

  #isRecordError(error: unknown): boolean {
    return error instanceof DataError || this.#dialect.errors.isRecordError(error);
  }
}

function keyText({ plan: { key }, rows }: SchemaWriter, record: SinkRecord): string {
  let text = '';
  for (let i = 0; i < key.length; i++) {
    const value = key[i]!.read(record);
    if (i > 0) text += '\u0001';
    text += value === null || value === undefined ? '\0' : rows.keyText(i, value);
  }
  return text;
}
