import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

/** The longest answer of a registry, a Connect worker or a vault, in bytes. */
const LONGEST_ANSWER = 64 << 20;

/**
 * Sends one HTTP(S) request, with a time-out for the whole exchange. Rejects an answer of more than 64 MB. Node's fetch
 * does not accept certificates, hence this.
 */
export function httpSender(
  tls: ConnectionOptions = {},
): (request: {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
}) => Promise<{ readonly status: number; readonly contentType: string; readonly text: string }> {
  return ({ method, url, headers, body, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const bytes = body === undefined ? undefined : Buffer.from(body, 'utf8');
      const target = new URL(url);
      const secure = target.protocol === 'https:';
      const sent = (secure ? httpsRequest : httpRequest)(
        target,
        {
          method,
          headers: { ...headers, ...(bytes === undefined ? {} : { 'Content-Length': String(bytes.length) }) },
          signal: AbortSignal.timeout(timeoutMs),
          ...(secure ? tls : {}),
        },
        (response) => {
          const chunks: Buffer[] = [];
          let size = 0;
          response.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            size += chunk.length;
            if (size > LONGEST_ANSWER)
              response.destroy(new Error(`The answer has more than ${LONGEST_ANSWER >> 20} MB`));
          });
          response.on('error', fail);
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? '',
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          );
        },
      );
      const fail = (error: NodeJS.ErrnoException): void => {
        if (error.name === 'TimeoutError' || error.code === 'ABORT_ERR')
          reject(new Error(`No answer within ${timeoutMs} ms`, { cause: error }));
        // Node leaves the message of a failed dual-stack connection empty.
        else reject(error.message === '' ? new Error(error.code ?? error.name, { cause: error }) : error);
      };
      sent.on('error', fail);
      sent.end(bytes);
    });
}
