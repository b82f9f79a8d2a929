import type {
  AggregateFunction,
  AggregateSignature,
  CallSite,
  FunctionEnv,
  TableFunction,
} from '../../functions/api.ts';
import { type ArgType, literalRequired, NULL_ARG, resolveSignature } from '../../functions/resolve.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Expression, FunctionCall } from '../../sql/ast/expressions.ts';
import { printExpression } from '../../sql/printer/expressions.ts';
import { type SqlType, typesEqual } from '../../types/sql-type.ts';
import type { AggregateCall, TableCall } from '../steps/steps.ts';
import { flatten } from './qualify.ts';

/** Types a qualified argument expression over the input row. */
export type ArgTyper = (expression: Expression) => TypedExpr;

/** Planning asks functions only for types: time and chance play no part in them. */
const NO_WORLD: FunctionEnv = { nowMs: () => 0, random: () => 0, uuid: () => '00000000-0000-0000-0000-000000000000' };

interface TypedArgs {
  readonly signature: number;
  readonly args: readonly TypedExpr[];
  readonly argTypes: readonly SqlType[];
  readonly paramIndexes: readonly number[];
  readonly type: SqlType;
}

/** Chooses the overload of a table or aggregate function and casts its arguments. @throws SluiceError STATEMENT */
function typeArgs(call: FunctionCall, definition: AggregateFunction | TableFunction, typer: ArgTyper): TypedArgs {
  const typed = call.args.map((arg) => (arg.kind === 'NullLiteral' ? undefined : typer(arg)));
  const known = typed.map((t): ArgType => (t === undefined ? NULL_ARG : t.type));
  const resolved = resolveSignature(definition, known, call.span);
  const args = typed.map((t, i): TypedExpr => {
    const type = resolved.argTypes[i]!;
    if (t === undefined) return { kind: 'literal', value: null, type };
    return typesEqual(t.type, type) ? t : { kind: 'cast', operand: t, type };
  });
  return {
    signature: resolved.signature,
    args,
    argTypes: resolved.argTypes,
    paramIndexes: resolved.paramIndexes,
    type: resolved.returnType,
  };
}

export function tableCall(call: FunctionCall, definition: TableFunction, typer: ArgTyper): TableCall {
  const { signature, args, type } = typeArgs(call, definition, typer);
  return { name: definition.name, signature, args, type };
}

/** An aggregate call, and whether rows can be taken back from it (it may then stand on a table). */
export function aggregateCall(
  call: FunctionCall,
  definition: AggregateFunction,
  typer: ArgTyper,
  isJoin: boolean,
): AggregateCall & { readonly undoable: boolean } {
  const { signature, args, argTypes, paramIndexes, type } = typeArgs(call, definition, typer);
  const chosen: AggregateSignature = definition.signatures[signature]!;
  const firstLiteral = chosen.params.length - (chosen.literals ?? 0);
  call.args.forEach((arg, i) => {
    if (paramIndexes[i]! < firstLiteral || isLiteral(arg)) return;
    throw literalRequired(definition.name, i + 1, printExpression(flatten(arg, isJoin)), arg.span);
  });
  const site: CallSite = {
    argTypes,
    returnType: type,
    constants: args.map((a) => constantOf(a)),
    env: NO_WORLD,
  };
  const aggregator = chosen.create(site);
  return {
    name: definition.name,
    signature,
    args,
    type,
    intermediate: aggregator.intermediate,
    undoable: aggregator.undo !== undefined,
  };
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
