import type { FormatDefinition } from '../api.ts';
import { requireKinds } from '../internal/schema-rules.ts';
import { createDelimitedDecoder, createDelimitedEncoder } from './codec.ts';
import { delimiterOf } from './delimiter.ts';

const KINDS = new Set([
  'BOOLEAN',
  'INTEGER',
  'BIGINT',
  'DOUBLE',
  'DECIMAL',
  'STRING',
  'BYTES',
  'DATE',
  'TIME',
  'TIMESTAMP',
] as const);

export const delimited: FormatDefinition = {
  name: 'DELIMITED',
  doc: 'One line of comma separated values (or another delimiter), quoted as in RFC 4180. Columns by position.',
  schemaInference: false,
  features: ['UNWRAP_SINGLES'],
  properties: ['delimiter'],
  validateProperties(properties) {
    if (properties['delimiter'] !== undefined) delimiterOf(properties['delimiter']);
  },
  validateSchema(schema) {
    requireKinds('DELIMITED', schema, KINDS, true);
  },
  createDecoder: createDelimitedDecoder,
  createEncoder: createDelimitedEncoder,
};
