import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
} from '../../types/sql-type.ts';
import { assertNever } from '../../base/assert.ts';
import {
  arrayOf,
  dateSchema,
  DECIMAL_PRECISION,
  decimalScale,
  decimalSchema,
  LOGICAL,
  mapOf,
  primitive,
  structOf,
  timeSchema,
  timestampSchema,
  type ConnectSchema,
} from './schema.ts';

/** Precision of a Decimal whose schema does not give it, as in ksqlDB. */
export const DEFAULT_DECIMAL_PRECISION = 64;

/**
 * The SQL type that can hold every value of a Connect schema: small integers become INTEGER, FLOAT32 becomes DOUBLE.
 * Values need no conversion (see schema.ts).
 */
export function sqlTypeOf(schema: ConnectSchema): SqlType {
  switch (schema.type) {
    case 'BOOLEAN':
      return BOOLEAN;
    case 'INT8':
    case 'INT16':
      return INTEGER;
    case 'INT32':
      return schema.name === LOGICAL.date ? DATE : schema.name === LOGICAL.time ? TIME : INTEGER;
    case 'INT64':
      return schema.name === LOGICAL.timestamp ? TIMESTAMP : BIGINT;
    case 'FLOAT32':
    case 'FLOAT64':
      return DOUBLE;
    case 'STRING':
      return STRING;
    case 'BYTES': {
      if (schema.name !== LOGICAL.decimal) return BYTES;
      const scale = decimalScale(schema);
      const precision = schema.parameters?.[DECIMAL_PRECISION];
      return decimal(precision === undefined ? Math.max(DEFAULT_DECIMAL_PRECISION, scale) : Number(precision), scale);
    }
    case 'ARRAY':
      return array(sqlTypeOf(schema.items));
    case 'MAP':
      return map(sqlTypeOf(schema.keys), sqlTypeOf(schema.values));
    case 'STRUCT':
      return struct(schema.fields.map((f) => ({ name: f.name, type: sqlTypeOf(f.schema) })));
    default:
      return assertNever(schema);
  }
}

/** The Connect schema of a SQL type; everything in SQL is nullable, so `optional` is the default at every level. */
export function schemaOfSqlType(type: SqlType, optional = true): ConnectSchema {
  switch (type.kind) {
    case 'BOOLEAN':
      return primitive('BOOLEAN', optional);
    case 'INTEGER':
      return primitive('INT32', optional);
    case 'BIGINT':
      return primitive('INT64', optional);
    case 'DOUBLE':
      return primitive('FLOAT64', optional);
    case 'STRING':
      return primitive('STRING', optional);
    case 'BYTES':
      return primitive('BYTES', optional);
    case 'DATE':
      return dateSchema(optional);
    case 'TIME':
      return timeSchema(optional);
    case 'TIMESTAMP':
      return timestampSchema(optional);
    case 'DECIMAL':
      return decimalSchema(type.scale, optional, type.precision);
    case 'ARRAY':
      return arrayOf(schemaOfSqlType(type.element), optional);
    case 'MAP':
      return mapOf(schemaOfSqlType(type.key, false), schemaOfSqlType(type.value), optional);
    case 'STRUCT':
      return structOf(
        type.fields.map((f) => ({ name: f.name, schema: schemaOfSqlType(f.type) })),
        optional,
      );
    default:
      return assertNever(type);
  }
}
