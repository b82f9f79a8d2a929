import { DataError } from '../../../api/errors.ts';
import type { OffsetMap, SourceRecord } from '../../../api/record.ts';
import { FieldError, type TextRow } from '../../database/dialect.ts';
import type { RowShape } from '../../database/row-shape.ts';
import type { WireRowReader } from '../row-reader.ts';
import { KIND, textsOf } from './pgoutput.ts';

/** How changes of one table become records: the table as a Relation message had it. */
export class ChangeShape {
  readonly row: RowShape;
  readonly partition: OffsetMap;

  private readonly reader: WireRowReader;

  constructor(row: RowShape, partition: OffsetMap) {
    this.row = row;
    this.reader = row.reader as WireRowReader;
    this.partition = partition;
  }

  get hasKey(): boolean {
    return this.row.keyAt.length > 0;
  }

  /**
   * The key's texts, as one: what tells the rows of a table apart. `fallback`: where values that were not sent stand,
   * -1 for nowhere.
   */
  keyText(bytes: Buffer, at: number, fallback = -1): string {
    const { keyAt } = this.row;
    const texts = textsOf(bytes, at);
    const other = fallback === -1 ? undefined : textsOf(bytes, fallback);
    return keyOfTexts(keyAt.map((i) => texts[i] ?? other?.[i] ?? ''));
  }

  /**
   * The row as a record. `old`: the position of the row before, whole (replica identity FULL) or its key; -1 for none.
   * `filled` has the texts of values that are in neither.
   * @throws UnreadableRow naming the column of a value that cannot be read
   */
  upsert(
    bytes: Buffer,
    at: number,
    old: number,
    filled: ReadonlyMap<number, string | null> | undefined,
    timestamp: number,
  ): SourceRecord {
    const { row } = this;
    let value: unknown[];
    let key: unknown;
    try {
      value = this.decode(bytes, at, old, filled);
      key = row.keyOf(value, () => this.texts(bytes, at, old));
    } catch (error) {
      throw this.unreadable(error, bytes, at);
    }
    return {
      topic: row.topic,
      keySchema: row.keySchema,
      key,
      valueSchema: row.schema,
      value,
      timestamp,
      headers: undefined,
      partition: undefined,
      sourcePartition: this.partition,
      sourceOffset: null,
    };
  }

  /** @throws UnreadableRow */
  tombstone(bytes: Buffer, at: number, timestamp: number): SourceRecord {
    const { row } = this;
    const texts = textsOf(bytes, at);
    let key: unknown;
    try {
      const value: unknown[] = [];
      for (const i of row.keyAt) value[i] = this.parsed(i, texts[i]);
      key = row.keyOf(value, () => texts.map((t) => t ?? null));
    } catch (error) {
      throw this.unreadable(error, bytes, at);
    }
    return {
      topic: row.topic,
      keySchema: row.keySchema,
      key,
      valueSchema: null,
      value: null,
      timestamp,
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
    const count = this.row.fields.length;
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
    return this.row.unreadable(error, row, this.partition, null);
  }
}

export function keyOfTexts(texts: readonly string[]): string {
  return texts.length === 1 ? texts[0]! : texts.map((t) => `${t.length}:${t}`).join('');
}
