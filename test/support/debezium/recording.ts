/**
 * Stores the records of a Debezium connector in a file: each schema once, long values as their beginning and length,
 * and placeholders for what differs between runs (log positions, times, ids).
 */
export interface RawRecord {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RecordedRecord {
  readonly topic: string;
  /** Index into `schemas`; null when the record has no key schema. */
  readonly keySchema: number | null;
  readonly key: unknown;
  readonly valueSchema: number | null;
  readonly value: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Recording {
  readonly settings: Readonly<Record<string, string>>;
  /** Why the connector failed. */
  readonly failure?: string | undefined;
  readonly schemas: readonly unknown[];
  readonly records: readonly RecordedRecord[];
}

const PASSING = new Set(['ts_ms', 'ts_us', 'ts_ns', 'lsn', 'txId', 'sequence', 'id_tx', 'db']);
const LONG = 120;

const isPassing = (key: string, inSource: boolean): boolean => PASSING.has(key) && (inSource || key.startsWith('ts_'));

/** Replaces what differs between runs by placeholders. */
function lasting(value: unknown, key = '', inSource = false): unknown {
  if (typeof value === 'string') {
    if (key === 'sequence') return value.replaceAll(/\d+/g, 'N');
    // A number beyond the precision of a double, see `parsed`.
    if (value.startsWith('#') && isPassing(key, inSource)) return 'number';
    return value.length > LONG ? `${value.slice(0, 40)}… ${value.length}` : value;
  }
  if (Array.isArray(value)) {
    const items = value.map((v) => lasting(v, key, inSource));
    return items.length > 20 ? [...items.slice(0, 3), `… ${items.length}`] : items;
  }
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, lasting(v, k, inSource || k === 'source')]));
  if (isPassing(key, inSource) && value !== null) return typeof value;
  return value;
}

const lastingHeaders = (headers: RawRecord['headers']): RawRecord['headers'] =>
  Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, k.endsWith('runId') ? 'id' : v]));

interface Enveloped {
  readonly schema: unknown;
  readonly payload: unknown;
}

/** Parses JSON, keeping numbers beyond the precision of a double as strings of their digits, with the prefix `#`. */
const parsed = (text: string): Enveloped =>
  JSON.parse(text.replaceAll(/(?<=[[:,])-?\d{16,}(?=[,\]}])/g, (n) => `"#${n}"`)) as Enveloped;

/** The records by topic and in order, without what differs between runs. */
export function recordingOf(about: Pick<Recording, 'settings' | 'failure'>, records: readonly RawRecord[]): Recording {
  const numbers = new Map<string, number>();
  const schemas: unknown[] = [];
  const numberOf = (schema: unknown): number | null => {
    if (schema === null || schema === undefined) return null;
    const text = JSON.stringify(schema);
    let number = numbers.get(text);
    if (number === undefined) {
      number = schemas.push(schema) - 1;
      numbers.set(text, number);
    }
    return number;
  };
  const half = (text: string | null): readonly [number | null, unknown] => {
    if (text === null) return [null, null];
    const { schema, payload } = parsed(text);
    return [numberOf(schema), lasting(payload)];
  };
  const topics = [...new Set(records.map((r) => r.topic))].sort();
  const found = topics.flatMap((topic) =>
    records
      .filter((r) => r.topic === topic)
      .map((r): RecordedRecord => {
        const [keySchema, key] = half(r.key);
        const [valueSchema, value] = half(r.value);
        return { topic, keySchema, key, valueSchema, value, headers: lastingHeaders(r.headers) };
      }),
  );
  return { ...about, schemas, records: found };
}

/** Formats a recording with one record or one schema per line. */
export function compact(about: Pick<Recording, 'settings' | 'failure'>, records: readonly RawRecord[]): string {
  const { schemas, records: found, ...rest } = recordingOf(about, records);
  const lines = (items: readonly unknown[]): string => items.map((item) => JSON.stringify(item)).join(',\n');
  return `${JSON.stringify(rest).slice(0, -1)},"schemas":[\n${lines(schemas)}\n],"records":[\n${lines(found)}\n]}\n`;
}
