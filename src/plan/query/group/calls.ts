import { must } from '../../../base/assert.ts';
import type { CheckedCall } from '../../../expr/check/calls.ts';
import type { AggregateSignature, CallSite, FunctionEnv } from '../../../functions/api.ts';
import { UNLIMITED } from '../../../base/budget/work.ts';
import { literalRequired } from '../../../functions/resolve.ts';
import { SluiceError } from '../../../base/errors.ts';
import type { TypedArg, TypedExpr } from '../../../expr/typed.ts';
import type { Expression, FunctionCall } from '../../../sql/ast/expressions.ts';
import { formatExpression } from '../../../sql/printer/expressions.ts';
import type { AggregateCall, TableCall } from '../../steps/steps.ts';
import { flatten } from '../qualify.ts';

/** Planning asks functions only for types, so it needs neither a clock nor random numbers. */
const NO_WORLD: FunctionEnv = {
  nowMs: () => 0,
  random: () => 0,
  uuid: () => '00000000-0000-0000-0000-000000000000',
  work: UNLIMITED,
};

export function tableCall(checked: CheckedCall): TableCall {
  return {
    name: checked.definition.name,
    signature: checked.resolved.signature,
    args: checked.args.map(plainArg),
    type: checked.resolved.returnType,
  };
}

/** An aggregate call, and whether it supports undo (then it may be used on a table). */
export function aggregateCall(
  call: FunctionCall,
  checked: CheckedCall,
  isJoin: boolean,
): AggregateCall & { readonly undoable: boolean } {
  const { definition, resolved } = checked;
  const chosen = definition.signatures[resolved.signature] as AggregateSignature;
  const firstLiteral = chosen.params.length - (chosen.literals ?? 0);
  call.args.forEach((arg, i) => {
    if (must(resolved.paramIndexes[i], 'param index') < firstLiteral || isLiteral(arg)) return;
    throw literalRequired(definition.name, i + 1, formatExpression(flatten(arg, isJoin)), arg.span);
  });
  const args = checked.args.map(plainArg);
  const site: CallSite = {
    argTypes: resolved.argTypes,
    returnType: resolved.returnType,
    constants: args.map(constantOf),
    env: NO_WORLD,
  };
  const aggregator = chosen.create(site);
  return {
    name: definition.name,
    signature: resolved.signature,
    args,
    type: resolved.returnType,
    intermediate: aggregator.intermediate,
    undoable: aggregator.undo !== undefined,
  };
}

function plainArg(arg: TypedArg): TypedExpr {
  if (arg.kind === 'lambda' || arg.kind === 'intervalUnit') {
    throw new SluiceError('STATEMENT', 'Aggregate and table functions take no lambdas or interval units.');
  }
  return arg;
}

function isLiteral(expression: Expression): boolean {
  switch (expression.kind) {
    case 'NullLiteral':
    case 'BooleanLiteral':
    case 'IntegerLiteral':
    case 'DecimalLiteral':
    case 'DoubleLiteral':
    case 'StringLiteral':
      return true;
    default:
      return false;
  }
}

function constantOf(expression: TypedExpr): unknown {
  if (expression.kind === 'literal') return expression.value;
  return expression.kind === 'cast' ? constantOf(expression.operand) : undefined;
}
