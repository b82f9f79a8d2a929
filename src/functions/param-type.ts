import { assertNever } from '../base/assert.ts';
import {
  array,
  decimal,
  map,
  STRING,
  struct,
  type DecimalType,
  type SqlKind,
  type SqlType,
  typesEqual,
} from '../types/sql-type.ts';
import type { Param, ParamType } from './api.ts';

/** Solutions of type variables. */
export type Bindings = Map<string, SqlType>;

/** `INT len`, `ARRAY<T> list`, `VARCHAR... args`: a parameter as messages show it. */
export function formatParam(param: Param, variadic: boolean): string {
  return `${formatParamType(param.type)}${variadic ? '...' : ''} ${param.name}`;
}

/** A parameter type as ksqlDB's messages spell it: `INT`, `VARCHAR`, `DECIMAL`, `ARRAY<T>`. */
export function formatParamType(type: ParamType): string {
  switch (type.kind) {
    case 'GENERIC':
      return type.name;
    case 'ANY_DECIMAL':
    case 'DECIMAL':
      return 'DECIMAL';
    case 'ANY':
      return 'ANY';
    case 'ANY_STRUCT':
      return 'STRUCT';
    case 'INTERVAL_UNIT':
      return 'INTERVALUNIT';
    case 'LAMBDA':
      return `LAMBDA (${type.params.map(formatParamType).join(', ')}) => ${formatParamType(type.returns)}`;
    case 'ARRAY_OF':
    case 'ARRAY':
      return `ARRAY<${formatParamType(type.element)}>`;
    case 'MAP_OF':
    case 'MAP':
      return `MAP<${formatParamType(type.key)}, ${formatParamType(type.value)}>`;
    case 'STRUCT':
      return `STRUCT<${type.fields.map((f) => `${f.name} ${formatParamType(f.type)}`).join(', ')}>`;
    case 'INTEGER':
      return 'INT';
    case 'STRING':
      return 'VARCHAR';
    case 'BOOLEAN':
    case 'BIGINT':
    case 'DOUBLE':
    case 'BYTES':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return type.kind;
    default:
      return assertNever(type);
  }
}

/** True when a value of `from` may stand where `to` is asked for, with a cast that cannot lose its meaning. */
export function isCoercible(from: SqlType, to: SqlType): boolean {
  if (typesEqual(from, to)) return true;
  switch (to.kind) {
    case 'BIGINT':
      return from.kind === 'INTEGER';
    case 'DECIMAL': {
      const source = asDecimal(from);
      return (
        source !== undefined && source.scale <= to.scale && source.precision - source.scale <= to.precision - to.scale
      );
    }
    case 'DOUBLE':
      return from.kind === 'INTEGER' || from.kind === 'BIGINT' || from.kind === 'DECIMAL';
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      return from.kind === 'STRING';
    case 'ARRAY':
      return from.kind === 'ARRAY' && isCoercible(from.element, to.element);
    case 'MAP':
      return from.kind === 'MAP' && isCoercible(from.key, to.key) && isCoercible(from.value, to.value);
    case 'STRUCT':
      return (
        from.kind === 'STRUCT' &&
        from.fields.every((field) => {
          const target = to.fields.find((f) => f.name === field.name);
          return target !== undefined && isCoercible(field.type, target.type);
        })
      );
    default:
      return false;
  }
}

/** INTEGER and BIGINT as the decimals that hold them; DECIMAL itself; else undefined. */
export function asDecimal(type: SqlType): DecimalType | undefined {
  if (type.kind === 'DECIMAL') return type;
  if (type.kind === 'INTEGER') return decimal(10, 0);
  if (type.kind === 'BIGINT') return decimal(19, 0);
  return undefined;
}

/** The narrowest DECIMAL that holds both. */
export function widerDecimal(a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale);
  return decimal(Math.max(a.precision - a.scale, b.precision - b.scale) + scale, scale);
}

const NUMERIC_RANK: Partial<Record<SqlKind, number>> = { INTEGER: 0, BIGINT: 1, DECIMAL: 2, DOUBLE: 3 };

