import type { AggregateStep } from '../../plan/steps/steps.ts';
import { AggregateCore } from '../operators/aggregate-core.ts';
import type { Compiler } from '../task/compiler.ts';

/** The computation of an aggregation, for either of its phases. */
export function coreOf(step: AggregateStep, compiler: Compiler): AggregateCore {
  return new AggregateCore(
    step.carried,
    step.calls.map((call) => {
      const aggregator = compiler.aggregator(call);
      return {
        aggregator,
        args: call.args.map((a, i) => compiler.value(a, `argument ${i + 1} of ${call.name}`)),
        intermediate: aggregator.intermediate,
      };
    }),
  );
}
