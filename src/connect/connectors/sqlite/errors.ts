import { invalidSetting, type ConfigProblem } from '../../api/config-spec.ts';
import type { DatabaseErrors } from '../database/dialect.ts';
import { SQLITE_HEAP_BYTES } from './trial.ts';
import { sqliteUrl, type SqliteTarget } from './url.ts';

/** Primary result codes, https://www.sqlite.org/rescode.html */
const CODES: Readonly<Record<number, string>> = {
  1: 'ERROR',
  5: 'BUSY',
  6: 'LOCKED',
  7: 'NOMEM',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  15: 'PROTOCOL',
  17: 'SCHEMA',
  18: 'TOOBIG',
  19: 'CONSTRAINT',
  20: 'MISMATCH',
  25: 'RANGE',
  26: 'NOTADB',
};

/** The name of SQLite's primary result code: `BUSY`; undefined for other errors. */
export function sqliteCode(error: unknown): string | undefined {
  const { errcode, code, rawCode } = (error ?? {}) as { errcode?: unknown; code?: unknown; rawCode?: unknown };
  const number = typeof errcode === 'number' ? errcode : typeof rawCode === 'number' ? rawCode : undefined;
  // The low byte of an extended result code is the primary one.
  if (number !== undefined && CODES[number & 0xff] !== undefined) return CODES[number & 0xff];
  return typeof code === 'string' ? /^SQLITE_([A-Z]+)/.exec(code)?.[1] : undefined;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function reasonOf(error: unknown): string {
  const text = textOf(error);
  switch (sqliteCode(error)) {
    case 'BUSY':
      return `${text}: another program writes to it`;
    case 'CANTOPEN':
      return `${text}: is the file there, and may the server read it?`;
    case 'NOMEM':
      return `${text}: SQLite has ${SQLITE_HEAP_BYTES / 2 ** 20} MB here`;
    default:
      return text;
  }
}

/** The meaning of SQLite's result codes. */
export const SQLITE_ERRORS: DatabaseErrors = {
  // Another program's lock, or a full disk.
  isTransient: (error) => ['BUSY', 'LOCKED', 'PROTOCOL', 'FULL', 'IOERR'].includes(sqliteCode(error) ?? ''),
  isRefusal: (error) => sqliteCode(error) !== undefined,
  isForbidden: (error) => ['PERM', 'AUTH', 'READONLY'].includes(sqliteCode(error) ?? ''),
  isMissingTable: (error) => /no such table/.test(textOf(error)),
  isStaleShape: (error) =>
    sqliteCode(error) === 'SCHEMA' || /no such (?:table|column)|has no column named/.test(textOf(error)),
  isRecordError: (error) =>
    ['CONSTRAINT', 'MISMATCH', 'TOOBIG'].includes(sqliteCode(error) ?? sqliteCode((error as Error)?.cause) ?? ''),
  isDuplicate: (error) => /already exists|duplicate column name/.test(textOf(error)),
  reasonOf,
  problem: (error, target): ConfigProblem =>
    invalidSetting('connection.url', sqliteUrl(target as SqliteTarget), `cannot open: ${reasonOf(error)}`),
};
