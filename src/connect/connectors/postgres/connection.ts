import pg from 'pg';
import type { Env } from '../../../base/env.ts';
import type { Config, ConfigProblem } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { parseConnectionUrl, type ConnectionTarget } from './url.ts';

/** One attempt must answer within this time. */
const CONNECT_TIMEOUT_MS = 10_000;

export type Client = pg.Client;

/** The target of a config that has been validated. */
export function targetOf(config: Config): ConnectionTarget {
  const target = parseConnectionUrl(config.string('connection.url'));
  if (typeof target === 'string') throw new ConnectError(target);
  return {
    ...target,
    user: config.optionalString('connection.user') ?? target.user,
    password: config.optionalString('connection.password') ?? target.password,
  };
}

/** Connects once. Every text comes as text, times in UTC and ISO. @throws the driver's error */
export async function connectOnce(target: ConnectionTarget, name: string): Promise<Client> {
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    database: target.database,
    ...(target.user !== undefined && { user: target.user }),
    ...(target.password !== undefined && { password: target.password }),
    ssl: target.ssl,
    application_name: target.applicationName ?? name,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser: () => (text: string) => text },
  });
  // Without a listener a lost connection would end the process; the next query reports it.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(
      `SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 1; SET bytea_output = 'hex'` +
        (target.schema === undefined ? '' : `; SET search_path = ${quoteIdentifier(target.schema)}`),
    );
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/**
 * Connects with `connection.attempts` attempts, `connection.backoff.ms` apart.
 * @param trouble told what is wrong before each pause, and undefined when it has passed
 * @throws RetriableError when the database cannot be reached; ConnectError when it refuses us
 */
export async function connectPatiently(
  config: Config,
  env: Env,
  signal: AbortSignal,
  name: string,
  trouble: (error: unknown) => void = () => undefined,
): Promise<Client> {
  const target = targetOf(config);
  const attempts = Math.max(1, config.number('connection.attempts'));
  for (let attempt = 1; ; attempt++) {
    try {
      const client = await connectOnce(target, name);
      if (attempt > 1) trouble(undefined);
      return client;
    } catch (error) {
      if (!isConnectionLoss(error))
        throw new ConnectError(`Cannot connect to ${describeTarget(target)}: ${reasonOf(error)}`, { cause: error });
      if (attempt >= attempts) {
        throw new RetriableError(
          `Cannot connect to ${describeTarget(target)} after ${attempt} attempts: ${reasonOf(error)}`,
          { cause: error },
        );
      }
      trouble(new RetriableError(`Cannot connect to ${describeTarget(target)}: ${reasonOf(error)}`, { cause: error }));
      env.logger.warn(`Cannot connect to ${describeTarget(target)}: ${reasonOf(error)}; trying again`);
      await env.timers.sleep(config.number('connection.backoff.ms'), signal);
    }
  }
}

/** What a failed attempt says about which setting. */
export function connectionProblem(error: unknown, target: ConnectionTarget): ConfigProblem {
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
    return {
      key: 'connection.password',
      message: `Invalid value [hidden] for configuration connection.password: ${why}`,
    };
  }
  if (code === '28000') {
    return {
      key: 'connection.user',
      message: `Invalid value ${target.user ?? ''} for configuration connection.user: ${reason}`,
    };
  }
  return {
    key: 'connection.url',
    message: `Invalid value ${describeTarget(target)} for configuration connection.url: ${code === '3D000' ? reason : `cannot connect: ${reason}`}`,
  };
}

/** `jdbc:postgresql://host:port/database`, without any login. */
export function describeTarget(target: ConnectionTarget): string {
  return `jdbc:postgresql://${target.host}:${target.port}/${target.database}`;
}

export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** The reason in words: of several failed addresses the first's. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** The server or the way to it is away, or it is starting or stopping: another attempt may work. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
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

/** A task's error: away is retriable, everything else is not. */
export function taskError(error: unknown, doing: string): Error {
  if (error instanceof ConnectError) return error;
  const message = `${doing}: ${reasonOf(error)}`;
  return isConnectionLoss(error)
    ? new RetriableError(message, { cause: error })
    : new ConnectError(message, { cause: error });
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
