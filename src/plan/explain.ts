import type { TypedArg, TypedExpr } from '../expr/typed.ts';
import { formatType, quoteIdentifier } from '../types/sql-type.ts';
import { formatTyped } from './explain-expr.ts';
import type { QueryPlan, RowColumn, Step } from './steps/steps.ts';
import { inputsOf } from './steps/walk.ts';

/**
 * The plan in the style of ksqlDB's EXPLAIN: the sink first, inputs indented below.
 *
 *      > [ SINK ] | Schema: ID INTEGER KEY, ... | Logger: CSAS_X_1.X
 *          > [ PROJECT ] | ...
 */
export function explainPlan(plan: QueryPlan): string {
  const lines: string[] = [];
  const add = (step: Step, depth: number): void => {
    const detail = detailOf(step);
    lines.push(
      `${' '.repeat(1 + depth * 3)}> [ ${WORDS[step.kind]} ] | Schema: ${schemaText(step)} | Logger: ${plan.queryId}.` +
        `${step.name.replaceAll('/', '.')}${detail === '' ? '' : ` | ${detail}`}`,
    );
    for (const input of inputsOf(step)) add(input, depth + 1);
  };
  add(plan.root, 0);
  return lines.join('\n');
}

/** The topology: sub-topologies (the operators between topics) with their sources, processors, stores and sinks. */
export function topologyText(plan: QueryPlan): string {
  const parts: Step[][] = [];
  const split = (step: Step, part: Step[]): void => {
    if (step.kind === 'Repartition') {
      part.unshift(step);
      const upstream: Step[] = [];
      parts.push(upstream);
      split(step.source, upstream);
      upstream.push(step);
      return;
    }
    for (const input of inputsOf(step)) split(input, part);
    part.push(step);
  };
  const last: Step[] = [];
  parts.push(last);
  split(plan.root, last);
  const lines = ['Topologies:'];
  for (const [i, part] of parts.toReversed().entries()) {
    lines.push(`   Sub-topology: ${i}`);
    for (const [at, step] of part.entries()) lines.push(`    ${topologyLine(step, at === part.length - 1)}`);
    lines.push('');
  }
  return lines.join('\n');
}

function topologyLine(step: Step, isLast: boolean): string {
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return `Source: ${step.name} (topics: [${step.topic}])${step.materialized === true ? ` (stores: [${storeName(step.name)}])` : ''}`;
    case 'Repartition':
      return isLast
        ? `Sink: ${step.name} (topic: ${step.topicSuffix})`
        : `Source: ${step.name} (topics: [${step.topicSuffix}])`;
    case 'StreamSink':
    case 'TableSink':
      return `Sink: ${step.name} (topic: ${step.topic})${step.store === undefined ? '' : ` (stores: [${step.store}])`}`;
    case 'StreamAggregate':
    case 'StreamWindowedAggregate':
    case 'TableAggregate':
      return `Processor: ${step.name} (stores: [${step.store}])`;
    case 'StreamStreamJoin':
      return `Processor: ${step.name} (stores: [${step.leftStore}, ${step.rightStore}])`;
    default:
      return `Processor: ${step.name} (stores: [])`;
  }
}

function storeName(step: string): string {
  return step.replaceAll('/', '-');
}

const WORDS: Readonly<Record<Step['kind'], string>> = {
  StreamSource: 'SOURCE',
  TableSource: 'SOURCE',
  WindowedStreamSource: 'SOURCE',
  WindowedTableSource: 'SOURCE',
  StreamFilter: 'FILTER',
  TableFilter: 'FILTER',
  StreamSelect: 'PROJECT',
  TableSelect: 'PROJECT',
  StreamSelectKey: 'REKEY',
  TableSelectKey: 'REKEY',
  Repartition: 'REPARTITION',
  StreamFlatMap: 'FLAT_MAP',
  StreamGroupBy: 'GROUP_BY',
  StreamGroupByKey: 'GROUP_BY',
  TableGroupBy: 'GROUP_BY',
  StreamAggregate: 'AGGREGATE',
  StreamWindowedAggregate: 'AGGREGATE',
  TableAggregate: 'AGGREGATE',
  StreamStreamJoin: 'JOIN',
  StreamTableJoin: 'JOIN',
  TableTableJoin: 'JOIN',
  ForeignKeyTableTableJoin: 'JOIN',
  StreamSink: 'SINK',
  TableSink: 'SINK',
};

function schemaText(step: Step): string {
  const columns = (list: readonly RowColumn[], suffix: string): string[] =>
    list.map((c) => `${quoteIdentifier(c.name)} ${formatType(c.type)}${suffix}`);
  return [...columns(step.out.key, ' KEY'), ...columns(step.out.row, '')].join(', ');
}

function detailOf(step: Step): string {
  const list = (expressions: readonly (TypedExpr | TypedArg)[]): string => expressions.map(formatTyped).join(', ');
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return `Topic: ${step.topic}`;
    case 'StreamFilter':
    case 'TableFilter':
      return `Where: ${formatTyped(step.predicate)}`;
    case 'StreamSelect':
    case 'TableSelect':
      return `Select: ${list(step.expressions)}`;
    case 'StreamSelectKey':
    case 'TableSelectKey':
    case 'StreamGroupBy':
    case 'StreamGroupByKey':
    case 'TableGroupBy':
      return `By: ${list(step.expressions)}`;
    case 'Repartition':
      return `Topic: ${step.topicSuffix}`;
    case 'StreamFlatMap':
      return `Functions: ${step.functions.map((f) => `${f.name}(${list(f.args)})`).join(', ')}`;
    case 'StreamAggregate':
    case 'StreamWindowedAggregate':
    case 'TableAggregate': {
      const calls = step.calls.map((c) => `${c.name}(${list(c.args)})`).join(', ');
      const window = step.window === undefined ? '' : ` | Window: ${step.window.type}`;
      return `Functions: ${calls}${window}${step.twoPhase === true ? ' | In two phases' : ''}`;
    }
    case 'StreamStreamJoin':
      return `Join: ${step.joinType}${unlessNull(step.matchedBy)} | Within: ${step.beforeMs} ms before, ${step.afterMs} ms after`;
    case 'StreamTableJoin':
    case 'TableTableJoin':
      return `Join: ${step.joinType}${unlessNull(step.matchedBy)}`;
    case 'ForeignKeyTableTableJoin':
      return `Join: ${step.joinType} | Foreign key: ${formatTyped(step.foreignKey)}`;
    case 'StreamSink':
    case 'TableSink':
      return `Topic: ${step.topic}`;
    default:
      return step satisfies never;
  }
}

function unlessNull(expression: TypedExpr | undefined): string {
  return expression === undefined ? '' : ` unless ${formatTyped(expression)} is null`;
}
