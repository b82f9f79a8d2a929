import type { AuditLog } from '../base/audit.ts';
import type { Condition } from '../base/condition.ts';
import type { Env, ProcessingLog } from '../base/env.ts';
import { SluiceError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ConnectClient } from '../connect/client/api.ts';
import type { SchemaRegistry } from '../formats/schema-registry/api.ts';
import type { FunctionRegistry } from '../functions/registry.ts';
import type { CodecRegistry, LoadSchemas } from '../formats/api.ts';
import type { SourceTopic } from '../catalog/source.ts';
import type { NullKeyPartitioner } from '../log/partitioner.ts';
import type { Log } from '../log/api.ts';
import type { OrderedStore } from '../store/ordered-store.ts';
import type { OrderedReader, StateSnapshot } from '../state/ordered.ts';
import type { KnownStates } from './connector-state/known-states.ts';
import type { CommandLog } from './command-log.ts';
import type { Config } from '../base/config/config.ts';
import type { Limits } from './limits.ts';
import type { LastProblems } from './queries/last-problems.ts';
import type { QueryHost } from './queries/query-host.ts';
import type { QuerySummary } from './source-results.ts';
import type { Inserter } from './inserter.ts';
import type { NamedClusters } from './connect-clusters/named-clusters.ts';
import type { SealedStore } from './secrets/sealed-store.ts';
import type { Session } from './session.ts';

/** The holder of the catalog, which has one writer; everybody else reads `current`. */
export interface CatalogHolder {
  readonly current: Catalog;
}

/** What statement executors work with. */
export interface Services {
  readonly env: Env;
  readonly log: Log;
  readonly config: Config;
  readonly catalog: CatalogHolder;
  readonly functions: FunctionRegistry;
  readonly registry: SchemaRegistry;
  /** Undefined when there is neither a worker nor a Connect cluster. */
  readonly connect: ConnectClient | undefined;
  /** For a statement with IN CLUSTER, whose `connect` is that cluster's: its name, and the server's own Connect. */
  readonly elsewhere?: { readonly cluster: string; readonly own: ConnectClient | undefined } | undefined;
  /** What connectors do; undefined while there is no Connect. */
  readonly connectors: KnownStates | undefined;
  readonly secrets: SealedStore;
  /** Connect clusters beside the one of the server, by name. */
  readonly clusters: NamedClusters;
  readonly commands: CommandLog;
  readonly queries: QueryHost;
  readonly processingLog: ProcessingLog;
  readonly lastProblems: LastProblems;
  readonly audit: AuditLog;
  readonly limits: Limits;
  readonly inserts: Inserter;
  /** Chooses partitions for rows without a key. */
  readonly nullKeys: NullKeyPartitioner;
  /** The synchronous interface of the registry. */
  readonly codecs: CodecRegistry;
  /** Prefetches what the codecs of a topic will need. */
  prepareCodecs(topic: SourceTopic): Promise<void>;
  /** Fetches schemas that a codec lacks; absent where all are available. */
  readonly loadSchemas: LoadSchemas | undefined;
  /** State as of the last commit, for queries and pull queries. */
  readonly state: OrderedReader;
  /** A snapshot of the committed state of this thread or a worker's; must be closed. */
  snapshot(thread?: number): StateSnapshot;
  /** Local state and id of this server, where queries are shared with others; undefined on the embedded log. */
  readonly shared: { readonly store: OrderedStore; readonly instanceId: string; readonly member: string } | undefined;
  /** Forgets the state whose spaces begin with a prefix. */
  readonly dropState: ((prefix: string) => Promise<void>) | undefined;
  readonly serverUrl: string;
  /** Why nothing may be changed, and the way out; undefined: changes are allowed. */
  readonly readOnly: string | undefined;
  /** The push queries of this server. */
  pushQueries(): readonly QuerySummary[];
  /** Ends a push query; false when the id is unknown. */
  closePushQuery(id: string): boolean;
  /** The condition of the server's parts. */
  health(): Promise<readonly Condition[]>;
  /** Runs a statement through the ordinary path, as automatic declarations do. Returns the message of the answer. */
  runStatement(text: string, session: Session): Promise<string>;
}

/** @param what the attempted action. @throws SluiceError READ_ONLY */
export function checkWritable({ readOnly }: Pick<Services, 'readOnly'>, what: string): void {
  if (readOnly === undefined) return;
  throw new SluiceError('READ_ONLY', `The server may only be read, for its store is damaged: ${what} is refused`, {
    hint: readOnly,
  });
}
