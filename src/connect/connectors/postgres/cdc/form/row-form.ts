import { must } from '../../../../../base/assert.ts';
import type { TopicDeclaration } from '../../../../api/connector.ts';
import { ConnectError, DataError } from '../../../../api/errors.ts';
import type { OffsetMap, SourceRecord } from '../../../../api/record.ts';
import { FieldError, type Rows, type TableInfo, type TableName, type TextRow } from '../../../database/dialect.ts';
import { CAPTURED_KEYS } from '../../../database/fine-keys.ts';
import { RowShape } from '../../../database/row-shape.ts';
import type { SourceContext } from '../../../database/source-settings.ts';
import { fullName } from '../../../database/table-names.ts';
import type { PostgresField } from '../../fields.ts';
import type { WireRowReader } from '../../row-reader.ts';
import type { WireRows } from '../../rows.ts';
import { systemOf, type ConnectionTarget } from '../../url.ts';
import { KIND, textsOf } from '../stream/pgoutput.ts';
import { OP, type Change, type Counted, type FormTable, type RecordForm, type TableForm } from './record-form.ts';

/** Which columns the records contain, and which texts are masked in them. Names are `schema.table` and the column's. */
export interface RowColumns {
  has(table: TableName, column: string): boolean;
  /** The replacement for a column's value, computed from its text or NULL; undefined: the value is not masked. */
  hidden(table: TableName, column: string): ((text: string | null) => string | null) | undefined;
}

/**
 * Rows as records: insert and update result in the new row, delete in a tombstone, a changed key in a tombstone and the
 * new row.
 */
export class RowForm implements RecordForm {
  readonly completesValues = true;
  readonly takesKeysBack = true;
  readonly #prefix: string;
  readonly #columns: RowColumns | undefined;

  constructor({ settings }: SourceContext, columns?: RowColumns) {
    this.#prefix = settings.prefix;
    this.#columns = columns;
  }

  topicOf(table: TableName): string {
    return this.#prefix + table.name;
  }

