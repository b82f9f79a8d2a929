import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions as HttpsOptions } from 'node:https';
import { createGunzip } from 'node:zlib';
import type { Env } from '../../../base/env.ts';
import { messageOf } from '../../../base/errors.ts';
import { isTlsFailure } from '../../../tls/tls-failure.ts';
import { tlsOptions } from '../../../tls/tls-options.ts';
import type { Config } from '../../api/config-spec.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';

/** An answer that is longer, decompressed, is not read to its end, in bytes. */
const LONGEST_ANSWER = 64 << 20;

/** No host answered, or none in time. */
export class Unreachable extends RetriableError {}

/** Where a request goes. */
export interface HttpTarget {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** As in messages, without a login. */
  readonly name: string;
}

export interface HttpExchange {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed, and cut to the client's limit. */
  readonly text: string;
}

export interface HttpClientOptions {
  readonly env: Env;
  /** How long making a connection may take, in ms. */
  readonly connectMs: number;
  /** How long a request may wait for its response, in ms. */
  readonly readMs: number;
  /** Concurrent connections to a host. */
  readonly maxSockets: number;
  /** How long an idle connection is kept, in ms. */
  readonly idleMs: number;
  /** Settings with Kafka's `ssl.*`, for https. */
  readonly tls: Config;
  /** The most bytes of a response that are kept; all by default, of which there may be 64 MB. */
  readonly answerBytes?: number | undefined;
}

/**
 * Sends requests over persistent connections. Node's fetch does not support custom certificates, and its time-outs
 * cannot be distinguished (decision 25).
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #agents = new Map<boolean, HttpAgent>();

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  /** Prepares TLS. @throws SluiceError CONFIG for certificates that cannot be read */
  checkTls(): void {
    this.#agent(true);
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #agent(secure: boolean): HttpAgent {
    const known = this.#agents.get(secure);
    if (known !== undefined) return known;
    const { maxSockets, idleMs, tls } = this.#options;
    const kept = { keepAlive: true, timeout: idleMs, maxSockets };
    const properties = { get: (name: string) => tls.passed(name), readFile: (path: string) => readFileSync(path) };
    const agent = secure ? new HttpsAgent({ ...kept, ...tlsOptions(properties) } as HttpsOptions) : new HttpAgent(kept);
    this.#agents.set(secure, agent);
    return agent;
  }

  /**
   * Sends one request and returns its response, whatever the status.
   * @throws Unreachable; ConnectError for a server whose certificate is not trusted, or an answer without an end
   */
  exchange(target: HttpTarget, { method, path, headers, body, signal }: HttpExchange): Promise<HttpAnswer> {
    const { env, connectMs, readMs, answerBytes = Infinity } = this.#options;
    const { secure, host, port, name } = target;
    return new Promise((resolve, reject) => {
      let late: string | undefined;
      let cancel = (): void => {};
      const within = (ms: number, what: string): void => {
        cancel();
        cancel = env.timers.after(ms, () => {
          late = `${what} within ${ms} ms`;
          sent.destroy();
        });
      };
      const fail = (error: NodeJS.ErrnoException): void => {
        cancel();
        if (signal?.aborted === true) return reject(signal.reason as Error);
        const reason = late ?? (error.message === '' ? (error.code ?? error.name) : messageOf(error));
        const isFinal = late === undefined && isTlsFailure(error);
        reject(
          isFinal
            ? new ConnectError(`Cannot connect to ${name}: ${reason}`, { cause: error })
            : new Unreachable(`Cannot reach ${name}: ${reason}`, { cause: error }),
        );
      };
      const sent = (secure ? httpsRequest : httpRequest)(
        {
          agent: this.#agent(secure),
          host,
          port,
          method,
          path,
          headers,
          ...(signal !== undefined && { signal }),
        },
        (response) => {
          const zipped = response.headers['content-encoding'] === 'gzip';
          const stream = zipped ? response.pipe(createGunzip()) : response;
          const chunks: Buffer[] = [];
          let kept = 0;
          response.on('error', fail);
          if (zipped) stream.on('error', fail);
          stream.on('data', (chunk: Buffer) => {
            if (kept < answerBytes) chunks.push(chunk);
            kept += chunk.length;
            if (kept <= LONGEST_ANSWER) return;
            cancel();
            sent.destroy();
            reject(new ConnectError(`${name} answers with more than ${LONGEST_ANSWER >> 20} MB`));
          });
          stream.on('end', () => {
            cancel();
            if (!response.complete) return fail(new Error('the answer broke off'));
            const bytes = Buffer.concat(chunks);
            const text = bytes.toString('utf8', 0, Math.min(bytes.length, answerBytes));
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        },
      );
      sent.on('error', fail);
      sent.on('socket', (socket) => {
        if (!socket.connecting) return within(readMs, 'no answer');
        within(connectMs, 'no connection');
        socket.once(secure ? 'secureConnect' : 'connect', () => within(readMs, 'no answer'));
      });
      sent.end(body);
    });
  }
}
