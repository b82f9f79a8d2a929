import type { SourceKind } from '../../catalog/source.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Column } from '../../types/schema.ts';
import type { TransientPlan } from '../plan-transient.ts';
import type { AggregateCall, QueryPlan, RowColumn } from '../steps/steps.ts';

/** A pull query: what it reads, once, and what it computes from it. */
export type PullPlan = TablePullPlan | StreamPullPlan | GeneralPullPlan;

/** Reads rows of a table that a persistent query stores. */
export interface KeptRead {
  readonly kind: 'TABLE';
  readonly source: string;
  /** The query that stores the table's rows. */
  readonly queryId: string;
  /** The row that is read: key columns, WINDOWSTART and WINDOWEND of windowed tables, value columns, ROWTIME. */
  readonly row: readonly RowColumn[];
  readonly windowed: boolean;
  /** The lookups, whose union is read; a row that several of them find counts once. */
  readonly lookups: readonly PullLookup[];
  /** The condition over the row. It is checked on every row that a lookup finds. */
  readonly predicate: TypedExpr | undefined;
  /** Expressions for the row as readers of the topic see it, where that differs (as-written.ts). */
  readonly shown?: readonly TypedExpr[] | undefined;
}

/** Reads a whole topic up to its end at the start of the query. For a table, the last row of each key counts. */
export interface TopicRead {
  readonly kind: 'TOPIC';
  readonly source: string;
  readonly topic: string;
  readonly relation: SourceKind;
  readonly row: readonly RowColumn[];
  /** A source, followed by a filter where there is a condition. */
  readonly plan: QueryPlan;
  readonly predicate: TypedExpr | undefined;
}

export type PullRead = KeptRead | TopicRead;

/** Reads one table that a query stores. Nothing needs to be held in memory. */
export interface TablePullPlan extends KeptRead {
  readonly select: readonly TypedExpr[];
  readonly columns: readonly Column[];
  readonly limit: number | undefined;
}

/** Reads a stream from its beginning to its end at the start of the query. */
export interface StreamPullPlan {
  readonly kind: 'STREAM';
  readonly source: string;
  readonly topic: string;
  readonly transient: TransientPlan;
  readonly columns: readonly Column[];
  readonly limit: number | undefined;
}

/**
 * Any other SELECT over current rows. Rows of FROM are streamed; joined sources, groups, sorted rows and distinct rows
 * are held in memory. Rows pass through joins, `predicate`, `group`, `select`, DISTINCT, ORDER BY and LIMIT in this
 * order.
 */
export interface GeneralPullPlan {
  readonly kind: 'GENERAL';
  readonly queryId: string;
  /** The source in FROM, followed by those joined to it. */
  readonly reads: readonly [PullRead, ...PullRead[]];
  /** `joins[i]` joins `reads[i + 1]` to the result of the previous joins. */
  readonly joins: readonly PullJoin[];
  /** The rows of the reads, concatenated. */
  readonly row: readonly RowColumn[];
  /** The part of WHERE that the reads do not check. */
  readonly predicate: TypedExpr | undefined;
  readonly group: PullGroup | undefined;
  /** Expressions over the group's row (results of the calls, then the keys), or over `row` when there are no groups. */
  readonly select: readonly TypedExpr[];
  readonly distinct: boolean;
  readonly order: readonly PullOrder[];
  readonly columns: readonly Column[];
  readonly limit: number | undefined;
  /** The equivalent persistent query: advice for when this one would hold too much. */
  readonly persistentForm: string;
}

export interface PullJoin {
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'OUTER';
  /**
   * Expressions over the left row, each equal to the one of `right` over the joined source's row. Null equals nothing.
   */
  readonly left: readonly TypedExpr[];
  readonly right: readonly TypedExpr[];
  /** The remaining condition of ON, over both rows. */
  readonly also: TypedExpr | undefined;
}

export interface PullGroup {
  /** The grouping keys. Empty: all rows are one group, which exists even without rows. */
  readonly keys: readonly TypedExpr[];
  readonly calls: readonly AggregateCall[];
  readonly having: TypedExpr | undefined;
}

export interface PullOrder {
  /** An expression over the row that `select` reads. */
  readonly expression: TypedExpr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Keys and bounds are constant expressions, evaluated once on an empty row. A null key matches nothing. */
export type PullLookup =
  | { readonly kind: 'KEY'; readonly key: readonly TypedExpr[]; readonly window: WindowBounds }
  /** Keys from `lower` to `upper` of a table with one key column; a missing end is unbounded. */
  | { readonly kind: 'RANGE'; readonly lower: Bound | undefined; readonly upper: Bound | undefined }
  | { readonly kind: 'SCAN'; readonly window: WindowBounds };

export interface Bound {
  readonly value: TypedExpr;
  readonly inclusive: boolean;
}

/** Bounds of WINDOWSTART and WINDOWEND in ms, all of which must hold. Empty when there is no condition. */
export interface WindowBounds {
  readonly start: readonly WindowBound[];
  readonly end: readonly WindowBound[];
}

export interface WindowBound {
  readonly op: '=' | '<' | '<=' | '>' | '>=';
  readonly value: TypedExpr;
}
