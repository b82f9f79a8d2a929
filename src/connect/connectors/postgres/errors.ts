import { invalidSetting, type ConfigProblem } from '../../api/config-spec.ts';
import type { DatabaseErrors } from '../database/dialect.ts';
import { shownUrl, type ConnectionTarget } from './url.ts';

/** What a failed attempt says about which setting. */
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

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The function of the server that raised it: unlike the text, it does not depend on the server's language. */
function routineOf(error: unknown): unknown {
  const { routine, cause } = (error ?? {}) as { routine?: unknown; cause?: { routine?: unknown } };
  return routine ?? cause?.routine;
}

/** The reason in words: of several failed addresses the first's. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** The server or the way to it is away, or it is starting or stopping: another attempt may work. */
function isPassing(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isPassing);
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

/** What Postgres' SQLSTATEs, and the errors of the way to it, mean. */
export const POSTGRES_ERRORS: DatabaseErrors = {
  isPassing,
  isRefusal: (error) => codeOf(error) !== undefined,
  isMissingTable: (error) => codeOf(error) === '42P01',
  isStaleShape: (error) => codeOf(error)?.startsWith('42') ?? false,
  // Also two rows of one statement whose keys the database deems equal, though nothing said so before: one by one they
  // follow each other.
  isRecordError: (error) => {
    const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause);
    // Data, constraints, check options of views and of row security, what triggers raise, and values beyond a limit: of
    // an index, of how deep JSON may be.
    return (
      /^(2[23]|21000|44000|5400[01]|P000[14])/.test(code ?? '') ||
      (code === '42501' && routineOf(error) === 'ExecWithCheckOptions')
    );
  },
  isDuplicate: (error) => ['42P07', '42701', '42710', '23505'].includes(codeOf(error) ?? ''),
  reasonOf,
  problem,
};
