import { UTC, type Zone } from '../../../types/zone.ts';
import type { Config } from '../../api/config-spec.ts';
import type { Dialect, FieldInfo, TableName, TimeComparison } from '../database/dialect.ts';
import { CONNECTION } from '../database/connection-keys.ts';
import { sinkImplementation } from '../database/sink.ts';
import { sourceImplementation } from '../database/source.ts';
import { describeQuery, describeTable, listTables, quoteIdentifier, readTarget } from './catalog.ts';
import { connect, type MysqlConnection } from './connection.ts';
import { MYSQL_ENTRY } from './entry.ts';
import { MYSQL_ERRORS } from './errors.ts';
import type { MysqlField } from './fields.ts';
import { MysqlRowReader } from './row-reader.ts';
import { RowWriter } from './row-writer.ts';
import { canHold, columnTypeFor } from './sink-types.ts';
import { microsOfText, textOfMicros } from './times.ts';
import { mysqlSystem, parseMysqlUrl, shownUrl, type MysqlTarget } from './url.ts';

/**
 * A TIMESTAMP is an instant, in UTC on our connections; DATETIME and DATE are local times of `zone`, which has a fixed
 * offset from UTC (source-plugin.ts).
 */
function timeComparison(field: FieldInfo | undefined, zone: Zone): TimeComparison {
  const clocks = (field as MysqlField | undefined)?.kind === 'instant' ? UTC : zone;
  const minutes = clocks.offsetAt(0);
  return {
    before: (delayMs) =>
      `UTC_TIMESTAMP(6)${minutes === 0 ? '' : ` + INTERVAL ${minutes} MINUTE`} - INTERVAL ${delayMs * 1000} MICROSECOND`,
    bound: (placeholder) => `CAST(${placeholder} AS DATETIME(6))`,
    toParameter: (micros) => textOfMicros(micros, clocks),
    // A zero date is less than all others, and finds no row twice.
    toMicros: (text) => microsOfText(text, clocks) ?? microsOfText('0001-01-01 00:00:00', clocks)!,
  };
}

async function hasFinerTimes(
  connection: MysqlConnection,
  { name }: TableName,
  columns: readonly string[],
): Promise<boolean> {
  const finer = columns.map((c) => `MICROSECOND(${quoteIdentifier(c)}) % 1000 <> 0`).join(' OR ');
  const table = quoteIdentifier(name);
  const { rows } = await connection.query(
    `SELECT EXISTS (SELECT 1 FROM ${table} WHERE ${finer}) OR NOT EXISTS (SELECT 1 FROM ${table})`,
  );
  return rows[0]?.[0] === '1';
}

const zeroDatesAreNull = (config: Config): boolean => {
  const target = parseMysqlUrl(config.get(CONNECTION.connectionUrl));
  return typeof target !== 'string' && target.zeroDatesAreNull;
};

export const MYSQL: Dialect = {
  name: 'MySQL',
  defaultSchema: undefined,
  errors: MYSQL_ERRORS,
  parseUrl: parseMysqlUrl,
  systemOf: (target) => mysqlSystem(target as MysqlTarget),
  shownUrl: (target) => shownUrl(target as MysqlTarget),
  connect: (target, options) => connect(target as MysqlTarget, options),
  quote: quoteIdentifier,
  reading: {
    modes: [],
    tableTypes: MYSQL_ENTRY.tableTypes,
    listTables,
    describeTable,
    describeQuery,
    rowReader: (fields, notNull, options, config) =>
      new MysqlRowReader(fields as readonly MysqlField[], notNull, options, zeroDatesAreNull(config)),
    hasFinerTimes,
    timeComparison,
    placeholder: () => '?',
    parameter: (text, field) =>
      ['bytes', 'bits'].includes((field as MysqlField | undefined)?.kind ?? '') ? Buffer.from(text, 'hex') : text,
  } as Dialect['reading'],
  writing: {
    nameBytes: 64,
    // 0 if table names are case-sensitive, as on Linux.
    caseBlind: async (connection) =>
      (await (connection as MysqlConnection).query('SELECT @@lower_case_table_names')).rows[0]?.[0] !== '0',
    readTarget,
    columnType: columnTypeFor,
    canHold,
    addColumns: (table, columns) => columns.map((c) => `ALTER TABLE ${table} ADD COLUMN ${c}`),
    writer: (settings, target, plan, zone) => new RowWriter(settings, target, plan, zone),
  } as Dialect['writing'],
};

export const source = sourceImplementation(MYSQL);
export const sink = sinkImplementation(MYSQL);
