import type { SinkRecord } from '../../api/record.ts';
import { primitive, type ConnectSchema, type StructSchema } from '../../api/schema.ts';

/** Name of the column that shows whether a row was deleted. */
export const DELETED = '__deleted';

/** Which columns and rows a file has. */
export interface RowSettings {
  /** Whether the columns of the key precede those of the value. */
  readonly keyColumns: boolean;
  /**
   * Whether a record without a value becomes a row too, with the columns of its key; every row then has the column
   * `__deleted`.
   */
  readonly deletes: boolean;
}

/** A column of a file, and how to read its value from a record. */
export interface Column {
  readonly name: string;
  readonly schema: ConnectSchema;
  /** null if the record has no value for it. */
  read(record: SinkRecord): unknown;
}

/**
 * The columns of records of a pair of schemas. A value (or key) that is not a struct is a single column, `value` (or
 * `key`). If key and value have a column of the same name, the value's is used.
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
