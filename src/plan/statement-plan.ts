import type { Ddl } from '../catalog/ddl.ts';
import type { QueryType } from '../catalog/query.ts';
import type { RegistrySchema } from '../formats/api.ts';
import type { QueryPlan } from './steps/steps.ts';

/**
 * What a statement will do, as plain data. The engine carries it out: topics first, then schemas, the catalog, and the
 * query.
 */
export interface StatementPlan {
  /** The text of the statement. */
  readonly statement: string;
  readonly ddl?: Ddl | undefined;
  readonly query?: PlannedQuery | undefined;
  /** Topics that must exist first; existing ones have been checked. */
  readonly topics: readonly TopicToCreate[];
  readonly schemas: readonly SchemaToRegister[];
  /** What DROP ... DELETE TOPIC deletes: the topic and its schema subjects. */
  readonly deletes?: { readonly topic: string; readonly subjects: readonly string[] } | undefined;
  /** Queries to terminate: the one that created a dropped source. */
  readonly terminates: readonly string[];
  /** Whether the statement changes nothing (IF NOT EXISTS, IF EXISTS); `warnings` give the reason. */
  readonly skipped: boolean;
  readonly warnings: readonly string[];
}

export interface PlannedQuery {
  readonly type: QueryType;
  readonly plan: QueryPlan;
  /** Whether it replaces the running query of the same id (CREATE OR REPLACE). */
  readonly replaces: boolean;
}

export interface TopicToCreate {
  readonly name: string;
  readonly partitions: number;
  readonly replicas: number;
  /** Topic configs by Kafka's names: `retention.ms`, `cleanup.policy`. */
  readonly configs: Readonly<Record<string, string>>;
  /** Whether the topic exists already, so that nothing is created. */
  readonly exists: boolean;
}

export interface SchemaToRegister {
  readonly subject: string;
  readonly schema: RegistrySchema;
  /**
   * `ifAbsent`: registered only when the subject has no schema yet (CREATE with columns); `always`: the registry checks
   * compatibility.
   */
  readonly mode: 'ifAbsent' | 'always';
}

/** An empty plan with some parts replaced. */
export function statementPlan(statement: string, parts: Partial<StatementPlan>): StatementPlan {
  return { statement, topics: [], schemas: [], terminates: [], skipped: false, warnings: [], ...parts };
}
