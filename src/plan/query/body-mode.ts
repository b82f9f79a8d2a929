import type { Query } from '../../sql/ast/query.ts';

/** The kind of statement to which a query's body belongs. */
export interface BodyMode {
  readonly persistent: boolean;
  /** The name of the statement in error messages: `CREATE TABLE AS SELECT statement`. */
  readonly subject: string;
  /** Called when names are bound, with the query as it was understood; later errors show it. */
  readonly onBound?: (understood: Query) => void;
}
