import { foldConstants } from '../fold.ts';
import type { TypedExpr } from '../typed.ts';
import {
  type CompileEnv,
  type EvaluationContext,
  IGNORE_ERRORS,
  type PredicateFunction,
  type ProjectionFunction,
  type ValueFunction,
} from './env.ts';
import { Generator } from './generator.ts';

/**
 * Compiles one expression. A failure inside a function's argument or a constructor's item is reported and becomes null
 * there; any other failure is thrown to the caller.
 */
export function compileValue(expression: TypedExpr, env: CompileEnv): ValueFunction {
  env.functionEnv.work.begin();
  return generateValue(foldConstants(expression, env), env);
}

/** Like compileValue, for an expression whose constants are already folded. */
export function generateValue(expression: TypedExpr, env: CompileEnv): ValueFunction {
  const generator = new Generator(env);
  const { js } = generator.value(expression, 0);
  const evaluate = generator.build(`${generator.names.takeTemps()}return ${js};`) as Evaluate;
  const { failures = IGNORE_ERRORS } = env;
  return (row, context = failures) => evaluate(row, context);
}

type Evaluate = (row: readonly unknown[], context: EvaluationContext) => any;

/** Compiles a condition: null is false; a failure is reported and false. */
export function compilePredicate(expression: TypedExpr, env: CompileEnv): PredicateFunction {
  env.functionEnv.work.begin();
  const generator = new Generator(env);
  const { js, throws } = generator.truth(foldConstants(expression, env), true);
  const body = throws ? `try { return ${js}; } catch (e) { ctx.onError(0, e); return false; }` : `return ${js};`;
  const evaluate = generator.build(generator.names.takeTemps() + body) as Evaluate;
  const { failures = IGNORE_ERRORS } = env;
  return (row, context = failures) => evaluate(row, context);
}

/** Compiles a projection into one function. Only columns whose expression can fail incur the cost of a `try`. */
export function compileProjection(expressions: readonly TypedExpr[], env: CompileEnv): ProjectionFunction {
  env.functionEnv.work.begin();
  const generator = new Generator(env);
  let statements = '';
  const items = expressions.map((expression, i) => {
    const { js, throws } = generator.value(foldConstants(expression, env), i);
    if (!throws) return js;
    statements += `let o${i} = null;\ntry { o${i} = ${js}; } catch (e) { ctx.onError(${i}, e); }\n`;
    return `o${i}`;
  });
  const body = `${generator.names.takeTemps()}${statements}return [${items.join(', ')}];`;
  const evaluate = generator.build(body) as Evaluate;
  const { failures = IGNORE_ERRORS } = env;
  return (row, context = failures) => evaluate(row, context);
}
