import { readColumns } from '../../expr/columns.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { FilterStep, Step, StreamTableJoinStep } from '../steps/steps.ts';
import { mapInputs } from '../steps/walk.ts';

/**
 * Evaluates predicates early: conditions of a WHERE after a stream-table join that concern only the stream move before
 * the join, and before a repartition between them. (Not for joins of streams: a record that is filtered out does not
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

/** Moves a filter down as far as the row has the same columns. */
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
