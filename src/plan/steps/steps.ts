import type { TypedExpr } from '../../expr/typed.ts';
import type { FormatInfo, SerdeFeature } from '../../formats/api.ts';
import type { LogicalSchema } from '../../types/schema.ts';
import type { SqlType } from '../../types/sql-type.ts';

/**
 * Steps: the physical plan as plain, versioned data. The planner creates them, the command log stores them,
 * dataflow/graph/ runs them. The names of kinds and steps follow ksqlDB's execution plans, because they are visible in
 * EXPLAIN, topic names and messages.
 *
 * Every step emits records with a `key` array and a `row` array, laid out as described by its `out`. Expressions read
 * only `row`: a source copies the parts of key, record time and so on that are needed into the row.
 */
export const PLAN_VERSION = 2;

export interface RowColumn {
  readonly name: string;
  readonly type: SqlType;
}

export interface RowLayout {
  /** Key columns in order. With `window`, window start and end (ms) follow them in the key array. */
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
   * Unique within the query: `KsqlTopic/Source`, `Aggregate/GroupBy`, `L_Join/Left` ... In store and topic names its
   * parts are joined by `-`.
   */
  readonly name: string;
  readonly relation: 'STREAM' | 'TABLE';
  readonly out: RowLayout;
}

/** Where a column of a source's row comes from. Only columns that the plan reads are listed (projection push-down). */
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
  /** All columns of the source, as in its topic. */
  readonly schema: LogicalSchema;
  readonly columns: readonly SourceColumn[];
  readonly timestamp?: (TimestampColumn & { readonly index: number; readonly from: 'KEY' | 'VALUE' }) | undefined;
  /** Whether the table must be stored, for a join, an aggregate or a CREATE SOURCE TABLE. */
  readonly materialized?: boolean | undefined;
  /**
   * Whether the table's records carry read times (catalog/source.ts): then it is read before the streams that are
   * joined with it.
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
   * Set when the projection reorders or drops key columns (streams only): `out.key[i]` is key column `keyColumns[i]` of
   * the input. Empty: the key becomes null.
   */
  readonly keyColumns?: readonly number[] | undefined;
}

/**
 * Replaces the key by expressions over the row (for PARTITION BY or a join). No expressions, or a null literal: null
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
  /** The value holds the `out.row` columns in order, including pseudo columns. */
  readonly codec: TopicCodec;
  /** Whether a join reads the table, so that its rows must be stored, as for a materialized source. */
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

/**
 * Sets the grouping key. Rows with a null in a grouping expression are dropped (of a table, the old row is retracted).
 */
export interface GroupByStep extends StepBase {
  readonly kind: 'StreamGroupBy' | 'StreamGroupByKey' | 'TableGroupBy';
  readonly source: Step;
  readonly expressions: readonly TypedExpr[];
}

export interface AggregateCall {
  readonly name: string;
  readonly signature: number;
  /** Arguments over the input row; trailing literal arguments are literals. */
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
  /** Positions in the input row of columns that are stored beside the aggregates. */
  readonly carried: readonly number[];
  /**
   * Positions in the key of the key columns at the end of the row. Grouping expressions are the key and are not stored
   * separately, so that another projection finds the same state.
   */
  readonly keyColumns?: readonly number[] | undefined;
  readonly calls: readonly AggregateCall[];
  /**
   * Names of the columns that ksqlDB stores beside the aggregates: an upgrade must not change them. Not used at run
   * time.
   */
  readonly nonAggregateColumns: readonly string[];
  readonly window?: WindowSpec | undefined;
  readonly emit: 'CHANGES' | 'FINAL';
  readonly store: string;
  /**
   * Whether `source` is a Repartition whose writers aggregate what they have between two commits first, so that its
   * topic has aggregates of parts of the input beside rows. Not in plans of version 1.
   */
  readonly twoPhase?: boolean | undefined;
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
   * An expression over the left row: where it is null, the row matches no right row even if its key does. Set when the
   * condition names a column of a side for which an earlier outer join may have found no row. Absent: only the key
   * decides.
   */
  readonly matchedBy?: TypedExpr | undefined;
}

export interface StreamStreamJoinStep extends JoinBase {
  readonly kind: 'StreamStreamJoin';
  readonly beforeMs: number;
  readonly afterMs: number;
  /** Absent: the former behaviour (24 h of grace, null-padded rows at once). */
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

/** Left rows look up right rows by `foreignKey` (over the left row); the result has the left key. */
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
  /** Positions of the value columns in the source's row; `out.row` names them. */
  readonly columns: readonly number[];
  /**
   * Takes the record's time from a column of the sink: with `from: 'ROW'` from this position of the source's row, with
   * `from: 'KEY'` from this position of the key.
   */
  readonly timestamp?: (TimestampColumn & { readonly rowIndex: number; readonly from: 'ROW' | 'KEY' }) | undefined;
  /**
   * Name of the store with the sink's rows by key for pull queries. Set for a table that no earlier step stores in this
   * form (filters and projections of a table, joins of tables). Tables that end in an aggregation are read from
   * `AggregateStep.store`, through the filters and projections above it.
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

/** One persistent query, as the command log stores it beside the statement's text. */
export interface QueryPlan {
  readonly version: number;
  readonly queryId: string;
  readonly sources: readonly string[];
  /** The stream or table that the query writes; absent for transient queries. */
  readonly sink: string | undefined;
  readonly root: Step;
}
