import type { TypedExpr } from '../../expr/typed.ts';
import type {
  AggregateCall,
  AggregateStep,
  JoinType,
  QueryPlan,
  RowColumn,
  SinkStep,
  SourceColumn,
  SourceStep,
  Step,
  TopicCodec,
  WindowInfo,
  WindowSpec,
} from '../../plan/steps/steps.ts';
import { BIGINT, BOOLEAN, INTEGER, STRING, type SqlType } from '../../types/sql-type.ts';

/**
 * Short forms of plan steps for tests. Keys are KAFKA, values JSON; key and value columns are all in the row, the key
 * first.
 */
export type Columns = Readonly<Record<string, SqlType>>;

export const JSON_CODEC: TopicCodec = {
  keyFormat: { format: 'KAFKA', properties: {} },
  valueFormat: { format: 'JSON', properties: {} },
  keyFeatures: [],
  valueFeatures: [],
};

export function list(columns: Columns): RowColumn[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type }));
}

export interface SourceShape {
  readonly key?: Columns;
  readonly value: Columns;
  readonly window?: WindowInfo;
  readonly timestamp?: string;
  readonly materialized?: boolean;
  readonly extra?: readonly SourceColumn[];
}

export function source(kind: 'STREAM' | 'TABLE', topic: string, shape: SourceShape): SourceStep {
  const key = list(shape.key ?? { K: STRING });
  const value = list(shape.value);
  const columns: SourceColumn[] = [
    ...key.map((c, index): SourceColumn => ({ ...c, from: 'KEY', index })),
    ...value.map((c, index): SourceColumn => ({ ...c, from: 'VALUE', index })),
    ...(shape.extra ?? []),
  ];
  return {
    kind: `${shape.window ? 'Windowed' : ''}${kind === 'STREAM' ? 'Stream' : 'Table'}Source`,
    name: `${topic}/Source`,
    relation: kind,
    out: { key, row: columns.map(({ name, type }) => ({ name, type })), window: shape.window },
    source: topic.toUpperCase(),
    topic,
    codec: JSON_CODEC,
    schema: {
      key: key.map((c) => ({ ...c, role: 'KEY' as const })),
      value: value.map((c) => ({ ...c, role: 'VALUE' as const })),
    },
    columns,
    materialized: shape.materialized ?? false,
    timestamp:
      shape.timestamp === undefined
        ? undefined
        : { column: shape.timestamp, from: 'VALUE', index: value.findIndex((c) => c.name === shape.timestamp) },
  } as SourceStep;
}

/** A column of a step's row as an expression. */
export function col(step: Step, name: string): TypedExpr {
  const index = step.out.row.findIndex((c) => c.name === name);
  return { kind: 'column', index, name, type: step.out.row[index]!.type };
}

export function int(value: number): TypedExpr {
  return { kind: 'literal', value, type: INTEGER };
}

export function greater(left: TypedExpr, right: TypedExpr): TypedExpr {
  return { kind: 'compare', op: '>', left, right, type: BOOLEAN };
}

export function filter(step: Step, predicate: TypedExpr): Step {
  return {
    kind: step.relation === 'TABLE' ? 'TableFilter' : 'StreamFilter',
    name: `${step.name}/Filter`,
    relation: step.relation,
    out: step.out,
    source: step,
    predicate,
  };
}

export function select(step: Step, names: readonly string[]): Step {
  const expressions = names.map((n) => col(step, n));
  return {
    kind: step.relation === 'TABLE' ? 'TableSelect' : 'StreamSelect',
    name: `${step.name}/Project`,
    relation: step.relation,
    out: { ...step.out, row: expressions.map((e, i) => ({ name: names[i]!, type: e.type })) },
    source: step,
    expressions,
  };
}

/** GROUP BY columns, with a repartition topic. */
export function groupBy(step: Step, names: readonly string[]): Step {
  const out = { key: names.map((name) => ({ name, type: col(step, name).type })), row: step.out.row };
  const grouped: Step = {
    kind: step.relation === 'TABLE' ? 'TableGroupBy' : 'StreamGroupBy',
    name: 'Aggregate/GroupBy',
    relation: step.relation,
    out,
    source: step,
    expressions: names.map((n) => col(step, n)),
  };
  return {
    kind: 'Repartition',
    name: 'Aggregate/GroupBy/Repartition',
    relation: step.relation,
    out,
    source: grouped,
    topicSuffix: 'Aggregate-GroupBy-repartition',
    codec: JSON_CODEC,
  };
}

