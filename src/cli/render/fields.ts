/**
 * Reads the fields of an entity without trusting the server: a missing field or one of another type counts as empty.
 */
type Fields = Readonly<Record<string, unknown>>;

/** A value as text; '' for null and undefined, JSON for objects. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value as number | boolean);
}

/** The fields of an object; none for other values. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The fields of each element of a list; empty for other values. */
export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? (value as readonly unknown[]).map(fieldsOf) : [];
}

/** The elements of a list as texts; empty for other values. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly unknown[]).map(textOf) : [];
}

/** A text on one line, for listed statements, in which whitespace and line breaks outside of quotes do not matter. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

export type { Fields };
