import type { PlanContext } from '../context.ts';
import type { Step } from '../steps/steps.ts';
import { filterFirst } from './filter-first.ts';
import { settleInternalFormats } from './internal-formats.ts';
import { pushDown } from './push-down.ts';

/**
 * All rewrites of a complete plan, in order: predicates first, then what nobody reads goes, then topics get their
 * formats.
 */
export function rewritten(root: Step, context: PlanContext): Step {
  return settleInternalFormats(pushDown(filterFirst(root)), context);
}
