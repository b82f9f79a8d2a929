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
 * and useful for many concurrent push queries. A connection is opened when it is needed, reopened after it was lost,
 * and joined by another when it has as many requests as the server accepts.
 */
export class Http2Transport {
  readonly #sessions = new Map<string, Session[]>();
  readonly #tls: ConnectionOptions;

  /** @param tls for https: `ca`, and `cert` and `key` of a client certificate */
  constructor(tls: ConnectionOptions = {}) {
    this.#tls = tls;
  }

  async request({ method, url, headers, body, signal }: Request): Promise<Answer> {
    const { origin, pathname, search } = new URL(url);
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const session = this.#session(origin);
    const stream = session.http2.request(
      { ':method': method, ':path': `${pathname}${search}`, ...lower },
      { endStream: body === undefined, ...(signal ? { signal } : {}) },
    );
    session.streams++;
    stream.once('close', () => session.streams--);
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
    for (const { http2 } of [...this.#sessions.values()].flat()) http2.close();
    this.#sessions.clear();
  }

  /**
   * A connection with room for a request: one beyond the server's limit would wait, possibly for a query without an
   * end.
   */
  #session(origin: string): Session {
    const known = (this.#sessions.get(origin) ?? []).filter(({ http2 }) => !http2.closed && !http2.destroyed);
    const found = known.find(({ http2, streams }) => streams < streamsMax(http2));
    if (found) return found;
    const session: Session = { http2: connect(origin, this.#tls), streams: 0 };
    const forget = (): void => {
      const others = (this.#sessions.get(origin) ?? []).filter((other) => other !== session);
      if (others.length === 0) this.#sessions.delete(origin);
      else this.#sessions.set(origin, others);
    };
    for (const event of ['error', 'close', 'goaway']) session.http2.on(event, forget);
    this.#sessions.set(origin, [...known, session]);
    return session;
  }
}

/** A connection and the number of its requests in progress. */
interface Session {
  readonly http2: ClientHttp2Session;
  streams: number;
}

/**
 * RFC 9113 section 6.5.2 recommends that servers accept no fewer. It is the limit until the server's settings arrive.
 */
const STREAMS_MAX = 100;

function streamsMax({ remoteSettings, connecting }: ClientHttp2Session): number {
  const most = connecting ? undefined : remoteSettings?.maxConcurrentStreams;
  return Math.min(most ?? STREAMS_MAX, STREAMS_MAX);
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
