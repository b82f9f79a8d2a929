import { findZone, UTC, type Zone } from '../../../types/zone.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, RetriableError, StartOver } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { CONNECTION } from './connection-keys.ts';
import { connectPatiently, targetOf } from './connecting.ts';
import type { Connection, Dialect, TableWriter, Target } from './dialect.ts';
import { SINK } from './sink-keys.ts';
import { sinkChoices } from './sink-choices.ts';
import { placeOf, planFor, type SinkPlan, type SinkSettings } from './sink-plan.ts';
import { fitTarget, type DdlSettings } from './sink-table.ts';
import { isCaseBlind, sharedByCase, sharedTable } from './shared-tables.ts';
import { splitName, TableNames } from './table-names.ts';

/** A table and one pair of schemas, ready for writing. */
interface Writer {
  readonly settings: SinkSettings;
  readonly plan: SinkPlan;
  readonly rows: TableWriter;
  readonly keySchema: ConnectSchema | null;
  readonly valueSchema: ConnectSchema | null;
}

/** The last record of each key in a batch, and the rows without a key. */
interface Batch {
  readonly writer: Writer;
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
  #settings!: SinkSettings;
  /** How records of `append.topics` are written. */
  #appending!: SinkSettings;
  #appended: ReadonlySet<string> = new Set();
  #ddl!: DdlSettings;
  #zone: Zone = UTC;
  #tables!: TableNames;
  #batchSize = 0;
  #connection: Connection | undefined;
  /** The connection that is being established while there is nothing to write. */
  #returning: Promise<void> | undefined;
  #writers = new Map<string, Writer[]>();
  #isWriting = false;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.#config = config;
    this.#context = context;
    this.#target = targetOf(this.#dialect, config);
    const { settings, appending, appended, ddl, tables } = sinkChoices(config, context.connector, this.#dialect);
    this.#settings = settings;
    this.#appending = appending;
    this.#appended = appended;
    this.#ddl = ddl;
    this.#tables = tables;
    this.#zone = findZone(config.get(SINK.dbTimezone)) ?? UTC;
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
      const wasCached = this.#writers.size > 0;
      this.#writers = new Map();
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
    for (const [table, writers] of this.#writers) if (writers.length > 0) this.#context.wrote(table);
  }

  async #writeAll(connection: Connection, records: readonly SinkRecord[]): Promise<void> {
    const open = new Map<string, Batch>();
    for (const record of records) {
      const settings = this.#settingsFor(record);
      const table = this.#tables.of(record.topic);
      // There is nothing to delete from a table that does not exist, and nothing is known from which to create it.
      if (record.value === null && settings.deletes && !this.#writers.has(table)) {
        if ((await this.#dialect.writing.readTarget(connection, splitName(table))) === undefined) continue;
      }
      const writer =
        this.#knownWriter(table, record, settings) ?? (await this.#newWriter(connection, table, record, settings));
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
      this.#writers = new Map();
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
    this.#writers = new Map();
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
                `The record at ${placeOf(record)} is refused by ${this.#dialect.name}, table ${this.#tables.of(record.topic)}: ${await this.#reasonFor(connection, record, error)}`,
                { cause: error },
              );
        // A table that was created for this record is undone with it.
        this.#writers = new Map();
        refused.set(record, why);
      }
    }
    return refused;
  }

  /** The database's reason, with the failing column if it can be found. */
  async #reasonFor(connection: Connection, record: SinkRecord, error: unknown): Promise<string> {
    const reason = this.#dialect.errors.reasonOf(error);
    const writer = this.#writers
      .get(this.#tables.of(record.topic))
      ?.find(
        (w) => w.keySchema === record.keySchema && (record.value === null || w.valueSchema === record.valueSchema),
      );
    const found = writer && (await this.#dialect.writing.blame?.(connection, writer.rows, record));
    return found === undefined ? reason : `${reason} (${found})`;
  }

  #settingsFor(record: SinkRecord): SinkSettings {
    return this.#appended.has(record.originalTopic) ? this.#appending : this.#settings;
  }

