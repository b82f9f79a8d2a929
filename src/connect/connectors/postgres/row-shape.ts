import type { Place, TopicDeclaration } from '../../api/connector.ts';
import { DataError, UnreadableRow } from '../../api/errors.ts';
import type { OffsetMap, SourceRecord } from '../../api/record.ts';
import { structOf, type ConnectSchema, type StructSchema } from '../../api/schema.ts';
import type { Rows, TextRow } from './rows.ts';
import type { FieldInfo, TableInfo } from './tables.ts';
import { codecOf, type ColumnCodec, type TypeOptions } from './value-types.ts';

/** A column turned out to hold NULL though the catalog said NOT NULL when it was asked: ask again. */
export class StaleShape extends Error {}

/** Characters of a key that a message shows. */
const KEY_TEXT_MAX = 100;

/** Buffer's own way to a string, without the checks of toString. */
interface NativeSlice {
  utf8Slice(from: number, to: number): string;
}

/** How rows of one shape become records: made once per shape, used for every row. */
export class RowShape {
  readonly topic: string;
  readonly schema: StructSchema;
  readonly keySchema: ConnectSchema | null;
  readonly fingerprint: string;
  readonly fields: readonly FieldInfo[];
  private readonly codecs: readonly ColumnCodec[];
  /** Positions of the columns that must not be NULL. */
  private readonly required: readonly number[];
  private readonly keyAt: readonly number[];
  private readonly keyNames: readonly string[];
  private readonly info: TableInfo | undefined;
  /** A newer row of a key takes the place of the older one. */
  private readonly isTable: boolean;

  /**
   * `info` is what the catalog knows; undefined for a query, whose columns may all be NULL. `key` names the column to use as the record's key in
   * place of the primary key (`"key"='col'` as ksqlDB has it); empty: none.
   */
  constructor(
    topic: string,
    fields: readonly FieldInfo[],
    info: TableInfo | undefined,
    options: TypeOptions,
    key = '',
  ) {
    this.topic = topic;
    this.info = info;
    this.fields = fields;
    this.fingerprint = fingerprintOf(fields);
    const { remark } = options;
    this.codecs = fields.map((f) =>
      codecOf(
        f.oid,
        f.modifier,
        info?.notNull.has(f.name) !== true,
        { ...options, remark: remark && ((text) => remark(`Column "${f.name}" of ${this.what}: ${text}`)) },
        f.isArray,
      ),
    );
    this.required = this.codecs.flatMap((c, i) => (c.schema.optional ? [] : [i]));
    this.schema = structOf(
      fields.map((f, i) => ({ name: f.name, schema: this.codecs[i]!.schema })),
      false,
      info?.name,
    );
    const named = key === '' ? undefined : columnNamed(key, fields);
    const names = named === undefined ? (info?.primaryKey ?? []) : [named];
    const at = names.map((name) => fields.findIndex((f) => f.name === name));
    this.keyAt = at.includes(-1) ? [] : at;
    this.isTable = this.keyAt.length > 0 && (named === undefined || info?.unique.has(named) === true);
    this.keyNames = this.keyAt.map((i) => fields[i]!.name);
    this.keySchema =
      this.keyAt.length === 0
        ? null
        : this.keyAt.length === 1
          ? this.codecs[this.keyAt[0]!]!.schema
          : structOf(this.keyAt.map((i) => ({ name: fields[i]!.name, schema: this.codecs[i]!.schema })));
  }

  declaration(entity: string, place?: Place): TopicDeclaration {
    return {
      topic: this.topic,
      entity,
      keySchema: this.keySchema,
      keyColumns: this.keyNames,
      isTable: this.isTable,
      valueSchema: this.schema,
      ...(place && { place }),
      note: this.isTable
        ? undefined
        : this.keySchema === null
          ? `${entity} has no primary key: it is a stream, since its rows cannot replace each other`
          : `${this.keyNames[0]} of ${entity} is not unique and NOT NULL: it is a stream, since rows of one key do not replace each other`,
    };
  }

  /** Row i as a record. @throws UnreadableRow naming the column of a value that cannot be read */
  record(rows: Rows, i: number, sourcePartition: OffsetMap, sourceOffset: OffsetMap | null): SourceRecord {
    const { keyAt } = this;
    let value: unknown[];
    try {
      value = this.decode(rows.buffer(i), rows.start(i) + 2);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new UnreadableRow(`${error.message}${this.keyText(rows.text(i))}`, {
        topic: this.topic,
        sourcePartition,
        sourceOffset,
        cause: error,
      });
    }
    return {
      topic: this.topic,
      keySchema: this.keySchema,
      key: keyAt.length === 0 ? null : keyAt.length === 1 ? value[keyAt[0]!] : keyAt.map((at) => value[at]),
      valueSchema: this.schema,
      value,
      timestamp: undefined,
      headers: undefined,
      partition: undefined,
      sourcePartition,
      sourceOffset,
    };
  }

  /** Throws StaleShape when a column that must not be NULL is, in any of the rows. */
  checkNulls(rows: Rows): void {
    const { required } = this;
    if (required.length === 0) return;
    const last = required.at(-1)!;
    for (let i = 0; i < rows.length; i++) {
      const bytes = rows.buffer(i);
      let at = rows.start(i) + 2;
      for (let f = 0; f <= last; f++) {
        const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
        if (length < 0) {
          if (!this.codecs[f]!.schema.optional)
            throw new StaleShape(`Column "${this.fields[f]!.name}" of ${this.what} is NULL`);
          at += 4;
        } else at += 4 + length;
      }
    }
  }

  private decode(bytes: Buffer, start: number): unknown[] {
    const { codecs } = this;
    const count = codecs.length;
    const value = new Array<unknown>(count);
    let at = start;
    for (let i = 0; i < count; i++) {
      const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
      at += 4;
      if (length < 0) {
        value[i] = null;
        continue;
      }
      const end = at + length;
      const codec = codecs[i]!;
      const quick = codec.read === undefined ? undefined : codec.read(bytes, at, end);
      value[i] =
        quick === undefined ? this.parse(codec, i, (bytes as unknown as NativeSlice).utf8Slice(at, end)) : quick;
      at = end;
    }
    return value;
  }

  private parse(codec: ColumnCodec, i: number, text: string): unknown {
    try {
      return codec.parse(text);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`Column "${this.fields[i]!.name}" of ${this.what}: ${error.message}`, { cause: error });
    }
  }

  /** ` (row id=5)`: which row it is, for messages. */
  private keyText(row: TextRow): string {
    return this.keyAt.length === 0
      ? ''
      : ` (row ${this.keyAt.map((at, i) => `${this.keyNames[i]}=${(row[at] ?? 'NULL').slice(0, KEY_TEXT_MAX)}`).join(', ')})`;
  }

  private get what(): string {
    return this.info === undefined ? 'the query' : `table ${this.info.schema}.${this.info.name}`;
  }
}

/** Tells whether two results have the same columns. */
export function fingerprintOf(fields: readonly FieldInfo[]): string {
  return fields.map((f) => `${f.name}\0${f.oid}\0${f.modifier}`).join('\0\0');
}

/** The column of a name: as it is, else the only one that differs in case alone. */
export function columnNamed(name: string, fields: readonly FieldInfo[]): string | undefined {
  if (fields.some((f) => f.name === name)) return name;
  const alike = fields.filter((f) => f.name.toLowerCase() === name.toLowerCase());
  return alike.length === 1 ? alike[0]!.name : undefined;
}
