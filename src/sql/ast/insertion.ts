import type { Property } from './definition.ts';
import type { Expression } from './expressions.ts';
import type { Identifier, Node } from './node.ts';
import type { Query } from './query.ts';

export type InsertionStatement = InsertInto | InsertValues;

/** INSERT INTO target [WITH (QUERY_ID = ...)] SELECT. */
export interface InsertInto extends Node {
  readonly kind: 'InsertInto';
  readonly target: Identifier;
  readonly properties: readonly Property[];
  readonly query: Query;
}
export interface InsertValues extends Node {
  readonly kind: 'InsertValues';
  readonly target: Identifier;
  /** Empty where no list is given. */
  readonly columns: readonly Identifier[];
  readonly values: readonly Expression[];
}
