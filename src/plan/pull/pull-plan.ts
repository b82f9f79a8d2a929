import type { SourceKind } from '../../catalog/source.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Column } from '../../types/schema.ts';
import type { TransientPlan } from '../plan-transient.ts';
import type { AggregateCall, QueryPlan, RowColumn } from '../steps/steps.ts';

/** A pull query: what it reads once, and what it makes of it. */
export type PullPlan = TablePullPlan | StreamPullPlan | GeneralPullPlan;

/** Rows of a table that a persistent query keeps. */
export interface KeptRead {
  readonly kind: 'TABLE';
  readonly source: string;
  /** The query that keeps the table's rows. */
  readonly queryId: string;
  /** What is read: key columns, of windowed tables WINDOWSTART and WINDOWEND, value columns, ROWTIME. */
  readonly row: readonly RowColumn[];
  readonly windowed: boolean;
  /** Where to look: the union of these, a row that two of them find counts once. */
  readonly lookups: readonly PullLookup[];
  /** Over the row; it holds for all rows that are read, whatever the lookups let through. */
  readonly predicate: TypedExpr | undefined;
  /** The row as readers of the topic see it, where that differs (as-written.ts). */
  readonly shown?: readonly TypedExpr[] | undefined;
}

/** A whole topic, up to its end when the query begins. Of a table the last row of each key. */
export interface TopicRead {
  readonly kind: 'TOPIC';
  readonly source: string;
  readonly topic: string;
  readonly relation: SourceKind;
  readonly row: readonly RowColumn[];
  /** Source and, where there is something to filter, filter. */
  readonly plan: QueryPlan;
  readonly predicate: TypedExpr | undefined;
}

export type PullRead = KeptRead | TopicRead;

/** A look at one table that a query keeps: nothing needs to be held. */
export interface TablePullPlan extends KeptRead {
  readonly select: readonly TypedExpr[];
  readonly columns: readonly Column[];
  readonly limit: number | undefined;
}

/** Reads a stream from its beginning to what is its end when the query starts. */
export interface StreamPullPlan {
  readonly kind: 'STREAM';
  readonly source: string;
  readonly topic: string;
  readonly transient: TransientPlan;
  readonly columns: readonly Column[];
  readonly limit: number | undefined;
}

/**
 * Any other SELECT over what is there now: FROM's rows go by, joined sources, groups, sorted and distinct rows are
 * held. Rows run through joins, `predicate`, `group`, `select`, DISTINCT, ORDER BY and LIMIT, in this order.
 */
export interface GeneralPullPlan {
  readonly kind: 'GENERAL';
  readonly queryId: string;
  /** FROM's source, then those that are joined to it. */
  readonly reads: readonly [PullRead, ...PullRead[]];
  /** `joins[i]` joins `reads[i + 1]` to the rows that the ones before make. */
  readonly joins: readonly PullJoin[];
  /** The reads' rows, one behind the other. */
  readonly row: readonly RowColumn[];
  /** What of WHERE the reads have not checked. */
  readonly predicate: TypedExpr | undefined;
  readonly group: PullGroup | undefined;
  /** Over the group's row (results of the calls, then the keys), without groups over `row`. */
  readonly select: readonly TypedExpr[];
  readonly distinct: boolean;
  readonly order: readonly PullOrder[];
  readonly columns: readonly Column[];
  readonly limit: number | undefined;
  /** How a persistent query of this kind would be written: what to do when this one would hold too much. */
  readonly persistentForm: string;
}

export interface PullJoin {
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'OUTER';
  /**
   * Over the rows of the left side; equal to `right`, over the joined source's row, one by one. Null equals nothing.
   */
  readonly left: readonly TypedExpr[];
  readonly right: readonly TypedExpr[];
  /** What ON asks besides, over both. */
  readonly also: TypedExpr | undefined;
}

export interface PullGroup {
  /** Empty: all rows are one group, which is there without rows as well. */
  readonly keys: readonly TypedExpr[];
  readonly calls: readonly AggregateCall[];
  readonly having: TypedExpr | undefined;
}

export interface PullOrder {
  /** Over the row that `select` reads. */
  readonly expression: TypedExpr;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
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
