import { formatDecimal } from '../../../types/decimal.ts';
import { formatDateText, formatTimestampText, formatTimeText } from '../../../types/time-text.ts';
import { bigintToBytes } from '../../api/decimal-bytes.ts';
import { DataError } from '../../api/errors.ts';
import { decimalScale, LOGICAL, WINDOW_BOUND, type ConnectSchema, type StructSchema } from '../../api/schema.ts';
import { jsonTextOf } from './plain-value.ts';

/** How values are written as JSON. */
export interface JsonStyle {
  /** Times as texts rather than as ms. */
  readonly isoTimes: boolean;
  /** Maps with text keys as objects rather than as lists of key and value. */
  readonly compactMaps: boolean;
  /** A DATE as the number of its day since 1970, rather than 2024-05-17. */
  readonly dayNumbers?: boolean | undefined;
  /** A decimal as the base64 of its unscaled value, as Java's JsonConverter has it by default. */
  readonly base64Decimals?: boolean | undefined;
}

/** JSON text of a value. @throws DataError for a number that JSON does not have */
export type JsonWriter = (value: unknown) => string;

/** The writer for values of a schema, made once for each. */
export function jsonWriter(schema: ConnectSchema | null, style: JsonStyle): JsonWriter {
  const write = writerOf(schema, style);
  return (value) => (value === null || value === undefined ? 'null' : write(value));
}

function writerOf(schema: ConnectSchema | null, style: JsonStyle): JsonWriter {
  if (schema === null) return (value) => jsonTextOf(null, value);
  switch (schema.name) {
    case LOGICAL.decimal: {
      if (style.base64Decimals === true) return (value) => `"${bigintToBytes(value as bigint).toString('base64')}"`;
      const scale = decimalScale(schema);
      return (value) => formatDecimal(value as bigint, scale);
    }
    case LOGICAL.date:
      if (style.dayNumbers === true) return String;
      return (value) => `"${formatDateText(value as number)}"`;
    case LOGICAL.time:
      return style.isoTimes ? (value) => `"${timeText(value as number)}"` : String;
    case LOGICAL.timestamp:
    case WINDOW_BOUND:
      return style.isoTimes ? (value) => `"${formatTimestampText(value as number)}Z"` : String;
    default:
      break;
  }
  switch (schema.type) {
    case 'STRUCT':
      return structWriter(schema, style);
    case 'ARRAY': {
      const item = jsonWriter(schema.items, style);
      return (value) => `[${(value as unknown[]).map(item).join(',')}]`;
    }
    case 'MAP': {
      const [key, item] = [jsonWriter(schema.keys, style), jsonWriter(schema.values, style)];
      return schema.keys.type === 'STRING' && style.compactMaps
        ? (value) =>
            `{${[...(value as Map<string, unknown>)].map(([k, v]) => `${JSON.stringify(k)}:${item(v)}`).join(',')}}`
        : (value) =>
            `[${[...(value as Map<unknown, unknown>)].map(([k, v]) => `{"key":${key(k)},"value":${item(v)}}`).join(',')}]`;
    }
    case 'BYTES':
      return (value) => `"${Buffer.from(value as Uint8Array).toString('base64')}"`;
    case 'FLOAT32':
    case 'FLOAT64':
      return (value) => {
        if (!Number.isFinite(value)) throw new DataError(`${String(value)} is no number that JSON can hold`);
        return String(value);
      };
    case 'STRING':
      return (value) => JSON.stringify(value);
    default:
      return String;
  }
}

function structWriter(schema: StructSchema, style: JsonStyle): JsonWriter {
  const members = membersWriter(schema, style, new Set());
  return (value) => `{${members(value)}}`;
}

/** Writes the members of a struct's object, except those named in `without`. */
export function membersWriter(schema: StructSchema, style: JsonStyle, without: ReadonlySet<string>): JsonWriter {
  const fields = schema.fields.flatMap((f, i) =>
    without.has(f.name) ? [] : [{ i, head: `${JSON.stringify(f.name)}:`, write: jsonWriter(f.schema, style) }],
  );
  return (value) => {
    let text = '';
    for (const { i, head, write } of fields) {
      const member = head + write((value as unknown[])[i]);
      text = text === '' ? member : `${text},${member}`;
    }
    return text;
  };
}

/** `09:30:00` or `09:30:00.250`: always with seconds, for the format of its field. */
function timeText(ms: number): string {
  const text = formatTimeText(ms);
  return text.length === 5 ? `${text}:00` : text;
}
