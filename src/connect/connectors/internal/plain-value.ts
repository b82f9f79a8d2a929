import { formatDecimal } from '../../../types/decimal.ts';
import { formatDateText, formatTimestampText, formatTimeText } from '../../../types/time-text.ts';
import { objectText, plainJsonText } from '../../api/plain-json.ts';
import { decimalScale, LOGICAL, type ConnectSchema } from '../../api/schema.ts';

/**
 * JSON text of a value for targets that keep it as JSON: structs with the names of their fields, exact numbers, ISO
 * times.
 */
export function jsonTextOf(schema: ConnectSchema | null, value: unknown): string {
  if (value === null || value === undefined || schema === null || value instanceof Uint8Array)
    return plainJsonText(value);
  switch (schema.type) {
    case 'STRUCT':
      return `{${schema.fields.map((f, i) => `${JSON.stringify(f.name)}:${jsonTextOf(f.schema, (value as unknown[])[i])}`).join(',')}}`;
    case 'ARRAY':
      return `[${(value as unknown[]).map((v) => jsonTextOf(schema.items, v)).join(',')}]`;
    case 'MAP':
      return objectText([...(value as Map<unknown, unknown>)], (v) => jsonTextOf(schema.values, v));
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
      return plainJsonText(value);
  }
}

/** A value as plain text: a text unchanged, a time in ISO form, anything else as JSON. */
export function plainText(schema: ConnectSchema | null, value: unknown): string {
  if (typeof value === 'string') return value;
  const text = jsonTextOf(schema, value);
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}
