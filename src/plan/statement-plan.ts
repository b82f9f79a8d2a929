import type { Ddl } from '../catalog/ddl.ts';
import type { QueryType } from '../catalog/query.ts';
import type { RegistrySchema } from '../formats/api.ts';
import type { QueryPlan } from './steps/steps.ts';

/**
 * What a statement will do: plain data. Carrying it out is the engine's: topics, then schemas, then catalog, then the
 * query.
 */
export interface StatementPlan {
  /** The statement's text as it was given. */
  readonly statement: string;
  readonly ddl?: Ddl | undefined;
  readonly query?: PlannedQuery | undefined;
  /** Topics that must exist before the rest; existing ones have been checked to fit. */
  readonly topics: readonly TopicToCreate[];
  readonly schemas: readonly SchemaToRegister[];
  /** What DROP ... DELETE TOPIC deletes: the topic and its schema subjects. */
  readonly deletes?: { readonly topic: string; readonly subjects: readonly string[] } | undefined;
  /** Queries that end with this: the one that made a dropped source. */
  readonly terminates: readonly string[];
  /** True when the statement changes nothing (IF NOT EXISTS, IF EXISTS); `warnings` say why. */
  readonly skipped: boolean;
  readonly warnings: readonly string[];
}

export interface PlannedQuery {
  readonly type: QueryType;
  readonly plan: QueryPlan;
  /** True when it takes the place of the running query of the same id (CREATE OR REPLACE). */
  readonly replaces: boolean;
}

export interface TopicToCreate {
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  /** Topic configs by Kafka's names: `retention.ms`, `cleanup.policy`. */
  readonly configs: Readonly<Record<string, string>>;
  /** True when the topic is there already: nothing to create. */
  readonly exists: boolean;
}

export interface SchemaToRegister {
  readonly subject: string;
  readonly schema: RegistrySchema;
  /**
   * `ifAbsent`: only when the subject has no schema yet (CREATE with columns); `always`: the registry checks
   * compatibility.
   */
  readonly mode: 'ifAbsent' | 'always';
}

/** A plan that does nothing, with parts replaced. */
export function statementPlan(statement: string, parts: Partial<StatementPlan>): StatementPlan {
  return { statement, topics: [], schemas: [], terminates: [], skipped: false, warnings: [], ...parts };
}
