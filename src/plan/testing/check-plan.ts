import type { TypedExpr } from '../../expr/typed.ts';
import { childrenOf, type TypedNode } from '../../expr/traverse.ts';
import { BIGINT, formatType } from '../../types/sql-type.ts';
import type { RowColumn, Step } from '../steps/steps.ts';
import { inputsOf } from '../steps/walk.ts';

/**
 * Checks what must hold for every plan: each column that an expression reads is in the input's row under that name and
 * type, rows have the width given by their step, and no unused column is carried (except in rows that a filter shares).
 * Returns the violations.
 */
export function faultsOf(step: Step): string[] {
  return [...inputsOf(step).flatMap(faultsOf), ...ownFaults(step)];
}

function ownFaults(step: Step): string[] {
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return sameRow(step, step.columns, step.out.row);
    case 'StreamFilter':
    case 'TableFilter':
      return [...reads(step, [step.predicate], step.source), ...sameRow(step, step.source.out.row, step.out.row)];
    case 'StreamSelect':
    case 'TableSelect':
      return [...reads(step, step.expressions, step.source), ...sameTypes(step, step.expressions, step.out.row)];
    case 'StreamSelectKey':
    case 'TableSelectKey':
    case 'StreamGroupBy':
    case 'StreamGroupByKey':
    case 'TableGroupBy':
      return [
        ...reads(step, step.expressions, step.source),
        ...sameRow(step, step.source.out.row, step.out.row),
        ...sameTypes(step, step.expressions, step.out.key),
      ];
    case 'Repartition':
      return [
        ...sameRow(step, step.source.out.row, step.out.row),
        ...sameTypes(step, step.source.out.key, step.out.key),
      ];
    case 'StreamFlatMap':
      return [
        ...reads(
          step,
          step.functions.flatMap((f) => f.args),
          step.source,
        ),
        ...sameTypes(step, [...step.source.out.row, ...step.functions], step.out.row),
      ];
    case 'StreamAggregate':
    case 'StreamWindowedAggregate':
    case 'TableAggregate': {
      const carried = step.carried.map((i) => step.source.out.row[i]);
      if (carried.includes(undefined)) return [`${step.name} carries a column that is not there`];
      const bounds = step.window === undefined ? [] : [{ type: BIGINT }, { type: BIGINT }];
      const keys = (step.keyColumns ?? []).map((i) => step.out.key[i]!);
      return [
        ...reads(
          step,
          step.calls.flatMap((c) => c.args),
          step.source,
        ),
        ...sameTypes(step, [...(carried as RowColumn[]), ...step.calls, ...bounds, ...keys], step.out.row),
      ];
    }
    case 'StreamStreamJoin':
    case 'StreamTableJoin':
    case 'TableTableJoin':
    case 'ForeignKeyTableTableJoin': {
      const synthetic = step.synthetic === true ? step.out.key : [];
      const faults = sameTypes(step, [...step.left.out.row, ...step.right.out.row, ...synthetic], step.out.row);
      if (step.matchedBy !== undefined) faults.push(...reads(step, [step.matchedBy], step.left));
      if (step.kind === 'ForeignKeyTableTableJoin') return [...faults, ...reads(step, [step.foreignKey], step.left)];
      return [...faults, ...sameTypes(step, step.left.out.key, step.right.out.key)];
    }
    case 'StreamSink':
    case 'TableSink': {
      const columns = step.columns.map((i) => step.source.out.row[i]);
      if (columns.includes(undefined)) return [`${step.name} writes a column that is not there`];
      return [
        ...sameTypes(step, columns as RowColumn[], step.out.row),
        ...sameTypes(step, step.source.out.key, step.out.key),
      ];
    }
    default:
      return step satisfies never;
  }
}

function reads(step: Step, expressions: readonly TypedExpr[], source: Step): string[] {
  const faults: string[] = [];
  const visit = (node: TypedNode): void => {
    if (node.kind === 'column') {
      const column = source.out.row[node.index];
      if (column?.name !== node.name || formatType(column.type) !== formatType(node.type)) {
        faults.push(`${step.name} reads ${node.name} at ${node.index}, where ${column?.name ?? 'nothing'} stands`);
      }
    }
    childrenOf(node).forEach(visit);
  };
  expressions.forEach(visit);
  return faults;
}

function sameRow(step: Step, a: readonly RowColumn[], b: readonly RowColumn[]): string[] {
  const text = (row: readonly RowColumn[]): string => row.map((c) => `${c.name} ${formatType(c.type)}`).join(', ');
  return text(a) === text(b) ? [] : [`${step.name} has the row ${text(b)}, its input gives ${text(a)}`];
}

function sameTypes(step: Step, a: readonly Pick<RowColumn, 'type'>[], b: readonly RowColumn[]): string[] {
  const text = (row: readonly Pick<RowColumn, 'type'>[]): string => row.map((c) => formatType(c.type)).join(', ');
  return text(a) === text(b) ? [] : [`${step.name} gives (${text(b)}) from (${text(a)})`];
}
