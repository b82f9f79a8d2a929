import type { RecordedRecord, Recording } from './recording.ts';

/**
 * The differences between two recordings, one per line: `topic#2 value.after.name: 1, here 2`. Fields of schemas are
 * compared by name.
 */
export function differencesOf(want: Recording, found: Recording): string[] {
  const lines: string[] = [];
  const [wantedIds, foundIds] = [want, found].map(ranksOf);
  const topics = [...new Set([...want.records, ...found.records].map((r) => r.topic))].sort();
  for (const topic of topics) {
    const [wanted, here] = [want, found].map((r) => r.records.filter((one) => one.topic === topic));
    const count = Math.max(wanted!.length, here!.length);
    if (wanted!.length !== here!.length) lines.push(`${topic}: ${wanted!.length} records, here ${here!.length}`);
    for (let i = 0; i < count; i++) {
      const [a, b] = [wanted![i], here![i]];
      if (a !== undefined && b !== undefined)
        compare(lasting(whole(want, a), wantedIds!), lasting(whole(found, b), foundIds!), `${topic}#${i}`, lines);
    }
  }
  return lines;
}

/** A record with its schemas instead of their numbers, and with their fields by name. */
function whole({ schemas }: Recording, record: RecordedRecord): Record<string, unknown> {
  const schema = (number: number | null): unknown => (number === null ? null : named(schemas[number]));
  const { keySchema, valueSchema, key, value, headers } = record;
  return { keySchema: schema(keySchema), key, valueSchema: schema(valueSchema), value, headers };
}

/**
 * Maps transaction ids, which the database assigns, to their ranks in the recording: only the ranks can be compared.
 */
function ranksOf({ records }: Recording): ReadonlyMap<string, number> {
  const numbers = [...JSON.stringify(records).matchAll(/"(\d+):\d+"/g)].map((found) => found[1]!);
  return new Map([...new Set(numbers)].sort((a, b) => Number(a) - Number(b)).map((xid, rank) => [xid, rank]));
}

/** Removes what differs between runs: transaction ids, the order of a Java map, names of Java objects. */
function lasting(value: unknown, ranks: ReadonlyMap<string, number>, key = ''): unknown {
  if (key === 'timestamp') return typeof value;
  if (typeof value === 'string' && key === 'data_collections') return value.split(',').sort().join(',');
  if (typeof value === 'string')
    return value
      .replace(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'uuid')
      .replace(/^(\d+):\d+$/, (text, xid: string) => (ranks.has(xid) ? `transaction ${ranks.get(xid)!}` : text))
      .replace(/^io\.debezium\..*LogicalDecodingMessageId@\w+$/, 'message');
  if (Array.isArray(value)) {
    const items = value.map((one) => lasting(one, ranks));
    return key === 'data_collections' ? items.map((one) => JSON.stringify(one)).sort() : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, lasting(one, ranks, name)]));
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
