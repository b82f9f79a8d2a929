import { invalidSetting, type ConfigProblem } from '../../api/config-spec.ts';
import type { DatabaseErrors } from '../database/dialect.ts';
import { shownUrl, type MysqlTarget } from './url.ts';

/**
 * https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html,
 * https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
const ER = {
  tooManyConnections: 1040,
  accessDeniedToDatabase: 1044,
  accessDenied: 1045,
  notNull: 1048,
  unknownDatabase: 1049,
  tableExists: 1050,
  unknownTable: 1051,
  shutdown: 1053,
  unknownColumn: 1054,
  duplicateColumn: 1060,
  duplicateKeyName: 1061,
  columnCount: 1136,
  tableAccessDenied: 1142,
  columnAccessDenied: 1143,
  noSuchTable: 1146,
  packetTooLarge: 1153,
  lockWait: 1205,
  deadlock: 1213,
  specificAccessDenied: 1227,
  dataTruncated: 1265,
  invalidCharacters: 1300,
  noDefault: 1364,
  wrongValue: 1366,
  queryInterrupted: 1317,
  wrongValueForType: 1411,
  noPartition: 1526,
  readOnly: 1290,
  notOfPartition: 1748,
  viewCheck: 1369,
  checkViolated: 3819,
  killed: 1927,
} as const;

/** Errors of statements that are caused by their values. */
const OF_RECORDS: ReadonlySet<number> = new Set([
  ER.noDefault,
  ER.wrongValue,
  ER.checkViolated,
  ER.packetTooLarge,
  ER.notNull,
  ER.dataTruncated,
  ER.invalidCharacters,
  ER.wrongValueForType,
  ER.noPartition,
  ER.notOfPartition,
  ER.viewCheck,
]);

const errnoOf = (error: unknown): number | undefined => {
  const { errno, sqlState } = (error ?? {}) as { errno?: unknown; sqlState?: unknown };
  return typeof errno === 'number' && typeof sqlState === 'string' ? errno : undefined;
};
const stateOf = (error: unknown): string => String((error as { sqlState?: unknown } | null)?.sqlState ?? '');
const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const text = error instanceof Error ? error.message : String(error);
  return text === '' ? codeOf(error) : text;
}

function isTransient(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTransient);
  const errno = errnoOf(error);
  if (errno !== undefined)
    return [
      ER.tooManyConnections,
      ER.shutdown,
      ER.lockWait,
      ER.deadlock,
      ER.queryInterrupted,
      ER.readOnly,
      ER.killed,
    ].includes(errno as never);
  return (
    /^(?:ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOST|ENET|PROTOCOL_CONNECTION_LOST|PROTOCOL_PACKETS_OUT_OF_ORDER)/.test(
      codeOf(error),
    ) || /closed state|Connection lost|connection is closed|Server disconnected/i.test(reasonOf(error))
  );
}

function problem(error: unknown, target: MysqlTarget): ConfigProblem {
  const errno = errnoOf(error);
  const reason = reasonOf(error);
  if (errno === ER.accessDenied) return invalidSetting('connection.password', '[hidden]', reason);
  if (errno === ER.accessDeniedToDatabase) return invalidSetting('connection.user', target.user ?? '', reason);
  const why = errno === ER.unknownDatabase || /is not installed/.test(reason) ? reason : `cannot connect: ${reason}`;
  return invalidSetting('connection.url', shownUrl(target), why);
}

/** The meaning of the error numbers of MySQL and MariaDB, and of network errors. */
export const MYSQL_ERRORS: DatabaseErrors = {
  isTransient,
  isRefusal: (error) => errnoOf(error) !== undefined,
  isForbidden: (error) =>
    [ER.tableAccessDenied, ER.columnAccessDenied, ER.accessDeniedToDatabase, ER.specificAccessDenied].includes(
      errnoOf(error) as never,
    ),
  isMissingTable: (error) => [ER.noSuchTable, ER.unknownTable].includes(errnoOf(error) as never),
  isStaleShape: (error) => [ER.noSuchTable, ER.unknownColumn, ER.columnCount].includes(errnoOf(error) as never),
  // Data exceptions, constraint violations and errors raised by triggers; some of them have only the generic SQLSTATE.
  isRecordError: (error) => {
    const cause = errnoOf(error) === undefined ? (error as { cause?: unknown } | null)?.cause : error;
    if (errnoOf(cause) === undefined) return false;
    return /^(?:2[23]|45)/.test(stateOf(cause)) || OF_RECORDS.has(errnoOf(cause)!);
  },
  isDuplicate: (error) => [ER.tableExists, ER.duplicateColumn, ER.duplicateKeyName].includes(errnoOf(error) as never),
  reasonOf,
  problem: (error, target) => problem(error, target as MysqlTarget),
};
