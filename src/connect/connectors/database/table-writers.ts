import { findZone, UTC, type Zone } from '../../../types/zone.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, StartOver } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import type { Connection, Dialect, TableWriter } from './dialect.ts';
import { isCaseBlind, sharedByCase, sharedTable } from './shared-tables.ts';
import { sinkChoices, type SinkChoices } from './sink-choices.ts';
import { SINK } from './sink-keys.ts';
import { planFor, type SinkPlan, type SinkSettings } from './sink-plan.ts';
import { fitTarget } from './sink-table.ts';
import { splitName } from './table-names.ts';

/** Writes the records with one pair of schemas to one table. */
export interface SchemaWriter {
  readonly settings: SinkSettings;
  readonly plan: SinkPlan;
  readonly rows: TableWriter;
  readonly keySchema: ConnectSchema | null;
  readonly valueSchema: ConnectSchema | null;
}

/** The writers of a task by table. They know the tables as they were when they were opened. */
export class TableWriters {
  readonly #dialect: Dialect;
  readonly #config: Config;
  readonly #context: SinkTaskContext;
  readonly #choices: SinkChoices;
  readonly #zone: Zone;
  #byTable = new Map<string, SchemaWriter[]>();

  constructor(dialect: Dialect, config: Config, context: SinkTaskContext) {
    this.#dialect = dialect;
    this.#config = config;
    this.#context = context;
    this.#choices = sinkChoices(config, context.connector, dialect);
    this.#zone = findZone(config.get(SINK.dbTimezone)) ?? UTC;
  }

  /** Whether no table is known. */
  get isEmpty(): boolean {
    return this.#byTable.size === 0;
  }

  /** Whether the table has been read since the last call of `forget`. */
  has(table: string): boolean {
    return this.#byTable.has(table);
  }

  /** The tables that have writers. */
  tables(): readonly string[] {
    return [...this.#byTable].flatMap(([table, writers]) => (writers.length > 0 ? [table] : []));
  }

  /** Closes all writers, because the tables may have changed. */
  forget(): void {
    this.#byTable = new Map();
  }

  /** The name of the table for the records of a topic, as written in settings. */
  tableOf(topic: string): string {
    return this.#choices.tables.of(topic);
  }

  /** How a record is written: those of `append.topics` have settings of their own. */
  settingsFor(record: SinkRecord): SinkSettings {
    return this.#choices.appended.has(record.originalTopic) ? this.#choices.appending : this.#choices.settings;
  }

  /** The writer for a record if it is open: undefined for a table or a pair of schemas that is new. */
  known(table: string, record: SinkRecord, settings: SinkSettings): SchemaWriter | undefined {
    const known = this.#byTable.get(table);
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

  /**
   * Opens the writer for a record, after reading its table, which is created or given the missing columns if the
   * settings allow that.
   * @throws ConnectError naming what is missing or does not fit; StartOver for a table that was dropped
   */
  async open(connection: Connection, table: string, record: SinkRecord, settings: SinkSettings): Promise<SchemaWriter> {
    let known = this.#byTable.get(table);
    if (!known) await this.#requireOwn(connection, table, record.originalTopic);
    if (!known) this.#byTable.set(table, (known = []));
    const valueSchema = record.value === null ? null : record.valueSchema;
    const dialect = this.#dialect;
    const wanted = planFor(settings, record);
    const isUpserted = settings.insertMode === 'upsert';
    const { logger } = this.#context.env;
    const onMissing = (sqlName: string): void => this.#requireWhole(table, sqlName, record.originalTopic);
    const onAdded = (sqlName: string, columns: readonly string[]): void =>
      this.#remarkColumns(table, sqlName, columns, settings);
    const workshop = { dialect, connection, logger, onMissing, onAdded };
    const { target, plan } = await fitTarget(workshop, splitName(table), wanted, this.#choices.ddl, isUpserted);
    const writer: SchemaWriter = {
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
   * Checks that no other topic has the same table, where the database ignores the case of names. The connector checks
   * the topics that it knows; this is for those that appear later, as with `topics.regex`, and for tables that only
   * records name.
   * @throws ConnectError
   */
  async #requireOwn(connection: Connection, table: string, topic: string): Promise<void> {
    const among = sharedByCase(this.#choices.tables, this.#context.allTopics());
    const other = [...this.#byTable.keys()].find((name) => name.toLowerCase() === table.toLowerCase());
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
    const topics = [...new Set([topic, ...context.topics().filter((t) => this.#choices.tables.of(t) === table)])];
    if (!this.#choices.ddl.create)
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

  /** Remarks on added columns: rows that were written before lack their values. */
  #remarkColumns(table: string, sqlName: string, columns: readonly string[], { insertMode }: SinkSettings): void {
    const context = this.#context;
    if (!context.hasWritten(table)) return;
    const twice = insertMode === 'insert' ? ', and those that are there a second time' : '';
    context.remark(
      `Table ${sqlName} lacked ${columns.length === 1 ? 'column' : 'columns'} ${columns.join(', ')}, new in the records or dropped there: added (auto.evolve=true), and rows ` +
        `that were written before hold NULL in ${columns.length === 1 ? 'it' : 'them'}. RESET CONNECTOR OFFSETS OF ${context.connector}; writes all rows anew${twice}`,
    );
  }

  /** The database's reason, with the failing column if it can be found. */
  async reasonFor(connection: Connection, record: SinkRecord, error: unknown): Promise<string> {
    const reason = this.#dialect.errors.reasonOf(error);
    const writer = this.#byTable
      .get(this.tableOf(record.topic))
      ?.find(
        (w) => w.keySchema === record.keySchema && (record.value === null || w.valueSchema === record.valueSchema),
      );
    const found = writer && (await this.#dialect.writing.blame?.(connection, writer.rows, record));
    return found === undefined ? reason : `${reason} (${found})`;
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
