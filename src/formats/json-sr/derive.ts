import { assertNever } from '../../base/assert.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { FormatInfo, PersistenceSchema, RegistrySchema } from '../api.ts';
import { isUnwrapped } from '../internal/schema-rules.ts';

/**
 * Derives the JSON Schema of columns, annotated as by Connect's JSON Schema converter: everything nullable, fields
 * numbered.
 */

type Json = string | number | readonly Json[] | { readonly [name: string]: Json };

export function deriveJsonSchema(schema: PersistenceSchema, info: FormatInfo): RegistrySchema {
  const title = info.properties['fullSchemaName'];
  const named = title === undefined ? {} : { title };
  const { type } = schema.columns[0] ?? {};
  const top = isUnwrapped(schema)
    ? nullable(type!.kind === 'STRUCT' ? { ...objectOf(type!.fields), ...named } : typeOf(type!))
    : { ...objectOf(schema.columns), ...named };
  return { schemaType: 'JSON', schema: JSON.stringify(top) };
}

function nullable(type: Json): { readonly oneOf: readonly Json[] } {
  return { oneOf: [{ type: 'null' }, type] };
}

function objectOf(fields: readonly { readonly name: string; readonly type: SqlType }[]): {
  readonly [name: string]: Json;
} {
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map((field, i) => [field.name, { 'connect.index': i, ...nullable(typeOf(field.type)) }]),
    ),
  };
}

function typeOf(type: SqlType): Json {
  switch (type.kind) {
    case 'BOOLEAN':
      return { type: 'boolean' };
    case 'INTEGER':
      return { type: 'integer', 'connect.type': 'int32' };
    case 'BIGINT':
      return { type: 'integer', 'connect.type': 'int64' };
    case 'DOUBLE':
      return { type: 'number', 'connect.type': 'float64' };
    case 'STRING':
      return { type: 'string' };
    case 'BYTES':
      return { type: 'string', 'connect.type': 'bytes' };
    case 'DECIMAL':
      return {
        type: 'number',
        title: 'org.apache.kafka.connect.data.Decimal',
        'connect.version': 1,
        'connect.type': 'bytes',
        'connect.parameters': { scale: String(type.scale), 'connect.decimal.precision': String(type.precision) },
      };
    case 'DATE':
      return logical('Date', 'int32');
    case 'TIME':
      return logical('Time', 'int32');
    case 'TIMESTAMP':
      return logical('Timestamp', 'int64');
    case 'ARRAY':
      return { type: 'array', items: nullable(typeOf(type.element)) };
    case 'MAP':
      return { type: 'object', 'connect.type': 'map', additionalProperties: nullable(typeOf(type.value)) };
    case 'STRUCT':
      return objectOf(type.fields);
    default:
      return assertNever(type);
  }
}

function logical(name: string, connectType: string): Json {
  return {
    type: 'integer',
    title: `org.apache.kafka.connect.data.${name}`,
    'connect.version': 1,
    'connect.type': connectType,
  };
}
