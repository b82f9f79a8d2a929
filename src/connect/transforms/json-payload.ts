import { DataError } from '../api/errors.ts';
import { arrayOf, primitive, schemasEqual, structOf, type ConnectField, type ConnectSchema } from '../api/schema.ts';

/** What null members become: omitted, or optional bytes without a value. */
export type NullMembers = 'ignore' | 'optional_bytes';

/** The items of a list have no common schema. */
class NoSchema extends Error {}

/**
 * Parses JSON text, with a schema inferred from its values: structs named by their path, integers of 32 or 64 bits,
 * doubles. undefined: it is not a JSON object, or a list in it has items of several types.
 * @throws DataError when it is a list
 */
export function jsonPayload(
  text: string,
  nulls: NullMembers,
): { readonly schema: ConnectSchema; readonly value: unknown } | undefined {
  let node: unknown;
  try {
    node = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (Array.isArray(node))
    throw new DataError('A payload that is a list is not made a record: its items have no names');
  if (typeof node !== 'object' || node === null) return undefined;
  try {
    const schema = schemaOf(node, 'payload', nulls);
    return schema && { schema, value: valueOf(schema, node) };
  } catch (error) {
    if (error instanceof NoSchema) return undefined;
    throw error;
  }
}

/** undefined: it has no schema and is omitted. */
function schemaOf(node: unknown, path: string, nulls: NullMembers): ConnectSchema | undefined {
  switch (typeof node) {
    case 'boolean':
      return primitive('BOOLEAN');
    case 'string':
      return primitive('STRING');
    case 'number':
      if (!Number.isInteger(node)) return primitive('FLOAT64');
      return primitive((node | 0) === node ? 'INT32' : 'INT64');
    default:
  }
  if (node === null) return nulls === 'ignore' ? undefined : primitive('BYTES');
  if (Array.isArray(node)) {
    const schemas = (node as readonly unknown[]).flatMap((item) =>
      item === null ? [] : (schemaOf(item, path, nulls) ?? []),
    );
    const items = itemsOf(schemas, path);
    return items && arrayOf(items);
  }
  const fields = Object.entries(node as object).flatMap(([name, member]): ConnectField[] => {
    const schema = schemaOf(member, `${path}.${name}`, nulls);
    return schema === undefined ? [] : [{ name, schema }];
  });
  return structOf(fields, true, path);
}

/** The common schema of the items of a list; for structs one with the fields of all. */
function itemsOf(schemas: readonly ConnectSchema[], path: string): ConnectSchema | undefined {
  const [first, ...others] = schemas;
  if (first === undefined || others.length === 0) return first;
  if (first.type !== 'STRUCT') {
    if (others.some((s) => !schemasEqual(s, first))) throw new NoSchema();
    return first;
  }
  const fields = new Map<string, ConnectField>();
  for (const schema of schemas) {
    if (schema.type !== 'STRUCT') throw new NoSchema();
    for (const field of schema.fields) {
      const known = fields.get(field.name);
      if (known !== undefined && !schemasEqual(known.schema, field.schema)) throw new NoSchema();
      fields.set(field.name, field);
    }
  }
  return structOf([...fields.values()], false, path);
}

function valueOf(schema: ConnectSchema, node: unknown): unknown {
  if (node === null || node === undefined) return null;
  if (schema.type === 'ARRAY') return (node as readonly unknown[]).map((item) => valueOf(schema.items, item));
  if (schema.type !== 'STRUCT') return node;
  return schema.fields.map((f) => valueOf(f.schema, (node as Readonly<Record<string, unknown>>)[f.name]));
}
