import { SluiceError } from '../../base/errors.ts';
import type { FormatDefinition, PersistenceSchema } from '../api.ts';
import { columnNaming } from '../internal/field-names.ts';
import { requireStringMapKeys } from '../internal/schema-rules.ts';
import { createBareDecoder, createBareEncoder, createProtobufDecoder, createProtobufEncoder } from './codec.ts';
import { deriveProtoSchema, nullableRepresentationOf } from './derive.ts';
import { findMessage, parseProtoSchema } from './proto-schema.ts';
import { ExpandedSize } from '../internal/expanded-size.ts';
import { columnsOfMessage } from './well-known-types.ts';

function validateSchema(schema: PersistenceSchema): void {
  requireStringMapKeys('PROTOBUF format only supports MAP types with STRING keys', schema);
  // Deriving the text checks names and nesting.
  deriveProtoSchema(schema, { format: 'PROTOBUF', properties: {} });
}

function validateProperties(properties: Readonly<Record<string, string>>): void {
  nullableRepresentationOf(properties);
  const name = properties['fullSchemaName'];
  if (name !== undefined && name.trim() === '') {
    throw new SluiceError('STATEMENT', 'fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}');
  }
}

export const protobuf: FormatDefinition = {
  name: 'PROTOBUF',
  doc: 'Protocol Buffers in Confluent’s wire format. Columns are the fields of a message; nulls need a nullable representation.',
  schemaInference: true,
  features: ['WRAP_SINGLES'],
  properties: ['fullSchemaName', 'schemaId', 'subjectName', 'unwrapPrimitives', 'nullableRepresentation'],
  validateProperties,
  validateSchema,
  createDecoder: createProtobufDecoder,
  createEncoder: createProtobufEncoder,
  registrySchema: (schema, info) => deriveProtoSchema(schema, info),
  columnsOf(schema, site) {
    const { properties } = site.info;
    const message = findMessage(parseProtoSchema(schema), properties['fullSchemaName']);
    if (message === undefined) {
      throw new SluiceError('NOT_FOUND', `The schema has no message ${properties['fullSchemaName'] ?? ''}`);
    }
    return columnsOfMessage(message, {
      size: new ExpandedSize(),
      naming: columnNaming(properties),
      unwrapPrimitives: properties['unwrapPrimitives'] !== 'false',
    });
  },
};

export const protobufNosr: FormatDefinition = {
  name: 'PROTOBUF_NOSR',
  doc: 'Protocol Buffers without a schema registry: the message is derived from the columns, its fields numbered in their order.',
  schemaInference: false,
  features: ['WRAP_SINGLES'],
  properties: ['unwrapPrimitives', 'nullableRepresentation'],
  validateProperties,
  validateSchema,
  createDecoder: createBareDecoder,
  createEncoder: createBareEncoder,
};
