import { KEYS } from '../../config/keys.ts';
import { wantsPage } from './console.ts';
import type { HttpContext } from '../http-context.ts';

/** GET / redirects to /info; a browser to the web console, where there is one, below whatever path it came by. */
export function root(http: HttpContext): void {
  const isBrowser = http.app.console !== undefined && wantsPage(http.header('accept'));
  http.send(307, 'text/plain', '', { location: isBrowser ? 'console' : '/info', vary: 'Accept' });
}

export function info(http: HttpContext): void {
  const { app } = http;
  http.sendJson(200, {
    KsqlServerInfo: {
      version: app.version,
      kafkaClusterId: app.clusterId,
      ksqlServiceId: app.serviceId,
      serverStatus: app.state,
    },
  });
}

interface CachedHealth {
  readonly atMs: number;
  readonly log: string | undefined;
  readonly problems: Awaited<ReturnType<HttpContext['app']['engine']['problems']>>;
}
const CACHE = new WeakMap<object, CachedHealth>();

/**
 * 200, or 503 when unhealthy, which is what load balancers look at; the parts tell more. `queries` and every `message`
 * are ours. A look is kept for ksql.healthcheck.interval.ms.
 */
export async function health(http: HttpContext): Promise<void> {
  const { app } = http;
  const interval = app.engine.config.get(KEYS.healthcheckIntervalMs);
  let cached = CACHE.get(app);
  // The wall clock may be set back.
  const nowMs = app.engine.services.env.clock.monotonicMs();
  if (!cached || nowMs - cached.atMs > interval) {
    cached = { atMs: nowMs, log: await app.logProblem(), problems: await app.engine.problems() };
    CACHE.set(app, cached);
  }
  const { log, problems } = cached;
  const commandRunner = app.engine.closed ? 'The server is shutting down' : problems.commandRunner;
  const failed = [...problems.queries].map(([id, why]) => `${id}: ${why}`).join('\n');
  // This route asks for no users: where there are some, what went wrong is for them alone.
  const part = (problem: string | undefined): Part => partOf(problem, http.caller.may({ right: 'see' }));
  const details = {
    metastore: part(undefined),
    kafka: part(log),
    commandRunner: part(commandRunner),
    queries: part(failed === '' ? undefined : failed),
  };
  const isHealthy = Object.values(details).every((d) => d.isHealthy);
  http.sendJson(isHealthy ? 200 : 503, { isHealthy, details, serverState: null });
}

interface Part {
  readonly isHealthy: boolean;
  readonly message?: string;
}

function partOf(problem: string | undefined, tells: boolean): Part {
  return { isHealthy: problem === undefined, ...(problem !== undefined && tells && { message: problem }) };
}

export async function metrics(http: HttpContext): Promise<void> {
  const { contentType, body } = await http.app.metrics();
  http.send(200, contentType, body);
}

export function metadata(http: HttpContext): void {
  http.sendJson(200, { version: http.app.version, clusterId: clusterIdOf(http) });
}

export function metadataId(http: HttpContext): void {
  http.sendJson(200, clusterIdOf(http));
}

function clusterIdOf(http: HttpContext): unknown {
  return {
    scope: { path: [], clusters: { 'kafka-cluster': http.app.clusterId, 'ksql-cluster': http.app.serviceId } },
    id: '',
  };
}

/** Ready to serve: 200, or 503 while starting and stopping. */
export function readiness(http: HttpContext): void {
  http.sendJson(http.app.state === 'RUNNING' ? 200 : 503, {});
}

export function liveness(http: HttpContext): void {
  http.sendJson(200, {});
}
