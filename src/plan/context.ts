import type { Config } from '../base/config/config.ts';
import type { ConfigKey } from '../base/config/key.ts';
import { SluiceError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { FormatDefinition, RegistrySchema } from '../formats/api.ts';
import type { FunctionRegistry } from '../functions/registry.ts';

/**
 * Everything that planning may look at. Planning is a pure, synchronous function of the statement and this context. The
 * engine fetches the topics and schemas in advance; `prefetch.ts` says which.
 */
export interface PlanContext {
  readonly catalog: Catalog;
  readonly functions: FunctionRegistry;
  readonly formats: readonly FormatDefinition[];
  /** The server's configuration with the overrides of the session and the request. */
  readonly config: Config;
  readonly topics: TopicLookup;
  /** Absent when no schema registry is configured. */
  readonly schemas: SchemaLookup | undefined;
  /** Returns the number in the next persistent query's id. Called once for each new query. */
  readonly nextQueryId: () => number;
  /** Returns the random suffix of a transient query's id, `transient_<SOURCE>_<suffix>`. */
  readonly transientSuffix?: (() => string) | undefined;
}

export interface TopicInfo {
  readonly partitions: number;
  readonly replicas: number;
  readonly cleanupPolicy?: string | undefined;
  readonly retentionMs?: number | undefined;
  /** The source connector that writes the topic, where it is known. */
  readonly connector?: string | undefined;
}

export interface TopicLookup {
  find(topic: string): TopicInfo | undefined;
}

export interface SubjectSchema {
  readonly id: number;
  readonly schema: RegistrySchema;
}

export interface SchemaLookup {
  /** The latest schema of a subject. */
  latest(subject: string): SubjectSchema | undefined;
  byId(id: number): RegistrySchema | undefined;
}

/** Refuses a feature that a boolean key of the configuration disables. @throws SluiceError STATEMENT */
export function requireEnabled(config: Config, key: ConfigKey<boolean>, what: string): void {
  if (config.get(key)) return;
  throw new SluiceError('STATEMENT', `${what} is disabled. To enable it, set ${key.name}=true.`);
}
