import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { Redis, RedisOptions } from 'ioredis';
import { messageOf } from '../../../base/errors.ts';
import { isTlsFailure } from '../../../tls/tls-failure.ts';
import { tlsOptions } from '../../../tls/tls-options.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { AccessRefused } from '../internal/access-refused.ts';
import { parseAddress, type RedisAddress } from './address.ts';
import { classDefaults } from './class-defaults.ts';
import { SINK } from './sink-keys.ts';

export type Argument = string | Buffer | number;
/** A command with its arguments. */
export type Command = readonly [name: string, ...Argument[]];
/** The answer to one of several commands. */
export type Reply = readonly [error: Error | null, value: unknown];

/** Temporary errors of the server. */
const TRANSIENT = /^(?:LOADING|READONLY|MASTERDOWN|OOM|BUSY|TRYAGAIN|CLUSTERDOWN|MISCONF|NOREPLICAS|UNBLOCKED)\b/;
/** Errors of a login that is refused or lacks a permission. */
const ACCESS =
  /^(?:WRONGPASS|NOAUTH|NOPERM)\b|^ERR (?:AUTH|invalid password|Client sent AUTH)|invalid username-password/;

/** @throws ConnectError that names the command which installs the client */
async function redisClient(): Promise<typeof import('ioredis').Redis> {
  try {
    return (await import('ioredis')).Redis;
  } catch (cause) {
    throw new ConnectError('package ioredis is not installed: run npm install ioredis', { cause });
  }
}

/** The connection of a task, established on demand and again after it was lost. */
export class RedisServer {
  readonly address: RedisAddress;
  readonly database: number;
  readonly #config: Config;
  readonly #tls: ConnectionOptions | undefined;
  #client: Redis | undefined;
  /** Why the client ended, if it reported a reason. */
  #fault: unknown;

  /** @throws SluiceError CONFIG for certificates that cannot be read */
  constructor(config: Config) {
    const address = parseAddress(config.get(SINK.uri));
    if (typeof address === 'string') throw new ConnectError(address);
    this.address = address;
    this.database = config.get(SINK.database) ?? address.database ?? classDefaults(config.raw).database ?? 0;
    this.#config = config;
    if (address.secure)
      this.#tls = {
        ...tlsOptions({ get: (name) => config.passed(name), readFile: (path) => readFileSync(path) }),
        ...(config.get(SINK.insecure) && { rejectUnauthorized: false }),
      };
  }

  close(): void {
    this.#client?.disconnect();
    this.#client = undefined;
  }

  /** Sends one command. @throws RetriableError, AccessRefused, or the server's error */
  async ask([name, ...args]: Command): Promise<unknown> {
    const client = await this.#connected();
    try {
      return await client.call(name, args as Argument[]);
    } catch (error) {
      throw this.#meaningOf(error);
    }
  }

  /**
   * Sends several commands without waiting in between. Errors are part of the answers.
   * @throws RetriableError, AccessRefused
   */
  async pipeline(commands: readonly Command[]): Promise<readonly Reply[]> {
    return await this.#all(commands, false);
  }

  /**
   * Sends several commands as one transaction. Undefined: a watched key has changed, and nothing was done.
   * @throws RetriableError, AccessRefused; nothing was done if the server refused a command when it was queued
   */
  async transaction(commands: readonly Command[]): Promise<readonly Reply[] | undefined> {
    return await this.#all(commands, true);
  }

  async #all(commands: readonly Command[], atOnce: true): Promise<readonly Reply[] | undefined>;
  async #all(commands: readonly Command[], atOnce: false): Promise<readonly Reply[]>;
  async #all(commands: readonly Command[], atOnce: boolean): Promise<readonly Reply[] | undefined> {
    const client = await this.#connected();
    const batch = atOnce ? client.multi() : client.pipeline();
    for (const [name, ...args] of commands) batch.call(name, args as Argument[]);
    let replies: readonly Reply[] | null;
    try {
      replies = (await batch.exec()) as readonly Reply[] | null;
    } catch (error) {
      const [first] = (error as { previousErrors?: readonly unknown[] }).previousErrors ?? [];
      throw this.#meaningOf(first ?? error);
    }
    for (const [error] of replies ?? []) {
      if (error === null) continue;
      const meaning = this.#meaningOf(error);
      if (meaning instanceof RetriableError) throw meaning;
    }
    return replies ?? undefined;
  }

  async #connected(): Promise<Redis> {
    if (this.#client?.status === 'ready') return this.#client;
    this.close();
    this.#fault = undefined;
    const Client = await redisClient();
    const client = new Client(this.#options());
    // Without a listener the client writes to the console.
    client.on('error', (error: unknown) => (this.#fault = error));
    try {
      await client.connect();
      // If it may not use another database, the client silently continues in database 0.
      if (this.database !== 0) await client.select(this.database);
    } catch (error) {
      client.disconnect();
      throw this.#meaningOf(this.#fault ?? error);
    }
    this.#client = client;
    return client;
  }

  #options() {
    const config = this.#config;
    const { hosts, master, user, password, secure } = this.address;
    const [first] = hosts;
    const username = config.get(SINK.username) ?? user;
    const secret = config.get(SINK.password) ?? password;
    return {
      ...(master === undefined
        ? { host: first?.host ?? 'localhost', port: first?.port ?? 6379 }
        : {
            sentinels: hosts.map(({ host, port }) => ({ host, port })),
            name: master,
            sentinelRetryStrategy: () => null,
            ...(secure && { enableTLSForSentinelMode: true, sentinelTLS: this.#tls ?? {} }),
          }),
      ...(username !== undefined && { username }),
      ...(secret !== undefined && { password: secret }),
      ...(this.#tls !== undefined && { tls: this.#tls }),
      connectionName: 'sluice',
      connectTimeout: config.get(SINK.connectTimeoutMs),
      commandTimeout: config.get(SINK.commandTimeoutMs),
      lazyConnect: true,
      // The task makes connections and reports while it waits: the client must neither resend nor queue anything by
      // itself.
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      // A server that is loading its data reports it for any command, and not every user may use INFO.
      enableReadyCheck: false,
      disableClientInfo: true,
      // Also works with servers before 6, and proxies for them.
      protocol: 2,
    } satisfies RedisOptions;
  }

  /** Converts an error of the client for the caller. */
  #meaningOf(error: unknown): Error {
    if (error instanceof ConnectError) return error;
    const { name } = this.address;
    // An unauthenticated connection results from a failed login, whose error the client reports separately.
    const message = messageOf(messageOf(error).startsWith('NOAUTH') ? (this.#fault ?? error) : error);
    const isReply = error instanceof Error && error.name === 'ReplyError';
    if (ACCESS.test(message)) return new AccessRefused(name, message, { cause: error });
    if (isReply && !TRANSIENT.test(message)) return error;
    if (isReply) return new RetriableError(`${name} takes nothing now: ${message}`, { cause: error });
    // What was sent may or may not have been executed.
    this.close();
    const { code = '' } = error as NodeJS.ErrnoException;
    if (isTlsFailure(error)) return new ConnectError(`Cannot connect to ${name}: ${message}`, { cause: error });
    return new RetriableError(`Cannot reach ${name}: ${message === '' ? code : message}`, { cause: error });
  }
}
