import { assertNever } from '../../base/assert.ts';
import { castFunction } from '../../types/cast.ts';
import { parseDecimal, precisionOf } from '../../types/decimal.ts';
import { displayText } from '../../types/display.ts';
import { BIGINT, BOOLEAN, decimal, DOUBLE, INTEGER, STRING, type SqlType, typesEqual } from '../../types/sql-type.ts';
import type { Literal } from '../../sql/ast/expressions.ts';
import type { TypedExpr } from '../typed.ts';

/** The placeholder type of NULL before its context gives it one. It never leaves the checker. */
const NULL_TYPE = { kind: 'NULL' } as unknown as SqlType;

/** NULL before its context gives it a type. */
export const UNTYPED_NULL: TypedExpr = { kind: 'literal', value: null, type: NULL_TYPE };

export const isUntypedNull = (expression: TypedExpr): boolean => expression === UNTYPED_NULL;

/** A NULL of the given type. */
export const nullOf = (type: SqlType): TypedExpr => ({ kind: 'literal', value: null, type });

export const literal = (value: unknown, type: SqlType): TypedExpr => ({ kind: 'literal', value, type });

/** Types a literal: `1.50` is a DECIMAL(3, 2), `0.05` a DECIMAL(2, 2). */
export function typeLiteral(node: Literal): TypedExpr {
  switch (node.kind) {
    case 'NullLiteral':
      return UNTYPED_NULL;
    case 'BooleanLiteral':
      return literal(node.value, BOOLEAN);
    case 'IntegerLiteral':
      return literal(node.value, node.type === 'INTEGER' ? INTEGER : BIGINT);
    case 'DoubleLiteral':
      return literal(node.value, DOUBLE);
    case 'StringLiteral':
      return literal(node.value, STRING);
    case 'DecimalLiteral':
      return decimalLiteral(node.text)!;
    default:
      return assertNever(node);
  }
}

/** Limits the digits of a decimal, since an exponent could require a billion of them. */
const MAX_DIGITS = 4000;

/** The decimal in `text`, with the type that its digits require; undefined if it is not a decimal. */
export function decimalLiteral(text: string): TypedExpr | undefined {
  const parsed = parseDecimal(text);
  if (parsed === undefined || Math.abs(parsed.scale) > Math.max(MAX_DIGITS, text.length)) return undefined;
  const scale = Math.max(0, parsed.scale);
  const unscaled = parsed.scale < 0 ? parsed.unscaled * 10n ** BigInt(-parsed.scale) : parsed.unscaled;
  return literal(unscaled, decimal(Math.max(precisionOf(unscaled), scale), scale));
}

/**
 * Converts the expression to `type`: NULL takes the type, others get a cast. A cast of a literal is evaluated
 * immediately unless it fails; then it remains, to fail at runtime. @throws SluiceError STATEMENT if there is no such
 * cast
 */
export function castTo(expression: TypedExpr, type: SqlType): TypedExpr {
  if (isUntypedNull(expression)) return nullOf(type);
  if (typesEqual(expression.type, type)) return expression;
  const cast = castFunction(expression.type, type);
  if (expression.kind === 'literal') {
    if (expression.value === null) return nullOf(type);
    try {
      return literal(cast(expression.value), type);
    } catch {
      // It fails on each row instead.
    }
  }
  return { kind: 'cast', operand: expression, type };
}

/** The value of a literal as text, for literals that are converted to STRING. */
export function literalText(value: unknown, type: SqlType): string {
  return displayText(type)(value);
}
