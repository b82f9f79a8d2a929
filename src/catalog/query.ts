/** Why a persistent query exists. */
export type QueryType = 'CREATE_AS' | 'INSERT' | 'CREATE_SOURCE';

export type QueryState = 'RUNNING' | 'PAUSED' | 'ERROR';

/** A persistent query. Its plan is plain data that only src/plan interprets. */
export interface PersistentQuery {
  readonly id: string;
  readonly type: QueryType;
  /** Names of the streams and tables that it reads. */
  readonly sources: readonly string[];
  /** Name of the stream or table that it writes, or whose rows it maintains (CREATE SOURCE TABLE). */
  readonly sink: string | undefined;
  readonly sql: string;
  readonly plan: object;
  readonly state: QueryState;
  /** The overrides in effect when it was planned: it runs with them. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
}
