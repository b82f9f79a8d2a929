import { assertNever, elementAt, must } from '../../base/assert.ts';
import { readColumns, remapColumns } from '../../expr/columns.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { AggregateStep, FlatMapStep, JoinStep, RowColumn, SourceStep, Step } from '../steps/steps.ts';

/**
 * Projection push-down. A plan is made with all source columns in its rows; this removes unused columns, down to the
 * decoder. Columns that only a predicate reads are dropped before the next internal topic.
 */
export function pushDown(root: Step): Step {
  switch (root.kind) {
    case 'StreamSink':
    case 'TableSink': {
      const needed = new Set(root.columns);
      if (root.timestamp?.from === 'ROW') needed.add(must(root.columns[root.timestamp.rowIndex], 'column'));
      const source = prune(root.source, needed);
      return {
        ...root,
        source: source.step,
        columns: root.columns.map(source.at),
        timestamp:
          root.timestamp?.from === 'ROW'
            ? { ...root.timestamp, rowIndex: source.at(must(root.columns[root.timestamp.rowIndex], 'column')) }
            : root.timestamp,
      };
    }
    default:
      return prune(root, new Set(root.out.row.keys())).step;
  }
}

/** A step with fewer columns; `at` maps a requested column to its new position. */
interface Pruned {
  readonly step: Step;
  readonly at: (index: number) => number;
}

function prune(step: Step, needed: ReadonlySet<number>): Pruned {
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return pruneSource(step, needed);
    case 'StreamFilter':
    case 'TableFilter': {
      const source = prune(step.source, union(needed, [...readColumns([step.predicate]), ...keptColumns(step.source)]));
      return {
        at: source.at,
        step: {
          ...step,
          source: source.step,
          predicate: remapColumns(step.predicate, source.at),
          out: { ...step.out, row: source.step.out.row },
        },
      };
    }
    case 'StreamSelect':
    case 'TableSelect': {
      const kept = sorted(needed);
      const expressions = kept.map((i) => must(step.expressions[i], 'expression'));
      const source = prune(step.source, new Set(readColumns(expressions)));
      return {
        at: positionIn(kept),
        step: {
          ...step,
          source: source.step,
          expressions: expressions.map((e) => remapColumns(e, source.at)),
          out: { ...step.out, row: pick(step.out.row, kept) },
        },
      };
    }
    case 'StreamSelectKey':
    case 'TableSelectKey':
    case 'StreamGroupBy':
    case 'StreamGroupByKey':
    case 'TableGroupBy': {
      const wanted = union(needed, readColumns(step.expressions));
      // A grouped table directly precedes its topic and its aggregate, so unused columns are removed before the
      // grouping.
      const source = step.kind === 'TableGroupBy' ? pruneExactly(step.source, wanted) : prune(step.source, wanted);
      return {
        at: source.at,
        step: {
          ...step,
          source: source.step,
          expressions: step.expressions.map((e) => remapColumns(e, source.at)),
          out: { ...step.out, row: source.step.out.row },
        },
      };
    }
    case 'Repartition': {
      // Only columns that are read after the topic are written. If none is, one column is written: not every format
      // distinguishes an empty row from a null value.
      const travelling = needed.size === 0 && step.codec.valueFormat.format !== 'JSON' ? new Set([0]) : needed;
      const source =
        step.source.kind === 'TableGroupBy' ? prune(step.source, travelling) : pruneExactly(step.source, travelling);
      return { at: source.at, step: { ...step, source: source.step, out: { ...step.out, row: source.step.out.row } } };
    }
    case 'StreamFlatMap':
      return pruneFlatMap(step, needed);
    case 'StreamAggregate':
    case 'StreamWindowedAggregate':
    case 'TableAggregate':
      return pruneAggregate(step, needed);
    case 'StreamStreamJoin':
    case 'StreamTableJoin':
    case 'TableTableJoin':
    case 'ForeignKeyTableTableJoin':
      return pruneJoin(step, needed);
    case 'StreamSink':
    case 'TableSink':
      return { step: pushDown(step), at: (index) => index };
    default:
      return assertNever(step);
  }
}

/** Like prune, but the row contains exactly the requested columns. */
function pruneExactly(step: Step, needed: ReadonlySet<number>): Pruned {
  const source = prune(step, needed);
  const kept = sorted(needed).map(source.at);
  if (kept.length === source.step.out.row.length && kept.every((k, i) => k === i)) return source;
  const at = positionIn(kept);
  return { step: project(source.step, kept), at: (index) => at(source.at(index)) };
}

function pruneSource(step: SourceStep, needed: ReadonlySet<number>): Pruned {
  const kept = sorted(needed);
  return {
    at: positionIn(kept),
    step: { ...step, columns: pick(step.columns, kept), out: { ...step.out, row: pick(step.out.row, kept) } },
  };
}

/** Columns that a table stored for a filter always keeps: another projection must find the same state. */
function keptColumns(step: Step): number[] {
  if (step.kind !== 'TableSource' && step.kind !== 'WindowedTableSource') return [];
  return step.columns.flatMap((column, i) => (column.from === 'KEY' || column.from === 'VALUE' ? [i] : []));
}

