import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { gzipSync } from 'node:zlib';
import { DataError } from '../../api/errors.ts';
import { DECIMAL_PRECISION, decimalScale, LOGICAL, type ConnectSchema } from '../../api/schema.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { FileEncoder, FileFormat } from './file-format.ts';
import { columnsOf, type Column, type RowSettings } from './rows.ts';

/**
 * A row group, which is in memory until it is written, is written after this many rows or about this many bytes of
 * values.
 */
const GROUP_ROWS = 50_000;
const GROUP_BYTES = 16 * 1024 * 1024;
/** Precision of a decimal without a declared one: the highest that Parquet readers commonly support. */
const PRECISION_MAX = 38;

export type ParquetCodec = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP';

/**
 * Parquet: DATE, TIME and TIMESTAMP (ms, UTC) and decimals as logical types; lists, maps and structs nested. Every
 * column is nullable, as in SQL.
 */
export function parquet(rows: RowSettings, codec: ParquetCodec): FileFormat {
  return {
    extension: '.parquet',
    contentType: 'application/vnd.apache.parquet',
    bySchema: true,
    begin: (keySchema, valueSchema) => {
      if (valueSchema === null && !(rows.deletes && rows.keyColumns && keySchema !== null))
        throw new DataError(
          'its value has no schema, and the columns of Parquet have types: read it with a converter that has one, or through sources',
        );
      return new ParquetRows(keySchema, valueSchema, rows, codec);
    },
  };
}

class ParquetRows implements FileEncoder {
  readonly #columns: readonly {
    readonly name: string;
    readonly read: Column['read'];
    readonly convert: Convert;
  }[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;
  #group: unknown[][];
  #rows = 0;
  #size = 0;

  constructor(
    keySchema: ConnectSchema | null,
    valueSchema: ConnectSchema | null,
    rows: RowSettings,
    codec: ParquetCodec,
  ) {
    const columns = columnsOf(keySchema, valueSchema, rows);
    const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }];
    this.#columns = columns.map(({ name, schema: type, read }) => {
      const convert = describe(name, type, schema, (bytes) => (this.#size += bytes));
      return { name, read, convert };
    });
    this.#group = columns.map(() => []);
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema,
      codec,
      compressors: { GZIP: (input: Uint8Array) => gzipSync(input) },
      createdBy: 'sluice',
    });
  }

  add(record: SinkRecord): void {
    // All values of a row or none: if a value does not fit, the columns keep their lengths.
    const row = this.#columns.map(({ name, read, convert }) => {
      const value = read(record);
      try {
        return value === null ? null : convert(value);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        throw new DataError(`column ${name}: ${error.message}`);
      }
    });
    for (const [i, column] of this.#group.entries()) column.push(row[i]);
    this.#rows++;
    if (this.#rows >= GROUP_ROWS || this.#size >= GROUP_BYTES) this.#endGroup();
  }

  get heldBytes(): number {
    return this.#size + this.#bytes.index;
  }

  take(): Buffer {
    const bytes = Buffer.from(this.#bytes.getBytes());
    this.#bytes.index = 0;
    return bytes;
  }

  finish(): Buffer {
    this.#endGroup();
    void this.#writer.finish();
    return this.take();
  }

  #endGroup(): void {
    if (this.#rows === 0) return;
    void this.#writer.write({
      columnData: this.#columns.map(({ name }, i) => ({ name, data: this.#group[i] ?? [] })),
      rowGroupSize: this.#rows,
    });
    this.#group = this.#columns.map(() => []);
    this.#rows = 0;
    this.#size = 0;
  }
}

/** Converts one of our values to the writer's. @throws DataError for a value outside its type's range */
type Convert = (value: unknown) => unknown;

