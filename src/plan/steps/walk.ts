import { assertNever } from '../../base/assert.ts';
import type { Step } from './steps.ts';

/** The steps that feed a step, left before right. */
export function inputsOf(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return [];
    case 'StreamStreamJoin':
    case 'StreamTableJoin':
    case 'TableTableJoin':
    case 'ForeignKeyTableTableJoin':
      return [step.left, step.right];
    case 'StreamFilter':
    case 'TableFilter':
    case 'StreamSelect':
    case 'TableSelect':
    case 'StreamSelectKey':
    case 'TableSelectKey':
    case 'Repartition':
    case 'StreamFlatMap':
    case 'StreamGroupBy':
    case 'StreamGroupByKey':
    case 'TableGroupBy':
    case 'StreamAggregate':
    case 'StreamWindowedAggregate':
    case 'TableAggregate':
    case 'StreamSink':
    case 'TableSink':
      return [step.source];
    default:
      return assertNever(step);
  }
}

/** The step with each of its inputs replaced. */
export function mapInputs(step: Step, map: (input: Step) => Step): Step {
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return step;
    case 'StreamStreamJoin':
    case 'StreamTableJoin':
    case 'TableTableJoin':
    case 'ForeignKeyTableTableJoin':
      return { ...step, left: map(step.left), right: map(step.right) };
    default:
      return { ...step, source: map(step.source) } as Step;
  }
}

/** All steps of a tree, inputs before the steps that read them. */
export function allSteps(root: Step): Step[] {
  return [...inputsOf(root).flatMap(allSteps), root];
}
