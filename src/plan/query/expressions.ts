import type { ColumnReference, Expression, FunctionCall } from '../../sql/ast/expressions.ts';
import { collect, type AnyNode } from '../../sql/ast/visit.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';

/** A text that is equal for expressions of equal structure, regardless of their positions. */
export function exprKey(expression: AnyNode): string {
  return JSON.stringify(expression, (key, value: unknown) => {
    if (key === 'span') return undefined;
    return typeof value === 'bigint' ? `${value}n` : value;
  });
}

export function sameExpression(a: AnyNode, b: AnyNode): boolean {
  return exprKey(a) === exprKey(b);
}

/** All column references in expressions, each position once. */
export function columnRefs(...expressions: readonly (Expression | null)[]): ColumnReference[] {
  return expressions.flatMap((e) => (e === null ? [] : collect(e, 'ColumnReference')));
}

/** Calls of functions of one kind, outermost first, including calls inside others. */
export function callsOf(expression: AnyNode, kind: 'AGGREGATE' | 'TABLE', functions: FunctionRegistry): FunctionCall[] {
  return collect(expression, 'FunctionCall').filter((call) => functions.find(call.name)?.kind === kind);
}

export function isAggregateCall(node: AnyNode, functions: FunctionRegistry): node is FunctionCall {
  return node.kind === 'FunctionCall' && functions.find(node.name)?.kind === 'AGGREGATE';
}

/**
 * Finds whole expressions among the sub-expressions of others. Kind and name distinguish most nodes, so looking at
 * every node of a large statement remains linear.
 */
export class ExpressionMap<V> {
  readonly #byKey = new Map<string, V>();
  readonly #signatures = new Set<string>();

  constructor(entries: Iterable<readonly [Expression, V]>) {
    for (const [expression, value] of entries) {
      this.#byKey.set(exprKey(expression), value);
      this.#signatures.add(signatureOf(expression));
    }
  }

  get(node: AnyNode): V | undefined {
    return this.#signatures.has(signatureOf(node)) ? this.#byKey.get(exprKey(node)) : undefined;
  }
}

function signatureOf(node: AnyNode): string {
  return 'name' in node && typeof node.name === 'string' ? `${node.kind} ${node.name}` : node.kind;
}
