import type { Config } from '../../../../api/config-spec.ts';
import { primitive } from '../../../../api/schema.ts';
import type { TypeForm } from '../../debezium/column-types.ts';
import { columnChoice, isColumnRule } from './columns-choice.ts';
import type { RowColumns } from './row-form.ts';

const TEXT: TypeForm = { schema: primitive('STRING'), parse: (text) => text };

/** The effect of the settings `column.*` on the columns of rows; undefined: none of them is set. */
export function rowColumns({ raw }: Config): RowColumns | undefined {
  const isSet = (key: string): boolean => (raw[key] ?? '').trim() !== '';
  if (!isSet('column.include.list') && !isSet('column.exclude.list') && !Object.keys(raw).some(isColumnRule))
    return undefined;
  const choice = columnChoice(raw);
  return {
    has: (table, column) => choice.has(table, column),
    hidden: (table, column) => {
      const form = choice.changed(table, column, TEXT);
      if (form === TEXT) return undefined;
      return (text) => (text === null ? ((form.ofNull ?? null) as string | null) : (form.parse(text) as string));
    },
  };
}
