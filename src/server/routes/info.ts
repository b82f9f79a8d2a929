import type { HttpContext } from '../http-context.ts';

/** GET / redirects to /info. */
export function root(http: HttpContext): void {
  http.send(307, 'text/plain', '', { location: '/info' });
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
  readonly log: boolean;
}
const CACHE = new WeakMap<object, CachedHealth>();

/** 200, or 503 when unhealthy, which is what load balancers look at; the parts tell more. The look at the log is cached for ksql.healthcheck.interval.ms. */
export async function health(http: HttpContext): Promise<void> {
  const { app } = http;
  const interval = app.engine.config.number('ksql.healthcheck.interval.ms');
  let cached = CACHE.get(app);
  if (!cached || app.nowMs() - cached.atMs > interval) {
    cached = { atMs: app.nowMs(), log: await app.logHealthy() };
    CACHE.set(app, cached);
  }
  const commandRunner = !app.engine.closed;
  const isHealthy = cached.log && commandRunner;
  http.sendJson(isHealthy ? 200 : 503, {
    isHealthy,
    details: {
      metastore: { isHealthy: true },
      kafka: { isHealthy: cached.log },
      commandRunner: { isHealthy: commandRunner },
    },
    serverState: null,
  });
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
