import { SluiceError } from '../../base/errors.ts';
import { exprFromJson, exprToJson } from '../../expr/json.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import { PLAN_VERSION, type QueryPlan, type Step } from './steps.ts';

/**
 * Plans as stored in the command log: plain data except for literals in expressions, which expr/json.ts writes by type.
 * Plans with an older PLAN_VERSION are migrated here; newer versions are refused.
 */
export function planToJson(plan: QueryPlan): unknown {
  return { ...plan, root: mapExpressions(plan.root, (e) => exprToJson(e) as TypedExpr) };
}

/** Reads a plan that `planToJson` wrote, after JSON.parse. @throws SluiceError INTERNAL for a newer version */
export function planFromJson(json: unknown): QueryPlan {
  const plan = json as QueryPlan;
  if (plan.version > PLAN_VERSION) {
    throw new SluiceError(
      'INTERNAL',
      `The plan of query ${plan.queryId} has version ${plan.version}; this server reads versions up to ${PLAN_VERSION}.`,
      { hint: 'Start the server version that wrote it, or a later one.' },
    );
  }
  return { ...plan, sink: plan.sink ?? undefined, root: mapExpressions(plan.root, exprFromJson) };
}

function mapExpressions(step: Step, map: (expression: TypedExpr) => TypedExpr): Step {
  const all = (expressions: readonly TypedExpr[]): TypedExpr[] => expressions.map(map);
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedStreamSource':
    case 'WindowedTableSource':
      return step;
    case 'StreamFilter':
    case 'TableFilter':
      return { ...step, source: mapExpressions(step.source, map), predicate: map(step.predicate) };
    case 'StreamSelect':
    case 'TableSelect':
    case 'StreamSelectKey':
    case 'TableSelectKey':
    case 'StreamGroupBy':
    case 'StreamGroupByKey':
    case 'TableGroupBy':
      return { ...step, source: mapExpressions(step.source, map), expressions: all(step.expressions) } as Step;
    case 'Repartition':
    case 'StreamSink':
    case 'TableSink':
      return { ...step, source: mapExpressions(step.source, map) };
    case 'StreamFlatMap':
      return {
        ...step,
        source: mapExpressions(step.source, map),
        functions: step.functions.map((f) => ({ ...f, args: all(f.args) })),
      };
    case 'StreamAggregate':
    case 'StreamWindowedAggregate':
    case 'TableAggregate':
      return {
        ...step,
        source: mapExpressions(step.source, map),
        calls: step.calls.map((c) => ({ ...c, args: all(c.args) })),
      };
    case 'StreamStreamJoin':
    case 'StreamTableJoin':
    case 'TableTableJoin':
      return {
        ...step,
        left: mapExpressions(step.left, map),
        right: mapExpressions(step.right, map),
        matchedBy: step.matchedBy === undefined ? undefined : map(step.matchedBy),
      };
    case 'ForeignKeyTableTableJoin':
      return {
        ...step,
        left: mapExpressions(step.left, map),
        right: mapExpressions(step.right, map),
        foreignKey: map(step.foreignKey),
      };
    default:
      return step satisfies never;
  }
}
