import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { messageOf } from '../../base/errors.ts';
import { requestUrl } from '../../base/request-target.ts';
import { handleRest, type RestOptions } from './rest.ts';

/** A request body larger than this is refused: configs are small. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** The REST API on a port of its own (8083). Resolves when it listens. @throws the socket's error, e.g. EADDRINUSE */
export function listenConnectRest(options: RestOptions, port: number, host?: string): Promise<Server> {
  const server = createServer((request, response) => {
    // A client that has gone is no error of ours; without listeners Node would end the process over a late write.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    answer(request, response, options).catch((error: unknown) => {
      options.logger.error(`A Connect request failed: ${messageOf(error)}`);
      response.destroy();
    });
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

async function answer(request: IncomingMessage, response: ServerResponse, options: RestOptions): Promise<void> {
  const url = requestUrl(request.url);
  if (url === undefined) {
    refuse(response, 400, 'HTTP 400 Bad Request');
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) {
      refuse(response, 413, 'HTTP 413 Request Entity Too Large');
      return;
    }
    chunks.push(chunk);
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(', ') : v]),
  );
  const result = await handleRest(
    {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: Buffer.concat(chunks).toString('utf8'),
    },
    options,
  );
  response.writeHead(result.status, { ...result.headers, 'Content-Length': Buffer.byteLength(result.body) });
  response.end(result.body);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify({ error_code: status, message }));
}
