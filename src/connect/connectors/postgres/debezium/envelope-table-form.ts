import { must } from '../../../../base/assert.ts';
import type { TopicDeclaration } from '../../../api/connector.ts';
import { DataError, UnreadableRow } from '../../../api/errors.ts';
import type { ConnectHeader, OffsetMap, SourceRecord } from '../../../api/record.ts';
import { primitive, structOf, type ConnectSchema, type StructSchema } from '../../../api/schema.ts';
import type { Rows, TableInfo } from '../../database/dialect.ts';
import { fullName } from '../../database/table-names.ts';
import { KIND, textsOf } from '../cdc/stream/pgoutput.ts';
import {
  OP,
  type Change,
  type Counted,
  type FormTable,
  type Op,
  type ReadPlace,
  type TableForm,
} from '../cdc/form/record-form.ts';
import type { PostgresField } from '../fields.ts';
import type { WireRows } from '../rows.ts';
import { columnForms, type ColumnForm } from './column-forms.ts';
import type { FormSettings } from './form-settings.ts';
import { fieldName, schemaName } from './names.ts';
import { TRANSACTION_SCHEMA, transactionBlock } from './stream-records.ts';
import { SOURCE_SCHEMA, sourceBlock, type ChangePlace, type SnapshotMark, type SourceNames } from './source-block.ts';
import type { TableColumns } from './table-columns.ts';

const LETTERS: Readonly<Record<Op, string>> = {
  [OP.insert]: 'c',
  [OP.update]: 'u',
  [OP.delete]: 'd',
  // The same as an update, although it results in a delete and a create.
  [OP.rekey]: 'u',
  [OP.truncate]: 't',
};

interface Surroundings {
  readonly headers: readonly ConnectHeader[] | undefined;
  readonly nowMs: () => number;
}

export class EnvelopeTableForm implements TableForm {
  readonly topic: string;
  readonly fields: readonly PostgresField[];
  readonly info: TableInfo;
  readonly keyAt: readonly number[];
  readonly #settings: FormSettings;
  readonly #around: Surroundings;
  readonly #partition: OffsetMap;
  readonly #remark: (text: string) => void;
  readonly #names: SourceNames;
  readonly #system: string;
  /** By position in the tuple; undefined: the column is omitted. */
  readonly #forms: readonly (ColumnForm | undefined)[];
  /** The positions of the key's values in a row. */
  readonly #keyPlaces: readonly number[];
  readonly #keySchema: StructSchema | null;
  readonly #valueSchema: StructSchema;

