import { must } from '../base/assert.ts';
import type { Query } from '../sql/ast/query.ts';
import type { Column } from '../types/schema.ts';
import type { PlanContext } from './context.ts';
import { located } from './errors.ts';
import { projectTransient } from './query/select/projection.ts';
import { queryBody } from './query/query-body.ts';
import { rewritten } from './rewrite/rewrite.ts';
import { PLAN_VERSION, type QueryPlan } from './steps/steps.ts';

/** A push query: steps without a sink. The root's row holds the selected columns in order. */
export interface TransientPlan {
  readonly plan: QueryPlan;
  /** The columns of the result. */
  readonly columns: readonly Column[];
  /** Ends after this many rows; undefined: never. */
  readonly limit: number | undefined;
  /** Whether the result can contain tombstones, which mark deleted rows of a table. */
  readonly isTable: boolean;
}

/** Plans SELECT ... EMIT CHANGES|FINAL. @throws SluiceError with `statement` set */
export function planTransientQuery(query: Query, text: string, context: PlanContext): TransientPlan {
  try {
    const body = queryBody(query, { persistent: false, subject: 'SELECT statement' }, context);
    const projected = projectTransient(body);
    const suffix = context.transientSuffix?.() ?? '0';
    return {
      plan: {
        version: PLAN_VERSION,
        queryId: `transient_${must(body.sources[0], 'source').source.name}_${suffix}`,
        sources: body.sources.map((s) => s.source.name),
        sink: undefined,
        root: rewritten(projected.step, context),
      },
      columns: projected.value.map((c) => ({ name: c.name, type: c.type, role: 'VALUE' })),
      limit: query.limit ?? undefined,
      isTable: projected.step.relation === 'TABLE',
    };
  } catch (error) {
    throw located(error, query.from.source.span, text);
  }
}
