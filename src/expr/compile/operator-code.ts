import { assertNever } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { MAX_TEXT } from '../../base/find-text.ts';
import { compareBytes, equalValues, isIdentityType } from '../../types/compare.ts';
import { divDecimal, modDecimal, pow10 } from '../../types/decimal.ts';
import { checkedAddInt64, checkedSubInt64, divInt64, modInt64, mulInt64, negateInt64 } from '../../types/int64.ts';
import type { DecimalType, SqlType } from '../../types/sql-type.ts';
import type { ArithmeticOp, TypedExpr } from '../typed.ts';
import { addInt32, divInt32, modInt32, mulInt32, negateInt32, subInt32 } from './checked-arithmetic.ts';
import { contains, type LikePlan } from './like.ts';

/** Gives a value a name in the generated source. */
export type NameConstant = (value: unknown) => string;

/** A piece of source over operands that are not null. */
export interface Piece {
  readonly js: string;
  readonly throws?: boolean;
}

/**
 * A position or scale as source. Steps are read from a stored log, so an inserted number is verified to be an integer.
 */
export function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new SluiceError('INTERNAL', `Not an integer: ${JSON.stringify(value)}`);
  return String(value);
}

type ArithmeticNode = Extract<TypedExpr, { kind: 'arithmetic' }>;

/** `a op b` as source. */
export function arithmeticCode(node: ArithmeticNode, a: string, b: string, name: NameConstant): Piece {
  const { op, type, left, right } = node;
  switch (type.kind) {
    case 'INTEGER':
      return int32Code(op, a, b, right, name);
    case 'BIGINT':
      return { js: `${name(INT64[op])}(${a}, ${b})`, throws: op !== '%' || !isNonZero(right) };
    case 'DECIMAL':
      return decimalCode(op, a, b, left.type as DecimalType, right.type as DecimalType, type, name);
    case 'DOUBLE':
    case 'STRING':
      return { js: `${a} ${op} ${b}` };
    default:
      throw new SluiceError('INTERNAL', `No arithmetic on ${type.kind}`);
  }
}

function int32Code(op: ArithmeticOp, a: string, b: string, divisor: TypedExpr, name: NameConstant): Piece {
  if (isNonZero(divisor)) {
    if (op === '%') return { js: `(${a} % ${b}) | 0` };
    if (op === '/' && !isMinusOne(divisor)) return { js: `(${a} / ${b}) | 0` };
  }
  return { js: `${name(INT32[op])}(${a}, ${b})`, throws: true };
}

const INT32: Readonly<Record<ArithmeticOp, unknown>> = {
  '+': addInt32,
  '-': subInt32,
  '*': mulInt32,
  '/': divInt32,
  '%': modInt32,
};

const INT64: Readonly<Record<ArithmeticOp, unknown>> = {
  '+': checkedAddInt64,
  '-': checkedSubInt64,
  '*': mulInt64,
  '/': divInt64,
  '%': modInt64,
};

function decimalCode(
  op: ArithmeticOp,
  a: string,
  b: string,
  left: DecimalType,
  right: DecimalType,
  type: DecimalType,
  name: NameConstant,
): Piece {
  switch (op) {
    case '+':
    case '-':
      return { js: `${scaled(a, left.scale, type.scale)} ${op} ${scaled(b, right.scale, type.scale)}` };
    case '*':
      return { js: `${a} * ${b}` };
    case '/':
      return {
        js: `${name(divDecimal)}(${a}, ${integer(left.scale)}, ${b}, ${integer(right.scale)}, ${integer(type.scale)})`,
        throws: true,
      };
    case '%':
      return { js: `${name(modDecimal)}(${a}, ${integer(left.scale)}, ${b}, ${integer(right.scale)})`, throws: true };
    default:
      return assertNever(op);
  }
}

function isNonZero(node: TypedExpr): boolean {
  return node.kind === 'literal' && typeof node.value === 'number' && node.value !== 0;
}

function isMinusOne(node: TypedExpr): boolean {
  return node.kind === 'literal' ? node.value === -1 : node.kind === 'negate';
}

/** A decimal converted to a larger scale. */
function scaled(js: string, from: number, to: number): string {
  return to === from ? js : `${js} * ${pow10(to - from)}n`;
}

/** `-a` as source. */
export function negateCode(a: string, type: SqlType, name: NameConstant): Piece {
  switch (type.kind) {
    case 'INTEGER':
      return { js: `${name(negateInt32)}(${a})`, throws: true };
    case 'BIGINT':
      return { js: `${name(negateInt64)}(${a})`, throws: true };
    default:
      return { js: `-${a}` };
  }
}

const equalities = new WeakMap<SqlType, unknown>();

/**
 * The equality function of a type whose values `===` does not compare; one per type object, so that it gets a single
 * name.
 */
function equalOf(type: SqlType): unknown {
  let equal = equalities.get(type);
  if (equal === undefined) equalities.set(type, (equal = equalValues(type)));
  return equal;
}

/** `a = b` as source. The operands may be null if they have the same type: null equals null. */
export function equalCode(a: string, b: string, left: SqlType, right: SqlType, name: NameConstant): string {
  if (left.kind === 'DECIMAL' && right.kind === 'DECIMAL' && left.scale !== right.scale) {
    const scale = Math.max(left.scale, right.scale);
    return `${scaled(a, left.scale, scale)} === ${scaled(b, right.scale, scale)}`;
  }
  return isIdentityType(left) ? `${a} === ${b}` : `${name(equalOf(left))}(${a}, ${b})`;
}

/** `a < b` and similar comparisons as source. */
export function orderCode(op: string, a: string, b: string, left: SqlType, right: SqlType, name: NameConstant): string {
  if (left.kind === 'DECIMAL' && right.kind === 'DECIMAL') {
    const scale = Math.max(left.scale, right.scale);
    return `${scaled(a, left.scale, scale)} ${op} ${scaled(b, right.scale, scale)}`;
  }
  if (left.kind === 'BYTES') return `${name(compareBytes)}(${a}, ${b}) ${op} 0`;
  return `${a} ${op} ${b}`;
}

/** `value LIKE pattern` as source, for a constant pattern. */
export function likeCode(plan: Exclude<LikePlan, { kind: 'pieces' }>, value: string, name: NameConstant): string {
  switch (plan.kind) {
    case 'any':
      return 'true';
    case 'equals':
      return `${value} === ${name(plan.text)}`;
    case 'prefix':
      return `${value}.startsWith(${name(plan.text)})`;
    case 'suffix': {
      const length = plan.text.length;
      if (length > 4) return `${value}.endsWith(${name(plan.text)})`;
      // Comparing a few code units from the end is faster than a call. A text that is too short gives NaN.
      const tests = Array.from(
        { length: length },
        (_, i) => `${value}.charCodeAt(${value}.length - ${length - i}) === ${plan.text.charCodeAt(i)}`,
      );
      return tests.join(' && ');
    }
    case 'contains':
      if (plan.text.length <= MAX_TEXT) return `${value}.includes(${name(plan.text)})`;
      return `${name(contains(plan.text))}(${value})`;
    case 'around': {
      const min = plan.prefix.length + plan.suffix.length;
      return `${value}.length >= ${min} && ${value}.startsWith(${name(plan.prefix)}) && ${value}.endsWith(${name(plan.suffix)})`;
    }
    default:
      return assertNever(plan);
  }
}
