import { must } from '../../../base/assert.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { placeOf } from '../internal/left-out.ts';
import { PutRetries } from '../internal/put-retries.ts';
import { rowWriter, type RowWriter } from './row-writer.ts';
import { ClickHouse, Refused } from './server.ts';
import { SINK, tableNamer } from './sink-keys.ts';
import { creation, DELETED, misfit, noFit, readTable, type Table, type TablePlan } from './table.ts';

/** The most cached writers: transforms that create a schema for each record would create a writer for each. */
const WRITERS_MAX = 100;
/** Versions are wall-clock ms times this, so that many fit within one ms. */
const VERSIONS_A_MS = 1024;

/** Rows of one INSERT. */
interface Insert {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly record: SinkRecord; readonly line: string }[];
}

interface KnownWriter {
  readonly table: string;
  readonly keySchema: ConnectSchema | null;
  readonly valueSchema: ConnectSchema | null;
  readonly isDeleting: boolean;
  readonly writer: RowWriter;
}

/**
 * Writes the records of each `put`, with one INSERT per table and schema, and returns when all of them are written or
 * reported.
 */
export class ClickHouseSinkTask implements SinkTask {
  #config!: Config;
  #context!: SinkTaskContext;
  #server: ClickHouse | undefined;
  #tableOf!: (topic: string) => string;
  #upserts: ReadonlySet<string> = new Set();
  /** Tables as last read, and the number of the put in which they were read. */
  readonly #tables = new Map<string, { readonly table: Table; readonly put: number }>();
  #puts = 0;
  #writers: KnownWriter[] = [];
  #version = 0;

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.#config = config;
    this.#context = context;
    this.#server = new ClickHouse(config, context.env);
    this.#tableOf = tableNamer(config.raw);
    this.#upserts = new Set(config.get(SINK.upsertTopics));
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    this.#puts++;
    const retries = new PutRetries(this.#context, {
      max: this.#config.get(SINK.maxRetries),
      firstPauseMs: this.#config.get(SINK.retryBackoffMs),
    });
    await retries.run(async () => {
      let inserts: readonly Insert[] = await this.#insertsOf(records);
      for (let again = false; inserts.length > 0; again = true) {
        const stale = await this.#send(inserts, again, retries);
        inserts = stale.length === 0 ? [] : await this.#insertsOf(stale);
      }
    });
    this.#context.trouble(undefined);
  }

  async stop(): Promise<void> {
    this.#server?.close();
  }

  /** Sends all rows; returns the records of tables that differ from what was cached. */
  async #send(inserts: readonly Insert[], again: boolean, retries: PutRetries): Promise<SinkRecord[]> {
    const stale: SinkRecord[] = [];
    for (const insert of inserts) {
      try {
        await this.#insert(insert, retries);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.isOfTable && !again) {
          this.#tables.delete(insert.table);
          this.#writers = this.#writers.filter((w) => w.table !== insert.table);
          stale.push(...insert.rows.map((row) => row.record));
        } else await this.#blame(insert, error, retries);
      }
    }
    return stale;
  }

  async #insert({ table, columns, rows }: Insert, retries: PutRetries): Promise<void> {
    const lines = Buffer.from(rows.map((row) => row.line).join(''));
    await retries.run(() =>
      must(this.#server, 'server').insert(table, columns, lines, rows.length, this.#context.signal),
    );
  }

  /**
   * Sends the halves of a refused INSERT until the rows at fault are alone, because a block is accepted or refused as a
   * whole.
   */
  async #blame(insert: Insert, error: Refused, retries: PutRetries): Promise<void> {
    const { rows } = insert;
    if (rows.length === 1) {
      const { record } = must(rows[0], 'row');
      return await this.#context.reportErrant(
        record,
        new ConnectError(`The record at ${placeOf(record)} is refused by ${insert.table}: ${messageOf(error)}`),
      );
    }
    const half = rows.length >> 1;
    for (const part of [rows.slice(0, half), rows.slice(half)]) {
      try {
        await this.#insert({ ...insert, rows: part }, retries);
      } catch (next) {
        if (!(next instanceof Refused)) throw next;
        await this.#blame({ ...insert, rows: part }, next, retries);
      }
    }
  }

  async #insertsOf(records: readonly SinkRecord[]): Promise<Insert[]> {
    const open = new Map<
      RowWriter,
      { table: string; columns: readonly string[]; rows: { record: SinkRecord; line: string }[] }
    >();
    for (const record of records) {
      try {
        const found = await this.#writerFor(record);
        if (found === undefined) continue;
        const { table, writer } = found;
        const line = writer.line(record, { version: this.#nextVersion(), topic: this.#topicOf(record) });
        let insert = open.get(writer);
        if (insert === undefined) open.set(writer, (insert = { table, columns: writer.columns, rows: [] }));
        insert.rows.push({ record, line });
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        await this.#context.reportErrant(
          record,
          new DataError(`The record at ${placeOf(record)} makes no row: ${error.message}`),
        );
      }
    }
    return [...open.values()];
  }

  /** Undefined: the record is skipped. @throws DataError */
  async #writerFor(record: SinkRecord): Promise<KnownWriter | undefined> {
    const isDeleting = record.value === null || record.value === undefined;
    const byKey = this.#upserts.has(record.topic) || this.#upserts.has(record.originalTopic);
    if (isDeleting && !byKey) return this.#passOver('its topic is none of upsert.topics');
    const name = this.#tableOf(record.topic);
    const { keySchema, valueSchema } = record;
    const fits = (w: KnownWriter): boolean =>
      w.table === name && w.keySchema === keySchema && w.valueSchema === valueSchema && w.isDeleting === isDeleting;
    const last = this.#writers.at(-1);
    const known = last !== undefined && fits(last) ? last : this.#writers.find(fits);
    if (known !== undefined) return known;
    const plan = this.#planOf(record, byKey, isDeleting);
    const table = await this.#tableFor(name, plan, isDeleting);
    if (table === undefined || (isDeleting && !table.has(DELETED)))
      return this.#passOver(`table ${name} has no column ${DELETED}`);
    const bad = misfit(table, plan);
    if (bad !== undefined) {
      // The column may have been added since.
      if (this.#tables.get(name)?.put === this.#puts) throw noFit(name, bad);
      this.#tables.delete(name);
      return await this.#writerFor(record);
    }
    const writer = rowWriter(table, plan, isDeleting, keySchema?.type !== 'STRUCT');
    const made: KnownWriter = { table: name, keySchema, valueSchema, isDeleting, writer };
    if (this.#writers.length >= WRITERS_MAX) this.#writers.shift();
    this.#writers.push(made);
    return made;
  }

  #passOver(why: string): undefined {
    if (this.#config.get(SINK.nullValues).toLowerCase() === 'fail')
      throw new DataError(`it has no value and deletes nothing: ${why}`);
    return undefined;
  }

  #planOf({ key, keySchema, value, valueSchema }: SinkRecord, byKey: boolean, isDeleting: boolean): TablePlan {
    if (byKey && (key === null || key === undefined)) throw new DataError('it has no key to keep its row by');
    if (byKey && keySchema === null) throw new DataError('its key has no schema: a converter with schemas is needed');
    const keys =
      keySchema?.type === 'STRUCT'
        ? keySchema.fields
        : byKey && keySchema !== null
          ? [{ name: this.#config.get(SINK.keyColumn), schema: keySchema }]
          : [];
    if (isDeleting) return { keys, values: [], byKey };
    if (valueSchema?.type !== 'STRUCT')
      throw new DataError(
        `its value is ${valueSchema === null ? `${typeof value === 'object' ? 'an object' : `a ${typeof value}`} without a schema` : `a ${valueSchema.type.toLowerCase()}`}, and a row is a struct: use a converter with schemas, or sources='...'`,
      );
    return { keys, values: valueSchema.fields, byKey };
  }

  async #tableFor(name: string, plan: TablePlan, isDeleting: boolean): Promise<Table | undefined> {
    const known = this.#tables.get(name);
    if (known !== undefined) return known.table;
    const server = must(this.#server, 'server');
    const { signal } = this.#context;
    let table = await readTable(server, name, signal);
    if (table === undefined) {
      // A tombstone as the first record does not show the columns.
      if (isDeleting) return undefined;
      if (!this.#config.get(SINK.autoCreate))
        throw new ConnectError(
          `There is no table ${server.database}.${name}: make it, or let ${SINK.autoCreate.name}=true make it`,
        );
      await server.execute(await creation(server, name, plan, signal), signal);
      table = await readTable(server, name, signal);
    }
    if (table !== undefined) this.#tables.set(name, { table, put: this.#puts });
    return table;
  }

  /** Increases with each row: of the rows of a key the one that was written last wins, whenever its INSERT arrives. */
  #nextVersion(): number {
    this.#version = Math.max(this.#version + 1, this.#context.env.clock.nowMs() * VERSIONS_A_MS);
    return this.#version;
  }

  #topicOf({ originalTopic }: SinkRecord): string {
    const id = this.#context.incarnation(originalTopic)?.split('/')[0];
    return id === undefined ? originalTopic : `${originalTopic}@${id}`;
  }
}
