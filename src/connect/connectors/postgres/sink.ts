import { findZone, UTC, type Zone } from '../../../types/zone.ts';
import type { Config, ConfigProblem, RawConfig } from '../../api/config-spec.ts';
import type { SinkConnector, SinkImplementation, SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, RetriableError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import {
  codeOf,
  connectionProblem,
  connectOnce,
  connectPatiently,
  isConnectionLoss,
  reasonOf,
  targetOf,
  type Client,
} from './connection.ts';
import { placeOf, planFor, type SinkPlan, type SinkSettings } from './sink-plan.ts';
import { statementsFor, type SinkStatements } from './sink-statements.ts';
import { blamed } from './sink-blame.ts';
import { fitTarget, readTarget, type DdlSettings, type TargetTable } from './sink-table.ts';
import { arrayText } from './sink-types.ts';
import { TableNames } from './table-names.ts';

class PostgresSinkConnector implements SinkConnector {
  private raw: RawConfig = {};
  async start(config: Config): Promise<void> {
    this.raw = config.raw;
  }
  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    return Array.from({ length: maxTasks }, () => this.raw);
  }
  async stop(): Promise<void> {}
}

/** A table and one pair of schemas, ready to write. */
interface Writer {
  readonly settings: SinkSettings;
  readonly target: TargetTable;
  readonly plan: SinkPlan;
  readonly statements: SinkStatements;
  readonly keySchema: ConnectSchema | null;
  readonly valueSchema: ConnectSchema | null;
}

/** The last word on each key of a batch, and the rows that have none. */
interface Batch {
  readonly writer: Writer;
  readonly table: string;
  /** By key, of upserts, updates and deletes: only the last record of a key counts. */
  readonly byKey: Map<string, SinkRecord>;
  readonly rows: SinkRecord[];
  /** Whether it began with a record that deletes. */
  readonly deletes: boolean;
}

const FIRST_RETRY_MS = 100;

