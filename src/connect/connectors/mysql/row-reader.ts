import { normalizeInt64 } from '../../../types/int64.ts';
import { UTC } from '../../../types/zone.ts';
import { DataError } from '../../api/errors.ts';
import { dateSchema, primitive, timeSchema, withOptional } from '../../api/schema.ts';
import { CodecRowReader, type ColumnCodec } from '../database/codec-row-reader.ts';
import type { TypeOptions } from '../database/dialect.ts';
import { numericColumn, parseBigint } from '../database/numeric-column.ts';
import { cutToMs, timestampForm } from '../database/timestamp-granularity.ts';
import type { MysqlValue } from './connection.ts';
import type { MysqlField } from './fields.ts';
import { daysOfText, microsOfText, microsOfTime } from './times.ts';

type Codec = ColumnCodec<MysqlValue>;

const DAY_MICROS = 86_400_000_000;
const INTEGERS = { 1: 'INT8', 2: 'INT16', 4: 'INT32', 8: 'INT64' } as const;

/** Converts the server's texts to values. */
export class MysqlRowReader extends CodecRowReader<MysqlValue> {
  /** @param zeroDatesAreNull whether `0000-00-00` is NULL instead of an error of its row */
  constructor(
    fields: readonly MysqlField[],
    notNull: ReadonlySet<string>,
    options: TypeOptions,
    zeroDatesAreNull: boolean,
  ) {
    super(
      fields.map((field) => {
        const mayBeZero = zeroDatesAreNull && field.order === 'time';
        const optional = mayBeZero || !notNull.has(field.name);
        const codec = codecOf(field, optional, options, zeroDatesAreNull);
        return { ...codec, schema: withOptional(codec.schema, optional) };
      }),
    );
  }
}

function codecOf(field: MysqlField, optional: boolean, options: TypeOptions, zeroIsNull: boolean): Codec {
  const { name, type, kind } = field;
  switch (kind) {
    case 'boolean':
      return { schema: primitive('BOOLEAN'), read: type === 'BIT(1)' ? readBit : readTinyint };
    case 'integer':
      return {
        schema: primitive(INTEGERS[field.bytes]),
        read: (value) => (field.bytes === 8 ? parseBigint(String(value)) : Number(value)),
      };
    case 'unsigned long':
      return { schema: primitive('INT64'), read: (value) => unsignedLong(String(value)) };
    case 'decimal': {
      const { precision, scale } = field;
      const { schema, parse } = numericColumn({ precision, scale }, optional, options.numeric);
      return { schema, read: (value) => parse(String(value)) };
    }
    case 'float':
      return { schema: primitive('FLOAT32'), read: Number };
    case 'double':
      return { schema: primitive('FLOAT64'), read: Number };
    case 'text':
      return { schema: primitive('STRING'), read: String };
    case 'bytes':
    case 'bits':
    case 'geometry':
      return { schema: primitive('BYTES'), read: (value) => value };
    case 'date':
      return { schema: dateSchema(), read: (value) => daysOfText(String(value)) ?? zero(String(value), zeroIsNull) };
    case 'time':
      return {
        schema: timeSchema(),
        read: (value) => {
          const micros = microsOfTime(String(value));
          if (micros === undefined || micros < 0 || micros >= DAY_MICROS)
            throw new DataError(
              `${String(value)} is no time of day, which TIME holds here: a query with TIME_TO_SEC or CAST(... AS CHAR) reads it`,
            );
          if (micros % 1000 !== 0) options.remark?.(name, cutToMs('TIME', options.exactKeys?.has(name)));
          return Math.floor(micros / 1000);
        },
      };
    case 'datetime':
    case 'instant': {
      const zone = kind === 'instant' ? UTC : options.zone;
      const remark = (text: string): void => options.remark?.(name, text);
      const { schema, value: write } = timestampForm(
        options.timestamps,
        options.zone,
        remark,
        options.exactKeys?.has(name),
      );
      return {
        schema,
        read: (value) => {
          const micros = microsOfText(String(value), zone);
          return micros === undefined ? zero(String(value), zeroIsNull) : write(micros);
        },
      };
    }
    default:
      return kind satisfies never;
  }
}

function readBit(value: string | Buffer): boolean {
  return (value as Buffer)[0] === 1;
}

function readTinyint(value: string | Buffer): boolean {
  if (value === '0' || value === '1') return value === '1';
  throw new DataError(
    `${String(value)} is no BOOLEAN, which TINYINT(1) is taken for: tinyInt1isBit=false in the URL reads it as a number`,
  );
}

function unsignedLong(text: string): number | bigint {
  const value = BigInt(text);
  if (value < 2n ** 63n) return normalizeInt64(value);
  throw new DataError(`${text} is larger than BIGINT holds here: a query with CAST(... AS CHAR) reads it`);
}

function zero(text: string, isNull: boolean): null {
  if (isNull) return null;
  throw new DataError(`${text} is no date: zeroDateTimeBehavior=CONVERT_TO_NULL in the URL reads such as NULL`);
}
