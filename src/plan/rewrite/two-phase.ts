import type { AggregateFunction } from '../../functions/api.ts';
import type { PlanContext } from '../context.ts';
import { isLossless } from '../steps/internal-values.ts';
import type { AggregateStep, Step } from '../steps/steps.ts';
import { mapInputs } from '../steps/walk.ts';

/**
 * Aggregates before and after the repartition topic where that changes no result, so that a group costs one record per
 * commit and partition of the source instead of one per row (two-phase, or local-global, aggregation). Sessions are
 * left out: their bounds come from single rows.
 */
export function aggregateInTwoPhases(step: Step, context: PlanContext): Step {
  const mapped = mapInputs(step, (input) => aggregateInTwoPhases(input, context));
  if (mapped.kind !== 'StreamAggregate' && mapped.kind !== 'StreamWindowedAggregate') return mapped;
  return fits(mapped, context) ? { ...mapped, twoPhase: true } : mapped;
}

function fits({ source, calls, window }: AggregateStep, context: PlanContext): boolean {
  if (source.kind !== 'Repartition' || !isLossless(source)) return false;
  if (window?.type === 'SESSION') return false;
  return calls.every(({ name, signature }) => {
    const definition = context.functions.find(name) as AggregateFunction;
    return definition.signatures[signature]?.isMergedExactly === true;
  });
}