/** How far an implicit cast goes; 0 for none. Orders overloads that all need casts. */
export function castDistance(from: SqlType, to: SqlType): number {
  if (typesEqual(from, to)) return 0;
  const a = NUMERIC_RANK[from.kind];
  const b = NUMERIC_RANK[to.kind];
  if (a !== undefined && b !== undefined) return Math.max(1, b - a);
  return 10;
}

/** The type both can be cast to without loss, or undefined. */
export function commonType(a: SqlType, b: SqlType): SqlType | undefined {
  if (isCoercible(a, b)) return b;
  if (isCoercible(b, a)) return a;
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') {
    const element = commonType(a.element, b.element);
    return element && array(element);
  }
  if (a.kind === 'MAP' && b.kind === 'MAP') {
    const key = commonType(a.key, b.key);
    const value = commonType(a.value, b.value);
    return key && value && map(key, value);
  }
  if (a.kind === 'STRUCT' && b.kind === 'STRUCT') {
    const fields = [...a.fields];
    for (const field of b.fields) {
      const at = fields.findIndex((f) => f.name === field.name);
      if (at < 0) fields.push(field);
      else {
        const type = commonType(fields[at]!.type, field.type);
        if (!type) return undefined;
        fields[at] = { name: field.name, type };
      }
    }
    return struct(fields);
  }
  const left = asDecimal(a);
  const right = asDecimal(b);
  return left && right ? widerDecimal(left, right) : undefined;
}

/**
 * Matches the shape of `param` against an argument's type and widens the bindings of its type variables.
 * False when they cannot fit whatever is cast.
 */
export function unify(param: ParamType, arg: SqlType, bindings: Bindings): boolean {
  switch (param.kind) {
    case 'GENERIC': {
      const bound = bindings.get(param.name);
      const type = bound ? commonType(bound, arg) : arg;
      if (!type) return false;
      bindings.set(param.name, type);
      return true;
    }
    case 'ANY':
      return true;
    case 'ANY_STRUCT':
      return arg.kind === 'STRUCT';
    case 'ANY_DECIMAL':
      return asDecimal(arg) !== undefined;
    case 'INTERVAL_UNIT':
    case 'LAMBDA':
      return false;
    case 'ARRAY_OF':
      return arg.kind === 'ARRAY' && unify(param.element, arg.element, bindings);
    case 'MAP_OF':
      return arg.kind === 'MAP' && unify(param.key, arg.key, bindings) && unify(param.value, arg.value, bindings);
    default:
      return isCoercible(arg, param);
  }
}

/**
 * The type an argument must be cast to. A variable without a solution (all its arguments are NULL) is STRING.
 * `arg` is undefined for a NULL literal.
 */
export function substitute(param: ParamType, bindings: Bindings, arg: SqlType | undefined): SqlType {
  switch (param.kind) {
    case 'GENERIC':
      return bindings.get(param.name) ?? STRING;
    case 'ANY':
      return arg ?? STRING;
    case 'ANY_STRUCT':
      return arg ?? struct([]);
    case 'ANY_DECIMAL':
      return (arg && asDecimal(arg)) ?? decimal(1, 0);
    case 'INTERVAL_UNIT':
      return STRING;
    case 'LAMBDA':
      return substitute(param.returns, bindings, arg);
    case 'ARRAY_OF':
      return array(substitute(param.element, bindings, arg?.kind === 'ARRAY' ? arg.element : undefined));
    case 'MAP_OF':
      return map(
        substitute(param.key, bindings, arg?.kind === 'MAP' ? arg.key : undefined),
        substitute(param.value, bindings, arg?.kind === 'MAP' ? arg.value : undefined),
      );
    default:
      return param;
  }
}

/** How many type variables and wildcards a parameter holds: fewer is more specific. */
export function openness(param: ParamType): number {
  switch (param.kind) {
    case 'GENERIC':
      return 1;
    case 'ANY':
      return 2;
    case 'ANY_STRUCT':
      return 1;
    case 'ARRAY_OF':
      return openness(param.element);
    case 'MAP_OF':
      return openness(param.key) + openness(param.value);
    default:
      return 0;
  }
}
