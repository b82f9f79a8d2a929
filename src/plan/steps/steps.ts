import type { TypedExpr } from '../../expr/typed.ts';
import type { FormatInfo, SerdeFeature } from '../../formats/api.ts';
import type { LogicalSchema } from '../../types/schema.ts';
import type { SqlType } from '../../types/sql-type.ts';

/**
 * Steps: the physical plan as plain, versioned data. The planner writes them, the command log stores them,
 * dataflow/graph/ runs them. Names of kinds and of step names follow ksqlDB's execution plans, for they show in
 * EXPLAIN, topic names and messages.
 *
 * Every step emits records of `key` (a key array) and `row` (a row array), laid out as its `out` says. Expressions
 * read only `row`: a source copies what is needed of key, record time and the like into the row.
 */
export const PLAN_VERSION = 1;

export interface RowColumn {
  readonly name: string;
  readonly type: SqlType;
}

export interface RowLayout {
  /** Key columns in order. When `window` is set, the key array holds window start and end (ms) behind them. */
  readonly key: readonly RowColumn[];
  readonly row: readonly RowColumn[];
  readonly window?: WindowInfo | undefined;
}

/** Window of a windowed key; `sizeMs` is absent for sessions. */
export interface WindowInfo {
  readonly type: 'TUMBLING' | 'HOPPING' | 'SESSION';
  readonly sizeMs?: number | undefined;
}

/** How a topic (source, sink or internal) is read and written. */
export interface TopicCodec {
  readonly keyFormat: FormatInfo;
  readonly valueFormat: FormatInfo;
  readonly keyFeatures: readonly SerdeFeature[];
  readonly valueFeatures: readonly SerdeFeature[];
}

interface StepBase {
  /**
   * Unique in the query: `KsqlTopic/Source`, `Aggregate/GroupBy`, `L_Join/Left` ... Joined by `-` in store and topic
   * names.
   */
  readonly name: string;
  readonly relation: 'STREAM' | 'TABLE';
  readonly out: RowLayout;
}

/**
 * Where a column of a source's row comes from. Columns the plan does not read are not here: that is the projection
 * push-down.
 */
export type SourceColumn = RowColumn &
  (
    | { readonly from: 'KEY' | 'VALUE'; readonly index: number }
    | { readonly from: 'HEADERS' }
    | { readonly from: 'HEADER'; readonly header: string }
    | { readonly from: 'ROWTIME' | 'ROWPARTITION' | 'ROWOFFSET' | 'WINDOWSTART' | 'WINDOWEND' }
  );

export interface TimestampColumn {
  readonly column: string;
  /** Java DateTimeFormatter pattern; absent for BIGINT and TIMESTAMP columns. */
  readonly format?: string | undefined;
}

export interface SourceStep extends StepBase {
  readonly kind: 'StreamSource' | 'TableSource' | 'WindowedStreamSource' | 'WindowedTableSource';
  /** Name of the stream or table. */
  readonly source: string;
  readonly topic: string;
  readonly codec: TopicCodec;
  /** All columns of the source, as its topic holds them. */
  readonly schema: LogicalSchema;
  readonly columns: readonly SourceColumn[];
  readonly timestamp?: (TimestampColumn & { readonly index: number; readonly from: 'KEY' | 'VALUE' }) | undefined;
  /** A table that must be kept in a store (read by a join, an aggregate, or a CREATE SOURCE TABLE). */
  readonly materialized?: boolean | undefined;
  /**
   * A table whose records carry read times (catalog/source.ts): it is read before the streams that are joined with it.
   */
  readonly hasReadTimes?: boolean | undefined;
}

export interface FilterStep extends StepBase {
  readonly kind: 'StreamFilter' | 'TableFilter';
  readonly source: Step;
  readonly predicate: TypedExpr;
}

/**
 * Projects the row. `out.row[i]` is `expressions[i]`; the key passes through (its columns may be renamed by `out.key`).
 */
export interface SelectStep extends StepBase {
  readonly kind: 'StreamSelect' | 'TableSelect';
  readonly source: Step;
  readonly expressions: readonly TypedExpr[];
  /**
   * Set when the projection reorders or drops key columns (streams only): `out.key[i]` is the source's key column
   * `keyColumns[i]`. Empty: the key becomes null.
   */
  readonly keyColumns?: readonly number[] | undefined;
}

/**
 * Replaces the key by expressions over the row (PARTITION BY, or to join). `expressions` empty or a null literal: null
 * key.
 */
export interface SelectKeyStep extends StepBase {
  readonly kind: 'StreamSelectKey' | 'TableSelectKey';
  readonly source: Step;
  readonly expressions: readonly TypedExpr[];
}

/** Writes to an internal topic and reads it back, so that equal keys meet in one task. */
export interface RepartitionStep extends StepBase {
  readonly kind: 'Repartition';
  readonly source: Step;
  /** Without the query's prefix, e.g. `Aggregate-GroupBy-repartition`. */
  readonly topicSuffix: string;
  /** The value holds the `out.row` columns in order: pseudo columns travel like others. */
  readonly codec: TopicCodec;
  /** A table that a join reads back: its rows must be kept in a store, as for a materialized source. */
  readonly materialized?: boolean | undefined;
}

/** Table functions: one output row for each element of the longest result; the others are padded with null. */
export interface FlatMapStep extends StepBase {
  readonly kind: 'StreamFlatMap';
  readonly source: Step;
  /** Appended to the input row, in order. */
  readonly functions: readonly TableCall[];
}

export interface TableCall {
  readonly name: string;
  readonly signature: number;
  readonly args: readonly TypedExpr[];
  readonly type: SqlType;
}

