import type { AggregateStep, SinkStep, SourceStep, Step } from './steps.ts';

/** The step whose store holds a table's rows, and the steps above it, nearest first. */
export interface KeptStep {
  readonly kept: AggregateStep | SinkStep | SourceStep;
  readonly above: readonly Step[];
}

/** Finds where a query stores its result in readable form, or the step that stores nothing. */
export function keptStep(root: Step): KeptStep | { readonly kept: undefined; readonly nothingAt: Step } {
  const above: Step[] = [];
  for (let step = root; ;) {
    switch (step.kind) {
      case 'TableSink':
        if (step.store !== undefined) return { kept: step, above };
        above.unshift(step);
        step = step.source;
        break;
      case 'TableSelect':
      case 'TableFilter':
        above.unshift(step);
        step = step.source;
        break;
      case 'StreamAggregate':
      case 'StreamWindowedAggregate':
      case 'TableAggregate':
        return { kept: step, above };
      case 'TableSource':
      case 'WindowedTableSource':
        return step.materialized === true ? { kept: step, above } : { kept: undefined, nothingAt: step };
      default:
        return { kept: undefined, nothingAt: step };
    }
  }
}
