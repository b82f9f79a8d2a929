import { SluiceError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { FormatDefinition, RegistrySchema } from '../formats/api.ts';
import type { FunctionRegistry } from '../functions/registry.ts';

/**
 * All that planning may look at. Planning is a pure, synchronous function of the statement and this: what must be fetched (topics,
 * schemas) the engine fetches before; `prefetch.ts` says what.
 */
export interface PlanContext {
  readonly catalog: Catalog;
  readonly functions: FunctionRegistry;
  readonly formats: readonly FormatDefinition[];
  readonly config: PlanConfig;
  readonly topics: TopicLookup;
  /** Absent when no schema registry is configured. */
  readonly schemas: SchemaLookup | undefined;
  /** The number behind the next persistent query's id. Called once for each new query. */
  readonly nextQueryId: () => number;
  /** The transient query's random suffix; `transient_<SOURCE>_<suffix>`. */
  readonly transientSuffix?: (() => string) | undefined;
}

/** ksqlDB's configuration keys, server values with the session's and the request's overrides merged in. */
export interface PlanConfig {
  get(key: string): string | undefined;
}

export interface TopicInfo {
  readonly partitions: number;
  readonly replicas: number;
  readonly cleanupPolicy?: string | undefined;
  readonly retentionMs?: number | undefined;
  /** The source connector that writes it, where that is known. */
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

/** Refuses what a boolean key of the configuration switches off. @throws SluiceError STATEMENT */
export function requireEnabled(config: PlanConfig, key: string, what: string): void {
  if (flag(config, key, true)) return;
  throw new SluiceError('STATEMENT', `${what} is disabled. To enable it, set ${key}=true.`);
}

/** A boolean key of the configuration. */
export function flag(config: PlanConfig, key: string, otherwise: boolean): boolean {
  const text = config.get(key);
  return text === undefined ? otherwise : text.toLowerCase() === 'true';
}
