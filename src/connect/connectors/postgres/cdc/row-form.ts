import type { TopicDeclaration } from '../../../api/connector.ts';
import { DataError } from '../../../api/errors.ts';
import type { OffsetMap, SourceRecord } from '../../../api/record.ts';
import { FieldError, type Rows, type TableInfo, type TableName, type TextRow } from '../../database/dialect.ts';
import { CAPTURED_KEYS } from '../../database/fine-keys.ts';
import { RowShape } from '../../database/row-shape.ts';
import type { SourceContext } from '../../database/source-settings.ts';
import { fullName } from '../../database/table-names.ts';
import type { PostgresField } from '../fields.ts';
import type { WireRowReader } from '../row-reader.ts';
import { systemOf, type ConnectionTarget } from '../url.ts';
import { KIND, textsOf } from './pgoutput.ts';
import { OP, type Change, type Counted, type FormTable, type RecordForm, type TableForm } from './record-form.ts';

/** Rows: insert and update are the new row, delete is a tombstone, a changed key is a tombstone and the new row. */
export class RowForm implements RecordForm {
  readonly completesValues = true;
  readonly takesKeysBack = true;
  private readonly prefix: string;

  constructor({ settings }: SourceContext) {
    this.prefix = settings.prefix;
  }

  topicOf(table: TableName): string {
    return this.prefix + table.name;
  }

  table(of: FormTable): TableForm {
    return new RowTableForm(of, this.topicOf(of.info));
  }
}

class RowTableForm implements TableForm {
  readonly topic: string;
  readonly fields: readonly PostgresField[];
  readonly info: TableInfo;
  private readonly shape: RowShape;
  private readonly reader: WireRowReader;
  private readonly partition: OffsetMap;
  private readonly system: string;

  constructor({ source, info, fields, partition, remark }: FormTable, topic: string) {
    this.topic = topic;
    this.fields = fields;
    this.info = info;
    this.partition = partition;
    this.system = systemOf(source.target as ConnectionTarget);
    this.shape = new RowShape(source, topic, fields, info, remark, CAPTURED_KEYS);
    this.reader = this.shape.reader as WireRowReader;
  }

  get keyAt(): readonly number[] {
    return this.shape.keyAt;
  }

  declaration(): TopicDeclaration {
    const { info } = this;
    return this.shape.declaration(info.name, { system: this.system, name: fullName(info) });
  }

  count({ op }: Counted): number {
    const hasKey = this.keyAt.length > 0;
    switch (op) {
      case OP.rekey:
        return 2;
      case OP.delete:
        // A row without a key cannot be taken back.
        return hasKey ? 1 : 0;
      case OP.truncate:
        return 0;
      default:
        return 1;
    }
  }

  record(change: Change, part: number): SourceRecord {
    return change.op === OP.delete || (change.op === OP.rekey && part === 0)
      ? this.tombstone(change)
      : this.upsert(change);
  }

  row(rows: Rows, i: number): SourceRecord {
    return this.shape.record(rows, i, this.partition, null);
  }

  private upsert({ bytes, at, old, filled, transaction }: Change): SourceRecord {
    const { shape } = this;
    let value: unknown[];
    let key: unknown;
    try {
      value = this.decode(bytes, at, old, filled);
      key = shape.keyOf(value, () => this.texts(bytes, at, old));
    } catch (error) {
      throw this.unreadable(error, bytes, at);
    }
    return {
      topic: shape.topic,
      keySchema: shape.keySchema,
      key,
      valueSchema: shape.schema,
      value,
      timestamp: transaction.timeMs,
      headers: undefined,
      partition: undefined,
      sourcePartition: this.partition,
      sourceOffset: null,
    };
  }

  private tombstone({ bytes, old, transaction }: Change): SourceRecord {
    const { shape } = this;
    const texts = textsOf(bytes, old);
    let key: unknown;
    try {
      const value: unknown[] = [];
      for (const i of shape.keyAt) value[i] = this.parsed(i, texts[i]);
      key = shape.keyOf(value, () => texts.map((t) => t ?? null));
    } catch (error) {
      throw this.unreadable(error, bytes, old);
    }
    return {
      topic: shape.topic,
      keySchema: shape.keySchema,
      key,
      valueSchema: null,
      value: null,
      timestamp: transaction.timeMs,
      headers: undefined,
      partition: undefined,
      sourcePartition: this.partition,
      sourceOffset: null,
    };
  }

  /** Values that were not sent are those of the row before. */
  private texts(bytes: Buffer, at: number, old: number): TextRow {
    const before = old === -1 ? undefined : textsOf(bytes, old);
    return textsOf(bytes, at).map((text, i) => text ?? before?.[i] ?? null);
  }

  private decode(
    bytes: Buffer,
    start: number,
    old: number,
    filled: ReadonlyMap<number, string | null> | undefined,
  ): unknown[] {
    const { reader } = this;
    const count = this.fields.length;
    const value = new Array<unknown>(count);
    let at = start + 2;
    let before: readonly (string | null | undefined)[] | undefined;
    let i = 0;
    try {
      for (; i < count; i++) {
        const kind = bytes[at]!;
        at++;
        if (kind === KIND.null) {
          value[i] = null;
        } else if (kind === KIND.unchanged) {
          before ??= old === -1 ? [] : textsOf(bytes, old);
          value[i] = this.parsed(i, filled?.get(i) ?? before[i]);
        } else {
          const from = at + 4;
          const to = from + ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
          value[i] = reader.value(i, bytes, from, to);
          at = to;
        }
      }
    } catch (error) {
      throw error instanceof DataError ? new FieldError(i, error) : error;
    }
    return value;
  }

  private parsed(i: number, text: string | null | undefined): unknown {
    try {
      return text === null || text === undefined ? null : this.reader.parse(i, text);
    } catch (error) {
      throw error instanceof DataError ? new FieldError(i, error) : error;
    }
  }

  private unreadable(error: unknown, bytes: Buffer, at: number): unknown {
    if (!(error instanceof FieldError)) return error;
    const row = textsOf(bytes, at).map((t) => t ?? null);
    return this.shape.unreadable(error, row, this.partition, null);
  }
}
