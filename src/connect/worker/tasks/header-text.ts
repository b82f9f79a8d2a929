import { formatDateText, formatTimestampText, formatTimeText } from '../../../types/time-text.ts';
import { ByteWriter } from '../../../base/byte-writer.ts';
import { plainJsonText } from '../../api/plain-json.ts';
import { jsonEncoder } from '../../converters/json-value.ts';
import type { ConnectHeader } from '../../api/record.ts';
import { LOGICAL, primitive, type ConnectSchema } from '../../api/schema.ts';

/** The text of a header value in the style of SimpleHeaderConverter: strings unchanged, everything else as JSON. */
export function headerText(schema: ConnectSchema | null, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  // Whole numbers are the same in both forms, and frequent.
  if (schema !== null && typeof value === 'number' && schema.name === undefined && schema.type.startsWith('INT'))
    return String(value);
  if (schema === null) return plainJsonText(value);
  const text = timeText(schema, value);
  if (text !== undefined) return text;
  const out = new ByteWriter(64);
  jsonEncoder(schema, 'NUMERIC')(value, out);
  return out.view().toString();
}

/** Times as ISO 8601. */
function timeText(schema: ConnectSchema, value: unknown): string | undefined {
  switch (schema.name) {
    case LOGICAL.date:
      return formatDateText(value as number);
    case LOGICAL.time:
      return `${formatTimeText(value as number)}Z`;
    case LOGICAL.timestamp:
      return `${formatTimestampText(value as number)}Z`;
    default:
      return undefined;
  }
}

const STRING = primitive('STRING');

/** A header as a sink receives it, as text. */
export function headerOf(key: string, value: Uint8Array | null): ConnectHeader {
  return { key, schema: STRING, value: value === null ? null : Buffer.from(value).toString('utf8') };
}
