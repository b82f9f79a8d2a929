import { must } from '../base/assert.ts';
import { messageOf } from '../base/errors.ts';
import { formatType, type SqlType } from '../types/sql-type.ts';
import type { FormatDefinition, FormatInfo, PersistenceSchema, RegistrySchema } from './api.ts';
import { fieldFor } from './internal/field-names.ts';
import { isUnwrapped } from './internal/schema-rules.ts';
import { canonicalText } from './schema-registry/canonical.ts';

type Field = { readonly name: string; readonly type: SqlType };

/**
 * The format with which rows are written to a topic for which a schema is registered: with the schema derived from the
 * columns, or, if others registered one that has a field for each column (with its own names, namespace or package),
 * with that one. `misfit` is the reason why the registered schema cannot be used.
 */
export function writtenAs(
  format: FormatDefinition,
  schema: PersistenceSchema,
  info: FormatInfo,
  topic: string,
  latest: { readonly id: number; readonly schema: RegistrySchema } | undefined,
): { readonly info: FormatInfo; readonly misfit?: string | undefined } {
  if (latest === undefined || format.registrySchema === undefined || schema.columns.length === 0) return { info };
  if (info.properties['schemaId'] !== undefined) return { info };
  if (canonicalText(latest.schema) === canonicalText(format.registrySchema(schema, info, topic))) return { info };
  const misfit = misfitOfRegistered(format, latest.schema, schema, info);
  if (misfit !== undefined) return { info, misfit };
  return { info: { ...info, properties: { ...info.properties, schemaId: String(latest.id) } } };
}

/**
 * Why rows of these columns cannot be written with a schema that another client registered; undefined if they can,
 * since it has a field for each column.
 */
function misfitOfRegistered(
  format: FormatDefinition,
  registered: RegistrySchema,
  schema: PersistenceSchema,
  info: FormatInfo,
): string | undefined {
  try {
    const fields = registeredFields(format, registered, schema, info);
    const bare = isUnwrapped(schema) ? bareTypeOf(fields, must(schema.columns[0], 'column').type) : undefined;
    return bare === undefined
      ? misfitOfFields(schema.columns, fields, '')
      : misfitOfType(must(schema.columns[0], 'column').type, bare, must(schema.columns[0], 'column').name);
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * The fields of a registered schema, with the names they have there.
 * @throws Error for schemas that SQL cannot represent
 */
export function registeredFields(
  format: FormatDefinition,
  registered: RegistrySchema,
  { isKey, features }: PersistenceSchema,
  info: FormatInfo,
): readonly Field[] {
  // Specifying an id keeps the names unchanged.
  const named = { ...info, properties: { ...info.properties, schemaId: '0' } };
  return format.columnsOf?.(registered, { isKey, features, info: named }) ?? [];
}

/** The type of an unwrapped value: that of the whole schema. A record with one field has the bytes of that field. */
function bareTypeOf(fields: readonly Field[], wanted: SqlType): SqlType | undefined {
  const type = fields[0]?.type;
  return type?.kind === 'STRUCT' && wanted.kind !== 'STRUCT' && type.fields.length === 1 ? type.fields[0]!.type : type;
}

function misfitOfFields(columns: readonly Field[], fields: readonly Field[], path: string): string | undefined {
  for (const { name, type } of columns) {
    const at = fieldFor(name, fields);
    const misfit =
      at === -1
        ? `it has no field for ${path}${name}`
        : misfitOfType(type, must(fields[at], 'field').type, `${path}${name}`);
    if (misfit !== undefined) return misfit;
  }
  return undefined;
}

function misfitOfType(type: SqlType, there: SqlType, path: string): string | undefined {
  if (type.kind === 'INTEGER' && (there.kind === 'BIGINT' || there.kind === 'DOUBLE')) return undefined;
  if (type.kind === 'STRUCT' && there.kind === 'STRUCT') return misfitOfFields(type.fields, there.fields, `${path}->`);
  if (type.kind === 'ARRAY' && there.kind === 'ARRAY') return misfitOfType(type.element, there.element, `${path}[]`);
  if (type.kind === 'MAP' && there.kind === 'MAP')
    return misfitOfType(type.key, there.key, `${path}.key`) ?? misfitOfType(type.value, there.value, `${path}.value`);
  return type.kind === there.kind
    ? undefined
    : `its ${path} is ${formatType(there)}, the column is ${formatType(type)}`;
}
