import { formatDouble } from '../../types/double-text.ts';

/**
 * The parts of a record as PRINT shows it: JSON with a blank after `:` and `,`, as Avro's GenericRecord prints itself.
 */

export function shownFields(fields: readonly (readonly [name: string, text: string])[]): string {
  return `{${fields.map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join(', ')}}`;
}

export function shownItems(items: readonly string[]): string {
  return `[${items.join(', ')}]`;
}

/** A number, boolean, text or bytes (base64). */
export function shownScalar(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  return String(value);
}

/** Java's text of a double; NaN and the infinities in quotes. */
export function shownDouble(value: number): string {
  return Number.isFinite(value) ? formatDouble(value) : JSON.stringify(formatDouble(value));
}
