import type { Env } from '../../src/base/env.ts';
import { SERVER_ITSELF } from '../../src/base/rights.ts';
import type { ConnectClient } from '../../src/connect/client/api.ts';
import { type HttpAnswer, type HttpRequest, restConnectClient } from '../../src/connect/client/rest-client.ts';
import type { Herder } from '../../src/connect/worker/herder.ts';
import { handleRest } from '../../src/connect/worker/rest/rest.ts';

/** The faults and delays of requests to Connect's workers. */
export interface ConnectWeather {
  latencyMs(): number;
  /** Whether a request meets a fault: before or after it has its effect. */
  fault(): 'before' | 'after' | undefined;
  random(): number;
}

const TIMEOUT_MS = 200;
const URLS = ['http://one:8083', 'http://two:8083'];

const json = (status: number, message: string): HttpAnswer => ({
  status,
  contentType: 'application/json',
  text: JSON.stringify({ error_code: status, message }),
});

/** Responses of a cluster in trouble; the first of them also when the request has had its effect. */
const TROUBLES: readonly HttpAnswer[] = [
  json(500, 'Request timed out. The worker is currently polling the group coordinator'),
  json(500, 'java.lang.NullPointerException'),
  { status: 503, contentType: 'text/plain', text: 'upstream connect error' },
  json(
    409,
    'Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)',
  ),
  json(409, 'Cannot complete request because of a conflicting operation (e.g. worker rebalance)'),
  { status: 404, contentType: 'text/html', text: '<html><title>Error 404 Not Found</title></html>' },
];
const UNCONFIRMED = 3;

/** A Connect cluster as the product's client sees it over REST, with requests that are lost, refused, or carried out unconfirmed. */
export function simConnectClient(herder: Herder, env: Env, weather: ConnectWeather): ConnectClient {
  const lost = async (): Promise<Error> => {
    if (weather.random() < 0.5) return new Error('connect ECONNREFUSED');
    await env.timers.sleep(TIMEOUT_MS);
    return new Error('The operation was aborted due to timeout');
  };
  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    await env.timers.sleep(weather.latencyMs());
    const fault = weather.fault();
    const isLost = weather.random() < 0.5;
    const trouble = TROUBLES[Math.floor(weather.random() * (fault === 'after' ? UNCONFIRMED : TROUBLES.length))]!;
    if (fault === 'before') {
      if (isLost) throw await lost();
      return trouble;
    }
    const answer = await answerOf(herder, env, request);
    if (fault === 'after') {
      if (isLost) throw await lost();
      return trouble;
    }
    await env.timers.sleep(weather.latencyMs());
    return answer;
  };
  return restConnectClient({ urls: URLS, send, sleep: (ms) => env.timers.sleep(ms), timeoutMs: TIMEOUT_MS });
}

async function answerOf(herder: Herder, env: Env, request: HttpRequest): Promise<HttpAnswer> {
  const url = new URL(request.url);
  const { status, headers, body } = await handleRest(
    {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, text]) => [name.toLowerCase(), text])),
      body: request.body ?? '',
      caller: SERVER_ITSELF,
    },
    { herder, logger: env.logger, url: url.origin },
  );
  return { status, contentType: headers['Content-Type'] ?? '', text: body };
}
