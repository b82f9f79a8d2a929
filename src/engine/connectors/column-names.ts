import { must } from '../../base/assert.ts';
import type { TopicColumn, TopicSchema } from '../../connect/client/api.ts';
import { isSystemName } from '../../plan/names.ts';

/** A column of a topic, and its name in SQL. */
export interface NamedColumn {
  readonly name: string;
  readonly column: TopicColumn;
}

/**
 * SQL names for the columns of a topic: upper-cased as everywhere in SQL, or unchanged when that would be a reserved
 * name (ROWTIME, WINDOWSTART …) or several columns differ only in case, since formats look for the exact name first.
 * `unnamed`: columns with reserved names.
 */
export function sqlNames({ key, value }: Pick<TopicSchema, 'key' | 'value'>): {
  readonly named: readonly NamedColumn[];
  readonly unnamed: readonly TopicColumn[];
} {
  // A key column that the value repeats is read from the key.
  const columns = [...key, ...value.filter((c) => !key.some((k) => k.name === c.name))];
  const upper = columns.map((c) => c.name.toUpperCase());
  const named = columns.map((column, i): NamedColumn => {
    const isOwn = isSystemName(must(upper[i], 'name')) || upper.filter((name) => name === upper[i]).length > 1;
    return { name: isOwn ? column.name : must(upper[i], 'name'), column };
  });
  return {
    named: named.filter((n) => !isSystemName(n.name)),
    unnamed: named.filter((n) => isSystemName(n.name)).map((n) => n.column),
  };
}

/** The column for a name in SQL: the exact one, otherwise the one whose upper-cased name it is. */
export function columnMeant<C extends { readonly name: string }>(name: string, columns: readonly C[]): C | undefined {
  return columns.find((c) => c.name === name) ?? columns.find((c) => c.name.toUpperCase() === name.toUpperCase());
}
