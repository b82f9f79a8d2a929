import type { TypedExpr } from '../../expr/typed.ts';
import type { Column } from '../../types/schema.ts';
import type { TransientPlan } from '../plan-transient.ts';
import type { RowColumn } from '../steps/steps.ts';

/** A pull query: what it reads once, and what it makes of it. */
export type PullPlan = TablePullPlan | StreamPullPlan;

/** Reads rows that a persistent query keeps. */
export interface TablePullPlan {
  readonly kind: 'TABLE';
  readonly source: string;
  /** The query that keeps the table's rows. */
  readonly queryId: string;
  /**
   * The row that `predicate` and `select` read: key columns, of windowed tables WINDOWSTART and WINDOWEND, value columns, ROWTIME.
   */
  readonly row: readonly RowColumn[];
  readonly windowed: boolean;
  /** Where to look: the union of these, a row that two of them find counts once. */
  readonly lookups: readonly PullLookup[];
  /** The whole WHERE: it holds for the rows of the answer, whatever the lookups let through. */
  readonly predicate: TypedExpr | undefined;
  readonly select: readonly TypedExpr[];
  readonly columns: readonly Column[];
  readonly limit: number | undefined;
}

/** Reads a stream from its beginning to what is its end when the query starts. */
export interface StreamPullPlan {
  readonly kind: 'STREAM';
  readonly source: string;
  readonly transient: TransientPlan;
  readonly columns: readonly Column[];
  readonly limit: number | undefined;
}

/** Keys and bounds are constant expressions: evaluate them once on an empty row. A null key finds nothing. */
export type PullLookup =
  | { readonly kind: 'KEY'; readonly key: readonly TypedExpr[]; readonly window: WindowBounds }
  /** Keys from `lower` to `upper` of a table with one key column; a missing end is open. */
  | { readonly kind: 'RANGE'; readonly lower: Bound | undefined; readonly upper: Bound | undefined }
  | { readonly kind: 'SCAN'; readonly window: WindowBounds };

export interface Bound {
  readonly value: TypedExpr;
  readonly inclusive: boolean;
}

/** Bounds of WINDOWSTART and WINDOWEND in ms; all must hold. Empty where nothing is asked. */
export interface WindowBounds {
  readonly start: readonly WindowBound[];
  readonly end: readonly WindowBound[];
}

export interface WindowBound {
  readonly op: '=' | '<' | '<=' | '>' | '>=';
  readonly value: TypedExpr;
}
