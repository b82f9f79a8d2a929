import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { MemoryShare } from '../../../base/budget/memory.ts';
import type { Caller } from '../../../base/rights.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import { ClientGoneError, readBody } from '../../../base/read-body.ts';
import { requestUrl } from '../../../base/request-target.ts';
import { handleRest } from './rest.ts';
import type { RestOptions } from './route.ts';

/** The largest accepted request body; configs are small. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Handles requests of the REST API for any listener. */
export function createConnectHandler(
  options: RestOptions,
): (request: HttpRequest, response: HttpResponse, caller: Caller | undefined) => Promise<void> {
  return async (request, response, caller) => {
    try {
      await answer(request, response as ServerResponse, options, caller);
    } catch (error) {
      // Clients that disconnect during a request would fill the log.
      const isGone = error instanceof ClientGoneError || (request.destroyed && !request.complete);
      if (!isGone) options.logger.error(`A Connect request failed: ${messageOf(error)}`);
      response.destroy();
    }
  };
}

type HttpRequest = IncomingMessage | Http2ServerRequest;
type HttpResponse = ServerResponse | Http2ServerResponse;

async function answer(
  request: HttpRequest,
  response: ServerResponse,
  options: RestOptions,
  caller: Caller | undefined,
): Promise<void> {
  const url = requestUrl(request.url);
  if (url === undefined) {
    refuse(response, 400, 'HTTP 400 Bad Request');
    return;
  }
  const held = new MemoryShare();
  response.once('close', () => held.end());
  let body: Buffer | undefined;
  try {
    // The body of an unauthenticated request is not read: no route that is open to it needs one.
    body = caller === undefined ? Buffer.alloc(0) : await readBody(request, BODY_BYTES_MAX, () => held);
  } catch (error) {
    if (!isSluiceError(error, 'MEMORY_FULL')) throw error;
    refuse(response, 503, messageOf(error));
    return;
  }
  if (body === undefined) {
    refuse(response, 413, 'HTTP 413 Request Entity Too Large');
    return;
  }
  const headers = Object.fromEntries(
    Object.entries(request.headers as Record<string, string | string[] | undefined>).map(([k, v]) => [
      k,
      Array.isArray(v) ? v.join(', ') : v,
    ]),
  );
  const result = await handleRest(
    {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: body.toString('utf8'),
      caller,
    },
    options,
  );
  response.writeHead(result.status, { ...result.headers, 'Content-Length': Buffer.byteLength(result.body) });
  response.end(Buffer.from(result.body));
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(Buffer.from(JSON.stringify({ error_code: status, message })));
}
