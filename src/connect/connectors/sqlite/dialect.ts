import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { must } from '../../../base/assert.ts';
import type { Zone } from '../../../types/zone.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError } from '../../api/errors.ts';
import type { Dialect, FieldInfo, TimeComparison } from '../database/dialect.ts';
import { sinkImplementation } from '../database/sink.ts';
import { sourceImplementation } from '../database/source.ts';
import { describeQuery, describeTable, listTables, quoteIdentifier, readTarget } from './catalog.ts';
import type { SqliteField } from './column-kind.ts';
import { openFile, type SqliteConnection } from './connection.ts';
import { sqliteDriver } from './driver.ts';
import { SQLITE_ENTRY } from './entry.ts';
import { SQLITE_ERRORS } from './errors.ts';
import { SqliteRowReader } from './row-reader.ts';
import { RowWriter } from './row-writer.ts';
import { canHold, columnTypeFor } from './sink-types.ts';
import { SQLITE_SOURCE } from './source-keys.ts';
import { SQL_NOW_MS, sqlMs } from './times.ts';
import { parseSqliteUrl, sqliteSystem, sqliteUrl, type SqliteTarget } from './url.ts';

const unitMs = (config: Config): number =>
  config.get(SQLITE_SOURCE.integerTimeUnit).toLowerCase() === 'seconds' ? 1000 : 1;

/**
 * Compares in ms, as computed by SQLite's functions from a column's values; they interpret texts in UTC
 * (source-plugin.ts).
 */
function timeComparison(_field: FieldInfo | undefined, _zone: Zone, config: Config): TimeComparison {
  return {
    expression: (column) => sqlMs(column, unitMs(config)),
    before: (delayMs) => `${SQL_NOW_MS} - ${delayMs}`,
    bound: (placeholder) => placeholder,
    toParameter: (micros) => Math.floor(micros / 1000),
    toMicros: (text) => Number(text) * 1000,
  };
}

/** Converts the text of a row's value back to the value. */
function parameter(text: string, field: FieldInfo | undefined): string | number | bigint | Uint8Array {
  const kind = (field as SqliteField | undefined)?.kind;
  if (kind === 'blob') return Buffer.from(text, 'hex');
  if (kind === 'text') return text;
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const number = Number(text);
  return kind !== 'any' && kind !== undefined && text !== '' && !Number.isNaN(number) ? number : text;
}

/** Whether the file exists; a sink creates it. @throws ConnectError if its folder does not exist or is not writable */
async function isThere({ file }: SqliteTarget): Promise<boolean> {
  const found = await access(file).then(
    () => true,
    () => false,
  );
  if (found) return true;
  await sqliteDriver();
  const folder = path.dirname(file);
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new ConnectError(`folder ${folder} is not there, or the server may not write to it`, { cause });
  });
  return false;
}

export const SQLITE: Dialect = {
  name: 'SQLite',
  defaultSchema: undefined,
  errors: SQLITE_ERRORS,
  parseUrl: parseSqliteUrl,
  systemOf: sqliteSystem,
  shownUrl: sqliteUrl,
  connect: (target: SqliteTarget, { access: wanted }) => openFile(target, wanted),
  quote: quoteIdentifier,
  reading: {
    modes: [],
    tableTypes: SQLITE_ENTRY.tableTypes,
    // SQLite's own functions have a precision of milliseconds, and no field is described as finer.
    hasFinerTimes: async () => false,
    listTables,
    describeTable,
    describeQuery,
    hasRows: (connection: SqliteConnection, sql) => connection.hasRows(sql),
    rowReader: (fields: readonly FieldInfo[], notNull, options, config) =>
      new SqliteRowReader(fields as readonly SqliteField[], notNull, options, { unitMs: unitMs(config) }),
    timeComparison,
    placeholder: () => '?',
    parameter,
    changeMark: async (connection: SqliteConnection) =>
      String(must(connection.select<{ data_version: number }>('PRAGMA data_version')[0], 'row').data_version),
  },
  writing: {
    nameBytes: 1_000_000,
    caseBlind: true,
    isThere,
    readTarget,
    columnType: columnTypeFor,
    canHold,
    addColumns: (table, columns) => columns.map((c) => `ALTER TABLE ${table} ADD COLUMN ${c}`),
    writer: (settings, target, plan, zone) => new RowWriter(settings, target, plan, zone),
  },
};

export const source = sourceImplementation(SQLITE);
export const sink = sinkImplementation(SQLITE);
