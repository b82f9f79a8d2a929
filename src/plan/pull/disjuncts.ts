import type { TypedExpr } from '../../expr/typed.ts';

/** Beyond this number of alternatives, a WHERE is evaluated as a whole instead. */
const MAX_DISJUNCTS = 256;

/**
 * A predicate as alternatives of conditions that must all hold (disjunctive normal form); undefined when there are too
 * many.
 */
export function disjunctsOf(predicate: TypedExpr): TypedExpr[][] | undefined {
  switch (predicate.kind) {
    case 'logical': {
      const left = disjunctsOf(predicate.left);
      const right = disjunctsOf(predicate.right);
      if (left === undefined || right === undefined) return undefined;
      if (predicate.op === 'OR') return limited([...left, ...right]);
      if (left.length * right.length > MAX_DISJUNCTS) return undefined;
      return left.flatMap((l) => right.map((r) => [...l, ...r]));
    }
    case 'in': {
      const { value, type } = predicate;
      return limited(predicate.list.map((item) => [{ kind: 'compare', op: '=', left: value, right: item, type }]));
    }
    default:
      return [[predicate]];
  }
}

function limited(disjuncts: TypedExpr[][]): TypedExpr[][] | undefined {
  return disjuncts.length > MAX_DISJUNCTS ? undefined : disjuncts;
}
