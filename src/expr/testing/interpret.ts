import { assertNever, must } from '../../base/assert.ts';
import { castFunction } from '../../types/cast.ts';
import { compareValues, equalValues } from '../../types/compare.ts';
import { addDecimal, compareDecimal, divDecimal, modDecimal, mulDecimal, subDecimal } from '../../types/decimal.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import type { DecimalType, SqlType } from '../../types/sql-type.ts';
import type { CompileEnv } from '../compile/env.ts';
import type { TypedArg, TypedExpr } from '../typed.ts';

/**
 * The semantics of typed expressions, implemented as plainly as possible: the model against which generated code is
 * tested. Operands are evaluated from the left, up to the first null that decides the result. Throws if the expression
 * fails, as arithmetic on null does.
 */
export function interpret(
  node: TypedExpr,
  row: readonly unknown[],
  env: CompileEnv,
  variables: ReadonlyMap<string, unknown> = new Map(),
): unknown {
  const value = (child: TypedExpr): unknown => interpret(child, row, env, variables);
  const orNull = (child: TypedExpr): unknown => {
    try {
      return value(child);
    } catch {
      return null;
    }
  };
  /** The operands' values, or null if any is null. */
  const strict = (...operands: TypedExpr[]): unknown[] | null => {
    const values: unknown[] = [];
    for (const operand of operands) {
      const v = value(operand);
      if (v === null) return null;
      values.push(v);
    }
    return values;
  };
  switch (node.kind) {
    case 'column':
      return row[node.index];
    case 'variable':
      return variables.get(node.name);
    case 'literal':
      return node.value;
    case 'arithmetic': {
      const operands = strict(node.left, node.right);
      if (operands === null && node.type.kind !== 'STRING') throw new Error('arithmetic on null');
      return operands && arithmetic(node.op, operands[0], operands[1], node.left.type, node.right.type, node.type);
    }
    case 'negate': {
      const a = value(node.operand);
      if (a === null) throw new Error('arithmetic on null');
      if (node.type.kind === 'INTEGER' || node.type.kind === 'BIGINT') return fitting(node.type, -BigInt(a as number));
      return node.type.kind === 'DECIMAL' ? -(a as bigint) : -(a as number);
    }
    case 'compare': {
      if (node.op === 'IS DISTINCT FROM' || node.op === 'IS NOT DISTINCT FROM') {
        const same = equal(node.left.type, node.right.type, value(node.left), value(node.right));
        return same === (node.op === 'IS NOT DISTINCT FROM');
      }
      const operands = strict(node.left, node.right);
      if (operands === null) return false;
      const [a, b] = operands;
      if (node.op === '=') return equal(node.left.type, node.right.type, a, b);
      if (node.op === '<>') return !equal(node.left.type, node.right.type, a, b);
      return ordered(node.op, order(node.left.type, node.right.type, a, b));
    }
    case 'logical': {
      const decisive = node.op === 'OR';
      const a = value(node.left);
      if (a === decisive) return decisive;
      const b = value(node.right);
      if (b === decisive) return decisive;
      return a === null || b === null ? null : !decisive;
    }
    case 'not': {
      const a = value(node.operand);
      return a === null ? null : !a;
    }
    case 'isNull':
      return (value(node.operand) === null) !== node.negated;
    case 'like': {
      const operands = strict(node.value, node.pattern) as string[] | null;
      return operands && likeSlowly(Array.from(operands[0]!), Array.from(operands[1]!), node.escape);
    }
    case 'between': {
      const operands = strict(node.value, node.min, node.max);
      if (operands === null) return false;
      const [v, low, high] = operands;
      return order(node.value.type, node.min.type, v, low) >= 0 && order(node.value.type, node.max.type, v, high) <= 0;
    }
    case 'in': {
      const v = value(node.value);
      if (v === null) return false;
      return node.list.some((item) => equal(node.value.type, item.type, v, value(item)));
    }
    case 'case': {
      const branch = node.branches.find((b) => holds(b.when, row, env, variables));
      if (branch !== undefined) return value(branch.then);
      return node.otherwise === null ? null : value(node.otherwise);
    }
    case 'cast': {
      const a = value(node.operand);
      return a === null ? null : castFunction(node.operand.type, node.type)(a);
    }
    case 'subscript': {
      const operands = strict(node.base, node.index);
      if (operands === null) return null;
      const [base, index] = operands;
      if (base instanceof Map) return base.get(index) ?? null;
      const array = base as unknown[];
      const i = Number(index);
      return (i > 0 ? array[i - 1] : i < 0 ? array.at(Math.max(i, -array.length - 1)) : null) ?? null;
    }
    case 'field': {
      const base = value(node.base) as unknown[] | null;
      return base === null ? null : (base[node.index] ?? null);
    }
    case 'makeArray':
      return node.items.map(orNull);
    case 'makeStruct':
      return node.fields.map(orNull);
    case 'makeMap':
      return new Map(node.entries.map(([k, v]) => [orNull(k), orNull(v)]));
    case 'call': {
      const definition = must(env.functions.find(node.name));
      if (definition.kind !== 'SCALAR') throw new Error('not scalar');
      const signature = definition.signatures[node.signature]!;
      const args = node.args.map((arg) => argument(arg, row, env, variables, orNull));
      if (signature.nulls !== 'pass' && args.includes(null)) return null;
      const body =
        signature.evaluate ??
        signature.prepare!({
          argTypes: node.args.map((a) =>
            a.kind === 'lambda' ? a.body.type : a.kind === 'intervalUnit' ? { kind: 'STRING' } : a.type,
          ),
          returnType: node.type,
          constants: node.args.map((a) =>
            a.kind === 'literal' ? a.value : a.kind === 'intervalUnit' ? a.unit : undefined,
          ),
          env: env.functionEnv,
        });
      return body(...args);
    }
    default:
      return assertNever(node);
  }
}

