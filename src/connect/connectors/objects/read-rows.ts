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
  /** The row as text, for dead letters. */
  readonly text: string;
  /** The record's value. @throws DataError when the row does not fit the columns */
  value(): unknown;
}

/** How files are read. */
export interface ReadSettings {
  readonly format: string;
  /** undefined: each line is a string. */
  readonly columns: StructType | undefined;
}

/**
 * The rows of an object from row `from` on, counted from 0, without headers and empty lines.
 * @throws ConnectError for a file of another format; RetriableError when the object cannot be read
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
  const times = timesOf(columns);
  let n = 0;
  if (format === 'parquet') {
    const slice = async (start: number, length: number): Promise<Buffer> => {
      const parts: Buffer[] = [];
      if (length > 0) for await (const part of store.read(object.key, start, length)) parts.push(part);
      return Buffer.concat(parts);
    };
    const file = { size: object.size, slice, hasBytes: formatType(columns).includes('BYTES') };
    for await (const row of parquetRowsOf(file, from, (names) => checkNames(names, columns))) {
      yield { text: jsonText(row), value: () => valuesOf(columns, withTimes(row, times)) };
    }
    return;
  }
  if (format === 'csv') {
    let header: readonly HeaderField[] | undefined;
    for await (const fields of csvRowsOf(store.read(object.key))) {
      if (header === undefined) {
        const names = fields.map((field) => field ?? '');
        checkNames(names, columns);
        header = names.map((name) => ({ name, type: columnOf(columns, name)?.type }));
      } else if (n++ >= from) yield csvRow(fields, header, columns, times);
    }
    return;
  }
  for await (const line of linesOf(store.read(object.key))) {
    if (n++ < from) continue;
    yield {
      text: line,
      value: () => (isWhole ? line : valuesOf(columns, withTimes(jsonOf(line), times))),
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

/** A field of a header, and the type of its column; undefined if there is no such column. */
interface HeaderField {
  readonly name: string;
  readonly type: SqlType | undefined;
}

/** The column with that name, exactly or ignoring case. */
function columnOf({ fields }: StructType, name: string): StructType['fields'][number] | undefined {
  return fields.find((c) => c.name === name) ?? fields.find((c) => c.name.toLowerCase() === name.toLowerCase());
}

function csvRow(
  fields: readonly CsvField[],
  header: readonly HeaderField[],
  columns: StructType,
  times: TimeColumns,
): FileRow {
  return {
    get text() {
      return fields.map((field) => (field === null ? '' : JSON.stringify(field))).join(',');
    },
    value: () => {
      if (fields.length !== header.length)
        throw new DataError(`it has ${fields.length} fields, and the header ${header.length}`);
      const members = header.map(({ name, type }, i): [string, Json] => {
        const field = fields[i] ?? null;
        return [name, field === null || type === undefined ? null : fieldJson(field, type)];
      });
      return valuesOf(columns, withTimes(JsonObject.of(members), times));
    },
  };
}

/** A CSV field as JSON: strings and times become JSON strings, everything else is JSON already. */
function fieldJson(field: string, type: SqlType): Json {
  if (type.kind === 'STRING' || type.kind === 'BYTES') return field;
  const isTime = type.kind === 'DATE' || type.kind === 'TIME' || type.kind === 'TIMESTAMP';
  if (isTime && !/^[+-]?\d+$/.test(field)) return field;
  return type.kind === 'BOOLEAN' ? jsonOf(field.toLowerCase()) : jsonOf(field);
}

/** How numeric times are formatted, by the lower-case names of the time columns; undefined for other columns. */
type TimeColumns = ReadonlyMap<string, ((time: number) => string) | undefined>;

/** Of names that differ only in case, the first takes precedence. */
const timesOf = ({ fields }: StructType): TimeColumns =>
  new Map(fields.toReversed().map(({ name, type }) => [name.toLowerCase(), TIME_TEXTS[type.kind]]));

const TIME_TEXTS: Readonly<Partial<Record<SqlType['kind'], (time: number) => string>>> = {
  DATE: formatDateText,
  TIME: formatTimeText,
  TIMESTAMP: formatTimestampText,
};

/** The row with numeric times, which the Java connectors write by default, as text. */
function withTimes(row: Json, times: TimeColumns): Json {
  if (!(row instanceof JsonObject)) return row;
  return JsonObject.of(
    [...row.fields].map(([name, json]): [string, Json] => {
      const format = json instanceof JsonNumber ? times.get(name.toLowerCase()) : undefined;
      return [name, format === undefined ? json : format(Number((json as JsonNumber).text))];
    }),
  );
}
