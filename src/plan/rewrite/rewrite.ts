import type { PlanContext } from '../context.ts';
import type { Step } from '../steps/steps.ts';
import { filterFirst } from './filter-first.ts';
import { settleInternalFormats } from './internal-formats.ts';
import { pushDown } from './push-down.ts';
import { aggregateInTwoPhases } from './two-phase.ts';

/**
 * All rewrites of a complete plan: early predicates, then removal of unused columns, then formats of internal topics,
 * then aggregations that can begin before the topic.
 */
export function rewritten(root: Step, context: PlanContext): Step {
  return aggregateInTwoPhases(settleInternalFormats(pushDown(filterFirst(root)), context), context);
}