  constructor(
    { source, info, fields, partition, remark }: FormTable,
    known: TableColumns,
    topic: string,
    settings: FormSettings,
    around: Surroundings,
  ) {
    this.topic = topic;
    this.fields = fields;
    this.info = info;
    this.#partition = partition;
    this.#remark = remark;
    this.#settings = settings;
    this.#around = around;
    this.#names = { server: settings.prefix, database: source.target.database, schema: info.schema, name: info.name };
    this.#system = source.dialect.systemOf(source.target);
    this.#forms = columnForms(info, fields, known, settings);
    const keyNames = settings.columns.key(info) ?? known.key;
    const keyAt = keyNames.map((name) => fields.findIndex((f) => f.name === name));
    this.keyAt = keyAt.includes(-1) || keyAt.some((i) => this.#forms[i] === undefined) ? [] : keyAt;
    this.#keyPlaces = this.keyAt.map((i) => this.#forms.slice(0, i).filter((f) => f !== undefined).length);
    const base = schemaName(topic, settings.schemaNames);
    const fieldAt = (i: number): { readonly name: string; readonly schema: ConnectSchema } => ({
      name: fieldName(must(fields[i], 'field').name, settings.fieldNames),
      schema: must(this.#forms[i], 'form').schema,
    });
    this.#keySchema = this.keyAt.length === 0 ? null : structOf(this.keyAt.map(fieldAt), false, `${base}.Key`);
    const row = structOf(
      fields.flatMap((_, i) => (this.#forms[i] === undefined ? [] : [fieldAt(i)])),
      true,
      `${base}.Value`,
    );
    this.#valueSchema = {
      ...structOf(
        [
          { name: 'before', schema: row },
          { name: 'after', schema: row },
          { name: 'source', schema: SOURCE_SCHEMA },
          { name: 'transaction', schema: TRANSACTION_SCHEMA },
          { name: 'op', schema: primitive('STRING', false) },
          { name: 'ts_ms', schema: primitive('INT64') },
          { name: 'ts_us', schema: primitive('INT64') },
          { name: 'ts_ns', schema: primitive('INT64') },
        ],
        false,
        `${base}.Envelope`,
      ),
      version: 2,
    };
  }

  declaration(): TopicDeclaration {
    return {
      topic: this.topic,
      entity: this.info.schema === 'public' ? this.info.name : `${this.info.schema}_${this.info.name}`,
      keySchema: this.#keySchema,
      keyColumns: this.#keySchema?.fields.map((f) => f.name) ?? [],
      isTable: false,
      valueSchema: this.#valueSchema,
      place: { system: this.#system, name: fullName(this.info) },
    };
  }

  count(change: Counted): number {
    const settings = this.#settings;
    const { op } = change;
    if (settings.skipped.has(LETTERS[op])) return 0;
    if (op === OP.update && settings.skipsUnchanged && change.isOldWhole && !this.#isChanged(change)) return 0;
    return op === OP.delete || op === OP.rekey ? this.#parts(op) : 1;
  }

  counted(change: Counted): number {
    const count = this.count(change);
    // Tombstones are not counted.
    return change.op === OP.delete ? Math.min(count, 1) : change.op === OP.rekey ? Math.min(count, 2) : count;
  }

  /** The number of records: a delete, a tombstone if enabled, and for a changed key the row under its new key. */
  #parts(op: Op): number {
    return (op === OP.rekey ? 2 : 1) + (this.#settings.tombstones ? 1 : 0);
  }

  /** Whether a column of the record has changed its value. */
  #isChanged({ bytes, at, old }: Counted): boolean {
    const [after, before] = [textsOf(bytes, at), textsOf(bytes, old)];
    return this.#forms.some((form, i) => form !== undefined && after[i] !== undefined && after[i] !== before[i]);
  }

  record(change: Change, part: number): SourceRecord {
    switch (change.op) {
      case OP.delete:
        return part === 0 ? this.#deleted(change) : this.#tombstone(change);
      case OP.rekey: {
        if (part === this.#parts(OP.rekey) - 1)
          return this.#created(change, this.#keyHeader('oldkey', this.#tuple(change, change.old)));
        const header = this.#keyHeader('newkey', this.#tuple(change, change.at));
        return part === 0 ? this.#deleted(change, header) : this.#tombstone(change, header);
      }
      case OP.truncate:
        return this.#envelope(null, null, null, 't', placeOf(change), blockOf(change));
      case OP.insert:
        return this.#created(change);
      default: {
        const after = this.#tuple(change, change.at);
        const before = change.isOldWhole ? this.#tuple(change, change.old) : null;
        return this.#envelope(this.#keyOf(after), before, after, 'u', placeOf(change), blockOf(change));
      }
    }
  }

  row(rows: Rows, i: number, read: ReadPlace): SourceRecord {
    const after = this.#readRow(rows as WireRows, i);
    const place: ChangePlace = {
      mark: markOf(read),
      timeUs: BigInt(Math.floor(read.timeMs * 1000)),
      xid: read.asked === 'incremental' ? null : read.xid,
      lsn: read.lsn,
      committed: read.asked === undefined ? undefined : read.committed,
    };
    return this.#envelope(this.#keyOf(after), null, after, 'r', place, null);
  }

  #created(change: Change, header?: ConnectHeader): SourceRecord {
    const after = this.#tuple(change, change.at);
    // The record follows the delete of its old key.
    const block = blockOf(change, change.op === OP.rekey ? 1 : 0);
    return this.#envelope(this.#keyOf(after), null, after, 'c', placeOf(change), block, header);
  }

  #deleted(change: Change, header?: ConnectHeader): SourceRecord {
    const before = this.#tuple(change, change.old);
    return this.#envelope(this.#keyOf(before), before, null, 'd', placeOf(change), blockOf(change), header);
  }

  #tombstone(change: Change, header?: ConnectHeader): SourceRecord {
    return this.#made(this.#keyOf(this.#tuple(change, change.old)), null, null, header);
  }

  #envelope(
    key: unknown[] | null,
    before: unknown[] | null,
    after: unknown[] | null,
    op: string,
    place: ChangePlace,
    transaction: unknown[] | null,
    header?: ConnectHeader,
  ): SourceRecord {
    const nowMs = this.#around.nowMs();
    const value = [
      before,
      after,
      sourceBlock(this.#names, place),
      transaction,
      op,
      Math.floor(nowMs),
      Math.floor(nowMs * 1000),
      BigInt(Math.floor(nowMs * 1000)) * 1000n,
    ];
    return this.#made(key, this.#valueSchema, value, header);
  }

  #made(
    key: unknown[] | null,
    valueSchema: StructSchema | null,
    value: unknown,
    header: ConnectHeader | undefined,
  ): SourceRecord {
    const { headers } = this.#around;
    return {
      topic: this.topic,
      keySchema: key === null ? null : this.#keySchema,
      key,
      valueSchema,
      value,
      timestamp: undefined,
      headers: header === undefined ? headers : [header, ...(headers ?? [])],
      partition: undefined,
      sourcePartition: this.#partition,
      sourceOffset: null,
    };
  }

  /** The header with the old or the new key, when the key changes. */
  #keyHeader(name: 'oldkey' | 'newkey', row: unknown[]): ConnectHeader {
    return { key: `__debezium.${name}`, schema: this.#keySchema, value: this.#keyOf(row) };
  }

  #keyOf(row: readonly unknown[]): unknown[] | null {
    return this.keyAt.length === 0 ? null : this.#keyPlaces.map((i) => row[i]);
  }

