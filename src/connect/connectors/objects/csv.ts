import { DataError } from '../../api/errors.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { jsonWriter, type JsonStyle } from '../internal/json-writer.ts';
import { TextPieces, type FileFormat } from './file-format.ts';
import { columnsOf, type RowSettings } from './rows.ts';

/**
 * CSV as specified in RFC 4180, with `\n` between rows: a header line, then the rows. NULL is an empty field, the empty
 * string is `""`; lists, maps and structs are JSON.
 */
export function csv(rows: RowSettings, style: JsonStyle): FileFormat {
  return {
    extension: '.csv',
    contentType: 'text/csv; charset=utf-8',
    bySchema: true,
    begin: (keySchema, valueSchema) => {
      if (valueSchema === null && !(rows.deletes && rows.keyColumns && keySchema !== null))
        throw new DataError(
          'its value has no schema, so that nothing tells the columns: read it with a converter that has one, or through sources',
        );
      const columns = columnsOf(keySchema, valueSchema, rows);
      const cells = columns.map((column) => ({ column, write: cellWriter(column.schema, style) }));
      const text = new TextPieces();
      text.add(`${columns.map((c) => quoted(c.name)).join(',')}\n`);
      return {
        add: (record) => {
          const row = cells.map(({ column, write }) => {
            const value = column.read(record);
            return value === null ? '' : write(value);
          });
          // A single NULL would be an empty line, which readers skip.
          text.add(row.length === 1 && row[0] === '' ? '""\n' : `${row.join(',')}\n`);
        },
        get heldBytes() {
          return text.heldBytes;
        },
        take: () => text.take(),
        finish: () => text.finish(),
      };
    },
  };
}

function cellWriter(schema: ConnectSchema, style: JsonStyle): (value: unknown) => string {
  if (schema.type === 'STRING') return (value) => quoted(value as string);
  const write = jsonWriter(schema, style);
  const isNested = schema.type === 'STRUCT' || schema.type === 'ARRAY' || schema.type === 'MAP';
  return (value) => {
    const json = write(value);
    // Times and bytes are strings in JSON.
    return quoted(!isNested && json.startsWith('"') ? (JSON.parse(json) as string) : json);
  };
}

function quoted(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
