import { drained } from '../base/drained.ts';
import type { ConnectionOptions } from 'node:tls';
import { connect, type ClientHttp2Session } from 'node:http2';

/** A request as `client/transport.ts` has it. */
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
 * Requests over HTTP/2 (clear text by prior knowledge, or TLS), many on one connection: what `insertStream` needs, and
 * what many push queries at once want. A connection is made when it is needed, and again after it was lost.
 */
export class Http2Transport {
  readonly #sessions = new Map<string, ClientHttp2Session>();
  readonly #tls: ConnectionOptions;

  /** @param tls of https: `ca`, and `cert` and `key` of one's own */
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
    // An abort after the answer began ends the body; nobody waits for this promise any more.
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

  /** Ends the connections. Requests that are in progress finish. */
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

/** Writes a body, no faster than the server takes it. */
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
    // The caller's rows failed: the request cannot be finished.
    stream.destroy(error as Error);
    throw error;
  }
}