  /** Decodes the row of a tuple of the replication stream. */
  #tuple(change: Change, start: number): unknown[] {
    const { bytes } = change;
    const forms = this.#forms;
    const row: unknown[] = [];
    let before: readonly (string | null | undefined)[] | undefined;
    let at = start + 2;
    for (let i = 0; i < forms.length; i++) {
      const kind = bytes[at]!;
      at++;
      const form = forms[i];
      if (kind === KIND.text) {
        const from = at + 4;
        const to = from + bytes.readInt32BE(at);
        at = to;
        if (form !== undefined) row.push(this.#value(form, i, bytes, from, to));
        continue;
      }
      if (form === undefined) continue;
      if (kind === KIND.null) {
        row.push(form.missing);
        continue;
      }
      // A value that was not sent is taken from the old row, if that is complete.
      before ??= change.isOldWhole ? textsOf(bytes, change.old) : [];
      const text = before[i];
      row.push(
        text === undefined
          ? (form.placeholder ?? form.missing)
          : text === null
            ? form.missing
            : this.#parsed(form, i, text),
      );
    }
    return row;
  }

  #readRow(rows: WireRows, rowIndex: number): unknown[] {
    const forms = this.#forms;
    const bytes = rows.buffer(rowIndex);
    const row: unknown[] = [];
    let at = rows.start(rowIndex) + 2;
    for (let i = 0; i < forms.length; i++) {
      const length = bytes.readInt32BE(at);
      const from = at + 4;
      at = length < 0 ? from : from + length;
      const form = forms[i];
      if (form !== undefined) row.push(length < 0 ? form.missing : this.#value(form, i, bytes, from, at));
    }
    return row;
  }

  #value(form: ColumnForm, i: number, bytes: Buffer, from: number, to: number): unknown {
    const quick = form.read?.(bytes, from, to);
    return quick === undefined ? this.#parsed(form, i, bytes.toString('utf8', from, to)) : quick;
  }

  #parsed(form: ColumnForm, i: number, text: string): unknown {
    try {
      return form.parse(text);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const { onFailure } = this.#settings;
      const column = `Column "${must(this.fields[i], 'field').name}" of table ${fullName(this.info)}`;
      if (onFailure === 'fail')
        throw new UnreadableRow(`${column}: ${error.message}`, {
          topic: this.topic,
          sourcePartition: this.#partition,
          sourceOffset: null,
          row: { [must(this.fields[i], 'field').name]: text },
          cause: error,
        });
      if (onFailure === 'warn') this.#remark(`${column}: ${error.message}. It is read as NULL`);
      return form.missing;
    }
  }
}

/** The snapshot mark of a row: if several apply, the one that Debezium uses. */
function markOf({ isFirst, isLast, isFirstOfAll, isLastOfAll, asked }: ReadPlace): SnapshotMark {
  if (asked === 'incremental') return 'incremental';
  if (isLastOfAll) return 'last';
  if (isFirstOfAll) return 'first';
  if (isLast) return 'last_in_data_collection';
  return isFirst ? 'first_in_data_collection' : 'true';
}

const placeOf = ({ lsn, transaction }: Change): ChangePlace => ({
  mark: 'false',
  timeUs: transaction.timeUs,
  xid: transaction.xid,
  lsn,
  committed: transaction.previous,
});

/** @param behind the number of preceding records of the same change */
const blockOf = ({ order, transaction, lsn }: Change, behind = 0): unknown[] | null =>
  order === undefined
    ? null
    : transactionBlock(transaction, lsn, { total: order.total + behind, ofTable: order.ofTable + behind });