/** Writes what one `put` brings in one transaction. */
export class PostgresSinkTask implements SinkTask {
  private config!: Config;
  private context!: SinkTaskContext;
  private settings!: SinkSettings;
  /** How records of `append.topics` are written. */
  private appending!: SinkSettings;
  private appended: ReadonlySet<string> = new Set();
  private ddl!: DdlSettings;
  private zone: Zone = UTC;
  private tables!: TableNames;
  private batchSize = 0;
  private client: Client | undefined;
  /** The connection that is being made, while nothing is to be written. */
  private returning: Promise<void> | undefined;
  private writers = new Map<string, Writer[]>();
  private isWriting = false;

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.config = config;
    this.context = context;
    const fold = config.string('quote.sql.identifiers').toLowerCase() === 'never';
    this.settings = {
      name: context.connector,
      insertMode: config.string('insert.mode').toLowerCase() as SinkSettings['insertMode'],
      pkMode: config.string('pk.mode').toLowerCase() as SinkSettings['pkMode'],
      pkFields: config.list('pk.fields'),
      deletes: config.boolean('delete.enabled'),
      whitelist: config.list('fields.whitelist'),
      fold,
      keyColumns: config.boolean('record.key.columns'),
    };
    this.appended = new Set(config.list('append.topics'));
    this.appending = {
      ...this.settings,
      insertMode: 'upsert',
      pkMode: 'kafka',
      pkFields: [],
      deletes: false,
      keyColumns: true,
    };
    this.ddl = { create: config.boolean('auto.create'), evolve: config.boolean('auto.evolve') };
    this.zone = findZone(config.string('db.timezone')) ?? UTC;
    this.batchSize = config.number('batch.size');
    this.tables = new TableNames(config.string('table.name.format'), config.list('topics.to.tables.mapping'));
    context.signal.addEventListener('abort', () => this.cut(), { once: true });
    this.keepConnected();
  }

  /** Tries again `max.retries` times when the connection is lost; then fails with an error that makes the worker restart the task. */
  async put(records: readonly SinkRecord[]): Promise<void> {
    this.isWriting = true;
    try {
      await this.putPatiently(records);
    } finally {
      this.isWriting = false;
    }
  }

  private async putPatiently(records: readonly SinkRecord[]): Promise<void> {
    const retries = this.config.number('max.retries');
    for (let attempt = 0; ; attempt++) {
      try {
        await this.write(records);
        if (attempt > 0) this.context.trouble(undefined);
        return;
      } catch (error) {
        if (!isLost(error)) throw error;
        await this.disconnect();
        if (this.context.signal.aborted) throw error;
        if (attempt >= retries) {
          throw new ConnectError(`Cannot write to Postgres after ${attempt + 1} attempts: ${reasonOf(error)}`, {
            cause: new RetriableError(reasonOf(error), { cause: error }),
          });
        }
        this.context.trouble(new RetriableError(`Cannot write to Postgres: ${reasonOf(error)}`, { cause: error }));
        this.context.env.logger.warn(`Write of ${records.length} records failed, trying again: ${reasonOf(error)}`);
        const pause = Math.min(this.config.number('retry.backoff.ms'), FIRST_RETRY_MS * 2 ** attempt);
        await this.context.env.timers.sleep(pause, this.context.signal);
      }
    }
  }

  async stop(): Promise<void> {
    await this.disconnect();
  }

  private async write(records: readonly SinkRecord[]): Promise<void> {
    await this.returning;
    const client = (this.client ??= await this.connect());
    try {
      await client.query('BEGIN');
      await this.writeAll(client, records);
      await client.query('COMMIT');
    } catch (first) {
      await client.query('ROLLBACK').catch(() => {});
      if (isLost(first)) throw first;
      let error: unknown = first;
      // The target may have been altered under way: look again before blaming the records.
      const wasCached = this.writers.size > 0;
      this.writers = new Map();
      if (wasCached && isShapeError(error)) {
        await client.query('BEGIN');
        try {
          await this.writeAll(client, records);
          await client.query('COMMIT');
          return;
        } catch (again) {
          await client.query('ROLLBACK').catch(() => {});
          if (isLost(again)) throw again;
          error = again;
        }
      }
      if (!isRecordError(error))
        throw error instanceof ConnectError
          ? error
          : new ConnectError(`Cannot write to Postgres: ${reasonOf(error)}`, { cause: error });
      await this.writeOneByOne(client, records);
    }
  }

  private async writeAll(client: Client, records: readonly SinkRecord[]): Promise<void> {
    const open = new Map<string, Batch>();
    for (const record of records) {
      const settings = this.settingsFor(record);
      const table = this.tables.of(record.topic);
      // Nothing to delete from a table that is not there yet, and nothing known to create it from.
      if (record.value === null && settings.deletes && !this.writers.has(table) && !(await readTarget(client, table)))
        continue;
      const writer = await this.writerFor(client, table, record, settings);
      let batch = open.get(table);
      // Of keys that only the database can compare, what is written and what is deleted go in their order.
      const turns = batch !== undefined && !writer.statements.keyedByText && batch.deletes !== (record.value === null);
      if (batch && (batch.writer !== writer || turns)) {
        await this.flushBatch(client, batch);
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
    for (const batch of open.values()) await this.flushBatch(client, batch);
  }

  private async flushBatch(client: Client, { writer, byKey, rows }: Batch): Promise<void> {
    const written = [...rows];
    const deleted: SinkRecord[] = [];
    for (const record of byKey.values()) (record.value === null ? deleted : written).push(record);
    const { plan, statements } = writer;
    for (let from = 0; from < written.length; from += this.batchSize) {
      const slice = written.slice(from, from + this.batchSize);
      const columns = plan.columns.map((column, i) =>
        arrayText(slice.map((r) => cell(column.read(r), statements.texts[i]!))),
      );
      await client.query({ name: '', text: statements.write, values: columns });
    }
    for (let from = 0; from < deleted.length; from += this.batchSize) {
      const slice = deleted.slice(from, from + this.batchSize);
      const columns = plan.key.map((column, i) =>
        arrayText(slice.map((r) => cell(column.read(r), statements.texts[i]!))),
      );
      await client.query({ text: statements.delete!, values: columns });
    }
  }

  /** Finds the record that the database refuses; it is reported, the others are written. All in one transaction still. */
  private async writeOneByOne(client: Client, records: readonly SinkRecord[]): Promise<void> {
    await client.query('BEGIN');
    try {
      for (const record of records) {
        await client.query('SAVEPOINT one');
        try {
          await this.writeAll(client, [record]);
          await client.query('RELEASE one');
        } catch (error) {
          if (isLost(error) || !isRecordError(error)) throw error;
          await client.query('ROLLBACK TO one');
          const why =
            error instanceof DataError
              ? error
              : new ConnectError(
                  `The record at ${placeOf(record)} is refused by Postgres: ${await this.reasonFor(client, record, error)}`,
                  { cause: error },
                );
          // A table that was made for this record is gone with it.
          this.writers = new Map();
          await this.context.reportErrant(record, why);
        }
      }
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      this.writers = new Map();
      throw error;
    }
  }

  /** The database's reason, with the column at fault where one can be found. */
  private async reasonFor(client: Client, record: SinkRecord, error: unknown): Promise<string> {
    const writer = this.writers
      .get(this.tables.of(record.topic))
      ?.find(
        (w) => w.keySchema === record.keySchema && (record.value === null || w.valueSchema === record.valueSchema),
      );
    const found = writer && (await blamed(client, writer, record));
    return found === undefined ? reasonOf(error) : `${reasonOf(error)} (${found})`;
  }

  private settingsFor(record: SinkRecord): SinkSettings {
    return this.appended.has(record.originalTopic) ? this.appending : this.settings;
  }

  private async writerFor(client: Client, table: string, record: SinkRecord, settings: SinkSettings): Promise<Writer> {
    let known = this.writers.get(table);
    if (!known) this.writers.set(table, (known = []));
    const valueSchema = record.value === null ? null : record.valueSchema;
    const last = known.at(-1);
    if (
      last &&
      last.settings === settings &&
      last.keySchema === record.keySchema &&
      (last.valueSchema === valueSchema || record.value === null)
    ) {
      requireKey(settings, record);
      return last;
    }
    const found = known.find(
      (w) => w.settings === settings && w.keySchema === record.keySchema && w.valueSchema === valueSchema,
    );
    if (found) {
      requireKey(settings, record);
      return found;
    }
    const plan = planFor(settings, record);
    const target = await fitTarget(
      client,
      table,
      plan,
      this.ddl,
      settings.insertMode === 'upsert',
      this.context.env.logger,
    );
    const writer: Writer = {
      settings,
      target,
      plan,
      statements: statementsFor(settings, target, plan, this.zone),
      keySchema: record.keySchema,
      valueSchema,
    };
    known.push(writer);
    return writer;
  }

  private async connect(): Promise<Client> {
    const client = await connectPatiently(
      this.config,
      this.context.env,
      this.context.signal,
      `${this.context.connector}-${this.context.taskId}`,
      (error) => this.context.trouble(error),
    );
    let reason: unknown = new Error('the connection was closed');
    client.on('error', (error) => (reason = error));
    client.on('end', () => {
      // Else a write is under way, which sees it for itself, or the task ends.
      if (this.client !== client || this.isWriting) return;
      this.client = undefined;
      this.writers = new Map();
      this.context.trouble(new RetriableError(`The connection to Postgres is gone: ${reasonOf(reason)}`));
      this.keepConnected();
    });
    return client;
  }

  /** Connects while there is nothing to write: a database that is away is seen when it goes, not with the next record. */
  private keepConnected(): void {
    const { signal, env } = this.context;
    const connected = async (): Promise<void> => {
      for (let failed = false; this.client === undefined && !this.isWriting; failed = true) {
        try {
          if (failed) await env.timers.sleep(this.config.number('connection.backoff.ms'), signal);
          const client = await this.connect();
          if (signal.aborted) return await client.end();
          this.client = client;
          this.context.trouble(undefined);
        } catch (error) {
          if (signal.aborted) return;
          this.context.trouble(error);
          // What refuses us stays: the next write says so, and fails.
          if (!isLost(error)) return;
        }
      }
    };
    this.returning ??= connected().finally(() => (this.returning = undefined));
  }

  private async disconnect(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    this.writers = new Map();
    await client?.end().catch(() => {});
  }

  /** Makes a waiting write end at once. */
  private cut(): void {
    const stream = (this.client as unknown as { connection?: { stream?: { destroy(): void } } } | undefined)?.connection
      ?.stream;
    this.context.env.timers.after(2000, () => stream?.destroy());
  }
}

/** What `planFor` found out for the first record of a pair of schemas holds for the others, but for missing keys and values. */
function requireKey(settings: SinkSettings, record: SinkRecord): void {
  if ((record.key === null && settings.pkMode === 'record_key') || (record.value === null && !settings.deletes))
    planFor(settings, record);
}

function cell(value: unknown, text: (value: unknown) => string): string | null {
  return value === null || value === undefined ? null : text(value);
}

function keyText({ plan, statements }: Writer, record: SinkRecord): string {
  return plan.key.map((c, i) => cell(c.read(record), statements.texts[i]!) ?? '\0').join('\u0001');
}

function isLost(error: unknown): boolean {
  return error instanceof RetriableError || (!(error instanceof ConnectError) && isConnectionLoss(error));
}

/** Undefined table or column, type mismatch, changed result: the table is not what it was. */
function isShapeError(error: unknown): boolean {
  return codeOf(error)?.startsWith('42') ?? false;
}

/**
 * Data exceptions and constraint violations: some record is at fault. Also two rows of one statement whose keys the database deems equal, though
 * nothing said so before: one by one they follow each other.
 */
function isRecordError(error: unknown): boolean {
  if (error instanceof DataError) return true;
  const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause);
  return /^(2[23]|21000)/.test(code ?? '');
}

async function probe(config: Config): Promise<readonly ConfigProblem[]> {
  const target = targetOf(config);
  try {
    const client = await connectOnce(target, 'sluice-validate');
    await client.end();
    return [];
  } catch (error) {
    return [connectionProblem(error, target)];
  }
}

export const implementation: SinkImplementation = {
  probe,
  createConnector: () => new PostgresSinkConnector(),
  createTask: () => new PostgresSinkTask(),
};
