import type { UserFence } from './user-fence.ts';
import type { Work } from '../base/budget/work.ts';
import type { SqlType } from '../types/sql-type.ts';

/**
 * Functions are data: one entry holds name, synonyms, signatures, description, examples and implementation.
 * SHOW FUNCTIONS, DESCRIBE FUNCTION, completion, type checking, the compiler and docs/reference all read it.
 * Values follow types/sql-type.ts. User-defined functions export the same entries (docs/guide/functions.md).
 */
export type FunctionDefinition = ScalarFunction | AggregateFunction | TableFunction;

/** A parameter's type: a SQL type, or a pattern that is solved against the call's arguments. */
export type ParamType =
  | SqlType
  /** A type variable: every occurrence of one name must be the same type (after implicit casts). */
  | { readonly kind: 'GENERIC'; readonly name: string }
  /** DECIMAL of any precision and scale. */
  | { readonly kind: 'ANY_DECIMAL' }
  /** Any type at all, and each argument of a variadic its own. */
  | { readonly kind: 'ANY' }
  /** STRUCT of any fields. */
  | { readonly kind: 'ANY_STRUCT' }
  /** MILLISECONDS, SECONDS, MINUTES, HOURS, DAYS, WEEKS, MONTHS, YEARS: handed over as that upper-case string. */
  | { readonly kind: 'INTERVAL_UNIT' }
  | { readonly kind: 'LAMBDA'; readonly params: readonly ParamType[]; readonly returns: ParamType }
  | { readonly kind: 'ARRAY_OF'; readonly element: ParamType }
  | { readonly kind: 'MAP_OF'; readonly key: ParamType; readonly value: ParamType };

export interface Param {
  readonly name: string;
  readonly type: ParamType;
  readonly doc?: string;
  /** What its text is: of a constant that hardly means what it says, or of no such zone, the user is told. */
  readonly text?: 'TIME_PATTERN' | 'TIME_ZONE' | 'JSON_PATH';
}

export interface FunctionExample {
  /** A call as SQL text; constants only, e.g. `LEN('abc')`. One test runs them all. */
  readonly call: string;
  /** Its value as JSON-like data (DECIMAL and BIGINT beyond 2^53 as text, BYTES as base64, times as ISO text). */
  readonly gives: unknown;
}

interface FunctionBase {
  /** Upper case. */
  readonly name: string;
  /** The name as messages spell it: ksqlDB's built-ins do so mostly in lower case (the default for them). */
  readonly displayName?: string;
  readonly synonyms?: readonly string[];
  /**
   * `STRING`, `MATHEMATICAL`, `DATE / TIME`, `JSON`, `ARRAY`, `MAP`, `LAMBDA`, `REGULAR EXPRESSION`, `AGGREGATE`,
   * `TABLE`, `URL`, `CONDITIONAL`, `OTHER`.
   */
  readonly category: string;
  /** Sentences for DESCRIBE FUNCTION and the reference. */
  readonly doc: string;
  readonly author?: string;
  readonly version?: string;
  /** File of a user-defined function; `(internal)` for ours. */
  readonly path?: string;
  readonly examples?: readonly FunctionExample[];
  /**
   * How much more than usual a call takes for the size of its arguments. Usual, 1: a step of `FunctionEnv.work` for
   * each element of an array or map and for 16 characters or bytes.
   */
  readonly weight?: number;
}

export interface SignatureBase {
  readonly params: readonly Param[];
  /** Index of the parameter that may occur any number of times (none included). At most one. */
  readonly variadic?: number;
  readonly doc?: string;
  /** Result type: fixed or a pattern over the type variables, or computed from the argument types. */
  readonly returns: ParamType | ((argTypes: readonly SqlType[]) => SqlType);
}

/** What a call site knows when the plan is compiled. */
export interface CallSite {
  /** After implicit casts. Of a lambda argument: the type of its body. */
  readonly argTypes: readonly SqlType[];
  readonly returnType: SqlType;
  /** Values of arguments that are constant, else undefined. For hoisting patterns, zones, separators. */
  readonly constants: readonly unknown[];
  readonly env: FunctionEnv;
}

/** The world as functions may see it. */
export interface FunctionEnv {
  nowMs(): number;
  random(): number;
  uuid(): string;
  /** A configuration value such as `ksql.functions.collect_list.limit`; undefined when it is not set. */
  config?(key: string): unknown;
  /**
   * What computing one row may still take; a function that takes longer than its arguments are long counts its steps
   * here.
   */
  readonly work: Work;
  /** Where the row is computed in the thread that serves clients: ends calls of functions that are not ours. */
  readonly fence?: UserFence | undefined;
}

/** Lambdas arrive as plain functions of their parameters. */
export type ScalarBody = (...args: any[]) => unknown;

export interface ScalarSignature extends SignatureBase {
  /**
   * `propagate` (default): any null argument makes the result null without a call.
   * `pass`: the body sees nulls.
   */
  readonly nulls?: 'propagate' | 'pass';
  /** The body, when it needs nothing of the call site. A throw becomes a processing-log entry and null. */
  readonly evaluate?: ScalarBody;
  /** Makes the body for one call site: hoist what is constant there. One of `evaluate` and `prepare` is given. */
  readonly prepare?: (site: CallSite) => ScalarBody;
  /** In place of the function's. */
  readonly weight?: number;
}

export interface ScalarFunction extends FunctionBase {
  readonly kind: 'SCALAR';
  readonly signatures: readonly ScalarSignature[];
  /** False when two calls may differ (RANDOM, UUID, UNIX_TIMESTAMP()): never folded. Default true. */
  readonly deterministic?: boolean;
}

/** One aggregate at one call site. `A` is a value of the SQL type `intermediate`: it is stored and comes back. */
export interface Aggregator<A = any> {
  /** SQL type of the stored intermediate value. */
  readonly intermediate: SqlType;
  initialize(): A;
  /** Takes one row's arguments. May mutate `aggregate` and return it. Nulls are passed in. */
  add(aggregate: A, args: readonly unknown[]): A;
  /** Takes back one row's arguments; present when the function may be used on a table. */
  readonly undo?: (aggregate: A, args: readonly unknown[]) => A;
  /** Merges two sessions; `b` is the younger. */
  readonly merge?: (a: A, b: A) => A;
  /** The result shown to queries. */
  result(aggregate: A): unknown;
}

export interface AggregateSignature extends SignatureBase {
  /** Trailing parameters that must be literals (`LATEST_BY_OFFSET(col, 3)`): how many of `params`. Default 0. */
  readonly literals?: number;
  readonly create: (site: CallSite) => Aggregator;
}

export interface AggregateFunction extends FunctionBase {
  readonly kind: 'AGGREGATE';
  readonly signatures: readonly AggregateSignature[];
}

export interface TableSignature extends SignatureBase {
  readonly nulls?: 'propagate' | 'pass';
  /** Returns the rows, each one value of type `returns`; null and [] are no rows. */
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
