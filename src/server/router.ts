import type { App } from './app.ts';
import { allowsOrigin, corsHeaders } from './cors.ts';
import { errorAnswer } from './errors.ts';
import { HttpContext } from './http-context.ts';
import type { CallerHandler, HttpRequest, HttpResponse } from './listener.ts';
import { OPERATIONS, type Operation } from './openapi/operations.ts';
import { ROUTES, type Route, type RouteKey } from './routes/table.ts';
import { ERRORS, SluiceError, STARTING } from '../base/errors.ts';
import { forbidden, missingNeeds, needsOf, NOBODY, type Caller } from '../base/rights.ts';
import { ClientGoneError } from '../base/read-body.ts';
import { requestUrl, type RequestUrl } from '../base/request-target.ts';
import { Routes } from '../base/routes.ts';
import { didYouMean } from '../base/suggest.ts';

const TABLE = new Routes(ROUTES);

/** Routes that respond before the server is ready. */
const ALWAYS_OPEN = ['/chc/ready', '/chc/live'];
/** For a request without a path, which no route matches. */
const NO_PATH = new URL('http://localhost/*');

/**
 * The handler of all requests: finds the route, checks readiness, authentication and CORS, and converts errors to
 * responses.
 */
export function createRouter(app: App): CallerHandler {
  return (request, response, caller) => handle(app, request, response, caller);
}

async function handle(
  app: App,
  request: HttpRequest,
  response: HttpResponse,
  known: Caller | undefined,
): Promise<void> {
  const target = requestUrl(request.url);
  const url = target ?? NO_PATH;
  const http = new HttpContext(app, request, response, url, known ?? NOBODY);
  try {
    if (target === undefined) throw new SluiceError('BAD_REQUEST', 'The request names no path');
    if (isPreflight(http)) return http.send(204, 'text/plain', '');
    const found = TABLE.find(request.method ?? 'GET', url.pathname);
    const isOpen = found.kind === 'FOUND' && (found.route.needs === 'nothing' || isSkipped(app, url.pathname));
    if (known === undefined && !isOpen) {
      const challenge = app.challenge === undefined ? {} : { 'www-authenticate': app.challenge };
      const { status, restCode } = ERRORS.AUTH;
      const body = { '@type': 'generic_error', error_code: restCode, message: 'Unauthorized' };
      return http.sendJson(status, body, challenge);
    }
    if (found.kind !== 'FOUND') {
      const plain = 'text/plain; charset=utf-8';
      if (found.kind === 'UNKNOWN') return http.send(404, plain, notFoundText(app, url.pathname, found.near));
      // RFC 9110 section 15.5.6 requires the methods.
      const text = `Method Not Allowed: ${found.methods.map((m) => `${m} ${url.pathname}`).join(', ')}`;
      return http.send(405, plain, text, { allow: found.methods.join(', ') });
    }
    const { route } = found;
    if (!ALWAYS_OPEN.includes(route.path)) requireRunning(app);
    http.params = found.params;
    if (!isOpen) checkRights(http, route);
    checkParameters(route, url);
    await checkCoding(http, route);
    await route.handle(http);
  } catch (error) {
    answerError(http, error);
  }
}

/** Sets CORS headers. Returns whether the request is a preflight. */
function isPreflight({ app: { cors }, request, response }: HttpContext): boolean {
  if (cors.origins.length === 0) return false;
  const origin = request.headers['origin'];
  for (const [name, value] of Object.entries(corsHeaders(cors, origin)))
    (response as { setHeader(n: string, v: string): void }).setHeader(name, value);
  return request.method === 'OPTIONS' && origin !== undefined && allowsOrigin(cors, origin);
}

/** @throws SluiceError FORBIDDEN */
function checkRights(http: HttpContext, route: Route): void {
  const [missing] = missingNeeds(
    http.caller,
    needsOf(route.needs, () => http),
  );
  if (missing === undefined) return;
  const what = `${route.method} ${route.path}`;
  http.app.audit.record({ caller: http.caller, action: what, outcome: 'denied' });
  throw forbidden(http.caller, missing, what);
}

/** Paths of Kafka Connect's REST API, which has its own listener. */
const CONNECT_PATHS = /^\/(?:connectors|connector-plugins|admin\/loggers)(?:\/|$)/;

