import { formatDecimal } from '../../../types/decimal.ts';
import { formatDateText, formatTimestampText, formatTimeText } from '../../../types/time-text.ts';
import { decimalScale, LOGICAL, type ConnectSchema } from '../../api/schema.ts';

/**
 * JSON text of a value for targets that keep it as JSON: structs with the names of their fields, exact numbers, ISO
 * times.
 */
export function jsonTextOf(schema: ConnectSchema | null, value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint' && schema?.name !== LOGICAL.decimal) return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (schema === null) return plainJson(value);
  switch (schema.type) {
    case 'STRUCT':
      return `{${schema.fields.map((f, i) => `${JSON.stringify(f.name)}:${jsonTextOf(f.schema, (value as unknown[])[i])}`).join(',')}}`;
    case 'ARRAY':
      return `[${(value as unknown[]).map((v) => jsonTextOf(schema.items, v)).join(',')}]`;
    case 'MAP':
      return `{${[...(value as Map<unknown, unknown>)].map(([k, v]) => `${JSON.stringify(String(k))}:${jsonTextOf(schema.values, v)}`).join(',')}}`;
    default:
      break;
  }
  switch (schema.name) {
    case LOGICAL.decimal:
      return formatDecimal(value as bigint, decimalScale(schema));
    case LOGICAL.date:
      return JSON.stringify(formatDateText(value as number));
    case LOGICAL.time:
      return JSON.stringify(formatTimeText(value as number));
    case LOGICAL.timestamp:
      return JSON.stringify(formatTimestampText(value as number));
    default:
      return JSON.stringify(value);
  }
}

function plainJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => jsonTextOf(null, v)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([k, v]) => `${JSON.stringify(k)}:${jsonTextOf(null, v)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** A value as a text outside of JSON: a text as it stands, a time in ISO form, anything else as its JSON. */
export function plainText(schema: ConnectSchema | null, value: unknown): string {
  if (typeof value === 'string') return value;
  const text = jsonTextOf(schema, value);
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}
