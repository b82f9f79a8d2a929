import { assertNever } from '../base/assert.ts';
import { encodeBase64 } from './base64.ts';
import { formatDecimal } from './decimal.ts';
import { displayText } from './display.ts';
import { formatDouble } from './double-text.ts';
import type { SqlType } from './sql-type.ts';
import type { Int64 } from './int64.ts';
import { formatDateText, formatTimestampText, formatTimeText } from './time-text.ts';

/**
 * The JSON text of a type's values, as sent by the REST API and created by TO_JSON_STRING: BIGINT and DECIMAL exact and
 * without an exponent, DOUBLE in Java's text (NaN and infinities as strings), BYTES as base64, times as ISO strings,
 * STRUCT with all its fields. The returned function also accepts null.
 */
export function jsonRenderer(type: SqlType): (value: any) => string {
  const render = renderNonNull(type);
  return (value: unknown) => (value === null || value === undefined ? 'null' : render(value));
}

/** Renders a row of values with these types as a JSON array. */
export function jsonRowRenderer(types: readonly SqlType[]): (row: readonly unknown[]) => string {
  const columns = types.map(jsonRenderer);
  return (row) => {
    let out = '[';
    for (let i = 0; i < columns.length; i++) out += (i === 0 ? '' : ',') + columns[i]!(row[i]);
    return `${out}]`;
  };
}

function renderNonNull(type: SqlType): (value: any) => string {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'INTEGER':
    case 'BIGINT':
      return String;
    case 'DOUBLE':
      return (value: number) => (Number.isFinite(value) ? formatDouble(value) : `"${value}"`);
    case 'DECIMAL': {
      const { scale } = type;
      return (value: bigint) => formatDecimal(value, scale);
    }
    case 'STRING':
      return JSON.stringify;
    case 'BYTES':
      return (value: Uint8Array) => `"${encodeBase64(value)}"`;
    case 'DATE':
      return (value: number) => `"${formatDateText(value)}"`;
    case 'TIME':
      return (value: number) => `"${formatTimeText(value)}"`;
    case 'TIMESTAMP':
      return (value: Int64) => `"${formatTimestampText(value)}"`;
    case 'ARRAY': {
      // Many at once, by what JSON has itself: a tenth of the time.
      if (type.element.kind === 'STRING' || type.element.kind === 'INTEGER' || type.element.kind === 'BOOLEAN')
        return JSON.stringify;
      const item = jsonRenderer(type.element);
      return (value: unknown[]) => {
        let out = '[';
        for (let i = 0; i < value.length; i++) out += (i === 0 ? '' : ',') + item(value[i]);
        return `${out}]`;
      };
    }
    case 'MAP': {
      const key = displayText(type.key);
      const item = jsonRenderer(type.value);
      return (value: Map<unknown, unknown>) => {
        let out = '{';
        for (const [k, v] of value) {
          out += `${out.length === 1 ? '' : ','}${JSON.stringify(k === null ? 'null' : key(k))}:${item(v)}`;
        }
        return `${out}}`;
      };
    }
    case 'STRUCT': {
      const fields = type.fields.map((f) => ({ head: `${JSON.stringify(f.name)}:`, render: jsonRenderer(f.type) }));
      return (value: unknown[]) => {
        let out = '{';
        for (let i = 0; i < fields.length; i++)
          out += (i === 0 ? '' : ',') + fields[i]!.head + fields[i]!.render(value[i]);
        return `${out}}`;
      };
    }
    default:
      return assertNever(type);
  }
}
