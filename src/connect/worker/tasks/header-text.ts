import { ByteWriter } from '../../../base/byte-writer.ts';
import { jsonEncoder, plainJsonText } from '../../converters/json-value.ts';
import type { ConnectHeader } from '../../api/record.ts';
import { primitive, type ConnectSchema } from '../../api/schema.ts';

/** Text of a header value, as SimpleHeaderConverter writes it: strings as they are, everything else as JSON. */
export function headerText(schema: ConnectSchema | null, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  // Whole numbers are the same in both, and many.
  if (schema !== null && typeof value === 'number' && schema.name === undefined && schema.type.startsWith('INT'))
    return String(value);
  if (schema === null) return plainJsonText(value);
  const out = new ByteWriter(64);
  jsonEncoder(schema, 'NUMERIC')(value, out);
  return out.view().toString();
}

const STRING = primitive('STRING');

/** A header as a sink sees it: text. */
export function headerOf(key: string, value: Uint8Array | null): ConnectHeader {
  return { key, schema: STRING, value: value === null ? null : Buffer.from(value).toString('utf8') };
}
