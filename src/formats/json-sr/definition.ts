import { SluiceError } from '../../base/errors.ts';
import type { FormatDefinition } from '../api.ts';
import { deserializationError } from '../internal/record-errors.ts';
import { isUnwrapped, requireStringMapKeys } from '../internal/schema-rules.ts';
import { HEADER_SIZE, registeredWriter, writeHeader } from '../internal/wire-format.ts';
import { createJsonDecoder } from '../json/decoder.ts';
import { createJsonEncoder } from '../json/encoder.ts';
import { jsonSchemaColumns } from './columns.ts';
import { deriveJsonSchema } from './derive.ts';

export const jsonSr: FormatDefinition = {
  name: 'JSON_SR',
  doc: 'JSON in Confluent’s wire format, with a JSON Schema in the registry. Records are read as JSON is: the writer’s schema only travels along.',
  schemaInference: true,
  features: ['WRAP_SINGLES', 'UNWRAP_SINGLES'],
  properties: ['fullSchemaName', 'schemaId', 'subjectName'],
  validateProperties(properties) {
    const name = properties['fullSchemaName'];
    if (name !== undefined && name.trim() === '') {
      throw new SluiceError('STATEMENT', 'fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}');
    }
  },
  validateSchema(schema) {
    requireStringMapKeys('JSON only supports MAP types with STRING keys', schema);
  },
  createDecoder(site, wanted) {
    if (site.schema.isKey && site.schema.columns.length === 0) return { decode: () => false };
    const inner = createJsonDecoder(site, wanted, isUnwrapped(site.schema), { mapEntries: true });
    return {
      decode(bytes, from, to, row) {
        if (to - from < HEADER_SIZE || bytes[from] !== 0) throw deserializationError(site.topic, 'Unknown magic byte!');
        return inner.decode(bytes, from + HEADER_SIZE, to, row);
      },
    };
  },
  createEncoder(site) {
    const unwrapped = isUnwrapped(site.schema);
    const inner = createJsonEncoder(site, unwrapped);
    if (site.schema.isKey && site.schema.columns.length === 0) return inner;
    const { id } = registeredWriter(site, () => deriveJsonSchema(site.schema, site.info));
    return {
      encode(row, offset, out) {
        if (unwrapped && row[offset] === null) return false;
        const start = out.length;
        writeHeader(out, id);
        try {
          return inner.encode(row, offset, out);
        } catch (error) {
          out.length = start;
          throw error;
        }
      },
    };
  },
  registrySchema: (schema, info) => deriveJsonSchema(schema, info),
  columnsOf: jsonSchemaColumns,
};
