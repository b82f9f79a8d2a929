import { assertNever } from '../../base/assert.ts';
import type { RegistrySchema } from '../api.ts';
import type { CompatibilityLevel, CompatibilityResult } from './api.ts';
import { avroProblems, validateAvro } from './compat-avro.ts';
import { jsonSchemaProblems, validateJsonSchema } from './compat-json.ts';
import { protobufProblems, validateProtobuf } from './compat-protobuf.ts';

/** Rejects a text that is not a schema of its type. @throws any error */
export function validate(schema: RegistrySchema): void {
  switch (schema.schemaType) {
    case 'AVRO':
      return validateAvro(schema);
    case 'JSON':
      return validateJsonSchema(schema);
    case 'PROTOBUF':
      return validateProtobuf(schema);
    default:
      assertNever(schema.schemaType);
  }
}

/** Checks a new schema against the earlier ones (oldest first) at a compatibility level. */
export function compare(
  level: CompatibilityLevel,
  schema: RegistrySchema,
  earlier: readonly RegistrySchema[],
): CompatibilityResult {
  if (level === 'NONE' || earlier.length === 0) return { compatible: true, messages: [] };
  const against = level.endsWith('_TRANSITIVE') ? earlier : earlier.slice(-1);
  const messages: string[] = [];
  for (const old of against) {
    if (!level.startsWith('FORWARD')) messages.push(...problems(schema, old));
    if (!level.startsWith('BACKWARD')) messages.push(...problems(old, schema));
  }
  return { compatible: messages.length === 0, messages };
}

/** The reasons why `reader` cannot read what `writer` wrote; empty if it can. */
function problems(reader: RegistrySchema, writer: RegistrySchema): readonly string[] {
  if (reader.schemaType !== writer.schemaType)
    return [`schema type ${reader.schemaType} cannot read ${writer.schemaType}`];
  switch (reader.schemaType) {
    case 'AVRO':
      return avroProblems(reader, writer);
    case 'JSON':
      return jsonSchemaProblems(reader, writer);
    case 'PROTOBUF':
      return protobufProblems(reader, writer);
    default:
      return assertNever(reader.schemaType);
  }
}
