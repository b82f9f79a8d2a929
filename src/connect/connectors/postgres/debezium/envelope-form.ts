import type { ConnectHeader, SourceRecord } from '../../../api/record.ts';
import { primitive } from '../../../api/schema.ts';
import type { TableName } from '../../database/dialect.ts';
import { fullName } from '../../database/table-names.ts';
import type {
  FormTable,
  MessageRecords,
  Notices,
  RecordForm,
  TableForm,
  TransactionRecords,
} from '../cdc/form/record-form.ts';
import type { Client } from '../connection.ts';
import type { PostgresField } from '../fields.ts';
import type { FormSettings } from './form-settings.ts';
import { topicName } from './names.ts';
import { heartbeat, messageRecords, notices, transactionRecords } from './stream-records.ts';
import { tableColumns, type TableColumns } from './table-columns.ts';
import { EnvelopeTableForm } from './envelope-table-form.ts';

const STRING = primitive('STRING');

/** The run of a task, as identified in headers. */
export interface FormRun {
  readonly taskId: number;
  /** Identifies this run of the task. */
  readonly runId: string;
  /** ms since the epoch. */
  readonly nowMs: () => number;
  /** The database that the records come from. */
  readonly database: string;
}

/** Debezium's envelopes: before, after, source and op, with Debezium's keys, names and types. */
export class EnvelopeForm implements RecordForm {
  readonly completesValues = false;
  readonly takesKeysBack = false;
  readonly marksReadings = true;
  readonly transactions: TransactionRecords | undefined;
  readonly messages: MessageRecords;
  readonly notices: Notices | undefined;
  readonly #settings: FormSettings;
  /** Tables for which this run has decided whether to read their existing rows. */
  readonly #seen = new Set<string>();
  readonly #known = new Map<string, TableColumns>();
  readonly #headers: readonly ConnectHeader[] | undefined;
  readonly #nowMs: () => number;

  constructor(settings: FormSettings, { taskId, runId, nowMs, database }: FormRun) {
    this.#settings = settings;
    this.transactions = transactionRecords(settings);
    this.messages = messageRecords(settings, database, nowMs);
    this.notices = notices(settings, nowMs);
    this.#nowMs = nowMs;
    this.#headers = settings.contextHeaders
      ? [
          ['connectorLogicalName', settings.prefix],
          ['taskId', String(taskId)],
          ['connectorName', 'postgresql'],
          ['runId', runId],
        ].map(([key, value]) => ({ key: `__debezium.context.${key}`, schema: STRING, value }))
      : undefined;
  }

  heartbeat(): SourceRecord {
    return heartbeat(this.#settings, this.#nowMs());
  }

  topicOf(table: TableName): string {
    return topicName(this.#settings.prefix, this.#settings.delimiter, table);
  }

  async learn(client: Client, table: TableName, fields: readonly PostgresField[]): Promise<void> {
    this.#known.set(fullName(table), await tableColumns(client, table, fields));
  }

  readsFirst(table: TableName): boolean {
    return this.#settings.readsFirst(table);
  }

  readsAgain(table: TableName): boolean {
    const isNew = !this.#seen.has(fullName(table));
    this.#seen.add(fullName(table));
    return isNew && this.#settings.readsAgain;
  }

  table(of: FormTable): TableForm {
    const known = this.#known.get(fullName(of.info));
    if (known === undefined) throw new Error(`Nothing is known of table ${fullName(of.info)}`);
    return new EnvelopeTableForm(of, known, this.topicOf(of.info), this.#settings, {
      headers: this.#headers,
      nowMs: this.#nowMs,
    });
  }
}
