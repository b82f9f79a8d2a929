import type { Query } from '../../sql/ast/query.ts';

/** What kind of statement a query's body belongs to. */
export interface BodyMode {
  readonly persistent: boolean;
  /** How refusals name the statement: `CREATE TABLE AS SELECT statement`. */
  readonly subject: string;
  /** Called once names are bound, with the query as it was understood: later errors show it. */
  readonly onBound?: (understood: Query) => void;
}
