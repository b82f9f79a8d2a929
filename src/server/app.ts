import type { AuditLog } from '../base/audit.ts';
import type { Deliveries } from '../connect/worker/deliveries.ts';
import type { Engine } from '../engine/engine.ts';
import type { QueryHandle } from '../engine/query-handle.ts';
import type { ConsoleFiles } from './console-files.ts';
import type { Cors } from './cors.ts';
import type { ReaderPatience } from './reader-patience.ts';
import type { RowFormat } from './row-format.ts';

export type ServerState = 'STARTING' | 'RUNNING' | 'STOPPING';

/** What the routes serve. The composition root creates it and changes its state. */
export interface App {
  readonly engine: Engine;
  readonly version: string;
  /** Cluster id of the log: Kafka's, or the embedded log's own. */
  readonly clusterId: string;
  readonly serviceId: string;
  state: ServerState;
  /** Text for /metrics, Prometheus exposition format. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** Rows as protobuf messages (Accept: application/vnd.ksql.v1+protobuf). */
  readonly protobufRows: (handle: QueryHandle) => RowFormat;
  readonly audit: AuditLog;
  /** How long a client may read nothing of its response before it is disconnected. */
  readonly readers: ReaderPatience;
  /** The WWW-Authenticate header of a 401 response: the accepted kinds of authentication. */
  readonly challenge: string | undefined;
  /** Paths that need no authentication; a `*` at the end matches every path with that prefix. */
  readonly skipPaths: readonly string[];
  readonly cors: Cors;
  /** The web console; undefined when it is disabled or was not built. */
  readonly console: ConsoleFiles | undefined;
  /** Where the Connect REST API of this process's worker listens; undefined when it does not. */
  readonly connectUrl: string | undefined;
  /** The receivers of deliveries to connectors of this process; undefined when there are none. */
  readonly deliveries: Deliveries | undefined;
  readonly nowMs: () => number;
}