/** Sets the grouping key. Rows with a null in a grouping expression are dropped (a table's old row is retracted). */
export interface GroupByStep extends StepBase {
  readonly kind: 'StreamGroupBy' | 'StreamGroupByKey' | 'TableGroupBy';
  readonly source: Step;
  readonly expressions: readonly TypedExpr[];
}

export interface AggregateCall {
  readonly name: string;
  readonly signature: number;
  /** Arguments over the input row; the trailing literal ones are literals. */
  readonly args: readonly TypedExpr[];
  readonly type: SqlType;
  /** SQL type of the stored intermediate value. */
  readonly intermediate: SqlType;
}

export type WindowSpec =
  | {
      readonly type: 'TUMBLING';
      readonly sizeMs: number;
      readonly graceMs?: number | undefined;
      readonly retentionMs?: number | undefined;
    }
  | {
      readonly type: 'HOPPING';
      readonly sizeMs: number;
      readonly advanceMs: number;
      readonly graceMs?: number | undefined;
      readonly retentionMs?: number | undefined;
    }
  | {
      readonly type: 'SESSION';
      readonly gapMs: number;
      readonly graceMs?: number | undefined;
      readonly retentionMs?: number | undefined;
    };

/**
 * Keeps one row per key (and window): first the `carried` columns of the latest input row, then one value per call.
 * `out.row` = carried ++ call results ++ (windowed: WINDOWSTART, WINDOWEND BIGINT) ++ key columns.
 */
export interface AggregateStep extends StepBase {
  readonly kind: 'StreamAggregate' | 'StreamWindowedAggregate' | 'TableAggregate';
  readonly source: Step;
  /** Positions in the input row of columns that are kept beside the aggregates. */
  readonly carried: readonly number[];
  /**
   * Positions in the key of the key columns that the row shows behind the rest. Grouping expressions are the key:
   * nothing is kept for them, so that another projection finds the same state.
   */
  readonly keyColumns?: readonly number[] | undefined;
  readonly calls: readonly AggregateCall[];
  /**
   * Names of the columns that ksqlDB keeps beside the aggregates: an upgrade must leave them as they are. Not for
   * running.
   */
  readonly nonAggregateColumns: readonly string[];
  readonly window?: WindowSpec | undefined;
  readonly emit: 'CHANGES' | 'FINAL';
  readonly store: string;
}

export type JoinType = 'INNER' | 'LEFT' | 'RIGHT' | 'OUTER';

interface JoinBase extends StepBase {
  readonly left: Step;
  readonly right: Step;
  readonly joinType: JoinType;
  /**
   * `out.row` = left row ++ right row ++ (with `synthetic`: the key columns). The join key is the left key, or the
   * right one where the left side is missing.
   */
  readonly synthetic?: boolean | undefined;
  /**
   * Over the left row: where it is null the row matches no right row, though its key does. Set where the condition
   * names a column of a side that an earlier outer join may not have found. Absent: the key decides alone.
   */
  readonly matchedBy?: TypedExpr | undefined;
}

export interface StreamStreamJoinStep extends JoinBase {
  readonly kind: 'StreamStreamJoin';
  readonly beforeMs: number;
  readonly afterMs: number;
  /** Absent: the old behaviour (24 h of grace, null-padded rows at once). */
  readonly graceMs?: number | undefined;
  readonly leftStore: string;
  readonly rightStore: string;
}

export interface StreamTableJoinStep extends JoinBase {
  readonly kind: 'StreamTableJoin';
}

export interface TableTableJoinStep extends JoinBase {
  readonly kind: 'TableTableJoin';
}

/** Left rows find right rows by `foreignKey` (over the left row); the result keeps the left key. */
export interface ForeignKeyJoinStep extends JoinBase {
  readonly kind: 'ForeignKeyTableTableJoin';
  readonly foreignKey: TypedExpr;
  /** Codec of the foreign key and of the left key on the internal subscription topics. */
  readonly codec: TopicCodec;
}

export type JoinStep = StreamStreamJoinStep | StreamTableJoinStep | TableTableJoinStep | ForeignKeyJoinStep;

/** Writes the record: key columns from the key, value columns from the row, in the sink's order. */
export interface SinkStep extends StepBase {
  readonly kind: 'StreamSink' | 'TableSink';
  readonly source: Step;
  readonly topic: string;
  readonly codec: TopicCodec;
  /** Positions in the source's row of the value columns. `out.row` names them. */
  readonly columns: readonly number[];
  /**
   * Takes the record's time from a column of the sink: `from: 'ROW'` from this position of the source's row, `from:
   * 'KEY'` from this position of the key.
   */
  readonly timestamp?: (TimestampColumn & { readonly rowIndex: number; readonly from: 'ROW' | 'KEY' }) | undefined;
  /**
   * Name of the store that keeps the sink's rows by key for pull queries. Set for a table that nothing upstream keeps
   * in this form (filters and projections of a table, joins of tables). Tables that end an aggregation are read from
   * `AggregateStep.store` through the filters and projections above it.
   */
  readonly store?: string | undefined;
}

export type Step =
  | SourceStep
  | FilterStep
  | SelectStep
  | SelectKeyStep
  | RepartitionStep
  | FlatMapStep
  | GroupByStep
  | AggregateStep
  | JoinStep
  | SinkStep;

/** One persistent query: what the command log keeps beside the statement's text. */
export interface QueryPlan {
  readonly version: number;
  readonly queryId: string;
  readonly sources: readonly string[];
  /** Name of the stream or table the query writes to; absent for transient queries and CREATE SOURCE TABLE. */
  readonly sink: string | undefined;
  readonly root: Step;
}
