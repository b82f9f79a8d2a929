import { JsonNumber, JsonObject, jsonText, type Json } from '../../types/json-text.ts';
import {
  arrayOf,
  mapOf,
  type ConnectSchema,
  type ConnectType,
  type PrimitiveType,
  type StructSchema,
} from '../api/schema.ts';
import { DataError } from '../api/errors.ts';
import { defaultToJson, plainOf, valueFromJson } from './json-value.ts';

/**
 * The `schema` member of JsonConverter's envelope, both ways, e.g.
 * `{"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"}],"optional":false,"name":"users"}`.
 */
const TYPE_NAMES: Readonly<Record<ConnectType, string>> = {
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BOOLEAN: 'boolean',
  STRING: 'string',
  BYTES: 'bytes',
  ARRAY: 'array',
  MAP: 'map',
  STRUCT: 'struct',
};
const TYPES = new Map(Object.entries(TYPE_NAMES).map(([type, name]) => [name, type as ConnectType]));

/** The JSON text of a schema; null stands for data without a schema. */
export function schemaToJson(schema: ConnectSchema | null, field?: string): string {
  if (schema === null) return 'null';
  const parts = [`"type":"${TYPE_NAMES[schema.type]}"`];
  if (schema.type === 'STRUCT') {
    parts.push(`"fields":[${schema.fields.map((f) => schemaToJson(f.schema, f.name)).join(',')}]`);
  } else if (schema.type === 'ARRAY') {
    parts.push(`"items":${schemaToJson(schema.items)}`);
  } else if (schema.type === 'MAP') {
    parts.push(`"keys":${schemaToJson(schema.keys)}`, `"values":${schemaToJson(schema.values)}`);
  }
  parts.push(`"optional":${schema.optional}`);
  if (schema.name !== undefined) parts.push(`"name":${JSON.stringify(schema.name)}`);
  if (schema.version !== undefined) parts.push(`"version":${schema.version}`);
  if (schema.doc !== undefined) parts.push(`"doc":${JSON.stringify(schema.doc)}`);
  if (schema.parameters !== undefined) parts.push(`"parameters":${JSON.stringify(schema.parameters)}`);
  if (schema.default !== undefined) parts.push(`"default":${defaultToJson(schema)}`);
  if (field !== undefined) parts.push(`"field":${JSON.stringify(field)}`);
  return `{${parts.join(',')}}`;
}

/** The schema of its JSON; null: data without a schema. @throws DataError when it is not a valid schema */
export function schemaFromJson(node: Json): ConnectSchema | null {
  if (node === null) return null;
  if (!(node instanceof JsonObject)) throw new DataError(`Invalid schema: expected an object, got ${jsonText(node)}`);
  const typeName = node.get('type');
  const type = typeof typeName === 'string' ? TYPES.get(typeName) : undefined;
  if (type === undefined) {
    throw new DataError(
      typeName === undefined ? "Schema must contain 'type' field" : `Unknown schema type: ${jsonText(typeName)}`,
    );
  }
  const base = shapeOf(type, node);
  const name = node.get('name');
  const version = node.get('version');
  const doc = node.get('doc');
  const parameters = node.get('parameters');
  const schema: ConnectSchema = {
    ...base,
    optional: node.get('optional') === true,
    ...(typeof name === 'string' && { name }),
    ...(version instanceof JsonNumber && { version: Number(version.text) }),
    ...(typeof doc === 'string' && { doc }),
    ...(parameters instanceof JsonObject && { parameters: plainOf(parameters) as Record<string, string> }),
  };
  const byDefault = node.get('default');
  if (byDefault === undefined || byDefault === null) return schema;
  return { ...schema, default: valueFromJson(schema, byDefault) };
}

function shapeOf(type: ConnectType, node: JsonObject): ConnectSchema {
  switch (type) {
    case 'ARRAY':
      return arrayOf(inner(node, 'items', 'Array'));
    case 'MAP':
      return mapOf(inner(node, 'keys', 'Map'), inner(node, 'values', 'Map'));
    case 'STRUCT': {
      const fields = node.get('fields');
      if (!Array.isArray(fields)) throw new DataError('Struct schema\'s "fields" argument is not an array.');
      return {
        type: 'STRUCT',
        optional: false,
        fields: (fields as readonly Json[]).map((f) => {
          const name = f instanceof JsonObject ? f.get('field') : undefined;
          if (typeof name !== 'string') throw new DataError("Struct schema's field name not specified properly");
          return { name, schema: schemaFromJson(f)! };
        }),
      } satisfies StructSchema;
    }
    default:
      return { type: type satisfies PrimitiveType, optional: false };
  }
}

function inner(node: JsonObject, key: string, what: string): ConnectSchema {
  const schema = schemaFromJson(node.get(key) ?? null);
  if (schema === null) throw new DataError(`${what} schema did not specify the ${key} type`);
  return schema;
}
