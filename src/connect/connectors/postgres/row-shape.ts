import type { TopicDeclaration } from '../../api/connector.ts';
import { ConnectError, DataError } from '../../api/errors.ts';
import type { OffsetMap, SourceRecord } from '../../api/record.ts';
import { structOf, type ConnectSchema, type StructSchema } from '../../api/schema.ts';
import type { TextRow } from './portal.ts';
import type { FieldInfo, TableInfo } from './tables.ts';
import { codecOf, type ColumnCodec, type TypeOptions } from './value-types.ts';

/** A column turned out to hold NULL though the catalog said NOT NULL when it was asked: ask again. */
export class StaleShape extends Error {}

/** How rows of one shape become records: made once per shape, used for every row. */
export class RowShape {
  readonly topic: string;
  readonly schema: StructSchema;
  readonly keySchema: ConnectSchema | null;
  readonly fingerprint: string;
  private readonly codecs: readonly ColumnCodec[];
  private readonly keyAt: readonly number[];
  private readonly keyNames: readonly string[];
  private readonly info: TableInfo | undefined;
  private readonly fields: readonly FieldInfo[];

  /** `info` is what the catalog knows; undefined for a query, whose columns may all be NULL. */
  constructor(topic: string, fields: readonly FieldInfo[], info: TableInfo | undefined, options: TypeOptions) {
    this.topic = topic;
    this.info = info;
    this.fields = fields;
    this.fingerprint = fingerprintOf(fields);
    this.codecs = fields.map((f) => codecOf(f.oid, f.modifier, info?.notNull.has(f.name) !== true, options));
    this.schema = structOf(
      fields.map((f, i) => ({ name: f.name, schema: this.codecs[i]!.schema })),
      false,
      info?.name,
    );
    const key = (info?.primaryKey ?? []).map((name) => fields.findIndex((f) => f.name === name));
    this.keyAt = key.includes(-1) ? [] : key;
    this.keyNames = this.keyAt.map((i) => fields[i]!.name);
    this.keySchema =
      this.keyAt.length === 0
        ? null
        : this.keyAt.length === 1
          ? this.codecs[this.keyAt[0]!]!.schema
          : structOf(this.keyAt.map((i) => ({ name: fields[i]!.name, schema: this.codecs[i]!.schema })));
  }

  declaration(entity: string): TopicDeclaration {
    const isTable = this.keySchema !== null;
    return {
      topic: this.topic,
      entity,
      keySchema: this.keySchema,
      keyColumns: this.keyNames,
      isTable,
      valueSchema: this.schema,
      note: isTable
        ? undefined
        : `${entity} has no primary key: it is a stream, since its rows cannot replace each other`,
    };
  }

  /** @throws StaleShape; ConnectError naming the column of a value that cannot be read */
  record(row: TextRow, sourcePartition: OffsetMap, sourceOffset: OffsetMap | null): SourceRecord {
    const { codecs, keyAt } = this;
    const count = codecs.length;
    const value = new Array<unknown>(count);
    for (let i = 0; i < count; i++) {
      const text = row[i]!;
      const codec = codecs[i]!;
      if (text !== null) {
        try {
          value[i] = codec.parse(text);
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
          throw new ConnectError(`Column "${this.fields[i]!.name}" of ${this.what}: ${error.message}`, {
            cause: error,
          });
        }
      } else if (codec.schema.optional) value[i] = null;
      else throw new StaleShape(`Column "${this.fields[i]!.name}" of ${this.what} is NULL`);
    }
    return {
      topic: this.topic,
      keySchema: this.keySchema,
      key: keyAt.length === 0 ? null : keyAt.length === 1 ? value[keyAt[0]!] : keyAt.map((i) => value[i]),
      valueSchema: this.schema,
      value,
      sourcePartition,
      sourceOffset,
    };
  }

  private get what(): string {
    return this.info === undefined ? 'the query' : `table ${this.info.schema}.${this.info.name}`;
  }
}

/** Tells whether two results have the same columns. */
export function fingerprintOf(fields: readonly FieldInfo[]): string {
  return fields.map((f) => `${f.name}\0${f.oid}\0${f.modifier}`).join('\0\0');
}
