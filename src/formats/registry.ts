import { isSluiceError, SluiceError } from '../base/errors.ts';
import type { FormatDefinition, FormatInfo, PersistenceSchema } from './api.ts';
import { avro } from './avro/definition.ts';
import { connectJson } from './connect-json/definition.ts';
import { delimited } from './delimited/definition.ts';
import { describeSchema } from './internal/schema-rules.ts';
import { json } from './json/definition.ts';
import { jsonSr } from './json-sr/definition.ts';
import { kafka } from './kafka/definition.ts';
import { none } from './none/definition.ts';
import { protobuf, protobufNosr } from './protobuf/definition.ts';

/** All formats. To add one: a folder with a definition, and a line here. */
export const FORMATS: readonly FormatDefinition[] = [
  json,
  connectJson,
  jsonSr,
  avro,
  protobuf,
  protobufNosr,
  kafka,
  delimited,
  none,
];

const BY_NAME = new Map(FORMATS.map((f) => [f.name, f]));

/** Finds a format by its name, in any case. @throws SluiceError STATEMENT "Unknown format: FOO" */
export function formatNamed(name: string): FormatDefinition {
  const format = BY_NAME.get(name.trim().toUpperCase());
  if (format === undefined) {
    throw new SluiceError('STATEMENT', `Unknown format: ${name.trim().toUpperCase()}`, {
      hint: `Formats: ${[...BY_NAME.keys()].join(', ')}`,
    });
  }
  return format;
}

/** Checks the name of the format, and the names and values of its properties. @throws SluiceError STATEMENT */
export function validateFormatInfo(info: FormatInfo): FormatDefinition {
  const format = formatNamed(info.format);
  const unknown = Object.keys(info.properties).filter((name) => !format.properties.includes(name));
  if (unknown.length > 0)
    throw new SluiceError(
      'STATEMENT',
      `${format.name} does not support the following configs: [${unknown.join(', ')}]`,
    );
  format.validateProperties(info.properties);
  return format;
}

/**
 * Checks that the format can represent the columns.
 * @throws SluiceError STATEMENT, ksqlDB's four lines around the format's reason
 */
export function validateFormatSchema(info: FormatInfo, schema: PersistenceSchema): void {
  const format = formatNamed(info.format);
  try {
    format.validateSchema(schema);
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    const what = schema.isKey ? 'Key' : 'Value';
    throw new SluiceError(
      'STATEMENT',
      `${what} format does not support schema.\nformat: ${format.name}\nschema: ${describeSchema(schema)}\nreason: ${error.message}`,
      { cause: error },
    );
  }
}
