import type { Env } from '../../base/env.ts';
import type { Sealer } from '../../base/secrets/sealer.ts';
import type { Log } from '../../log/api.ts';
import type { RawConfig } from '../api/config-spec.ts';
import type { ConnectorPlugin } from '../api/connector.ts';
import type { SchemaAccess } from '../converters/sql.ts';
import type { WorkerConverter, WorkerPredicate, WorkerTransform } from '../api/apart.ts';
import type { SecretSources } from './config/secrets.ts';
import type { TopicClaims } from './topics/topic-ownership.ts';

export interface WorkerOptions {
  readonly log: Log;
  readonly env: Env;
  /** `host:port` of the REST listener, as shown in statuses. */
  readonly workerId: string;
  readonly clusterId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly secrets: SecretSources;
  /** Encrypts hidden settings for storage. Absent: they are stored in clear. */
  readonly sealer?: Sealer | undefined;
  /** Connectors in addition to the built-in ones (plugin.path). */
  readonly connectors?: readonly ConnectorPlugin[] | undefined;
  /** Transforms in addition to the built-in ones. */
  readonly transforms?: readonly WorkerTransform[] | undefined;
  /** Predicates in addition to the built-in ones. */
  readonly predicates?: readonly WorkerPredicate[] | undefined;
  /** Converters in addition to the built-in ones. */
  readonly converters?: readonly WorkerConverter[] | undefined;
  /** The schema registry, for converters that use it. */
  readonly schemas?: SchemaAccess | undefined;
  /** Worker settings that connectors inherit: `key.converter`, `value.converter` and their settings. */
  readonly defaults?: RawConfig | undefined;
  readonly topicDefaults?: { readonly partitions: number; readonly replicas: number } | undefined;
  /** Returns what SQL knows about a topic. */
  readonly claims?: ((topic: string) => TopicClaims) | undefined;
}

/** Whether responses contain passwords, as Kafka Connect's do, or `[hidden]` instead. */
export type Passwords = 'shown' | 'hidden';
