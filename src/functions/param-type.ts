import { assertNever } from '../base/assert.ts';
import { commonType, decimalOf, isImplicitlyCastable, isTime } from '../types/coerce.ts';
import { array, decimal, map, type SqlKind, STRING, struct, type SqlType, typesEqual } from '../types/sql-type.ts';
import type { Param, ParamType } from './api.ts';

/** The types bound to type variables. */
export type Bindings = Map<string, SqlType>;

/** A parameter as messages show it: `INT len`, `ARRAY<T> list`, `VARCHAR... args`. */
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

/** Whether a value of type `from` is accepted where `to` is required: implicit casts, and text for times. */
export function isCoercible(from: SqlType, to: SqlType): boolean {
  return isImplicitlyCastable(from, to) || (from.kind === 'STRING' && isTime(to));
}

const NUMERIC_RANK: Partial<Record<SqlKind, number>> = { INTEGER: 0, BIGINT: 1, DECIMAL: 2, DOUBLE: 3 };

/** The size of an implicit cast; 0 for none. Orders overloads that all need casts. */
export function castDistance(from: SqlType, to: SqlType): number {
  if (typesEqual(from, to)) return 0;
  const a = NUMERIC_RANK[from.kind];
  const b = NUMERIC_RANK[to.kind];
  if (a !== undefined && b !== undefined) return Math.max(1, b - a);
  return 10;
}

/** The type to which both can be cast, or undefined. */
function common(a: SqlType, b: SqlType): SqlType | undefined {
  return commonType(a, b) ?? (isCoercible(a, b) ? b : isCoercible(b, a) ? a : undefined);
}

/**
 * Matches the shape of `param` against the type of an argument and widens the bindings of its type variables. Returns
 * false if no cast can make them fit.
 */
export function unify(param: ParamType, arg: SqlType, bindings: Bindings): boolean {
  switch (param.kind) {
    case 'GENERIC': {
      const bound = bindings.get(param.name);
      const type = bound ? common(bound, arg) : arg;
      if (!type) return false;
      bindings.set(param.name, type);
      return true;
    }
    case 'ANY':
      return true;
    case 'ANY_STRUCT':
      return arg.kind === 'STRUCT';
    case 'ANY_DECIMAL':
      return decimalOf(arg) !== undefined;
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
 * The type to which an argument must be cast. A variable without a binding (all its arguments are NULL) is STRING.
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
      return (arg && decimalOf(arg)) ?? decimal(1, 0);
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

/** How general a parameter type is, by the type variables and wildcards that it contains: lower is more specific. */
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
