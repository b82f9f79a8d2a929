import { apiVersionsV3, Connection } from './client-library.ts';
import type { Env } from '../../base/env.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import type { Address, ClientConfig } from './client-config.ts';

/** The highest and lowest version of each API that a node supports, by API key. */
export type ApiVersions = ReadonlyMap<number, { readonly min: number; readonly max: number }>;

export interface OpenConnection {
  readonly connection: Connection;
  readonly versions: ApiVersions;
}

/** A network failure or a time-out: another attempt may succeed. */
export function networkError(address: Address, cause: unknown): SluiceError {
  const reason = messageOf(cause);
  const inner = cause instanceof Error && cause.cause !== undefined ? `: ${messageOf(cause.cause)}` : '';
  // Wrong credentials and untrusted certificates will not change by themselves; time-outs and refused connections may.
  const final = /SASL|authentication|certificate|TLS handshake/i.test(reason + inner);
  return new SluiceError(
    'LOG_UNAVAILABLE',
    `Cannot reach Kafka at ${address.host}:${address.port}: ${reason}${inner}`,
    {
      cause,
      retriable: !final,
    },
  );
}

/**
 * Connections to nodes by address and purpose. A broker answers the requests of one connection in order, behind any
 * request that waits; so whatever waits for long (a fetch, a group's rebalance) has a purpose of its own.
 */
export class Connections {
  readonly #config: ClientConfig;
  readonly #env: Env;
  readonly #open = new Map<string, Promise<OpenConnection>>();
  readonly #throttledUntil = new Map<string, number>();
  #closed = false;

  constructor(config: ClientConfig, env: Env) {
    this.#config = config;
    this.#env = env;
  }

  /** @throws SluiceError LOG_UNAVAILABLE */
  get(address: Address, purpose: string, requestTimeoutMs = this.#config.requestTimeoutMs): Promise<OpenConnection> {
    if (this.#closed) return Promise.reject(new SluiceError('LOG_UNAVAILABLE', 'The connections to Kafka are closed'));
    const key = `${address.host}:${address.port}/${purpose}`;
    let open = this.#open.get(key);
    if (open === undefined) {
      const forget = (): void => {
        if (this.#open.get(key) === open) this.#open.delete(key);
      };
      open = this.#connect(address, requestTimeoutMs, forget);
      this.#open.set(key, open);
      open.catch(forget);
    }
    return open;
  }

  /** Closes the connection if there is one. After a time-out its responses can no longer be assigned to requests. */
  drop(address: Address, purpose: string): void {
    const key = `${address.host}:${address.port}/${purpose}`;
    const open = this.#open.get(key);
    this.#open.delete(key);
    open?.then(({ connection }) => connection.close()).catch(() => {});
  }

  /** Closes all connections of a purpose. */
  async dropPurpose(purpose: string): Promise<void> {
    const closing: Promise<unknown>[] = [];
    for (const [key, open] of this.#open) {
      if (!key.endsWith(`/${purpose}`)) continue;
      this.#open.delete(key);
      closing.push(open.then(({ connection }) => connection.close()).catch(() => {}));
    }
    await Promise.all(closing);
  }

  /**
   * Records that a node asked for a pause. (KIP-219: it has muted the connection; meanwhile no requests should pile
   * up.)
   */
  throttle(address: Address, ms: number): void {
    if (ms > 0) this.#throttledUntil.set(`${address.host}:${address.port}`, this.#env.clock.monotonicMs() + ms);
  }

  async waitForThrottle(address: Address): Promise<void> {
    const until = this.#throttledUntil.get(`${address.host}:${address.port}`);
    if (until === undefined) return;
    const left = until - this.#env.clock.monotonicMs();
    if (left > 0) await this.#env.timers.sleep(left);
    else this.#throttledUntil.delete(`${address.host}:${address.port}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(all.map((open) => open.then(({ connection }) => connection.close()).catch(() => {})));
  }

  async #connect(address: Address, requestTimeoutMs: number, forget: () => void): Promise<OpenConnection> {
    const connection = new Connection(this.#config.clientId, {
      connectTimeout: Math.min(10_000, this.#config.requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      maxInflights: 5,
      ...(this.#config.tls ? { tls: this.#config.tls, tlsServerName: true } : {}),
      ...(this.#config.sasl ? { sasl: this.#config.sasl } : {}),
    });
    // The library would re-authenticate a connection while it is in use, which brokers refuse. Instead, a new
    // connection replaces it before the session ends, and requests on the old one have time to finish.
    const connectedAtMs = this.#env.clock.monotonicMs();
    connection.reauthenticate = () => {
      // A session that is longer than a timer can count arrives here at once; the broker will close the connection when
      // it ends.
      if (this.#env.clock.monotonicMs() - connectedAtMs < 1_000) return;
      forget();
      this.#env.timers.after(requestTimeoutMs, () => void connection.close());
    };
    connection.on('error', forget);
    connection.on('close', forget);
    try {
      await connection.connect(address.host, address.port);
      const { apiKeys } = await apiVersionsV3.api.async(connection, 'sluice', '0.1');
      const versions = new Map(apiKeys.map((api) => [api.apiKey, { min: api.minVersion, max: api.maxVersion }]));
      return { connection, versions };
    } catch (cause) {
      await connection.close();
      throw networkError(address, cause);
    }
  }
}