/** GROUP BY the existing key. */
export function groupByKey(step: Step): Step {
  return {
    kind: 'StreamGroupByKey',
    name: 'Aggregate/GroupBy',
    relation: 'STREAM',
    out: step.out,
    source: step,
    expressions: step.out.key.map((k) => col(step, k.name)),
  };
}

export function call(name: string, args: readonly TypedExpr[], type: SqlType, signature: number): AggregateCall {
  return { name, signature, args, type, intermediate: type };
}

export function aggregate(
  step: Step,
  calls: Readonly<Record<string, AggregateCall>>,
  window?: WindowSpec,
  emit: 'CHANGES' | 'FINAL' = 'CHANGES',
): AggregateStep {
  const results = Object.entries(calls).map(([name, c]) => ({ name, type: c.type }));
  return {
    kind:
      step.relation === 'TABLE'
        ? 'TableAggregate'
        : window === undefined
          ? 'StreamAggregate'
          : 'StreamWindowedAggregate',
    name: 'Aggregate/Aggregate',
    relation: 'TABLE',
    out: {
      key: step.out.key,
      row: [...results, ...(window === undefined ? [] : list({ WINDOWSTART: BIGINT, WINDOWEND: BIGINT }))],
      window: window && { type: window.type, sizeMs: window.type === 'SESSION' ? undefined : window.sizeMs },
    },
    source: step,
    carried: [],
    calls: Object.values(calls),
    nonAggregateColumns: [],
    window,
    emit,
    store: 'Aggregate-Aggregate-Materialize',
  };
}

function joined(left: Step, right: Step): RowColumn[] {
  return [...left.out.row, ...right.out.row];
}

export function streamStreamJoin(
  left: Step,
  right: Step,
  joinType: JoinType,
  within: { readonly beforeMs: number; readonly afterMs: number; readonly graceMs?: number },
): Step {
  return {
    kind: 'StreamStreamJoin',
    name: 'Join',
    relation: 'STREAM',
    out: { key: left.out.key, row: joined(left, right) },
    left,
    right,
    joinType,
    ...within,
    leftStore: 'Join-left',
    rightStore: 'Join-right',
  };
}

export function streamTableJoin(left: Step, right: Step, joinType: JoinType): Step {
  return {
    kind: 'StreamTableJoin',
    name: 'Join',
    relation: 'STREAM',
    out: { key: left.out.key, row: joined(left, right) },
    left,
    right,
    joinType,
  };
}

export function tableTableJoin(left: Step, right: Step, joinType: JoinType): Step {
  return {
    kind: 'TableTableJoin',
    name: 'Join',
    relation: 'TABLE',
    out: { key: left.out.key, row: joined(left, right) },
    left,
    right,
    joinType,
  };
}

export function foreignKeyJoin(left: Step, right: Step, joinType: JoinType, foreignKey: TypedExpr): Step {
  return {
    kind: 'ForeignKeyTableTableJoin',
    name: 'Join',
    relation: 'TABLE',
    out: { key: left.out.key, row: joined(left, right) },
    left,
    right,
    joinType,
    foreignKey,
    codec: JSON_CODEC,
  };
}

/** Writes all columns except those of the key. */
export function sink(step: Step, topic = 'out'): SinkStep {
  const keys = step.out.key.map((k) => k.name);
  const columns = step.out.row.flatMap((c, i) => (keys.includes(c.name) ? [] : [i]));
  return {
    kind: step.relation === 'TABLE' ? 'TableSink' : 'StreamSink',
    name: 'OUT',
    relation: step.relation,
    out: { ...step.out, row: columns.map((i) => step.out.row[i]!) },
    source: step,
    topic,
    codec: JSON_CODEC,
    columns,
  };
}

export function plan(root: Step, queryId = 'CTAS_OUT_0'): QueryPlan {
  return { version: 1, queryId, sources: [], sink: 'OUT', root };
}
