import type { Need, RouteNeeds } from '../../base/rights.ts';
import type { HttpContext } from '../http-context.ts';
import { consoleAsset, consolePage } from './console.ts';
import { openApi } from '../openapi/openapi.ts';
import { clusterStatus, heartbeat, lag } from './cluster.ts';
import { health, info, liveness, metadata, metadataId, metrics, readiness, root, user } from './info.ts';
import { connectorTopicSchema, validateConnector } from './connectors.ts';
import { errorDocs, errorIndex } from './docs.ts';
import { events } from './events.ts';
import { lineage, queryState, queryTasks, schemas, topicRecords } from './flow.ts';
import { receiveHook } from './hooks.ts';
import { insertsStream } from './inserts-stream.ts';
import { ksql } from './ksql.ts';
import { closeQuery, query, queryStream, webSocketQuery } from './query.ts';
import { allStatuses, isValidProperty, oneStatus } from './status.ts';
import { terminateCluster } from './terminate.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /**
   * The rights that a route requires before it reads the request. Statements have additional needs
   * (engine/statements/needs.ts). The console's files contain no data, and the console itself asks for a login.
   */
  readonly needs: RouteNeeds<HttpContext>;
  readonly handle: (http: HttpContext) => void | Promise<void>;
}

/** The right to write what the body names. */
const overSome = (): readonly Need[] => [{ right: 'write', some: true }];
/** The right to read the topic in the path. */
const overTopic = ({ params }: HttpContext): readonly Need[] => [{ right: 'read', source: params['topic'] }];
/** The right to the connector in the path. */
const overConnector = ({ params }: HttpContext): readonly Need[] => [
  { right: 'connectors', connector: params['connector'] },
];

/** All routes. To add one: a handler in this folder, a line here, and its description in openapi/operations.ts. */
const TABLE = [
  { method: 'GET', path: '/', needs: 'nothing', handle: root },
  { method: 'GET', path: '/console', needs: 'nothing', handle: consolePage },
  { method: 'GET', path: '/console/assets/:name', needs: 'nothing', handle: consoleAsset },
  { method: 'GET', path: '/openapi.json', needs: 'see', handle: describeRoutes },
  { method: 'GET', path: '/info', needs: 'see', handle: info },
  { method: 'GET', path: '/user', needs: 'see', handle: user },
  { method: 'GET', path: '/healthcheck', needs: 'nothing', handle: health },
  { method: 'GET', path: '/metrics', needs: 'see', handle: metrics },
  { method: 'GET', path: '/v1/metadata', needs: 'nothing', handle: metadata },
  { method: 'GET', path: '/v1/metadata/id', needs: 'nothing', handle: metadataId },
  { method: 'GET', path: '/chc/ready', needs: 'nothing', handle: readiness },
  { method: 'GET', path: '/chc/live', needs: 'nothing', handle: liveness },
  { method: 'POST', path: '/ksql', needs: 'see', handle: ksql },
  { method: 'POST', path: '/ksql/terminate', needs: 'administer', handle: terminateCluster },
  { method: 'POST', path: '/query', needs: 'see', handle: query },
  { method: 'POST', path: '/query-stream', needs: 'see', handle: queryStream },
  { method: 'GET', path: '/ws/query', needs: 'see', handle: webSocketQuery },
  { method: 'POST', path: '/close-query', needs: 'see', handle: closeQuery },
  { method: 'POST', path: '/inserts-stream', needs: overSome, handle: insertsStream },
  { method: 'GET', path: '/status', needs: 'see', handle: allStatuses },
  { method: 'GET', path: '/status/:type/:entity/:action', needs: 'see', handle: oneStatus },
  { method: 'GET', path: '/is_valid_property/:name', needs: 'see', handle: isValidProperty },
  { method: 'GET', path: '/docs/errors', needs: 'see', handle: errorIndex },
  { method: 'GET', path: '/docs/errors/:code', needs: 'see', handle: errorDocs },
  { method: 'GET', path: '/lineage', needs: 'see', handle: lineage },
  { method: 'GET', path: '/queries/:query/state', needs: 'see', handle: queryState },
  { method: 'GET', path: '/queries/:query/tasks', needs: 'see', handle: queryTasks },
  { method: 'GET', path: '/events', needs: 'see', handle: events },
  { method: 'GET', path: '/topics/:topic/records', needs: overTopic, handle: topicRecords },
  { method: 'GET', path: '/connectors/:connector/topics/:topic/schema', needs: 'see', handle: connectorTopicSchema },
  { method: 'POST', path: '/connectors/:connector/validate', needs: overConnector, handle: validateConnector },
  // A signature may replace a login: the connector decides.
  { method: 'POST', path: '/hooks/:connector', needs: 'nothing', handle: receiveHook },
  { method: 'GET', path: '/schemas/:subject', needs: 'see', handle: schemas },
  { method: 'GET', path: '/clusterStatus', needs: 'see', handle: clusterStatus },
  { method: 'POST', path: '/heartbeat', needs: 'see', handle: heartbeat },
  { method: 'POST', path: '/lag', needs: 'see', handle: lag },
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
