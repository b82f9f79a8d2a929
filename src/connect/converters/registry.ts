import type { CodecRegistry } from '../../formats/api.ts';
import type { ConverterPlugin } from '../api/converter.ts';
import { jsonConverter } from './json.ts';
import { PRIMITIVE_CONVERTERS } from './primitives.ts';
import { sqlConverter } from './sql.ts';

/** Every converter there is. To add one: a file, and a line here. */
export function converterPlugins(registry?: CodecRegistry): readonly ConverterPlugin[] {
  return [jsonConverter, ...PRIMITIVE_CONVERTERS, sqlConverter(registry)];
}
