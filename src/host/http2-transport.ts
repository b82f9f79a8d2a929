import { drained } from '../base/drained.ts';
import type { ConnectionOptions } from 'node:tls';
import { connect, type ClientHttp2Session } from 'node:http2';

/** A request as defined in `client/transport.ts`. */
interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: AsyncIterable<string>;
}

/**
 * Requests over HTTP/2 (clear text with prior knowledge, or TLS), many on one connection: required by `insertStream`,
 * and useful for many concurrent push queries. A connection is opened when it is needed, and reopened after it was
 * lost.
 */
export class Http2Transport {
  readonly #sessions = new Map<string, ClientHttp2Session>();
  readonly #tls: ConnectionOptions;

  /** @param tls for https: `ca`, and `cert` and `key` of a client certificate */
  constructor(tls: ConnectionOptions = {}) {
    this.#tls = tls;
  }

  async request({ method, url, headers, body, signal }: Request): Promise<Answer> {
    const { origin, pathname, search } = new URL(url);
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const stream = this.#session(origin).request(
      { ':method': method, ':path': `${pathname}${search}`, ...lower },
      { endStream: body === undefined, ...(signal ? { signal } : {}) },
    );
    stream.setEncoding('utf8');
    const answered = new Promise<number>((resolve, reject) => {
      stream.once('response', (head) => resolve(Number(head[':status'])));
      stream.once('error', reject);
      stream.once('close', () => reject(new Error(`The connection to ${origin} was closed`)));
    });
    // An abort after the response has begun ends the body, and nobody awaits this promise any more.
    answered.catch(() => undefined);
    const sent = send(stream, body);
    const status = await Promise.race([answered, sent.then(() => answered)]);
    return {
      status,
      body: (async function* () {
        try {
          for await (const chunk of stream) yield chunk as string;
        } catch (error) {
          if (signal?.aborted !== true) throw error;
        } finally {
          stream.close();
        }
      })(),
    };
  }

  /** Ends the connections. Requests in progress finish. */
  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }

  #session(origin: string): ClientHttp2Session {
    const known = this.#sessions.get(origin);
    if (known && !known.closed && !known.destroyed) return known;
    const session = connect(origin, this.#tls);
    session.on('error', () => this.#sessions.delete(origin));
    session.on('close', () => this.#sessions.get(origin) === session && this.#sessions.delete(origin));
    session.on('goaway', () => this.#sessions.delete(origin));
    this.#sessions.set(origin, session);
    return session;
  }
}

/** Writes a body, no faster than the server reads it. */
async function send(
  stream: ReturnType<ClientHttp2Session['request']>,
  body: string | AsyncIterable<string> | undefined,
): Promise<void> {
  if (body === undefined) return;
  if (typeof body === 'string') {
    stream.end(body);
    return;
  }
  try {
    for await (const piece of body) {
      if (stream.destroyed || stream.writableEnded) return;
      if (!stream.write(piece)) await drained(stream);
    }
    stream.end();
  } catch (error) {
    // The caller's iterator of rows failed, so the request cannot be finished.
    stream.destroy(error as Error);
    throw error;
  }
}
