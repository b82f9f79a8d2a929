import type { DecimalLiteral, DoubleLiteral, IntegerLiteral, Literal, StringLiteral } from '../ast/expressions.ts';
import type { Span } from '../../base/span.ts';
import type { Token } from '../lexer/token.ts';
import { tokenSpan, type Cursor } from './cursor.ts';
import { buildError } from './syntax-error.ts';

/** Integers of up to this many digits are exact as a JavaScript number. */
const SAFE_DIGITS = 15;
const INT_MAX = 2_147_483_647n;
const INT_MIN = -2_147_483_648n;
const LONG_MAX = 9_223_372_036_854_775_807n;
const LONG_MIN = -9_223_372_036_854_775_808n;
const LONG_DIGITS = 19;

export function isNumber(token: Token): boolean {
  return token.kind === 'integer' || token.kind === 'decimal' || token.kind === 'double';
}

/** The literal of a number token; `minus` is the sign before it, if any. Throws AST when the number overflows. */
export function numberLiteral(token: Token, minus: Token | null): IntegerLiteral | DecimalLiteral | DoubleLiteral {
  const signed = token.text.startsWith('-');
  const negative = signed !== (minus !== null);
  const digits = signed ? token.text.slice(1) : token.text;
  const span: Span = minus === null ? tokenSpan(token) : { ...tokenSpan(minus), end: token.end };
  switch (token.kind) {
    case 'integer':
      return integerLiteral(digits, negative, span);
    case 'decimal': {
      const whole = digits.replace(/^0+(?=[0-9])/, '');
      const text = `${negative ? '-' : ''}${whole.startsWith('.') ? '0' : ''}${whole}${whole.endsWith('.') ? '0' : ''}`;
      return { kind: 'DecimalLiteral', span, text };
    }
    default: {
      const value = Number(negative ? `-${digits}` : digits);
      if (!Number.isFinite(value)) throw numberError('Number overflows DOUBLE', negative, digits, span);
      return { kind: 'DoubleLiteral', span, value };
    }
  }
}

function integerLiteral(digits: string, negative: boolean, span: Span): IntegerLiteral {
  const significant = digits.replace(/^0+(?=[0-9])/, '');
  if (significant.length <= SAFE_DIGITS) {
    const small = negative ? -Number(significant) : Number(significant);
    return { kind: 'IntegerLiteral', span, type: small === (small | 0) ? 'INTEGER' : 'BIGINT', value: small + 0 };
  }
  // BigInt() of a megabyte of digits would take too long.
  if (significant.length > LONG_DIGITS) throw numberError('Invalid numeric literal', negative, digits, span);
  const value = negative ? -BigInt(significant) : BigInt(significant);
  if (value > LONG_MAX || value < LONG_MIN) throw numberError('Invalid numeric literal', negative, digits, span);
  const exact = Number(value);
  return {
    kind: 'IntegerLiteral',
    span,
    type: value <= INT_MAX && value >= INT_MIN ? 'INTEGER' : 'BIGINT',
    value: Number.isSafeInteger(exact) ? exact + 0 : value,
  };
}

/**
 * ksqlDB counts this column from 1 and adds one more; the message is the same, because tests (users' and ours) match
 * it.
 */
function numberError(problem: string, negative: boolean, digits: string, span: Span): Error {
  const text = `${negative ? '-' : ''}${digits}`;
  return buildError(
    `line ${span.line}:${span.column + 2}: ${problem}: ${text}`,
    span,
    problem === 'Invalid numeric literal'
      ? `Whole numbers go to 9223372036854775807; with a decimal point it is a DECIMAL: ${text.length > 40 ? `${text.slice(0, 37)}…` : text}.0`
      : undefined,
  );
}

export function stringLiteral(token: Token): StringLiteral {
  return { kind: 'StringLiteral', span: tokenSpan(token), value: token.text };
}

/** A literal as permitted in WITH (...); null when none follows. */
export function acceptLiteral(cursor: Cursor): Literal | null {
  const token = cursor.token;
  if (isNumber(token)) return numberLiteral(cursor.advance(), null);
  if (token.kind === '-' && isNumber(cursor.peek())) {
    const minus = cursor.advance();
    return numberLiteral(cursor.advance(), minus);
  }
  if (token.kind === 'string') return stringLiteral(cursor.advance());
  if (token.kind !== 'word') return null;
  switch (token.text) {
    case 'TRUE':
    case 'FALSE':
      cursor.advance();
      return { kind: 'BooleanLiteral', span: tokenSpan(token), value: token.text === 'TRUE' };
    case 'NULL':
      cursor.advance();
      return { kind: 'NullLiteral', span: tokenSpan(token) };
    default:
      return null;
  }
}

/** An integer that is not negative, such as a task's number or a row count. */
export function wholeNumber(cursor: Cursor): number {
  const token = cursor.expectClass('integer', 'INTEGER_VALUE');
  const value = Number(token.text);
  if (!Number.isSafeInteger(value)) throw buildError(`Invalid numeric literal: ${token.text}`, tokenSpan(token));
  return value;
}
