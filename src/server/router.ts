import type { App } from './app.ts';
import { wantsPage } from './routes/console.ts';
import { allowsOrigin, corsHeaders } from './cors.ts';
import { errorAnswer } from './errors.ts';
import { HttpContext } from './http-context.ts';
import type { HttpHandler, HttpRequest, HttpResponse } from './listener.ts';
import { ROUTES } from './routes/table.ts';
import { SluiceError } from '../base/errors.ts';
import { requestUrl } from '../base/request-target.ts';
import { Routes } from '../base/routes.ts';

const TABLE = new Routes(ROUTES);

/** Routes answered before the server is ready, and without authentication. */
const ALWAYS_OPEN = ['/chc/ready', '/chc/live'];
/** Where a request names none: no route has it. */
const NO_PATH = new URL('http://localhost/*');
const NO_AUTH = ['/v1/metadata', '/v1/metadata/id', '/healthcheck', ...ALWAYS_OPEN];
/** The web console's own files hold no data: it asks for a user itself, and every answer that it shows needs one. */
const CONSOLE = /^\/console(?:\/|$)/;

/**
 * The handler for every request: finds the route, checks readiness, authentication and CORS, turns errors into answers.
 */
export function createRouter(app: App): HttpHandler {
  return (request, response) => handle(app, request, response);
}

async function handle(app: App, request: HttpRequest, response: HttpResponse): Promise<void> {
  const target = requestUrl(request.url);
  const url = target ?? NO_PATH;
  const origin = request.headers['origin'];
  const context = (params: Readonly<Record<string, string>>): HttpContext =>
    new HttpContext(app, request, response, url, params);
  let http = context({});
  try {
    if (target === undefined) throw new SluiceError('BAD_REQUEST', 'The request names no path');
    for (const [name, value] of Object.entries(corsHeaders(app.cors, origin)))
      (response as { setHeader(n: string, v: string): void }).setHeader(name, value);
    if (request.method === 'OPTIONS' && origin !== undefined && allowsOrigin(app.cors, origin))
      return http.send(204, 'text/plain', '');
    const opensPage = url.pathname === '/' && app.console !== undefined && wantsPage(http.header('accept'));
    if (!opensPage && !isAuthorized(app, url.pathname, http.header('authorization'))) {
      const realm = { 'www-authenticate': 'Basic realm="sluice"' };
      return http.sendJson(401, { '@type': 'generic_error', error_code: 40100, message: 'Unauthorized' }, realm);
    }
    const found = TABLE.find(request.method ?? 'GET', url.pathname);
    if (found.kind !== 'FOUND') {
      const other = found.kind === 'OTHER_METHOD';
      return http.send(other ? 405 : 404, 'text/plain; charset=utf-8', other ? 'Method Not Allowed' : 'Not Found');
    }
    if (!ALWAYS_OPEN.includes(url.pathname)) requireRunning(app);
    http = context(found.params);
    await found.route.handle(http);
  } catch (error) {
    answerError(http, error);
  }
}

/** Whether a request for a path may go on with this Authorization header. */
export function isAuthorized(app: App, pathname: string, authorization: string | undefined): boolean {
  return (
    !app.auth ||
    NO_AUTH.includes(pathname) ||
    CONSOLE.test(pathname) ||
    skips(app.auth.skipPaths, pathname) ||
    app.auth.allows(authorization)
  );
}

/** @throws SluiceError NOT_READY, STOPPING */
export function requireRunning(app: App): void {
  if (app.state === 'STARTING') throw new SluiceError('NOT_READY', 'Server initializing', { restCode: 50302 });
  if (app.state !== 'RUNNING') throw new SluiceError('STOPPING', 'The server is shutting down');
}

function answerError(http: HttpContext, error: unknown): void {
  const { status, body } = errorAnswer(error);
  if (status >= 500)
    http.app.engine.services.env.logger.error('A request failed', { path: http.url.pathname, error: body.message });
  if ((http.response as { headersSent: boolean }).headersSent) {
    // Too late for a status: the stream's own error line was the route's business.
    http.end();
    return;
  }
  http.sendJson(status, body, status === 503 ? { 'retry-after': '10' } : {});
}

function skips(patterns: readonly string[], pathname: string): boolean {
  return patterns.some((p) => (p.endsWith('*') ? pathname.startsWith(p.slice(0, -1)) : p === pathname));
}
