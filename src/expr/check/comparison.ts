import type { Expression } from '../../sql/ast/expressions.ts';
import { commonType, isNumeric } from '../../types/coerce.ts';
import { formatType, TIMESTAMP, type SqlType } from '../../types/sql-type.ts';
import { BIGINT } from '../../types/sql-type.ts';
import { castFunction, timestampOfText } from '../../types/cast.ts';
import { isSluiceError, SluiceError } from '../../base/errors.ts';
import type { CompareOp, TypedExpr } from '../typed.ts';
import type { Span } from '../../base/span.ts';
import { comparisonAdvice, type Side } from './advice.ts';
import { typeError } from './errors.ts';
import { castTo, isUntypedNull, literal } from './literals.ts';

const OP_NAMES: Readonly<Record<CompareOp, string>> = {
  '=': 'EQUAL',
  '<>': 'NOT_EQUAL',
  '<': 'LESS_THAN',
  '<=': 'LESS_THAN_OR_EQUAL',
  '>': 'GREATER_THAN',
  '>=': 'GREATER_THAN_OR_EQUAL',
  'IS DISTINCT FROM': 'IS_DISTINCT_FROM',
  'IS NOT DISTINCT FROM': 'IS_NOT_DISTINCT_FROM',
};

/** An operand as parsed and as typed. */
export interface Operand {
  readonly ast: Expression;
  readonly expression: TypedExpr;
  text(): string;
}

/** Casts the operands of a comparison to comparable types. @throws SluiceError STATEMENT with ksqlDB's messages */
export function unifyComparison(op: CompareOp, left: Operand, right: Operand): [TypedExpr, TypedExpr] {
  refuseNull(op, left.expression, right.expression);
  const a = asTimeOf(left, right);
  const b = asTimeOf(right, left);
  const type = comparableType(op, a.type, b.type);
  if (type === undefined) {
    throw typeError(
      `Cannot compare ${left.text()} (${formatType(a.type)}) to ${right.text()} (${formatType(b.type)}) with ${OP_NAMES[op]}.`,
      {
        span: across(left.ast.span, right.ast.span),
        hint: comparisonAdvice(op, sideOf(left, a), sideOf(right, b)),
      },
    );
  }
  checkTimeText(left, type);
  checkTimeText(right, type);
  return type === 'AS_IS' ? [a, b] : [castTo(a, type), castTo(b, type)];
}

/** The span from the beginning of one operand to the end of the other. */
function across(left: Span, right: Span): Span {
  return right.end > left.end ? { ...left, end: right.end } : left;
}

function sideOf(operand: Operand, typed: TypedExpr): Side {
  const { ast } = operand;
  return { shown: operand.text(), type: typed.type, literal: ast.kind === 'StringLiteral' ? ast.value : undefined };
}

const TIME_FORMS: Readonly<Partial<Record<SqlType['kind'], string>>> = {
  TIMESTAMP: "such as '2024-12-31T23:59:59.999', with zone '2024-12-31T23:59:59.999+0100'",
  DATE: "such as '2024-12-31'",
  TIME: "such as '23:59:59'",
};

/**
 * Rejects a text literal that is compared with a time but cannot be parsed as one, since it would be null for every
 * row.
 */
function checkTimeText(operand: Operand, type: SqlType | 'AS_IS'): void {
  if (type === 'AS_IS' || operand.ast.kind !== 'StringLiteral') return;
  const form = TIME_FORMS[type.kind];
  if (form === undefined) return;
  try {
    castFunction(operand.expression.type, type)(operand.ast.value);
  } catch (cause) {
    throw typeError(`${operand.text()} is no ${type.kind}: a text that is compared with one is read as ${type.kind}.`, {
      span: operand.ast.span,
      hint: `${relativeTime(operand.ast.value, type.kind)}A ${type.kind} is written ${form}.`,
      cause,
    });
  }
}

/** The advice for texts that are relative to the current time, such as `'1 hour ago'` or `'now'`. */
function relativeTime(text: string, kind: SqlType['kind']): string {
  if (kind !== 'TIMESTAMP' || !/\b(?:ago|now|today|yesterday|tomorrow|last|hours?|days?|minutes?)\b/i.test(text))
    return '';
  return 'FROM_UNIXTIME(UNIX_TIMESTAMP() - 3600000) is the time an hour ago. ';
}

function refuseNull(op: CompareOp, left: TypedExpr, right: TypedExpr): void {
  if (!isUntypedNull(left) && !isUntypedNull(right)) return;
  const name = (e: TypedExpr): string => (isUntypedNull(e) ? 'NULL' : formatType(e.type));
  throw typeError(
    `Comparison with NULL not supported: ${name(left)} ${op} ${name(right)}\nUse 'IS NULL' or 'IS NOT NULL' instead.`,
  );
}

/**
 * The type in which to compare; `AS_IS` if the values are compared without a cast, undefined if they cannot be
 * compared.
 */
function comparableType(op: CompareOp, a: SqlType, b: SqlType): SqlType | 'AS_IS' | undefined {
  const ordering = op === '<' || op === '<=' || op === '>' || op === '>=';
  if (isNumeric(a) && isNumeric(b)) {
    // Numbers and bigints are compared by value; INTEGER and BIGINT need no cast.
    const wide = (t: SqlType): boolean => t.kind === 'INTEGER' || t.kind === 'BIGINT';
    return wide(a) && wide(b) ? 'AS_IS' : commonType(a, b);
  }
  switch (a.kind) {
    case 'STRING':
      if (b.kind === 'DATE' || b.kind === 'TIME' || b.kind === 'TIMESTAMP') return b;
      return b.kind === 'STRING' ? 'AS_IS' : undefined;
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      if (a.kind === b.kind) return 'AS_IS';
      if (b.kind === 'STRING') return a;
      return a.kind !== 'TIME' && (b.kind === 'DATE' || b.kind === 'TIMESTAMP') ? TIMESTAMP : undefined;
    case 'BYTES':
      return b.kind === 'BYTES' ? 'AS_IS' : undefined;
    case 'BOOLEAN':
      return b.kind === 'BOOLEAN' && !ordering ? 'AS_IS' : undefined;
    default:
      return ordering ? undefined : commonType(a, b);
  }
}

const PSEUDO_TIMES: ReadonlySet<string> = new Set(['ROWTIME', 'WINDOWSTART', 'WINDOWEND']);

/**
 * Converts a text that is compared with a pseudo column of ms since the epoch: it is a (possibly partial) timestamp, as
 * in `ROWTIME > '2018-01-01T00:00:00+0445'`.
 */
function asTimeOf(operand: Operand, other: Operand): TypedExpr {
  const { ast, expression } = operand;
  if (ast.kind !== 'StringLiteral' || other.expression.type.kind !== 'BIGINT') return expression;
  if (other.ast.kind !== 'ColumnReference' || !PSEUDO_TIMES.has(other.ast.name)) return expression;
  try {
    return literal(timestampOfText(ast.value), BIGINT);
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    throw new SluiceError('STATEMENT', error.message, {
      span: ast.span,
      cause: error,
      hint: `A time is written such as '2024-12-31T23:59:59.999'. Those of the last hour: ${other.ast.name} > UNIX_TIMESTAMP() - 3600000.`,
    });
  }
}
