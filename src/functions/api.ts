import type { UserFence } from './user-fence.ts';
import type { Work } from '../base/budget/work.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * Functions are data: one entry contains the name, synonyms, signatures, description, examples and implementation. SHOW
 * FUNCTIONS, DESCRIBE FUNCTION, completion, type checking, the compiler and docs/reference all read it. Values follow
 * types/sql-type.ts. User-defined functions export the same entries (docs/guide/functions.md).
 */
export type FunctionDefinition = ScalarFunction | AggregateFunction | TableFunction;

/** A parameter's type: a SQL type, or a pattern that is solved against the call's arguments. */
export type ParamType =
  | SqlType
  /** A type variable: all occurrences of one name must have the same type (after implicit casts). */
  | { readonly kind: 'GENERIC'; readonly name: string }
  /** A DECIMAL of any precision and scale. */
  | { readonly kind: 'ANY_DECIMAL' }
  /** Any type; the arguments of a variadic parameter may have different ones. */
  | { readonly kind: 'ANY' }
  /** A STRUCT with any fields. */
  | { readonly kind: 'ANY_STRUCT' }
  /** MILLISECONDS, SECONDS, MINUTES, HOURS, DAYS, WEEKS, MONTHS, YEARS: passed as that upper-case string. */
  | { readonly kind: 'INTERVAL_UNIT' }
  | { readonly kind: 'LAMBDA'; readonly params: readonly ParamType[]; readonly returns: ParamType }
  | { readonly kind: 'ARRAY_OF'; readonly element: ParamType }
  | { readonly kind: 'MAP_OF'; readonly key: ParamType; readonly value: ParamType };

export interface Param {
  readonly name: string;
  readonly type: ParamType;
  readonly doc?: string;
  /**
   * The kind of text expected: the user is warned about a constant that hardly means what it says, or about an unknown
   * zone.
   */
  readonly text?: 'TIME_PATTERN' | 'TIME_ZONE' | 'JSON_PATH';
}

/** A call and its expected result, for the reference and for tests. */
export interface FunctionExample {
  /** A call as SQL text, with constants only, e.g. `LEN('abc')`. One test runs them all. */
  readonly call: string;
  /** Its value as JSON-like data (DECIMAL and BIGINT beyond 2^53 as text, BYTES as base64, times as ISO text). */
  readonly gives: unknown;
}

interface FunctionBase {
  /** The name in upper case. */
  readonly name: string;
  /** The name as messages spell it; the default is ksqlDB's spelling, which for most built-ins is lower case. */
  readonly displayName?: string;
  readonly synonyms?: readonly string[];
  /**
   * `STRING`, `MATHEMATICAL`, `DATE / TIME`, `JSON`, `ARRAY`, `MAP`, `LAMBDA`, `REGULAR EXPRESSION`, `AGGREGATE`,
   * `TABLE`, `URL`, `CONDITIONAL`, `OTHER`.
   */
  readonly category: string;
  /** The description for DESCRIBE FUNCTION and the reference, in sentences. */
  readonly doc: string;
  readonly author?: string;
  readonly version?: string;
  /** The file of a user-defined function; `(internal)` for built-in ones. */
  readonly path?: string;
  readonly examples?: readonly FunctionExample[];
  /**
   * The cost of a call relative to the size of its arguments. The default, 1, is a step of `FunctionEnv.work` for each
   * element of an array or map and for each 16 characters or bytes.
   */
  readonly weight?: number;
}

/** One overload of a function. */
export interface SignatureBase {
  readonly params: readonly Param[];
  /** The index of the parameter that may occur any number of times (including none). At most one. */
  readonly variadic?: number;
  readonly doc?: string;
  /** The result type: fixed, a pattern over the type variables, or computed from the argument types. */
  readonly returns: ParamType | ((argTypes: readonly SqlType[]) => SqlType);
}

/** Information about a call, available when the plan is compiled. */
export interface CallSite {
  /** Types after implicit casts. For a lambda argument: the type of its body. */
  readonly argTypes: readonly SqlType[];
  readonly returnType: SqlType;
  /** The values of constant arguments, otherwise undefined. For hoisting patterns, zones and separators. */
  readonly constants: readonly unknown[];
  readonly env: FunctionEnv;
}

