import { messageOf } from '../base/errors.ts';
import { ClientError } from './client-error.ts';

/**
 * How requests are sent. The default is `fetch`; a Node program can provide one over HTTP/2, which `insertStream`
 * needs.
 */
export interface Transport {
  request(request: TransportRequest): Promise<TransportAnswer>;
}

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportAnswer {
  readonly status: number;
  /** The text, in the pieces in which it arrived. Leaving the loop early ends the request. */
  readonly body: AsyncIterable<string>;
}

/** Requests by the platform's `fetch`, in browsers and Node. It cannot send streaming bodies. */
export const fetchTransport: Transport = fetchTransportWith({});

/** A transport by `fetch` with settings: a page with its own login form sends `credentials: 'omit'`. */
export function fetchTransportWith(init: RequestInit): Transport {
  return { request: async (request) => await byFetch(request, init) };
}

async function byFetch(
  { method, url, headers, body, signal }: TransportRequest,
  init: RequestInit,
): Promise<TransportAnswer> {
  if (body !== undefined && typeof body !== 'string')
    throw new ClientError(0, {
      code: 'NEEDS_HTTP2',
      message: 'A stream of inserts needs an HTTP/2 transport; insertInto sends rows one by one without',
    });
  let response: Response;
  try {
    response = await fetch(url, {
      ...init,
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
      // As over HTTP/2 and with certificates of one's own: statements and logins go to the given host alone.
      redirect: 'manual',
    });
  } catch (error) {
    throw unreachable(url, error, signal);
  }
  // A browser shows neither the status nor the target.
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400))
    throw redirected(url, response);
  return { status: response.status, body: textOf(response, url, signal) };
}

/** The error of an answer that is a redirect, with the address to use instead where it is known. */
function redirected(url: string, response: Response): ClientError {
  void response.body?.cancel().catch(() => undefined);
  const location = response.headers.get('location');
  const target = location !== null && URL.canParse(location, url) ? new URL(location, url) : undefined;
  const status = response.status === 0 ? '' : ` (HTTP ${response.status})`;
  return new ClientError(response.status, {
    code: 'UNREACHABLE',
    message: `${new URL(url).origin} redirects${target === undefined ? '' : ` to ${target.host}`}${status}, which is not followed`,
    hint:
      target === undefined
        ? 'Give the address of the server itself.'
        : `If the server is there, give its address: ${target.origin}.`,
  });
}

async function* textOf(response: Response, url: string, signal: AbortSignal | undefined): AsyncIterable<string> {
  if (!response.body) return;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield decoder.decode(value, { stream: true });
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
  } catch (error) {
    throw unreachable(url, error, signal);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/**
 * The error of a request without a response, or whose response was interrupted. An abort by the caller remains an
 * abort.
 */
export function unreachable(url: string, error: unknown, signal?: AbortSignal): Error {
  if (signal?.aborted) return new ClientError(0, { code: 'CANCELLED', message: 'The request was cancelled' }, error);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const origin = /^\w+:\/\/[^/]*/.exec(url)?.[0] ?? url;
  return new ClientError(
    0,
    {
      code: 'UNREACHABLE',
      message: `No answer from ${origin}: ${isOtherScheme(messageOf(cause)) ? 'it does not speak TLS' : messageOf(cause) || 'the connection failed'}`,
      hint: adviceFor(url, messageOf(cause)),
    },
    error,
  );
}

/** OpenSSL's messages for a response that is not TLS. */
const isOtherScheme = (reason: string): boolean => /wrong version number|packet length too long/i.test(reason);

function adviceFor(url: string, reason: string): string {
  if (isOtherScheme(reason)) return `Its URL may begin with http: ${url.replace(/^https:(\/\/[^/]*).*$/, 'http:$1')}`;
  const host = /^\w+:\/\/([^/:.]+)(?=[:/]|$)/.exec(url)?.[1];
  if (/other side closed|socket hang up|HPE_|Parse Error|Expected HTTP/i.test(reason))
    return 'What listens there speaks no HTTP: is it another server? SQL is spoken on port 8088 by default.';
  if (/ENOTFOUND|EAI_AGAIN/.test(reason) && host === undefined) return 'No host has that name: is it spelt right?';
  if (/bad port/.test(reason)) return 'Nobody serves HTTP on that port: SQL is spoken on port 8088 by default.';
  // A single word may have been intended as the name of a profile.
  return /ENOTFOUND|EAI_AGAIN/.test(reason) && host !== undefined
    ? `No host is called ${host}. If it is a profile, ~/.sluice/profiles lacks it: [${host}] and below it url=http://…`
    : 'Is the server running there?';
}

/** The complete lines of a text that arrives in pieces, one array per piece; empty lines are omitted. */
export async function* linesOf(body: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const piece of body) {
    const parts = (rest + piece).split('\n');
    rest = parts.pop()!;
    const lines = parts.filter((line) => line !== '');
    if (lines.length > 0) yield lines;
  }
  if (rest.trim() !== '') yield [rest];
}
