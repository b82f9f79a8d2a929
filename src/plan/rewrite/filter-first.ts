import { readColumns } from '../../expr/columns.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { FilterStep, Step, StreamTableJoinStep } from '../steps/steps.ts';
import { mapInputs } from '../steps/walk.ts';

/**
 * A predicate first: what a WHERE behind a stream-table join asks of the stream alone is asked before the join, and
 * before the topic that may stand in between. (Not so for joins of streams: a record that a filter drops does not
 * advance their stream time, so results would differ.)
 */
export function filterFirst(step: Step): Step {
  const mapped = mapInputs(step, filterFirst);
  if (mapped.kind !== 'StreamFilter' || mapped.source.kind !== 'StreamTableJoin') return mapped;
  const join = mapped.source;
  const width = join.left.out.row.length;
  const conjuncts = conjunctsOf(mapped.predicate);
  const early = conjuncts.filter((c) => readColumns([c]).every((i) => i < width));
  if (early.length === 0) return mapped;
  const late = conjuncts.filter((c) => !early.includes(c));
  const filtered: StreamTableJoinStep = { ...join, left: filterBelow(join.left, all(early)) };
  return late.length === 0 ? filtered : { ...mapped, source: filtered, predicate: all(late) };
}

/** Filters as far down as the row has the same columns. */
function filterBelow(step: Step, predicate: TypedExpr): Step {
  if (step.kind === 'Repartition' || step.kind === 'StreamSelectKey') {
    return { ...step, source: filterBelow(step.source, predicate) };
  }
  const filter: FilterStep = {
    kind: 'StreamFilter',
    name: 'WhereFilter/Early',
    relation: 'STREAM',
    out: step.out,
    source: step,
    predicate,
  };
  return filterFirst(filter);
}

function conjunctsOf(predicate: TypedExpr): TypedExpr[] {
  return predicate.kind === 'logical' && predicate.op === 'AND'
    ? [...conjunctsOf(predicate.left), ...conjunctsOf(predicate.right)]
    : [predicate];
}

function all(conjuncts: readonly TypedExpr[]): TypedExpr {
  return conjuncts.reduce((left, right) => ({ kind: 'logical', op: 'AND', left, right, type: left.type }));
}
