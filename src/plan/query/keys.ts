import { must } from '../../base/assert.ts';
import type { SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import type { ColumnReference, Expression } from '../../sql/ast/expressions.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import { reject } from '../errors.ts';
import { listAnd, listOr } from '../names.ts';
import { sameExpression } from './expressions.ts';
import { flatten } from './qualify.ts';
import type { KeyColumn, Relation } from './relation.ts';
import type { SelectEntry } from './select/select-items.ts';

/** Where the key of a relation comes from; error messages depend on it. */
export type KeyOrigin =
  | { readonly kind: 'SOURCE' }
  | { readonly kind: 'JOIN'; readonly synthetic: boolean }
  | { readonly kind: 'FOREIGN_KEY_JOIN'; readonly leftAlias: string }
  | { readonly kind: 'PARTITION_BY'; readonly expressions: readonly Expression[] }
  | { readonly kind: 'GROUP_BY'; readonly expressions: readonly Expression[] };

/** How a projection treats the key. */
export interface KeySelection {
  /** For each key column, the entry that selects it. */
  readonly keys: readonly SelectEntry[];
  /** The other entries in order, which form the value. */
  readonly values: readonly SelectEntry[];
}

/**
 * Finds the key columns in a projection.
 * @throws SluiceError STATEMENT when one is missing or selected twice
 */
export function selectKey(
  entries: readonly SelectEntry[],
  relation: Pick<Relation, 'key'>,
  origin: KeyOrigin,
  sink: string,
  isJoin: boolean,
): KeySelection {
  const found = relation.key.map((column) => entriesOfKey(entries, column));
  if (found.some((f) => f.entries.length === 0)) {
    throw at(missingKey(relation, found, origin, sink, isJoin), entries[0]?.span);
  }
  for (const [i, { entries: chosen, expression }] of found.entries()) {
    if (chosen.length > 1) throw repeatedKey(chosen, must(relation.key[i], 'key column'), expression!, origin, isJoin);
  }
  const keys = found.map((f) => must(f.entries[0], 'entry'));
  return { keys, values: entries.filter((e) => !keys.includes(e)) };
}

/** Points the error at the projection, where the key is missing. */
function at(error: SluiceError, span: Span | undefined): SluiceError {
  return reject(error.message, span, error.hint);
}

interface FoundKey {
  readonly expression: Expression | undefined;
  readonly entries: readonly SelectEntry[];
}

/** The entries for a key column: those that select the first of its equivalent expressions that is selected at all. */
function entriesOfKey(entries: readonly SelectEntry[], column: KeyColumn): FoundKey {
  for (const expression of column.stands) {
    const matching = entries.filter((e) => sameExpression(e.expression, expression));
    if (matching.length > 0) return { expression, entries: matching };
  }
  return { expression: undefined, entries: [] };
}

function repeatedKey(
  chosen: readonly SelectEntry[],
  column: KeyColumn,
  expression: Expression,
  origin: KeyOrigin,
  isJoin: boolean,
): SluiceError {
  const names = chosen.map((e) => e.name);
  const hint = 'Use AS_VALUE(column) AS name to copy a key column into the value.';
  if (origin.kind === 'GROUP_BY') {
    return reject(
      `The projection contains a key column more than once: ${listAnd(names.map(quoteIdentifier))}.`,
      must(chosen[1], 'chosen entry').span,
      hint,
    );
  }
  const name =
    expression.kind === 'ColumnReference' ? (flatten(expression, isJoin) as ColumnReference).name : column.name;
  return reject(
    `The projection contains a key column (${quoteIdentifier(name)}) more than once, aliased as: ${listAnd(names.toSorted())}.`,
    must(chosen[1], 'chosen entry').span,
    hint,
  );
}

function missingKey(
  relation: Pick<Relation, 'key'>,
  found: readonly FoundKey[],
  origin: KeyOrigin,
  sink: string,
  isJoin: boolean,
): SluiceError {
  const text = (expression: Expression): string => formatExpression(isJoin ? expression : flatten(expression, false));
  switch (origin.kind) {
    case 'SOURCE':
      return missing(
        sink,
        'key column',
        relation.key.map((k) => text(must(k.stands[0], 'stand'))),
        listAnd,
      );
    case 'PARTITION_BY':
      return missing(
        sink,
        'partitioning expression',
        origin.expressions.map((e) => formatExpression(e)),
        listAnd,
      );
    case 'GROUP_BY': {
      const absent = origin.expressions.filter((_, i) => must(found[i], 'key found').entries.length === 0);
      return missing(sink, 'grouping expression', absent.map(text), listAnd);
    }
    case 'JOIN': {
      const stands = relation.key.flatMap((k) => k.stands).map((e) => formatExpression(e));
      const error = missing(sink, 'join expression', stands, listOr);
      if (!origin.synthetic) return error;
      return reject(
        `${error.message}\n${must(stands[0], 'stand')} was added as a synthetic key column because the join criteria did not match any source ` +
          `column. This expression must be included in the projection and may be aliased. `,
        error.span,
        error.hint,
      );
    }
    case 'FOREIGN_KEY_JOIN': {
      const absent = relation.key.filter((_, i) => must(found[i], 'key found').entries.length === 0);
      const plural = absent.length === 1 ? '' : 's';
      const names = absent.map((k) => quoteIdentifier((k.stands[0] as ColumnReference).name)).join(', ');
      return reject(
        `Primary key column${plural} missing in projection. For foreign-key table-table joins, the projection must include all primary ` +
          `key columns from the left input table (${quoteIdentifier(origin.leftAlias)}). Missing column${plural}: ${names}.`,
      );
    }
    default:
      return origin satisfies never;
  }
}

function missing(
  sink: string,
  what: string,
  expressions: readonly string[],
  list: (items: readonly string[]) => string,
  span?: Span,
): SluiceError {
  const plural = expressions.length === 1 ? '' : 's';
  const example = list === listOr ? expressions[0]! : expressions.join(', ');
  return reject(
    `Key missing from projection (ie, SELECT). See https://cnfl.io/2LV7ouS.\n` +
      `The query used to build ${quoteIdentifier(sink)} must include the ${what}${plural} ${list(expressions)} in its projection ` +
      `(eg, SELECT ${example}...).`,
    span,
    /^\d+$/.test(example)
      ? `GROUP BY ${example} groups by the number ${example}: a column is grouped by its name.`
      : `Add ${example} to the SELECT.`,
  );
}