const OTHER_WAY = 'POST /ksql takes statements, POST /query-stream queries; GET /openapi.json describes all paths.';
const shown = (statement: string): string => `POST /ksql with {"ksql": "${statement}"} tells.`;
/** Paths that exist elsewhere and that users try. */
const WAYS: Readonly<Record<string, string>> = {
  streams: shown('SHOW STREAMS;'),
  tables: shown('SHOW TABLES;'),
  topics: shown('SHOW TOPICS;'),
  queries: shown('SHOW QUERIES;'),
  functions: shown('SHOW FUNCTIONS;'),
  properties: shown('SHOW PROPERTIES;'),
  health: 'GET /healthcheck tells.',
  healthz: 'GET /chc/live and GET /chc/ready tell; GET /healthcheck part by part.',
  ready: 'GET /chc/ready tells.',
  live: 'GET /chc/live tells.',
  status: 'GET /status tells.',
  subjects: 'The schema registry has a listener of its own (schema.registry.listeners).',
  docs: 'GET /docs/errors and GET /openapi.json describe what there is.',
  swagger: 'GET /openapi.json describes all paths.',
  'openapi.yaml': 'GET /openapi.json describes all paths.',
  ui: 'GET /console is the web console.',
};

function notFoundText(app: App, path: string, near: string | undefined): string {
  if (!CONNECT_PATHS.test(path)) {
    const way = WAYS[path.replace(/^\/|\/$/g, '').toLowerCase()] ?? OTHER_WAY;
    return `Not Found. ${near === undefined ? way : `Did you mean ${near}?`}`;
  }
  const where = app.connectUrl === undefined ? 'a listener of its own (connect.listeners)' : app.connectUrl;
  return `Not Found: this is the SQL port, Kafka Connect's REST API is at ${where}`;
}

/**
 * A parameter that one of our own routes does not read would be ignored silently. ksqlDB's routes accept any, since its
 * clients send what they like. The console's pages read theirs in the browser, and scrapers of metrics and senders of
 * webhooks have their own.
 * @throws SluiceError BAD_REQUEST
 */
function checkParameters({ method, path }: Route, url: RequestUrl): void {
  if (url.search === '' || path.startsWith('/console') || path === '/metrics' || path.startsWith('/hooks/')) return;
  const { isOurs, query = {} } = OPERATIONS[`${method} ${path}` as RouteKey] as Operation;
  if (isOurs !== true) return;
  const names = Object.keys(query);
  for (const name of new Set(url.searchParams.keys())) {
    if (names.includes(name)) continue;
    const all = names.length === 0 ? 'It takes none.' : `There are ${names.join(', ')}.`;
    throw new SluiceError('BAD_REQUEST', `${method} ${path} has no parameter ${name}`, {
      hint: didYouMean(name, names) ?? all,
    });
  }
}

/**
 * Bodies are not decompressed: a megabyte may become a gigabyte. Webhooks have an answer of their own.
 * @throws SluiceError BAD_REQUEST
 */
async function checkCoding(http: HttpContext, { path }: Route): Promise<void> {
  const coding = http.header('content-encoding');
  if (coding === undefined || coding === 'identity' || path.startsWith('/hooks/')) return;
  // It is read and dropped, so that the client reads the answer.
  await http.readBytes(0);
  throw new SluiceError('BAD_REQUEST', `A body in ${coding} is not taken`, {
    hint: 'Send it without Content-Encoding.',
  });
}

/** @throws SluiceError NOT_READY, STOPPING */
export function requireRunning(app: App): void {
  if (app.state === 'STARTING')
    throw new SluiceError('NOT_READY', 'Server initializing', { retriable: true, hint: STARTING });
  if (app.state !== 'RUNNING') throw new SluiceError('STOPPING', 'The server is shutting down');
}

function answerError(http: HttpContext, error: unknown): void {
  const { status, body } = errorAnswer(error);
  // A client that disconnects in the middle of its request is not our error; many of them would fill the log.
  const hasGone = error instanceof ClientGoneError || (http.request.destroyed && !http.request.complete);
  if (status >= 500 && !hasGone)
    http.app.engine.services.env.logger.error('A request failed', { path: http.url.pathname, error: body.message });
  if ((http.response as { headersSent: boolean }).headersSent) {
    // Too late for a status: the route has written the stream's error line.
    http.end();
    return;
  }
  http.sendJson(status, body, status === 503 ? { 'retry-after': '10' } : {});
}

function isSkipped({ skipPaths }: App, pathname: string): boolean {
  return skipPaths.some((p) => (p.endsWith('*') ? pathname.startsWith(p.slice(0, -1)) : p === pathname));
}
