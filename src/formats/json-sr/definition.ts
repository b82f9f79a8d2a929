import { retold } from '../../base/quoting.ts';
import { must } from '../../base/assert.ts';
import { isSluiceError } from '../../base/errors.ts';
import { array, map, struct, type SqlType } from '../../types/sql-type.ts';
import type { CodecSite, FormatDefinition, RegistrySchema } from '../api.ts';
import { fieldFor } from '../internal/field-names.ts';
import { deserializationError, serializationError } from '../internal/record-errors.ts';
import { isUnwrapped, requireFullName, requireStringMapKeys } from '../internal/schema-rules.ts';
import { HEADER_SIZE, registeredWriter, writeHeader } from '../internal/wire-format.ts';
import { createJsonDecoder } from '../json/decoder.ts';
import { createJsonEncoder } from '../json/encoder.ts';
import { parseJsonBytes } from '../json/json-reader.ts';
import { registeredFields } from '../registered-columns.ts';
import { jsonSchemaColumns } from './columns.ts';
import { deriveJsonSchema } from './derive.ts';
import { requiredCheck } from './required-fields.ts';

export const jsonSr: FormatDefinition = {
  name: 'JSON_SR',
  doc: 'JSON in Confluent’s wire format, with a JSON Schema in the registry. Records are read as JSON is: the writer’s schema only travels along.',
  schemaInference: true,
  features: ['WRAP_SINGLES', 'UNWRAP_SINGLES'],
  properties: ['fullSchemaName', 'schemaId', 'subjectName'],
  validateProperties: requireFullName,
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
    if (site.schema.isKey && site.schema.columns.length === 0) return createJsonEncoder(site, unwrapped);
    const { id, schema } = registeredWriter(site, () => deriveJsonSchema(site.schema, site.info));
    const inner = createJsonEncoder(namedAs(schema, site), unwrapped);
    const check = unwrapped
      ? undefined
      : requiredCheck(parseJsonBytes(Buffer.from(schema.schema, 'utf8')), site.schema.columns);
    return {
      encode(row, offset, out) {
        if (unwrapped && row[offset] === null) return false;
        const start = out.length;
        writeHeader(out, id);
        try {
          check?.(row, offset);
          return inner.encode(row, offset, out);
        } catch (error) {
          out.length = start;
          throw isSluiceError(error) ? error : serializationError(site.topic, retold(error), error);
        }
      },
    };
  },
  registrySchema: (schema, info) => deriveJsonSchema(schema, info),
  columnsOf: jsonSchemaColumns,
};

/** The columns with the names in the schema with which they are written, which another client may have registered. */
function namedAs(schema: RegistrySchema, site: CodecSite): CodecSite {
  const fields = registeredFields(jsonSr, schema, site.schema, site.info);
  const columns = isUnwrapped(site.schema)
    ? [
        {
          ...must(site.schema.columns[0], 'column'),
          type: renamed(must(site.schema.columns[0], 'column').type, fields[0]?.type),
        },
      ]
    : renamedFields(site.schema.columns, fields);
  return { ...site, schema: { ...site.schema, columns } };
}

type Field = { readonly name: string; readonly type: SqlType };

function renamedFields(columns: readonly Field[], fields: readonly Field[]): Field[] {
  return columns.map(({ name, type }) => {
    const field = fields[fieldFor(name, fields)];
    return field === undefined ? { name, type } : { name: field.name, type: renamed(type, field.type) };
  });
}

function renamed(type: SqlType, there: SqlType | undefined): SqlType {
  if (type.kind === 'STRUCT' && there?.kind === 'STRUCT') return struct(renamedFields(type.fields, there.fields));
  if (type.kind === 'ARRAY' && there?.kind === 'ARRAY') return array(renamed(type.element, there.element));
  if (type.kind === 'MAP' && there?.kind === 'MAP') return map(type.key, renamed(type.value, there.value));
  return type;
}
