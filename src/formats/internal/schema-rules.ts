import { SluiceError } from '../../base/errors.ts';
import { formatColumn } from '../../types/schema.ts';
import type { SqlKind, SqlType } from '../../types/sql-type.ts';
import type { PersistenceSchema } from '../api.ts';

/** Rules for columns that several formats share, and ksqlDB's messages for violations. */

/** The columns as text, such as `` [`F1` INTEGER KEY, `F2` INTEGER KEY] ``. */
export function columnList(schema: PersistenceSchema): string {
  return `[${schema.columns.map((cursor) => formatColumn({ ...cursor, role: schema.isKey ? 'KEY' : 'VALUE' })).join(', ')}]`;
}

/** ksqlDB's text of a persistence schema. */
export function describeSchema(schema: PersistenceSchema): string {
  return `Persistence{columns=${columnList(schema)}, features=[${schema.features.join(', ')}]}`;
}

/** Rejects column types that are not in `supported`, at the top level only. */
export function requireKinds(
  format: string,
  schema: PersistenceSchema,
  supported: ReadonlySet<SqlKind>,
  nameColumn: boolean,
): void {
  for (const { name, type } of schema.columns) {
    if (supported.has(type.kind)) continue;
    const where = nameColumn ? `, column: \`${name}\`` : '';
    throw new SluiceError('STATEMENT', `The '${format}' format does not support type '${type.kind}'${where}`);
  }
}

/** Rejects maps with keys other than STRING, at any depth, with the format's message. */
export function requireStringMapKeys(sentence: string, schema: PersistenceSchema): void {
  const check = (type: SqlType): void => {
    switch (type.kind) {
      case 'ARRAY':
        return check(type.element);
      case 'STRUCT':
        return type.fields.forEach((f) => check(f.type));
      case 'MAP':
        if (type.key.kind !== 'STRING') throw new SluiceError('STATEMENT', sentence);
        return check(type.value);
      default:
    }
  };
  schema.columns.forEach((cursor) => check(cursor.type));
}

/** Whether the record is the bare value of a single column. Keys with one column are unwrapped by default. */
export function isUnwrapped(schema: PersistenceSchema): boolean {
  if (schema.columns.length !== 1) return false;
  if (schema.features.includes('UNWRAP_SINGLES')) return true;
  return schema.isKey && !schema.features.includes('WRAP_SINGLES');
}

/** Checks that the full name of a schema, if given, is not blank. @throws SluiceError STATEMENT */
export function requireFullName(properties: Readonly<Record<string, string>>): void {
  const name = properties['fullSchemaName'];
  if (name !== undefined && name.trim() === '')
    throw new SluiceError('STATEMENT', 'fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}');
}
