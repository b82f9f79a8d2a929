import { SluiceError } from '../../base/errors.ts';
import type { FormatDefinition } from '../api.ts';
import { columnList, requireKinds } from '../internal/schema-rules.ts';
import { createKafkaDecoder, createKafkaEncoder } from './codec.ts';

const KINDS = new Set(['INTEGER', 'BIGINT', 'DOUBLE', 'STRING', 'BYTES'] as const);

export const kafka: FormatDefinition = {
  name: 'KAFKA',
  doc: 'One primitive value as Kafka’s own serializers write it: INTEGER, BIGINT and DOUBLE big endian, STRING as UTF-8, BYTES as they are.',
  schemaInference: false,
  features: ['UNWRAP_SINGLES'],
  properties: [],
  validateProperties() {},
  validateSchema(schema) {
    requireKinds('KAFKA', schema, KINDS, false);
    if (schema.columns.length > 1) {
      throw new SluiceError('STATEMENT', `The 'KAFKA' format only supports a single field. Got: ${columnList(schema)}`);
    }
  },
  createDecoder: createKafkaDecoder,
  createEncoder: createKafkaEncoder,
};
