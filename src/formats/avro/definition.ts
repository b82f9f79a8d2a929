import { messageOf, SluiceError } from '../../base/errors.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { FormatDefinition } from '../api.ts';
import { requireFullName, requireStringMapKeys } from '../internal/schema-rules.ts';
import { checkName } from './avro-schema.ts';
import { avroColumns } from './columns.ts';
import { createAvroDecoder } from './decoder.ts';
import { deriveAvroSchema } from './derive.ts';
import { createAvroEncoder } from './encoder.ts';

export const avro: FormatDefinition = {
  name: 'AVRO',
  doc: 'Avro in Confluent’s wire format. The schema is registered under `<topic>-value` or `<topic>-key`.',
  schemaInference: true,
  features: ['WRAP_SINGLES', 'UNWRAP_SINGLES'],
  properties: ['fullSchemaName', 'schemaId', 'subjectName'],
  validateProperties: requireFullName,
  validateSchema(schema) {
    requireStringMapKeys('Avro only supports MAPs with STRING keys', schema);
    try {
      schema.columns.forEach((column) => {
        // The value of an unwrapped column has no name.
        if (schema.columns.length > 1 || !schema.isKey) checkName(column.name);
        checkFieldNames(column.type);
      });
    } catch (error) {
      throw new SluiceError('STATEMENT', `Schema is not compatible with Avro: ${messageOf(error)}`, { cause: error });
    }
  },
  createDecoder: createAvroDecoder,
  createEncoder: createAvroEncoder,
  registrySchema: (schema, info) => deriveAvroSchema(schema, info),
  columnsOf: avroColumns,
};

function checkFieldNames(type: SqlType): void {
  switch (type.kind) {
    case 'ARRAY':
      return checkFieldNames(type.element);
    case 'MAP':
      checkFieldNames(type.key);
      return checkFieldNames(type.value);
    case 'STRUCT':
      for (const field of type.fields) {
        checkName(field.name);
        checkFieldNames(field.type);
      }
      return;
    default:
  }
}
