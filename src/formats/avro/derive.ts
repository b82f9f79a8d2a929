import { assertNever, must } from '../../base/assert.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { FormatInfo, PersistenceSchema, RegistrySchema } from '../api.ts';
import { isUnwrapped } from '../internal/schema-rules.ts';

/**
 * Derives the Avro schema of columns as ksqlDB writes it with Connect's AvroData: everything nullable, nested records
 * named by their path.
 */

/** The name that ksqlDB gives a schema for which the statement specifies none. */
export const DEFAULT_FULL_NAME = 'io.confluent.ksql.avro_schemas.KsqlDataSourceSchema';

/**
 * The name of the key schema of a stream or table that a query writes: `OUTPUT_X` gives
 * `io.confluent.ksql.avro_schemas.OutputXKey`.
 */
export function avroKeySchemaName(source: string): string {
  const camel = source
    .split('_')
    .map((word) => (word === '' ? '' : must(word[0], 'first letter').toUpperCase() + word.slice(1).toLowerCase()))
    .join('');
  return `io.confluent.ksql.avro_schemas.${camel}Key`;
}

type Json = string | number | null | readonly Json[] | { readonly [name: string]: Json };

export function deriveAvroSchema(schema: PersistenceSchema, info: FormatInfo): RegistrySchema {
  const name = info.properties['fullSchemaName'] ?? DEFAULT_FULL_NAME;
  const top = isUnwrapped(schema)
    ? typeOf(must(schema.columns[0], 'column').type, name, true)
    : record(schema.columns, name, true);
  return { schemaType: 'AVRO', schema: JSON.stringify(top) };
}

function record(
  fields: readonly { readonly name: string; readonly type: SqlType }[],
  name: string,
  top: boolean,
  more: { readonly [name: string]: Json } = {},
): Json {
  const dot = name.lastIndexOf('.');
  return {
    type: 'record',
    name: name.slice(dot + 1),
    // Nested records inherit the namespace.
    ...(top && dot > 0 ? { namespace: name.slice(0, dot) } : {}),
    fields: fields.map((field) => ({
      name: field.name,
      type: ['null', typeOf(field.type, `${name}_${field.name}`, false)],
      default: null,
    })),
    ...more,
    'connect.name': name,
  };
}

function typeOf(type: SqlType, name: string, top: boolean): Json {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'boolean';
    case 'INTEGER':
      return 'int';
    case 'BIGINT':
      return 'long';
    case 'DOUBLE':
      return 'double';
    case 'STRING':
      return 'string';
    case 'BYTES':
      return 'bytes';
    case 'DECIMAL':
      return {
        type: 'bytes',
        scale: type.scale,
        precision: type.precision,
        'connect.version': 1,
        'connect.parameters': { scale: String(type.scale), 'connect.decimal.precision': String(type.precision) },
        'connect.name': 'org.apache.kafka.connect.data.Decimal',
        logicalType: 'decimal',
      };
    case 'DATE':
      return {
        type: 'int',
        'connect.version': 1,
        'connect.name': 'org.apache.kafka.connect.data.Date',
        logicalType: 'date',
      };
    case 'TIME':
      return {
        type: 'int',
        'connect.version': 1,
        'connect.name': 'org.apache.kafka.connect.data.Time',
        logicalType: 'time-millis',
      };
    case 'TIMESTAMP':
      return {
        type: 'long',
        'connect.version': 1,
        'connect.name': 'org.apache.kafka.connect.data.Timestamp',
        logicalType: 'timestamp-millis',
      };
    case 'ARRAY':
      return { type: 'array', items: ['null', typeOf(type.element, name, top)] };
    case 'MAP': {
      // ksqlDB's map keys are nullable, which Avro's maps do not allow: Connect writes entries.
      const dot = name.lastIndexOf('.');
      return {
        type: 'array',
        items: {
          type: 'record',
          name: name.slice(dot + 1),
          ...(top && dot > 0 ? { namespace: name.slice(0, dot) } : {}),
          fields: [
            { name: 'key', type: ['null', typeOf(type.key, `${name}_MapKey`, false)], default: null },
            { name: 'value', type: ['null', typeOf(type.value, `${name}_MapValue`, false)], default: null },
          ],
          'connect.internal.type': 'MapEntry',
        },
        'connect.name': name,
      };
    }
    case 'STRUCT':
      return record(type.fields, name, top);
    default:
      return assertNever(type);
  }
}
