import type { RecordedRecord, Recording } from './recording.ts';

/**
 * What differs between two recordings, a line each: `topic#2 value.after.name: 1, here 2`. Of schemas the fields go by
 * name.
 */
export function differencesOf(want: Recording, found: Recording): string[] {
  const lines: string[] = [];
  const topics = [...new Set([...want.records, ...found.records].map((r) => r.topic))].sort();
  for (const topic of topics) {
    const [wanted, here] = [want, found].map((r) => r.records.filter((one) => one.topic === topic));
    const count = Math.max(wanted!.length, here!.length);
    if (wanted!.length !== here!.length) lines.push(`${topic}: ${wanted!.length} records, here ${here!.length}`);
    for (let i = 0; i < count; i++) {
      const [a, b] = [wanted![i], here![i]];
      if (a !== undefined && b !== undefined) compare(whole(want, a), whole(found, b), `${topic}#${i}`, lines);
    }
  }
  return lines;
}

/** A record with its schemas in place of their numbers, and their fields by name. */
function whole({ schemas }: Recording, record: RecordedRecord): Record<string, unknown> {
  const schema = (number: number | null): unknown => (number === null ? null : named(schemas[number]));
  const { keySchema, valueSchema, key, value, headers } = record;
  return { keySchema: schema(keySchema), key, valueSchema: schema(valueSchema), value, headers };
}

function named(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(named);
  const { fields, ...rest } = schema as { readonly fields?: readonly { readonly field: string }[] };
  const inner = Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, named(v)]));
  if (fields === undefined) return inner;
  return {
    ...inner,
    order: fields.map((f) => f.field).join(','),
    fields: Object.fromEntries(fields.map((f) => [f.field, named(f)])),
  };
}

function compare(want: unknown, found: unknown, path: string, lines: string[]): void {
  if (isObject(want) && isObject(found)) {
    for (const key of new Set([...Object.keys(want), ...Object.keys(found)]))
      compare(want[key], found[key], `${path}.${key}`, lines);
    return;
  }
  const [a, b] = [want, found].map((v) => JSON.stringify(v));
  if (a !== b) lines.push(`${path}: ${a?.slice(0, 200)}, here ${b?.slice(0, 200)}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
