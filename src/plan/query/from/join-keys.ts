import { must } from '../../../base/assert.ts';
import type { Expression } from '../../../sql/ast/expressions.ts';
import { hasColumn, type BoundSource } from './bind-sources.ts';
import { sameExpression } from '../expressions.ts';
import type { BoundJoin } from './join-criteria.ts';
import { reference } from './source-relation.ts';

/** The key of a join's result. It is known before any step is made, because `*` and name resolution need it. */
export type JoinKey =
  | {
      readonly kind: 'columns';
      /** For each key column, the expressions that a projection may select for it. */
      readonly stands: readonly (readonly Expression[])[];
      /** Expressions that equal a single-column key in every row. */
      readonly equal: readonly Expression[];
      /** Expressions that equal the key, or are null where an outer join found no row on their side. */
      readonly equalOrNull: readonly Expression[];
      readonly foreign?: string;
    }
  | { readonly kind: 'synthetic'; readonly name: string };

/** The key of a single source. */
export function keyOfSource(bound: BoundSource): JoinKey {
  const stands = bound.source.schema.key.map((c) => [reference(bound.alias, c.name)]);
  return { kind: 'columns', stands, equal: stands.length === 1 ? stands[0]! : [], equalOrNull: [] };
}

/** Whether the expression is the whole key, or null (see `mayBeNull`). */
export function isKey(key: JoinKey, expression: Expression): boolean {
  if (key.kind === 'synthetic') return sameExpression(expression, reference(null, key.name));
  return isAmong(key.equal, expression) || isAmong(key.equalOrNull, expression);
}

/**
 * Whether an expression that stands for the key can be null where the key is not: a column of a side for which an outer
 * join found no row. An outer join maintains equality for the preserved side only.
 */
export function mayBeNull(key: JoinKey, expression: Expression): boolean {
  return key.kind === 'columns' && !isAmong(key.equal, expression) && isAmong(key.equalOrNull, expression);
}

function isAmong(expressions: readonly Expression[], expression: Expression): boolean {
  return expressions.some((e) => sameExpression(e, expression));
}

/** Whether tables are joined by a column that is not the left table's key. */
export function isForeignKeyJoin(join: BoundJoin, left: JoinKey, leftIsTable: boolean): boolean {
  return leftIsTable && join.right.source.kind === 'TABLE' && !isKey(left, join.leftKey);
}

/**
 * The key after a join. The join columns stand for it. Where none does (both sides are expressions, or either may be
 * missing), the join creates a key column, ROWKEY.
 */
export function keyAfterJoin(
  join: BoundJoin,
  left: JoinKey,
  leftIsTable: boolean,
  sources: readonly BoundSource[],
): JoinKey {
  if (isForeignKeyJoin(join, left, leftIsTable))
    return left.kind === 'columns' ? { ...left, foreign: join.leftAlias } : left;
  const stands: Expression[] = [];
  if (join.type !== 'OUTER') {
    if (isKey(left, join.leftKey) && left.kind === 'columns') stands.push(...must(left.stands[0], 'stand'));
    else if (join.leftKey.kind === 'ColumnReference') stands.push(join.leftKey);
    if (join.rightKey.kind === 'ColumnReference') stands.push(join.rightKey);
  }
  return stands.length > 0
    ? { kind: 'columns', stands: [stands], ...equalAfterJoin(join, left) }
    : { kind: 'synthetic', name: syntheticName(sources) };
}

function equalAfterJoin(
  join: BoundJoin,
  left: JoinKey,
): { readonly equal: readonly Expression[]; readonly equalOrNull: readonly Expression[] } {
  const keeps = left.kind === 'columns' && isKey(left, join.leftKey);
  const equal = keeps ? left.equal : [join.leftKey];
  const equalOrNull = keeps ? left.equalOrNull : [];
  switch (join.type) {
    case 'INNER':
      return {
        equal: [...equal, join.leftKey, join.rightKey],
        equalOrNull: equalOrNull.filter((e) => !sameExpression(e, join.leftKey)),
      };
    case 'LEFT':
      return { equal, equalOrNull: [...equalOrNull, join.rightKey] };
    case 'RIGHT':
      return { equal: [join.rightKey], equalOrNull: [...equal, ...equalOrNull] };
    case 'OUTER':
      return { equal: [], equalOrNull: [...equal, ...equalOrNull, join.rightKey] };
    default:
      return join.type satisfies never;
  }
}

/** ROWKEY, or ROWKEY_1 and so on when a source has a column of that name. */
function syntheticName(sources: readonly BoundSource[]): string {
  const taken = (name: string): boolean => sources.some((s) => hasColumn(s.source, name));
  let name = 'ROWKEY';
  for (let n = 1; taken(name); n++) name = `ROWKEY_${n}`;
  return name;
}

/** The key of the whole FROM clause. */
export function keyOfJoins(joins: readonly BoundJoin[], sources: readonly BoundSource[]): JoinKey {
  let key = keyOfSource(must(sources[0], 'source'));
  const leftIsTable = must(sources[0], 'source').source.kind === 'TABLE';
  for (const join of joins) key = keyAfterJoin(join, key, leftIsTable, sources);
  return key;
}
