import type { Span } from '../../base/span.ts';
import type { Expression } from './expressions.ts';
import type { Identifier, Node } from './node.ts';

/** SELECT: a pull query, a push query (EMIT), or the body of CREATE ... AS and INSERT INTO. */
export interface Query extends Node {
  readonly kind: 'Query';
  /** SELECT DISTINCT. */
  readonly distinct: boolean;
  readonly select: readonly SelectItem[];
  readonly from: From;
  readonly window: Window | null;
  readonly where: Expression | null;
  /** Empty where the clause is absent. */
  readonly partitionBy: readonly Expression[];
  /** Empty where the clause is absent. */
  readonly groupBy: readonly Expression[];
  readonly having: Expression | null;
  /** Empty where the clause is absent. */
  readonly orderBy: readonly SortItem[];
  /** The positions of words that may be refused: those that ksqlDB's grammar does not have here, and EMIT FINAL. */
  readonly words?:
    | { readonly distinct?: Span; readonly order?: Span; readonly by?: Span; readonly final?: Span }
    | undefined;
  readonly emit: 'CHANGES' | 'FINAL' | null;
  readonly limit: number | null;
}

/** One key of ORDER BY. */
export interface SortItem extends Node {
  readonly kind: 'SortItem';
  readonly expression: Expression;
  readonly descending: boolean;
  /** As written; null: nulls are larger than all values. */
  readonly nulls: 'FIRST' | 'LAST' | null;
}

export type SelectItem = AllColumns | StructAll | SingleColumn;

/** `*` or `source.*`. */
export interface AllColumns extends Node {
  readonly kind: 'AllColumns';
  readonly qualifier: string | null;
}
/** `expression->*`: every field of a struct. */
export interface StructAll extends Node {
  readonly kind: 'StructAll';
  readonly base: Expression;
}
export interface SingleColumn extends Node {
  readonly kind: 'SingleColumn';
  readonly expression: Expression;
  readonly alias: Identifier | null;
}

/** `source JOIN a ... JOIN b ...`: joins apply from left to right. */
export interface From extends Node {
  readonly kind: 'From';
  readonly source: AliasedSource;
  readonly joins: readonly Join[];
}
export interface AliasedSource extends Node {
  readonly kind: 'AliasedSource';
  readonly name: Identifier;
  readonly alias: Identifier | null;
}
export interface Join extends Node {
  readonly kind: 'Join';
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'OUTER';
  readonly source: AliasedSource;
  readonly within: Within | null;
  readonly on: Expression;
}
/** `WITHIN 1 HOUR` sets both sides. */
export interface Within extends Node {
  readonly kind: 'Within';
  readonly before: Duration;
  readonly after: Duration;
  readonly grace: Duration | null;
}

export type Window = TumblingWindow | HoppingWindow | SessionWindow;
export interface TumblingWindow extends Node {
  readonly kind: 'TumblingWindow';
  readonly size: Duration;
  readonly retention: Duration | null;
  readonly grace: Duration | null;
}
export interface HoppingWindow extends Node {
  readonly kind: 'HoppingWindow';
  readonly size: Duration;
  readonly advance: Duration;
  readonly retention: Duration | null;
  readonly grace: Duration | null;
}
export interface SessionWindow extends Node {
  readonly kind: 'SessionWindow';
  readonly gap: Duration;
  readonly retention: Duration | null;
  readonly grace: Duration | null;
}
/** `10 SECONDS`. */
export interface Duration extends Node {
  readonly kind: 'Duration';
  readonly value: number;
  readonly unit: DurationUnit;
  /** The whole duration in milliseconds. */
  readonly ms: number;
}
export type DurationUnit = 'MILLISECONDS' | 'SECONDS' | 'MINUTES' | 'HOURS' | 'DAYS';
