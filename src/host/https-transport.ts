import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Transport of `sluice/client` with custom certificates, which Node's `fetch` does not accept. */
export class HttpsTransport {
  readonly #tls: ConnectionOptions;

  constructor(tls: ConnectionOptions) {
    this.#tls = tls;
  }

  async request({ method, url, headers, body, signal }: Request): Promise<{
    readonly status: number;
    readonly body: AsyncIterable<string>;
  }> {
    if (body !== undefined && typeof body !== 'string')
      throw new Error('A stream of inserts needs an HTTP/2 transport');
    const target = new URL(url);
    const secure = target.protocol === 'https:';
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = (secure ? httpsRequest : httpRequest)(
        target,
        { method, headers, ...(signal ? { signal } : {}), ...(secure ? this.#tls : {}) },
        resolve,
      );
      sent.once('error', reject);
      sent.end(body);
    });
    answer.setEncoding('utf8');
    return { status: answer.statusCode ?? 0, body: answer as AsyncIterable<string> };
  }
}
