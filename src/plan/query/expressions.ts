import type { ColumnReference, Expression, FunctionCall } from '../../sql/ast/expressions.ts';
import { collect, rewriteExpression, visit, type AnyNode } from '../../sql/ast/visit.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';

/** A text that is equal for expressions of equal structure, wherever they stand. */
export function exprKey(expression: AnyNode): string {
  return JSON.stringify(expression, (key, value: unknown) => {
    if (key === 'span') return undefined;
    return typeof value === 'bigint' ? `${value}n` : value;
  });
}

export function sameExpression(a: AnyNode, b: AnyNode): boolean {
  return exprKey(a) === exprKey(b);
}

/** All column references of expressions, each place once. */
export function columnRefs(...expressions: readonly (Expression | null)[]): ColumnReference[] {
  return expressions.flatMap((e) => (e === null ? [] : collect(e, 'ColumnReference')));
}

/** Calls of functions of one kind, outermost first; calls inside them too. */
export function callsOf(expression: AnyNode, kind: 'AGGREGATE' | 'TABLE', functions: FunctionRegistry): FunctionCall[] {
  return collect(expression, 'FunctionCall').filter((call) => functions.find(call.name)?.kind === kind);
}

export function isAggregateCall(node: AnyNode, functions: FunctionRegistry): node is FunctionCall {
  return node.kind === 'FunctionCall' && functions.find(node.name)?.kind === 'AGGREGATE';
}

/** Column references outside of aggregate calls. */
export function refsOutsideAggregates(expression: AnyNode, functions: FunctionRegistry): ColumnReference[] {
  const found: ColumnReference[] = [];
  visit(expression, (node) => {
    if (isAggregateCall(node, functions)) return false;
    if (node.kind === 'ColumnReference') found.push(node);
    return true;
  });
  return found;
}

/** Replaces sub-expressions from the top down; what `replace` answers is not gone into. */
export function substitute(expression: Expression, replace: (node: Expression) => Expression | undefined): Expression {
  const replaced = new Map<Expression, Expression>();
  const hidden = new Set<AnyNode>();
  visit(expression, (node) => {
    const next = replace(node as Expression);
    if (next === undefined) return true;
    replaced.set(node as Expression, next);
    visit(node, (inner) => {
      if (inner !== node) hidden.add(inner);
    });
    return false;
  });
  if (replaced.size === 0) return expression;
  const direct = replaced.get(expression);
  if (direct !== undefined) return direct;
  return replaceNodes(expression, replaced);
}

function replaceNodes(expression: Expression, replaced: ReadonlyMap<Expression, Expression>): Expression {
  // Children are rewritten before their parents, so originals are recognised by position: mark them through the key of the tree.
  const byKey = new Map([...replaced].map(([from, to]) => [exprKey(from), to]));
  return rewriteExpression(expression, (node) => byKey.get(exprKey(node)) ?? node);
}
