import { invalidSetting, type ConfigProblem } from '../../api/config-spec.ts';
import type { DatabaseErrors } from '../database/dialect.ts';
import { shownUrl, type ConnectionTarget } from './url.ts';

/** The setting that a failed connection attempt is attributed to, with the reason. */
function problem(error: unknown, target: ConnectionTarget): ConfigProblem {
  const code = codeOf(error);
  const reason = reasonOf(error);
  if (
    code === '28P01' ||
    (code === '28000' && /password/i.test(reason)) ||
    /password must be a string|no password supplied/i.test(reason)
  ) {
    const why = /must be a string|no password/i.test(reason)
      ? 'the server asks for a password and none is set'
      : reason;
    return invalidSetting('connection.password', '[hidden]', why);
  }
  if (code === '28000') {
    return invalidSetting(
      'connection.user',
      target.user ?? '',
      target.user === undefined
        ? 'the URL names no user, nor does the setting: postgres://user@host:port/database'
        : /role .* does not exist/.test(reason)
          ? `${reason}: another user in the URL (postgres://user:password@host:port/database), or CREATE ROLE … LOGIN there`
          : reason,
    );
  }
  return invalidSetting('connection.url', shownUrl(target), code === '3D000' ? reason : `cannot connect: ${reason}`);
}

/** The SQLSTATE of a server error, or the code of a network error; undefined if there is none. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The server function that raised the error: unlike the message, it does not depend on the server's language. */
function routineOf(error: unknown): unknown {
  const { routine, cause } = (error ?? {}) as { routine?: unknown; cause?: { routine?: unknown } };
  return routine ?? cause?.routine;
}

/** The reason as text; if several addresses failed, that of the first. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** The server is unreachable, starting or stopping: another attempt may succeed. */
function isTransient(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTransient);
  const code = codeOf(error);
  if (code !== undefined && /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|EHOST|ENET)/.test(code)) return true;
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) {
    // Connection exceptions; shutdown, crash, starting; too many connections; deadlock and serialization failures.
    return (
      code.startsWith('08') ||
      ['57P01', '57P02', '57P03', '57P05', '53300', '40001', '40P01', '55P03', '25P03'].includes(code)
    );
  }
  return /Connection terminated|timeout expired|timeout exceeded|not queryable|Client was closed|Client has encountered a connection error/i.test(
    reasonOf(error),
  );
}

/** The meaning of Postgres' SQLSTATEs and of network errors. */
export const POSTGRES_ERRORS: DatabaseErrors = {
  isTransient,
  isRefusal: (error) => codeOf(error) !== undefined,
  isMissingTable: (error) => codeOf(error) === '42P01',
  isForbidden: (error) => codeOf(error) === '42501' && routineOf(error) !== 'ExecWithCheckOptions',
  isStaleShape: (error) => codeOf(error)?.startsWith('42') ?? false,
  // Also covers two rows of one statement whose keys only the database considers equal: written one by one, they
  // succeed.
  isRecordError: (error) => {
    const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause);
    // Data errors, constraints, check options of views and of row security, exceptions raised by triggers, and exceeded
    // limits: index size, JSON depth.
    return (
      /^(2[23]|21000|44000|5400[01]|P000[14])/.test(code ?? '') ||
      (code === '42501' && routineOf(error) === 'ExecWithCheckOptions')
    );
  },
  isDuplicate: (error) => ['42P07', '42701', '42710', '23505'].includes(codeOf(error) ?? ''),
  reasonOf,
  problem,
};
