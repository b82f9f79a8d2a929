import { must } from '../../base/assert.ts';
import { retold } from '../../base/quoting.ts';
import { isSluiceError } from '../../base/errors.ts';
import { formatDecimal } from '../../types/decimal.ts';
import { formatDouble } from '../../types/double-text.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { CodecSite, RowDecoder, RowEncoder } from '../api.ts';
import { utf8 } from '../internal/native-slice.ts';
import { readDecimal, readDouble, readInt32, readInt64, timeOfDay } from '../internal/number-text.ts';
import { deserializationError, Misfit, serializationError } from '../internal/record-errors.ts';
import { parseCsv, printCsvField } from './csv.ts';
import { delimiterOf } from './delimiter.ts';
import { plainLineReader } from './plain-line.ts';

export function createDelimitedDecoder(site: CodecSite, wanted: readonly number[]): RowDecoder {
  const { columns } = site.schema;
  if (site.schema.isKey && columns.length === 0) return { decode: () => false };
  const delimiter = delimiterOf(site.info.properties['delimiter'] ?? ',');
  const readers = columns.map((c) => readerFor(c.type));
  const plain = plainLineReader(columns, wanted, delimiter, readers);
  const { topic } = site;
  return {
    decode(bytes, from, to, row) {
      if (plain(bytes, from, to, row)) return true;
      // A row whose only column is null is an empty line, which would otherwise not be a record.
      const fields = from === to && columns.length === 1 ? [''] : fieldsOf(topic, bytes, from, to, delimiter);
      if (fields.length !== columns.length) {
        throw deserializationError(
          topic,
          `Column count mismatch on deserialization. topic: ${topic}, expected: ${columns.length}, got: ${fields.length}`,
        );
      }
      for (let i = 0; i < fields.length; i++) {
        const target = wanted[i]!;
        if (target < 0) continue;
        const field = fields[i]!;
        try {
          row[target] = field === '' ? null : readers[i]!(field);
        } catch (error) {
          throw isSluiceError(error)
            ? error
            : deserializationError(
                topic,
                retold(error, (t) => `Column ${must(columns[i], 'column').name}: ${t}`),
                error,
              );
        }
      }
      return true;
    },
  };
}

function fieldsOf(topic: string, bytes: Uint8Array, from: number, to: number, delimiter: string): string[] {
  try {
    return parseCsv(utf8(bytes, from, to), delimiter);
  } catch (error) {
    throw deserializationError(topic, retold(error), error);
  }
}

function readerFor(type: SqlType): (text: string) => unknown {
  switch (type.kind) {
    case 'BOOLEAN':
      return (text) => text.toLowerCase() === 'true';
    case 'INTEGER':
    case 'DATE':
      return readInt32;
    case 'TIME':
      return (text) => timeOfDay(readInt32(text));
    case 'BIGINT':
    case 'TIMESTAMP':
      return readInt64;
    case 'DOUBLE':
      return readDouble;
    case 'DECIMAL':
      return (text) => readDecimal(text, type.precision, type.scale);
    case 'STRING':
      return (text) => text;
    case 'BYTES':
      return (text) => {
        if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new Misfit('Value is not a valid base64 text');
        return Buffer.from(text, 'base64');
      };
    default:
      throw new Misfit(`The 'DELIMITED' format does not support type '${type.kind}'`);
  }
}

export function createDelimitedEncoder(site: CodecSite): RowEncoder {
  const { columns } = site.schema;
  if (site.schema.isKey && columns.length === 0) return { encode: () => false };
  const delimiter = delimiterOf(site.info.properties['delimiter'] ?? ',');
  const printers = columns.map((c) => printerFor(c.type));
  // Numbers after the first column are never quoted, unless they may contain the delimiter.
  const bare = columns.map(
    (c, i) =>
      i > 0 &&
      ['INTEGER', 'BIGINT', 'DATE', 'TIME', 'TIMESTAMP', 'DOUBLE', 'DECIMAL'].includes(c.type.kind) &&
      !/[-+.0-9A-Za-z]/.test(delimiter),
  );
  const single = site.schema.isKey && columns.length === 1;
  return {
    encode(row, offset, out) {
      if (single && row[offset] === null) return false;
      try {
        let line = '';
        for (let i = 0; i < printers.length; i++) {
          const value = row[offset + i];
          // Nulls are empty fields, never quoted.
          if (i > 0) line += delimiter;
          if (value !== null && value !== undefined) {
            const text = printers[i]!(value);
            line += bare[i] === true ? text : printCsvField(text, delimiter, i === 0);
          }
        }
        out.writeUtf8(line);
      } catch (error) {
        throw serializationError(site.topic, retold(error), error);
      }
      return true;
    },
  };
}

function printerFor(type: SqlType): (value: any) => string {
  switch (type.kind) {
    case 'DOUBLE':
      return formatDouble;
    case 'DECIMAL':
      return (value: bigint) => formatDecimal(value, type.scale);
    case 'BYTES':
      return (value: Uint8Array) => Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    default:
      return String;
  }
}
