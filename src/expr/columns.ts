import { childrenOf, mapChildren, type TypedNode } from './traverse.ts';
import type { TypedExpr } from './typed.ts';

/** Positions of the columns that the expressions read, ascending. */
export function readColumns(expressions: Iterable<TypedExpr>): number[] {
  const found = new Set<number>();
  const visit = (node: TypedNode): void => {
    if (node.kind === 'column') found.add(node.index);
    else childrenOf(node).forEach(visit);
  };
  for (const expression of expressions) visit(expression);
  return [...found].sort((a, b) => a - b);
}

/**
 * The expression for a row with its columns at other positions: `indexOf` returns the new position of an old one.
 * Throws what `indexOf` throws for a column that no longer exists.
 */
export function remapColumns(expression: TypedExpr, indexOf: (index: number) => number): TypedExpr {
  if (expression.kind === 'column') {
    const index = indexOf(expression.index);
    return index === expression.index ? expression : { ...expression, index };
  }
  return mapChildren(expression, (child) => remapColumns(child, indexOf));
}

/** The expression with each column replaced by another expression (for example, that of a projection). */
export function substituteColumns(expression: TypedExpr, replace: (index: number) => TypedExpr): TypedExpr {
  if (expression.kind === 'column') return replace(expression.index);
  return mapChildren(expression, (child) => substituteColumns(child, replace));
}
