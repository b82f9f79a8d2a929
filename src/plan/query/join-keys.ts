import type { Expression } from '../../sql/ast/expressions.ts';
import { hasColumn, type BoundSource } from './bind-sources.ts';
import { sameExpression } from './expressions.ts';
import type { BoundJoin } from './join-criteria.ts';
import { reference } from './source-relation.ts';

/** What a join's result has as key, known before any step is made: `*` and name resolution need it. */
export type JoinKey =
  | { readonly kind: 'columns'; readonly stands: readonly (readonly Expression[])[]; readonly foreign?: string }
  | { readonly kind: 'synthetic'; readonly name: string };

/** The key of a source on its own. */
export function keyOfSource(bound: BoundSource): JoinKey {
  return { kind: 'columns', stands: bound.source.schema.key.map((c) => [reference(bound.alias, c.name)]) };
}

/** True when the expression is the whole key. */
export function isKey(key: JoinKey, expression: Expression): boolean {
  if (key.kind === 'synthetic') return sameExpression(expression, reference(null, key.name));
  return key.stands.length === 1 && key.stands[0]!.some((stand) => sameExpression(stand, expression));
}

/** True for tables joined by a column that is not the left one's key. */
export function isForeignKeyJoin(join: BoundJoin, left: JoinKey, leftIsTable: boolean): boolean {
  return leftIsTable && join.right.source.kind === 'TABLE' && !isKey(left, join.leftKey);
}

/**
 * The key after a join. The join columns stand for it; where no column does (both sides are expressions, or either side may be
 * missing) it is a column that the join makes: ROWKEY.
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
    if (isKey(left, join.leftKey) && left.kind === 'columns') stands.push(...left.stands[0]!);
    else if (join.leftKey.kind === 'ColumnReference') stands.push(join.leftKey);
    if (join.rightKey.kind === 'ColumnReference') stands.push(join.rightKey);
  }
  return stands.length > 0
    ? { kind: 'columns', stands: [stands] }
    : { kind: 'synthetic', name: syntheticName(sources) };
}

/** ROWKEY, or ROWKEY_1... when a source has a column of that name. */
function syntheticName(sources: readonly BoundSource[]): string {
  const taken = (name: string): boolean => sources.some((s) => hasColumn(s.source, name));
  let name = 'ROWKEY';
  for (let n = 1; taken(name); n++) name = `ROWKEY_${n}`;
  return name;
}

/** The key of the whole FROM clause. */
export function keyOfJoins(joins: readonly BoundJoin[], sources: readonly BoundSource[]): JoinKey {
  let key = keyOfSource(sources[0]!);
  const leftIsTable = sources[0]!.source.kind === 'TABLE';
  for (const join of joins) key = keyAfterJoin(join, key, leftIsTable, sources);
  return key;
}