function pruneFlatMap(step: FlatMapStep, needed: ReadonlySet<number>): Pruned {
  const width = step.source.out.row.length;
  const inputs = [...needed].filter((i) => i < width);
  const args = step.functions.flatMap((f) => f.args);
  const source = prune(step.source, union(new Set(inputs), readColumns(args)));
  const newWidth = source.step.out.row.length;
  return {
    at: (index) => (index < width ? source.at(index) : newWidth + index - width),
    step: {
      ...step,
      source: source.step,
      functions: step.functions.map((f) => ({ ...f, args: remapAll(f.args, source.at) })),
      out: { ...step.out, row: [...source.step.out.row, ...step.out.row.slice(width)] },
    },
  };
}

function pruneAggregate(step: AggregateStep, needed: ReadonlySet<number>): Pruned {
  const { carried } = step;
  const keyColumns = step.keyColumns ?? [];
  const firstKey = step.out.row.length - keyColumns.length;
  // The state keeps its carried columns and calls, whoever reads them.
  const args = step.calls.flatMap((c) => c.args);
  const source = prune(step.source, new Set([...carried, ...readColumns(args)]));
  const keys = sorted(needed).filter((i) => i >= firstKey);
  const keyAt = positionIn(keys);
  return {
    at: (index) => (index < firstKey ? index : firstKey + keyAt(index)),
    step: {
      ...step,
      source: source.step,
      carried: carried.map(source.at),
      keyColumns: keys.map((i) => must(keyColumns[i - firstKey], 'key column')),
      calls: step.calls.map((c) => ({ ...c, args: remapAll(c.args, source.at) })),
      out: { ...step.out, row: [...step.out.row.slice(0, firstKey), ...pick(step.out.row, keys)] },
    },
  };
}

function pruneJoin(step: JoinStep, needed: ReadonlySet<number>): Pruned {
  const leftWidth = step.left.out.row.length;
  const rightWidth = step.right.out.row.length;
  const leftNeeded = new Set([...needed].filter((i) => i < leftWidth));
  const conditions = step.matchedBy === undefined ? [] : [step.matchedBy];
  if (step.kind === 'ForeignKeyTableTableJoin') conditions.push(step.foreignKey);
  for (const i of readColumns(conditions)) leftNeeded.add(i);
  const rightNeeded = new Set(
    [...needed].filter((i) => i >= leftWidth && i < leftWidth + rightWidth).map((i) => i - leftWidth),
  );
  const synthetic = step.synthetic === true && [...needed].some((i) => i >= leftWidth + rightWidth);
  const left = prune(step.left, leftNeeded);
  const right = prune(step.right, rightNeeded);
  const newLeft = left.step.out.row.length;
  const newRight = right.step.out.row.length;
  const at = (index: number): number => {
    if (index < leftWidth) return left.at(index);
    if (index < leftWidth + rightWidth) return newLeft + right.at(index - leftWidth);
    return newLeft + newRight + index - leftWidth - rightWidth;
  };
  const row = [
    ...left.step.out.row,
    ...right.step.out.row,
    ...(synthetic ? step.out.row.slice(leftWidth + rightWidth) : []),
  ];
  const matchedBy = step.matchedBy === undefined ? undefined : remapColumns(step.matchedBy, left.at);
  const base = { left: left.step, right: right.step, synthetic, matchedBy, out: { ...step.out, row } };
  return {
    at,
    step:
      step.kind === 'ForeignKeyTableTableJoin'
        ? { ...step, ...base, foreignKey: remapColumns(step.foreignKey, left.at) }
        : { ...step, ...base },
  };
}

/** Projects a step's row to these columns, in this order. */
function project(source: Step, kept: readonly number[]): Step {
  const row = pick(source.out.row, kept);
  return {
    kind: source.relation === 'STREAM' ? 'StreamSelect' : 'TableSelect',
    name: `${source.name}/Project`,
    relation: source.relation,
    out: { ...source.out, row },
    source,
    expressions: kept.map((index): TypedExpr => {
      const column: RowColumn = must(source.out.row[index], 'column');
      return { kind: 'column', index, name: column.name, type: column.type };
    }),
  };
}

function sorted(needed: ReadonlySet<number>): number[] {
  return [...needed].toSorted((a, b) => a - b);
}

function positionIn(kept: readonly number[]): (index: number) => number {
  const positions = new Map(kept.map((old, i) => [old, i]));
  return (index) => positions.get(index)!;
}

function pick<T>(items: readonly T[], kept: readonly number[]): T[] {
  return kept.map((i) => elementAt(items, i));
}

function union(a: ReadonlySet<number>, b: Iterable<number>): Set<number> {
  return new Set([...a, ...b]);
}

function remapAll(expressions: readonly TypedExpr[], at: (index: number) => number): TypedExpr[] {
  return expressions.map((e) => remapColumns(e, at));
}
