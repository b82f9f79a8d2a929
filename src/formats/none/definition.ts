import { SluiceError } from '../../base/errors.ts';
import type { FormatDefinition } from '../api.ts';
import { columnList } from '../internal/schema-rules.ts';

export const none: FormatDefinition = {
  name: 'NONE',
  doc: 'No bytes at all: for the keys of streams that have no key columns. What a record holds there is ignored.',
  schemaInference: false,
  features: [],
  properties: [],
  validateProperties() {},
  validateSchema(schema) {
    if (schema.columns.length > 0) {
      throw new SluiceError(
        'STATEMENT',
        `The 'NONE' format can only be used when no columns are defined. Got: ${columnList(schema)}`,
      );
    }
  },
  createDecoder: () => ({ decode: () => false }),
  createEncoder: () => ({ encode: () => false }),
};