  #knownWriter(table: string, record: SinkRecord, settings: SinkSettings): Writer | undefined {
    const known = this.#writers.get(table);
    if (known === undefined) return undefined;
    const { keySchema } = record;
    const valueSchema = record.value === null ? null : record.valueSchema;
    const last = known.at(-1);
    const found =
      last !== undefined &&
      last.settings === settings &&
      last.keySchema === keySchema &&
      (last.valueSchema === valueSchema || record.value === null)
        ? last
        : known.find((w) => w.settings === settings && w.keySchema === keySchema && w.valueSchema === valueSchema);
    if (found !== undefined) requireKey(settings, record);
    return found;
  }

  async #newWriter(connection: Connection, table: string, record: SinkRecord, settings: SinkSettings): Promise<Writer> {
    let known = this.#writers.get(table);
    if (!known) await this.#requireOwn(connection, table, record.originalTopic);
    if (!known) this.#writers.set(table, (known = []));
    const valueSchema = record.value === null ? null : record.valueSchema;
    const dialect = this.#dialect;
    const wanted = planFor(settings, record);
    const isUpserted = settings.insertMode === 'upsert';
    const { logger } = this.#context.env;
    const onMissing = (sqlName: string): void => this.#requireWhole(table, sqlName, record.originalTopic);
    const onAdded = (sqlName: string, columns: readonly string[]): void =>
      this.#tellOfColumns(table, sqlName, columns, settings);
    const workshop = { dialect, connection, logger, onMissing, onAdded };
    const { target, plan } = await fitTarget(workshop, splitName(table), wanted, this.#ddl, isUpserted);
    const writer: Writer = {
      settings,
      plan,
      rows: dialect.writing.writer(settings, target, plan, this.#zone, this.#config),
      keySchema: record.keySchema,
      valueSchema,
    };
    known.push(writer);
    return writer;
  }

  /**
   * For topics that are discovered as they appear, as with `topics.regex`, in any task; and tables that only records
   * name.
   * @throws ConnectError
   */
  async #requireOwn(connection: Connection, table: string, topic: string): Promise<void> {
    const among = sharedByCase(this.#tables, this.#context.allTopics());
    const other = [...this.#writers.keys()].find((name) => name.toLowerCase() === table.toLowerCase());
    if ((among === undefined && other === undefined) || !(await isCaseBlind(this.#dialect.writing, connection))) return;
    throw new ConnectError(among ?? sharedTable(`Topic ${topic} and another one`, [other!, table], topic));
  }

  /**
   * A new table must contain all rows of its topics: those that were written to a dropped one are written again.
   * @throws StartOver, and ConnectError when the table was not created by us
   */
  #requireWhole(table: string, sqlName: string, topic: string): void {
    const context = this.#context;
    if (!context.hasWritten(table)) return;
    const topics = [...new Set([topic, ...context.topics().filter((t) => this.#tables.of(t) === table)])];
    if (!this.#ddl.create)
      throw new ConnectError(
        `Table ${sqlName} is gone, and with it what was written to it: with auto.create=true it is made anew and all rows of ${topics.join(', ')} are written again, ` +
          'a table of that name that you create gets later rows alone',
      );
    throw new StartOver(
      `Table ${sqlName} was gone: it is made anew, and all rows of ${topics.join(', ')} are written again`,
      table,
      topics,
    );
  }

  /** Rows that were written before a column was there, or before somebody dropped it, do not get its values by that. */
  #tellOfColumns(table: string, sqlName: string, columns: readonly string[], { insertMode }: SinkSettings): void {
    const context = this.#context;
    if (!context.hasWritten(table)) return;
    const twice = insertMode === 'insert' ? ', and those that are there a second time' : '';
    context.remark(
      `Table ${sqlName} lacked ${columns.length === 1 ? 'column' : 'columns'} ${columns.join(', ')}, new in the records or dropped there: added (auto.evolve=true), and rows ` +
        `that were written before hold NULL in ${columns.length === 1 ? 'it' : 'them'}. RESET CONNECTOR OFFSETS OF ${context.connector}; writes all rows anew${twice}`,
    );
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
      this.#writers = new Map();
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
    this.#writers = new Map();
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

/**
 * What `planFor` found for the first record of a pair of schemas applies to the others, except for missing keys and
 * values.
 */
function requireKey(settings: SinkSettings, record: SinkRecord): void {
  if ((record.key === null && settings.pkMode === 'record_key') || (record.value === null && !settings.deletes))
    planFor(settings, record);
}

function keyText({ plan: { key }, rows }: Writer, record: SinkRecord): string {
  let text = '';
  for (let i = 0; i < key.length; i++) {
    const value = key[i]!.read(record);
    if (i > 0) text += '\u0001';
    text += value === null || value === undefined ? '\0' : rows.keyText(i, value);
  }
  return text;
}
