import type { FormatDefinition } from '../api.ts';
import { isUnwrapped, requireStringMapKeys } from '../internal/schema-rules.ts';
import { createJsonDecoder } from './decoder.ts';
import { createJsonEncoder } from './encoder.ts';

export const json: FormatDefinition = {
  name: 'JSON',
  doc: 'JSON objects, one field for each column; a single column may stand bare. No schema registry.',
  schemaInference: false,
  features: ['WRAP_SINGLES', 'UNWRAP_SINGLES'],
  properties: [],
  validateProperties() {},
  validateSchema(schema) {
    requireStringMapKeys('JSON only supports MAP types with STRING keys', schema);
  },
  createDecoder: (site, wanted) => createJsonDecoder(site, wanted, isUnwrapped(site.schema)),
  createEncoder: (site) => createJsonEncoder(site, isUnwrapped(site.schema)),
};
