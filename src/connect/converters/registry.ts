import type { ConverterPlugin } from '../api/converter.ts';
import { jsonConverter } from './json.ts';
import { PRIMITIVE_CONVERTERS } from './primitives.ts';
import { registryConverters } from './registry-formats.ts';
import { sqlConverter, type SchemaAccess } from './sql.ts';

/** All converters. To add one: a file, and a line here. */
export function converterPlugins(schemas?: SchemaAccess): readonly ConverterPlugin[] {
  return [jsonConverter, ...PRIMITIVE_CONVERTERS, sqlConverter(schemas), ...registryConverters(schemas)];
}