  selected(info: TableInfo, fields: readonly PostgresField[]): readonly PostgresField[] {
    return fields.filter((f) => isKept(this.#columns, info, f.name));
  }

  table(of: FormTable): TableForm {
    return new RowTableForm(of, this.topicOf(of.info), this.#columns);
  }
}

/** The key is always kept: without it a row could not be distinguished from others. */
const isKept = (columns: RowColumns | undefined, info: TableInfo, column: string): boolean =>
  columns === undefined || columns.has(info, column) || info.primaryKey.includes(column);

class RowTableForm implements TableForm {
  readonly topic: string;
  readonly fields: readonly PostgresField[];
  readonly info: TableInfo;
  readonly #shape: RowShape;
  readonly #reader: WireRowReader;
  readonly #partition: OffsetMap;
  readonly #system: string;
  /** By table column, its position in the record; -1: it is omitted. */
  readonly #slots: readonly number[];
  /** By position in the record; undefined: no values are masked. */
  readonly #hidden: readonly ReturnType<RowColumns['hidden']>[] | undefined;
  readonly keyAt: readonly number[];

  /** @throws ConnectError if values that are not texts are to be masked */
  constructor({ source, info, fields, partition, remark }: FormTable, topic: string, columns: RowColumns | undefined) {
    this.topic = topic;
    this.fields = fields;
    this.info = info;
    this.#partition = partition;
    this.#system = systemOf(source.target as ConnectionTarget);
    const kept = fields.filter((f) => isKept(columns, info, f.name));
    this.#slots = fields.map((f) => kept.indexOf(f));
    const shown = { ...info, fields: kept };
    this.#shape = new RowShape(source, topic, kept, shown, remark, CAPTURED_KEYS);
    this.#reader = this.#shape.reader as WireRowReader;
    this.keyAt = this.#shape.keyAt.map((at) => this.#slots.indexOf(at));
    const hidden = kept.map((f) => columns?.hidden(info, f.name));
    for (const [i, f] of kept.entries())
      if (hidden[i] !== undefined && must(this.#reader.schemas[i], 'schema').type !== 'STRING')
        throw new ConnectError(
          `Column ${f.name} of table ${fullName(info)} cannot be masked or cut: only texts can. 'column.exclude.list' leaves it out`,
        );
    this.#hidden = hidden.some((h) => h !== undefined) ? hidden : undefined;
  }

  declaration(): TopicDeclaration {
    const info = this.info;
    return this.#shape.declaration(info.name, { system: this.#system, name: fullName(info) });
  }

  count({ op }: Counted): number {
    const hasKey = this.keyAt.length > 0;
    switch (op) {
      case OP.rekey:
        return 2;
      case OP.delete:
        // Without a key, there can be no tombstone.
        return hasKey ? 1 : 0;
      case OP.truncate:
        return 0;
      default:
        return 1;
    }
  }

  record(change: Change, part: number): SourceRecord {
    return change.op === OP.delete || (change.op === OP.rekey && part === 0)
      ? this.#tombstone(change)
      : this.#upsert(change);
  }

  row(rows: Rows, i: number): SourceRecord {
    const shape = this.#shape;
    const partition = this.#partition;
    const hidden = this.#hidden;
    if (hidden === undefined) return shape.record(rows, i, partition, null);
    let value: unknown[];
    let key: unknown;
    try {
      value = this.#hide(this.#reader.read(rows as WireRows, i));
      key = shape.keyOf(value, () => this.#hide(rows.text(i) as (string | null)[]));
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      throw shape.unreadable(error, this.#hide(rows.text(i) as (string | null)[]), partition, null);
    }
    return this.#made(key, value, undefined);
  }

  /** Replaces masked values. */
  #hide<T>(value: T[]): T[] {
    if (this.#hidden !== undefined)
      for (const [i, hidden] of this.#hidden.entries())
        if (hidden !== undefined) value[i] = hidden((value[i] as string | null | undefined) ?? null) as T;
    return value;
  }

  #made(key: unknown, value: unknown[] | null, timestamp: number | undefined): SourceRecord {
    const shape = this.#shape;
    return {
      topic: shape.topic,
      keySchema: shape.keySchema,
      key,
      valueSchema: value === null ? null : shape.schema,
      value,
      timestamp,
      headers: undefined,
      partition: undefined,
      sourcePartition: this.#partition,
      sourceOffset: null,
    };
  }

  #upsert({ bytes, at, old, filled, transaction }: Change): SourceRecord {
    let value: unknown[];
    let key: unknown;
    try {
      value = this.#hide(this.#decode(bytes, at, old, filled));
      key = this.#shape.keyOf(value, () => this.#texts(bytes, at, old));
    } catch (error) {
      throw this.#unreadable(error, bytes, at);
    }
    return this.#made(key, value, transaction.timeMs);
  }

  #tombstone({ bytes, old, transaction }: Change): SourceRecord {
    const texts = textsOf(bytes, old);
    let key: unknown;
    try {
      const value: unknown[] = [];
      for (const at of this.keyAt) {
        const slot = must(this.#slots[at], 'column');
        value[slot] = this.#parsed(slot, texts[at]);
      }
      key = this.#shape.keyOf(this.#hide(value), () => this.#texts(bytes, old, -1));
    } catch (error) {
      throw this.#unreadable(error, bytes, old);
    }
    return this.#made(key, null, transaction.timeMs);
  }

  /** The texts of the record's columns. Values that were not sent are taken from the old row. */
  #texts(bytes: Buffer, at: number, old: number): TextRow {
    const before = old === -1 ? undefined : textsOf(bytes, old);
    const shown: (string | null)[] = [];
    for (const [i, text] of textsOf(bytes, at).entries()) {
      const slot = must(this.#slots[i], 'column');
      if (slot !== -1) shown[slot] = text ?? before?.[i] ?? null;
    }
    return this.#hide(shown);
  }

  #decode(
    bytes: Buffer,
    start: number,
    old: number,
    filled: ReadonlyMap<number, string | null> | undefined,
  ): unknown[] {
    const reader = this.#reader;
    const slots = this.#slots;
    const count = slots.length;
    const value = new Array<unknown>(this.#shape.fields.length);
    let at = start + 2;
    let before: readonly (string | null | undefined)[] | undefined;
    let slot = 0;
    try {
      for (let i = 0; i < count; i++) {
        slot = slots[i]!;
        const kind = bytes[at]!;
        at++;
        if (kind === KIND.null) {
          if (slot !== -1) value[slot] = null;
        } else if (kind === KIND.unchanged) {
          before ??= old === -1 ? [] : textsOf(bytes, old);
          if (slot !== -1) value[slot] = this.#parsed(slot, filled?.get(i) ?? before[i]);
        } else {
          const from = at + 4;
          const to = from + ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
          if (slot !== -1) value[slot] = reader.value(slot, bytes, from, to);
          at = to;
        }
      }
    } catch (error) {
      throw error instanceof DataError ? new FieldError(slot, error) : error;
    }
    return value;
  }

  #parsed(i: number, text: string | null | undefined): unknown {
    try {
      return text === null || text === undefined ? null : this.#reader.parse(i, text);
    } catch (error) {
      throw error instanceof DataError ? new FieldError(i, error) : error;
    }
  }

  #unreadable(error: unknown, bytes: Buffer, at: number): unknown {
    if (!(error instanceof FieldError)) return error;
    return this.#shape.unreadable(error, this.#texts(bytes, at, -1), this.#partition, null);
  }
}