/** A condition as evaluated by WHERE and WHEN: only until it is known whether it is true. */
export function holds(
  node: TypedExpr,
  row: readonly unknown[],
  env: CompileEnv,
  variables: ReadonlyMap<string, unknown> = new Map(),
): boolean {
  if (node.kind !== 'logical') return interpret(node, row, env, variables) === true;
  const left = holds(node.left, row, env, variables);
  return left === (node.op === 'OR') ? left : holds(node.right, row, env, variables);
}

function argument(
  arg: TypedArg,
  row: readonly unknown[],
  env: CompileEnv,
  variables: ReadonlyMap<string, unknown>,
  orNull: (child: TypedExpr) => unknown,
): unknown {
  if (arg.kind === 'intervalUnit') return arg.unit;
  if (arg.kind !== 'lambda') return orNull(arg);
  return (...values: unknown[]) =>
    interpret(arg.body, row, env, new Map([...variables, ...arg.params.map((p, i) => [p.name, values[i]] as const)]));
}

function arithmetic(op: string, a: any, b: any, left: SqlType, right: SqlType, type: SqlType): unknown {
  switch (type.kind) {
    case 'STRING':
      return `${a}${b}`;
    case 'DOUBLE':
      return op === '+' ? a + b : op === '-' ? a - b : op === '*' ? a * b : op === '/' ? a / b : a % b;
    case 'DECIMAL': {
      const [ls, rs] = [(left as DecimalType).scale, (right as DecimalType).scale];
      if (op === '+') return addDecimal(a, ls, b, rs);
      if (op === '-') return subDecimal(a, ls, b, rs);
      if (op === '*') return mulDecimal(a, b);
      return op === '/' ? divDecimal(a, ls, b, rs, type.scale) : modDecimal(a, ls, b, rs);
    }
    default: {
      const [x, y] = [BigInt(a), BigInt(b)];
      if ((op === '/' || op === '%') && y === 0n) throw new RangeError('/ by zero');
      const exact = op === '+' ? x + y : op === '-' ? x - y : op === '*' ? x * y : op === '/' ? x / y : x % y;
      return fitting(type, exact);
    }
  }
}

function fitting(type: SqlType, exact: bigint): unknown {
  const bits = type.kind === 'INTEGER' ? 32 : 64;
  if (BigInt.asIntN(bits, exact) !== exact) throw new RangeError(`Not in the range of ${type.kind}: ${exact}`);
  return normalizeInt64(exact);
}

function equal(left: SqlType, right: SqlType, a: any, b: any): boolean {
  if (a === null || b === null) return a === b;
  if (left.kind === 'DECIMAL') return order(left, right, a, b) === 0;
  return left.kind === 'DOUBLE' ? a === b : equalValues(left)(a, b);
}

function order(left: SqlType, right: SqlType, a: any, b: any): number {
  if (left.kind === 'DECIMAL') return compareDecimal(a, left.scale, b, (right as DecimalType).scale);
  // NaN is neither less than, equal to nor greater than any value.
  if (a !== a || b !== b) return NaN;
  return compareValues(left)(a, b);
}

function ordered(op: string, sign: number): boolean {
  return op === '<' ? sign < 0 : op === '<=' ? sign <= 0 : op === '>' ? sign > 0 : sign >= 0;
}

/** Backtracking over characters. */
function likeSlowly(text: readonly string[], pattern: readonly string[], escape: string | null): boolean {
  if (pattern.length === 0) return text.length === 0;
  const [p, ...rest] = pattern;
  if (p === escape && rest.length > 0) return text[0] === rest[0] && likeSlowly(text.slice(1), rest.slice(1), escape);
  if (p === '%')
    return likeSlowly(text, rest, escape) || (text.length > 0 && likeSlowly(text.slice(1), pattern, escape));
  return text.length > 0 && (p === '_' || text[0] === p) && likeSlowly(text.slice(1), rest, escape);
}
