import { must } from '../../base/assert.ts';
import type { TopicColumn, TopicSchema } from '../../connect/client/api.ts';
import { isSystemName } from '../../plan/names.ts';

/** A column of a topic and the name that SQL reads it by. */
export interface NamedColumn {
  readonly name: string;
  readonly column: TopicColumn;
}

/**
 * Names for columns of a topic: in upper case, as everywhere in SQL; in their own where that is a name of SQL's
 * (ROWTIME, WINDOWSTART …) or several columns differ in case alone: formats look for the exact name first. `unnamed`:
 * columns that are called as SQL's own.
 */
export function sqlNames({ key, value }: Pick<TopicSchema, 'key' | 'value'>): {
  readonly named: readonly NamedColumn[];
  readonly unnamed: readonly TopicColumn[];
} {
  // A key column that stands in the value as well is read from the key.
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

/** The column that a name of SQL means: the exact one, else the one whose upper-cased name it is. */
export function columnMeant<C extends { readonly name: string }>(name: string, columns: readonly C[]): C | undefined {
  return columns.find((c) => c.name === name) ?? columns.find((c) => c.name.toUpperCase() === name.toUpperCase());
}
