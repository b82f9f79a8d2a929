import type { Condition } from '../../base/condition.ts';
import type { Right } from '../../base/rights.ts';
import { KEYS } from '../../config/keys.ts';
import type { CallerInfo } from '../../wire/caller.ts';
import { wantsPage } from './console.ts';
import type { HttpContext } from '../http-context.ts';

/** GET / redirects to /info, and a browser to the web console if there is one, below the path by which it came. */
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

/** GET /user: who asks, and what they may do: a page offers nothing that would be refused. */
export function user(http: HttpContext): void {
  const may = (right: Exclude<Right, 'see'>): boolean => http.caller.may({ right, some: true });
  const answer: CallerInfo = {
    name: http.caller.name ?? null,
    may: {
      read: may('read'),
      write: may('write'),
      connectors: may('connectors'),
      administer: may('administer'),
    },
  };
  http.sendJson(200, answer);
}

interface CachedHealth {
  readonly atMs: number;
  readonly conditions: readonly Condition[];
}
const CACHE = new WeakMap<object, CachedHealth>();

/**
 * 200, or 503 when unhealthy, for load balancers; the parts contain details. All but `metastore`, `kafka` and
 * `commandRunner`, and every `message`, are not in ksqlDB; the message of a healthy part is a warning. A result is
 * reused for ksql.healthcheck.interval.ms.
 */
export async function health(http: HttpContext): Promise<void> {
  const { app } = http;
  const interval = app.engine.config.get(KEYS.healthcheckIntervalMs);
  let cached = CACHE.get(app);
  // The wall clock may be set back.
  const nowMs = app.engine.services.env.clock.monotonicMs();
  if (!cached || nowMs - cached.atMs > interval) {
    cached = { atMs: nowMs, conditions: await app.engine.health() };
    CACHE.set(app, cached);
  }
  // This route requires no login; if there are users, only they see what is wrong.
  const showsReasons = http.caller.may({ right: 'see' });
  const details = Object.fromEntries(
    cached.conditions.map((condition) => [condition.name, partOf(condition, showsReasons)]),
  );
  const isHealthy = Object.values(details).every((d) => d.isHealthy);
  http.sendJson(isHealthy ? 200 : 503, { isHealthy, details, serverState: null });
}

interface Part {
  readonly isHealthy: boolean;
  readonly message?: string;
}

function partOf({ state, reason }: Condition, showsReasons: boolean): Part {
  return { isHealthy: state !== 'FAILED', ...(reason !== undefined && showsReasons && { message: reason }) };
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
