import type { HttpContext } from '../http-context.ts';
import { consoleAsset, consolePage } from './console.ts';
import { openApi } from '../openapi/openapi.ts';
import { clusterStatus, heartbeat, lag } from './cluster.ts';
import { health, info, liveness, metadata, metadataId, metrics, readiness, root } from './info.ts';
import { errorDocs, errorIndex } from './docs.ts';
import { events } from './events.ts';
import { lineage, schemas, topicRecords } from './flow.ts';
import { insertsStream } from './inserts-stream.ts';
import { ksql } from './ksql.ts';
import { closeQuery, query, queryStream, webSocketQuery } from './query.ts';
import { allStatuses, isValidProperty, oneStatus } from './status.ts';
import { terminateCluster } from './terminate.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly handle: (http: HttpContext) => void | Promise<void>;
}

/** Every route. To add one: a handler in this folder, a line here, and its description in openapi/operations.ts. */
const TABLE = [
  { method: 'GET', path: '/', handle: root },
  { method: 'GET', path: '/console', handle: consolePage },
  { method: 'GET', path: '/console/assets/:name', handle: consoleAsset },
  { method: 'GET', path: '/openapi.json', handle: describeRoutes },
  { method: 'GET', path: '/info', handle: info },
  { method: 'GET', path: '/healthcheck', handle: health },
  { method: 'GET', path: '/metrics', handle: metrics },
  { method: 'GET', path: '/v1/metadata', handle: metadata },
  { method: 'GET', path: '/v1/metadata/id', handle: metadataId },
  { method: 'GET', path: '/chc/ready', handle: readiness },
  { method: 'GET', path: '/chc/live', handle: liveness },
  { method: 'POST', path: '/ksql', handle: ksql },
  { method: 'POST', path: '/ksql/terminate', handle: terminateCluster },
  { method: 'POST', path: '/query', handle: query },
  { method: 'POST', path: '/query-stream', handle: queryStream },
  { method: 'GET', path: '/ws/query', handle: webSocketQuery },
  { method: 'POST', path: '/close-query', handle: closeQuery },
  { method: 'POST', path: '/inserts-stream', handle: insertsStream },
  { method: 'GET', path: '/status', handle: allStatuses },
  { method: 'GET', path: '/status/:type/:entity/:action', handle: oneStatus },
  { method: 'GET', path: '/is_valid_property/:name', handle: isValidProperty },
  { method: 'GET', path: '/docs/errors', handle: errorIndex },
  { method: 'GET', path: '/docs/errors/:code', handle: errorDocs },
  { method: 'GET', path: '/lineage', handle: lineage },
  { method: 'GET', path: '/events', handle: events },
  { method: 'GET', path: '/topics/:topic/records', handle: topicRecords },
  { method: 'GET', path: '/schemas/:subject', handle: schemas },
  { method: 'GET', path: '/clusterStatus', handle: clusterStatus },
  { method: 'POST', path: '/heartbeat', handle: heartbeat },
  { method: 'POST', path: '/lag', handle: lag },
] as const satisfies readonly Route[];

export const ROUTES: readonly Route[] = TABLE;

/** `GET /info` and so on. */
export type RouteKey = (typeof TABLE)[number] extends infer R
  ? R extends { readonly method: infer M extends string; readonly path: infer P extends string }
    ? `${M} ${P}`
    : never
  : never;

/** GET /openapi.json: the description of all of them. */
function describeRoutes(http: HttpContext): void {
  http.sendJson(200, openApi(ROUTES, http.app.version));
}
