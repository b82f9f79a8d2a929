/**
 * JSON text of data without a schema: bytes as base64, the keys of a map as texts, 64-bit integers with all their
 * digits. An undefined value is null.
 */
export function plainJsonText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value)) return `[${value.map(plainJsonText).join(',')}]`;
  if (value instanceof Map) return objectText([...(value as Map<unknown, unknown>)], plainJsonText);
  if (typeof value === 'object') return objectText(Object.entries(value), plainJsonText);
  return JSON.stringify(value) ?? 'null';
}

/** The text of a JSON object with these members; a key of any type is written as its text. */
export function objectText<V>(members: readonly (readonly [unknown, V])[], textOf: (value: V) => string): string {
  return `{${members.map(([key, value]) => `${JSON.stringify(String(key))}:${textOf(value)}`).join(',')}}`;
}
