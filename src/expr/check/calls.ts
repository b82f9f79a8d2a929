import { must } from '../../base/assert.ts';
import { isSluiceError } from '../../base/errors.ts';
import type { FunctionDefinition } from '../../functions/api.ts';
import { findFunction, type FunctionRegistry } from '../../functions/registry.ts';
import {
  type ArgType,
  beginResolution,
  INTERVAL_UNIT_ARG,
  lambdaArg,
  NULL_ARG,
  type ResolvedSignature,
} from '../../functions/resolve.ts';
import type { Expression, FunctionCall, IntervalUnit, Lambda } from '../../sql/ast/expressions.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { TypedArg, TypedExpr, TypedLambda } from '../typed.ts';
import { castAdvice } from './advice.ts';
import { misfitAdvice } from './misfit.ts';
import { typeError } from './errors.ts';
import { castTo, isUntypedNull, UNTYPED_NULL } from './literals.ts';

/** The typed and cast arguments of a call, with the chosen overload: for scalar, aggregate and table functions. */
export interface CheckedCall {
  readonly definition: FunctionDefinition;
  readonly resolved: ResolvedSignature;
  readonly args: readonly TypedArg[];
}

/** Types the arguments of a call. */
interface ArgumentChecker {
  check(node: Expression): TypedExpr;
  lambda(node: Lambda, inputs: readonly SqlType[]): TypedLambda;
}

/** Types the arguments of a call and chooses its overload. */
export function resolveCall(node: FunctionCall, functions: FunctionRegistry, parts: ArgumentChecker): CheckedCall {
  const definition = findFunction(functions, node.name, node.span, () => node.args.map((e) => formatExpression(e)));
  const takesUnit = definition.signatures.some((s) => s.params.some((p) => p.type.kind === 'INTERVAL_UNIT'));
  const isUnit = (arg: Expression): arg is IntervalUnit => arg.kind === 'IntervalUnit' && takesUnit;
  const plain = node.args.map((arg) => (arg.kind === 'Lambda' || isUnit(arg) ? UNTYPED_NULL : parts.check(arg)));
  const argTypes = node.args.map((arg, i): ArgType => {
    if (arg.kind === 'Lambda') return lambdaArg(arg.params.length);
    if (isUnit(arg)) return INTERVAL_UNIT_ARG;
    return isUntypedNull(must(plain[i], 'plain value')) ? NULL_ARG : must(plain[i], 'plain value').type;
  });
  const pending = withCasts(() => beginResolution(definition, argTypes, node.span), node, definition, argTypes);
  // By now the arguments other than lambdas have bound the type variables; the lambda bodies may bind the rest.
  const lambdas = node.args.map((arg, i) =>
    arg.kind === 'Lambda' ? parts.lambda(arg, pending.lambdaInputs(i)) : undefined,
  );
  const bodies = lambdas.map((lambda) => lambda && (isUntypedNull(lambda.body) ? null : lambda.body.type));
  const resolved = withCasts(() => pending.finish(bodies), node, definition, argTypes);
  const args = node.args.map((arg, i): TypedArg => {
    const type = must(resolved.argTypes[i], 'arg type');
    const lambda = lambdas[i];
    if (lambda !== undefined) return { ...lambda, body: castTo(lambda.body, type) };
    return isUnit(arg) ? { kind: 'intervalUnit', unit: arg.unit } : castTo(must(plain[i], 'plain value'), type);
  });
  return { definition, resolved, args };
}

/** Returns the result of `resolve`; if that throws, adds a call with CASTs that would be accepted, if there is one. */
function withCasts<T>(
  resolve: () => T,
  node: FunctionCall,
  definition: FunctionDefinition,
  argTypes: readonly ArgType[],
): T {
  try {
    return resolve();
  } catch (error) {
    if (!isSluiceError(error) || error.hint !== undefined) throw error;
    const args = node.args.map((arg) => formatExpression(arg));
    const hint = castAdvice(
      node.name,
      args,
      argTypes,
      definition,
      // The parser represents a || b as a call, which begins where its first argument does.
      node.name === 'CONCAT' && node.span.start === node.args[0]?.span.start ? '||' : undefined,
    );
    if (hint !== undefined) throw typeError(error.message, { span: error.span, hint, cause: error.cause });
    const misfit = misfitAdvice(node.name, args, argTypes, definition);
    throw typeError(error.message, {
      span: (misfit && node.args[misfit.index]?.span) ?? error.span,
      hint: misfit?.hint,
      cause: error.cause,
    });
  }
}
