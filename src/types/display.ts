import { assertNever } from '../base/assert.ts';
import { encodeBase64 } from './base64.ts';
import { formatDecimal } from './decimal.ts';
import { formatDouble } from './double-text.ts';
import type { SqlType } from './sql-type.ts';
import { formatDateText, formatTimestampText, formatTimeText } from './time-text.ts';

/**
 * The text of a type's values as shown by CAST to STRING and the console: Java's texts, such as `[1, 3]`, `{this=1}`,
 * `Struct{F0=1,f1=3}` (null fields omitted), `10.00`, `1.0E7`. BYTES are base64. The returned function does not accept
 * null.
 */
export function displayText(type: SqlType): (value: any) => string {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'INTEGER':
    case 'BIGINT':
    case 'STRING':
      return String;
    case 'DOUBLE':
      return formatDouble;
    case 'DECIMAL': {
      const { scale } = type;
      return (value: bigint) => formatDecimal(value, scale);
    }
    case 'BYTES':
      return encodeBase64;
    case 'DATE':
      return formatDateText;
    case 'TIME':
      return formatTimeText;
    case 'TIMESTAMP':
      return formatTimestampText;
    case 'ARRAY': {
      const item = orNull(type.element);
      return (value: unknown[]) => `[${value.map(item).join(', ')}]`;
    }
    case 'MAP': {
      const key = orNull(type.key);
      const item = orNull(type.value);
      return (value: Map<unknown, unknown>) => `{${[...value].map(([k, v]) => `${key(k)}=${item(v)}`).join(', ')}}`;
    }
    case 'STRUCT': {
      const fields = type.fields.map((f) => ({ name: f.name, text: displayText(f.type) }));
      return (value: unknown[]) => {
        const shown: string[] = [];
        fields.forEach(({ name, text }, i) => {
          const v = value[i];
          if (v !== null && v !== undefined) shown.push(`${name}=${text(v)}`);
        });
        return `Struct{${shown.join(',')}}`;
      };
    }
    default:
      return assertNever(type);
  }
}

function orNull(type: SqlType): (value: unknown) => string {
  const text = displayText(type);
  return (value) => (value === null ? 'null' : text(value));
}

/** The text of one value, `null` for null. For messages; create `displayText` once if many values are shown. */
export function displayValue(type: SqlType, value: unknown): string {
  return value === null ? 'null' : displayText(type)(value);
}
