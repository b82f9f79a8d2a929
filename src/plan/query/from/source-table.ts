import type { Source } from '../../../catalog/source.ts';
import type { PlanContext } from '../../context.ts';
import type { PlannedQuery } from '../../statement-plan.ts';
import { PLAN_VERSION } from '../../steps/steps.ts';
import { sourceStep } from './source-step.ts';

/** The query behind CREATE SOURCE TABLE, which stores the table's rows for pull queries and writes nothing. */
export function planSourceTable(source: Source, context: PlanContext): PlannedQuery {
  const step = sourceStep({
    source,
    name: 'KsqlTopic/Source',
    wanted: source.schema.value.map((column) => column.name),
    rename: (name) => name,
    materialized: true,
  });
  return {
    type: 'CREATE_SOURCE',
    replaces: false,
    plan: {
      version: PLAN_VERSION,
      queryId: `CST_${source.name}_${context.nextQueryId()}`,
      sources: [source.name],
      sink: source.name,
      root: step,
    },
  };
}
