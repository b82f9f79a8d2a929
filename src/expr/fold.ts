import type { CompileEnv } from './compile/env.ts';
import { Generator } from './compile/generator.ts';
import { childrenOf, mapChildren, type TypedNode } from './traverse.ts';
import type { TypedExpr } from './typed.ts';

/**
 * Replaces every maximal sub-expression that reads no column and always has the same value by that value. A failing one
 * remains unchanged, so that it fails on each row, as the statement specifies.
 */
export function foldConstants(expression: TypedExpr, env: CompileEnv): TypedExpr {
  if (expression.kind === 'literal' || expression.kind === 'column' || expression.kind === 'variable')
    return expression;
  if (isConstant(expression, env, [])) {
    const value = tryEvaluate(expression, env);
    if (value !== FAILED) return { kind: 'literal', value, type: expression.type };
  }
  return mapChildren(expression, (child) => foldConstants(child, env));
}

/** True if the value depends on nothing but the text: no column, no free lambda parameter, no RANDOM(). */
function isConstant(node: TypedNode, env: CompileEnv, bound: readonly string[]): boolean {
  switch (node.kind) {
    case 'column':
      return false;
    case 'variable':
      return bound.includes(node.name);
    case 'lambda':
      return isConstant(node.body, env, [...bound, ...node.params.map((p) => p.name)]);
    case 'call': {
      const definition = env.functions.find(node.name);
      if (definition?.kind !== 'SCALAR' || definition.deterministic === false) return false;
      return node.args.every((arg) => isConstant(arg, env, bound));
    }
    default:
      return childrenOf(node).every((child) => isConstant(child, env, bound));
  }
}

const FAILED = Symbol('failed');

/**
 * Evaluates a constant, or returns FAILED. The caller has begun the step count: all constants of a statement share it,
 * and those that exceed it remain unchanged.
 */
function tryEvaluate(expression: TypedExpr, env: CompileEnv): unknown {
  const generator = new Generator(env);
  const { js } = generator.value(expression, 0, false);
  const evaluate = generator.build(`${generator.names.takeTemps()}return ${js};`, false);
  let failed = false;
  try {
    const value: unknown = evaluate([], {
      onError() {
        failed = true;
      },
    });
    // A failure that became null inside must be reported for each row as well.
    return failed ? FAILED : value;
  } catch {
    return FAILED;
  }
}