/** The environment that functions may use. */
export interface FunctionEnv {
  nowMs(): number;
  random(): number;
  uuid(): string;
  /** A configuration value such as `ksql.functions.collect_list.limit`; undefined if it is not set. */
  config?(key: string): unknown;
  /**
   * The remaining work budget for one row; a function whose cost exceeds the size of its arguments counts its steps
   * here.
   */
  readonly work: Work;
  /**
   * Present if the row is computed in the thread that serves clients: ends long-running calls of user-defined
   * functions.
   */
  readonly fence?: UserFence | undefined;
}

/** The body of a function. Lambdas are passed as plain functions of their parameters. */
export type ScalarBody = (...args: any[]) => unknown;

export interface ScalarSignature extends SignatureBase {
  /**
   * `propagate` (default): any null argument makes the result null without a call.
   * `pass`: the body receives nulls.
   */
  readonly nulls?: 'propagate' | 'pass';
  /** The body, if it needs nothing from the call site. An exception becomes a processing-log entry and null. */
  readonly evaluate?: ScalarBody;
  /** Creates the body for one call site, where constants can be hoisted. Either `evaluate` or `prepare` is given. */
  readonly prepare?: (site: CallSite) => ScalarBody;
  /** Overrides the function's weight. */
  readonly weight?: number;
}

export interface ScalarFunction extends FunctionBase {
  readonly kind: 'SCALAR';
  readonly signatures: readonly ScalarSignature[];
  /**
   * False if two calls may give different results (RANDOM, UUID, UNIX_TIMESTAMP()): such a call is never folded.
   * Default true.
   */
  readonly deterministic?: boolean;
}

/** One aggregate at one call site. `A` is a value of the SQL type `intermediate`: it is stored and read back. */
export interface Aggregator<A = any> {
  /** SQL type of the stored intermediate value. */
  readonly intermediate: SqlType;
  initialize(): A;
  /** Adds one row's arguments, which may be null. May mutate `aggregate` and return it. */
  add(aggregate: A, args: readonly unknown[]): A;
  /** Removes one row's arguments; present if the function may be used on a table. */
  readonly undo?: (aggregate: A, args: readonly unknown[]) => A;
  /** Merges two sessions; `b` is the later one. */
  readonly merge?: (a: A, b: A) => A;
  /** The result shown to queries. */
  result(aggregate: A): unknown;
}

export interface AggregateSignature extends SignatureBase {
  /** How many trailing `params` must be literals (`LATEST_BY_OFFSET(col, 3)`). Default 0. */
  readonly literals?: number;
  /**
   * Whether the aggregates of consecutive parts of the input, merged in order, are exactly the aggregate of the whole,
   * whatever the parts (sums of doubles are not). Then a part may be aggregated before its rows are repartitioned. Only
   * for aggregators with `merge`.
   */
  readonly isMergedExactly?: boolean;
  readonly create: (site: CallSite) => Aggregator;
}

export interface AggregateFunction extends FunctionBase {
  readonly kind: 'AGGREGATE';
  readonly signatures: readonly AggregateSignature[];
}

export interface TableSignature extends SignatureBase {
  readonly nulls?: 'propagate' | 'pass';
  /** Returns the rows, each one value of type `returns`; null and [] mean no rows. */
  readonly evaluate?: (...args: any[]) => readonly unknown[] | null;
  readonly prepare?: (site: CallSite) => (...args: any[]) => readonly unknown[] | null;
}

export interface TableFunction extends FunctionBase {
  readonly kind: 'TABLE';
  readonly signatures: readonly TableSignature[];
}

export const scalarFunction = (definition: Omit<ScalarFunction, 'kind'>): ScalarFunction => ({
  kind: 'SCALAR',
  ...definition,
});
export const aggregateFunction = (definition: Omit<AggregateFunction, 'kind'>): AggregateFunction => ({
  kind: 'AGGREGATE',
  ...definition,
});
export const tableFunction = (definition: Omit<TableFunction, 'kind'>): TableFunction => ({
  kind: 'TABLE',
  ...definition,
});
