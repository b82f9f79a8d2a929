import { JsonNumber, JsonObject, jsonText, type Json } from '../../../types/json-text.ts';
import { formatType, type SqlType, type StructType } from '../../../types/sql-type.ts';
import { formatDateText, formatTimestampText, formatTimeText } from '../../../types/time-text.ts';
import { ConnectError, DataError } from '../../api/errors.ts';
import { jsonOf, valuesOf } from '../internal/json-columns.ts';
import { parquetRowsOf } from './read-parquet.ts';
import { csvRowsOf, linesOf, type CsvField } from './read-text.ts';
import type { ListedObject, ObjectStore } from './store.ts';

/** A row of a file. */
export interface FileRow {
  /** For the dead letters. */
  readonly text: string;
  /** The record's value. @throws DataError when it is none of the columns */
  value(): unknown;
}

/** How files are read. */
export interface ReadSettings {
  readonly format: string;
  /** undefined: each line is one text. */
  readonly columns: StructType | undefined;
}

/**
 * The rows of an object from row `from` on, counted from 0, without headers and empty lines.
 * @throws ConnectError for a file of another format; RetriableError
 */
export async function* rowsOf(
  store: ObjectStore,
  object: ListedObject,
  settings: ReadSettings,
  from: number,
): AsyncGenerator<FileRow> {
  const { format } = settings;
  const isWhole = settings.columns === undefined;
  const columns = settings.columns ?? NONE;
  let n = 0;
  if (format === 'parquet') {
    const slice = async (start: number, length: number): Promise<Buffer> => {
      const parts: Buffer[] = [];
      if (length > 0) for await (const part of store.read(object.key, start, length)) parts.push(part);
      return Buffer.concat(parts);
    };
    const file = { size: object.size, slice, hasBytes: formatType(columns).includes('BYTES') };
    for await (const row of parquetRowsOf(file, from, (names) => checkNames(names, columns))) {
      yield { text: jsonText(row), value: () => valuesOf(columns, withTimes(row, columns)) };
    }
    return;
  }
  if (format === 'csv') {
    let header: readonly string[] | undefined;
    for await (const fields of csvRowsOf(store.read(object.key))) {
      if (header === undefined) {
        header = fields.map((field) => field ?? '');
        checkNames(header, columns);
      } else if (n++ >= from) yield csvRow(fields, header, columns);
    }
    return;
  }
  for await (const line of linesOf(store.read(object.key))) {
    if (n++ < from) continue;
    yield {
      text: line,
      value: () => (isWhole ? line : valuesOf(columns, withTimes(jsonOf(line), columns))),
    };
  }
}

const NONE: StructType = { kind: 'STRUCT', fields: [] };

/** @throws ConnectError when a file does not have one of the columns, exactly or in another case */
function checkNames(names: readonly string[], columns: StructType): void {
  const there = new Set(names.map((name) => name.toLowerCase()));
  const missing = columns.fields.filter(({ name }) => !there.has(name.toLowerCase())).map(({ name }) => name);
  if (missing.length > 0)
    throw new ConnectError(`it has no column ${missing.join(', ')}: its columns are ${names.join(', ')}`);
}

function csvRow(fields: readonly CsvField[], header: readonly string[], columns: StructType): FileRow {
  return {
    get text() {
      return fields.map((field) => (field === null ? '' : JSON.stringify(field))).join(',');
    },
    value: () => {
      if (fields.length !== header.length)
        throw new DataError(`it has ${fields.length} fields, and the header ${header.length}`);
      const members = header.map((name, i): [string, Json] => {
        const field = fields[i] ?? null;
        const column =
          columns.fields.find((c) => c.name === name) ??
          columns.fields.find((c) => c.name.toLowerCase() === name.toLowerCase());
        return [name, field === null || column === undefined ? null : fieldJson(field, column.type)];
      });
      return valuesOf(columns, withTimes(JsonObject.of(members), columns));
    },
  };
}

/** A field of CSV as JSON: texts and times as they are, everything else as it is written in JSON. */
function fieldJson(field: string, type: SqlType): Json {
  if (type.kind === 'STRING' || type.kind === 'BYTES') return field;
  const isTime = type.kind === 'DATE' || type.kind === 'TIME' || type.kind === 'TIMESTAMP';
  if (isTime && !/^[+-]?\d+$/.test(field)) return field;
  return type.kind === 'BOOLEAN' ? jsonOf(field.toLowerCase()) : jsonOf(field);
}

/** Times that are numbers, as the Java connectors write them by default, in the texts that the columns take. */
function withTimes(row: Json, columns: StructType): Json {
  if (!(row instanceof JsonObject)) return row;
  return JsonObject.of(
    [...row.fields].map(([name, json]): [string, Json] => {
      if (!(json instanceof JsonNumber)) return [name, json];
      const kind = columns.fields.find((c) => c.name.toLowerCase() === name.toLowerCase())?.type.kind;
      const number = Number(json.text);
      if (kind === 'DATE') return [name, formatDateText(number)];
      if (kind === 'TIME') return [name, formatTimeText(number)];
      return [name, kind === 'TIMESTAMP' ? formatTimestampText(number) : json];
    }),
  );
}
