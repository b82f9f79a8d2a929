import type { Env } from '../../../base/env.ts';
import { isSluiceError } from '../../../base/errors.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { CONNECTION } from './connection-keys.ts';
import type { Connection, ConnectOptions, Dialect, Target } from './dialect.ts';

/** The target of a validated config. */
export function targetOf(dialect: Dialect, config: Config): Target {
  const target = dialect.parseUrl(config.get(CONNECTION.connectionUrl));
  if (typeof target === 'string') throw new ConnectError(target);
  return {
    ...target,
    user: config.get(CONNECTION.connectionUser) ?? target.user,
    password: config.get(CONNECTION.connectionPassword) ?? target.password,
  };
}

/** Who connects, and for how long it retries. */
export interface Connecting {
  readonly dialect: Dialect;
  readonly config: Config;
  readonly target: Target;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly options: ConnectOptions;
  /** Called with the error before each retry, and with undefined when there is a connection. */
  readonly trouble?: ((error: unknown) => void) | undefined;
}

/**
 * Connects with `connection.attempts` attempts, `connection.backoff.ms` apart.
 * @throws RetriableError when the database cannot be reached or refuses the login: both may be corrected in the
 * database, since the settings are checked when they are given; ConnectError for a fault on this side, such as an
 * unreadable file
 */
export async function connectPatiently(who: Connecting): Promise<Connection> {
  const { dialect, config, target, env, signal, trouble } = who;
  const { errors } = dialect;
  const attempts = Math.max(1, config.get(CONNECTION.connectionAttempts));
  const url = dialect.shownUrl(target);
  for (let attempt = 1; ; attempt++) {
    try {
      const connection = await dialect.connect(target, who.options);
      // Also after the first attempt, since an earlier call may have reported trouble and given up.
      trouble?.(undefined);
      return connection;
    } catch (error) {
      const reason = errors.reasonOf(error);
      if (!errors.isTransient(error)) {
        const message = `Cannot connect to ${url}: ${reason}`;
        const isOurs = error instanceof ConnectError || isSluiceError(error);
        throw isOurs ? new ConnectError(message, { cause: error }) : new RetriableError(message, { cause: error });
      }
      if (attempt >= attempts)
        throw new RetriableError(`Cannot connect to ${url} after ${attempt} attempts: ${reason}`, { cause: error });
      trouble?.(new RetriableError(`Cannot connect to ${url}: ${reason}`, { cause: error }));
      env.logger.warn(`Cannot connect to ${url}: ${reason}; trying again`);
      await env.timers.sleep(config.get(CONNECTION.connectionBackoffMs), signal);
    }
  }
}

/**
 * The error of a task: retriable for a temporary error, and for a missing right, which may be granted in the database.
 */
export function taskError({ errors }: Dialect, error: unknown, doing: string): Error {
  if (error instanceof ConnectError) return error;
  const message = `${doing}: ${errors.reasonOf(error)}`;
  return errors.isTransient(error) || errors.isForbidden(error)
    ? new RetriableError(message, { cause: error })
    : new ConnectError(message, { cause: error });
}
