import type { SinkRecord } from '../../api/record.ts';
import { primitive, type ConnectSchema, type StructSchema } from '../../api/schema.ts';

/** Name of the column that says whether a row was deleted. */
export const DELETED = '__deleted';

export interface RowSettings {
  /** The columns of the key stand before those of the value. */
  readonly keyColumns: boolean;
  /** A record without a value is a row too, of its key; every row then has the column `__deleted`. */
  readonly deletes: boolean;
}

/** A column of a file, and where its values are in a record. */
export interface Column {
  readonly name: string;
  readonly schema: ConnectSchema;
  /** null where the record has none. */
  read(record: SinkRecord): unknown;
}

/**
 * The columns that records of a pair of schemas have in a file. A value (or key) that is no struct is one column,
 * `value` (or `key`). Of a name that key and value share the value's column counts.
 */
export function columnsOf(
  keySchema: ConnectSchema | null,
  valueSchema: ConnectSchema | null,
  { keyColumns, deletes }: RowSettings,
): readonly Column[] {
  const value = valueSchema === null ? [] : partColumns('value', valueSchema);
  const taken = new Set(value.map((c) => c.name));
  const key = !keyColumns || keySchema === null ? [] : partColumns('key', keySchema).filter((c) => !taken.has(c.name));
  const deleted: Column = {
    name: DELETED,
    schema: primitive('BOOLEAN', false),
    read: (record) => record.value === null,
  };
  return [...key, ...value, ...(deletes ? [deleted] : [])];
}

function partColumns(part: 'key' | 'value', schema: ConnectSchema): readonly Column[] {
  if (schema.type !== 'STRUCT') return [{ name: part, schema, read: (record) => record[part] ?? null }];
  return (schema as StructSchema).fields.map(({ name, schema: field }, i) => ({
    name,
    schema: field,
    read: (record) => {
      const struct = record[part] as readonly unknown[] | null;
      return struct?.[i] ?? null;
    },
  }));
}