/** Adds the schema elements of a column to `into`. `grows` counts the approximate bytes of values. */
function describe(
  name: string,
  schema: ConnectSchema,
  into: SchemaElement[],
  grows: (bytes: number) => void,
  repetition: 'OPTIONAL' | 'REQUIRED' = 'OPTIONAL',
): Convert {
  const optional = (convert: Convert): Convert => {
    return (value) => (value === null || value === undefined ? null : convert(value));
  };
  const leaf = (element: Omit<SchemaElement, 'name' | 'repetition_type'>, convert: Convert): Convert => {
    into.push({ ...element, name, repetition_type: repetition });
    return convert;
  };
  const fixed =
    (bytes: number, convert: Convert = (value) => value): Convert =>
    (value) => {
      grows(bytes);
      return convert(value);
    };
  switch (schema.type) {
    case 'STRUCT': {
      if (schema.fields.length === 0)
        throw new DataError(`column ${name} is a struct without fields, which Parquet does not have`);
      into.push({ name, repetition_type: repetition, num_children: schema.fields.length });
      const fields = schema.fields.map((f) => ({
        name: f.name,
        convert: optional(describe(f.name, f.schema, into, grows)),
      }));
      return (value) => Object.fromEntries(fields.map((f, i) => [f.name, f.convert((value as readonly unknown[])[i])]));
    }
    case 'ARRAY': {
      into.push({
        name,
        repetition_type: repetition,
        num_children: 1,
        converted_type: 'LIST',
        logical_type: { type: 'LIST' },
      });
      into.push({ name: 'list', repetition_type: 'REPEATED', num_children: 1 });
      const item = optional(describe('element', schema.items, into, grows));
      return (value) => (value as readonly unknown[]).map(item);
    }
    case 'MAP': {
      into.push({
        name,
        repetition_type: repetition,
        num_children: 1,
        converted_type: 'MAP',
        logical_type: { type: 'MAP' },
      });
      into.push({ name: 'key_value', repetition_type: 'REPEATED', num_children: 2 });
      const key = describe('key', schema.keys, into, grows, 'REQUIRED');
      const item = optional(describe('value', schema.values, into, grows));
      return (value) =>
        [...(value as ReadonlyMap<unknown, unknown>)].map(([k, v]) => ({ key: key(k), value: item(v) }));
    }
    case 'BOOLEAN':
      return leaf({ type: 'BOOLEAN' }, fixed(1));
    case 'INT8':
    case 'INT16':
      return leaf({ type: 'INT32' }, fixed(4));
    case 'INT32':
      if (schema.name === LOGICAL.date)
        return leaf({ type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }, fixed(4));
      if (schema.name === LOGICAL.time)
        return leaf(
          {
            type: 'INT32',
            converted_type: 'TIME_MILLIS',
            logical_type: { type: 'TIME', isAdjustedToUTC: true, unit: 'MILLIS' },
          },
          fixed(4),
        );
      return leaf({ type: 'INT32' }, fixed(4));
    case 'INT64': {
      const big: Convert = (value) => BigInt(value as number | bigint);
      if (schema.name === LOGICAL.timestamp)
        return leaf(
          {
            type: 'INT64',
            converted_type: 'TIMESTAMP_MILLIS',
            logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
          },
          fixed(8, big),
        );
      return leaf({ type: 'INT64' }, fixed(8, big));
    }
    case 'FLOAT32':
      return leaf({ type: 'FLOAT' }, fixed(4));
    case 'FLOAT64':
      return leaf({ type: 'DOUBLE' }, fixed(8));
    case 'STRING':
      return leaf({ type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }, (value) => {
        grows(4 + (value as string).length);
        return value;
      });
    case 'BYTES':
      if (schema.name === LOGICAL.decimal) return decimal(schema, leaf, fixed);
      return leaf({ type: 'BYTE_ARRAY' }, (value) => {
        grows(4 + (value as Uint8Array).length);
        return value;
      });
    default:
      return schema satisfies never;
  }
}

function decimal(
  schema: ConnectSchema,
  leaf: (element: Omit<SchemaElement, 'name' | 'repetition_type'>, convert: Convert) => Convert,
  fixed: (bytes: number, convert: Convert) => Convert,
): Convert {
  const scale = decimalScale(schema);
  const precision = Math.max(scale, Number(schema.parameters?.[DECIMAL_PRECISION] ?? PRECISION_MAX));
  if (scale < 0 || precision > PRECISION_MAX)
    throw new DataError(
      `DECIMAL(${precision}, ${scale}) is beyond the ${PRECISION_MAX} digits that readers of Parquet know: CAST it, or use another format`,
    );
  const limit = 10n ** BigInt(precision);
  const convert: Convert = (value) => {
    const unscaled = value as bigint;
    if (unscaled >= limit || unscaled <= -limit)
      throw new DataError(`a decimal has more than the ${precision} digits of its type`);
    return unscaled;
  };
  const element = {
    converted_type: 'DECIMAL',
    precision,
    scale,
    logical_type: { type: 'DECIMAL', precision, scale },
  } as const;
  if (precision <= 9) return leaf({ ...element, type: 'INT32' }, fixed(4, convert));
  if (precision <= 18) return leaf({ ...element, type: 'INT64' }, fixed(8, convert));
  // The number of bytes that holds ±10^precision in two's complement.
  const bytes = Math.ceil((precision * Math.log2(10) + 1) / 8);
  return leaf({ ...element, type: 'FIXED_LEN_BYTE_ARRAY', type_length: bytes }, fixed(bytes, convert));
}
