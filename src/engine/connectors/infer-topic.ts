import type { TopicColumn } from '../../connect/client/api.ts';
import type { RegistrySchema } from '../../formats/api.ts';
import { connectFieldTypes, connectSqlType } from '../../formats/connect-json/columns.ts';
import { rowSchemaOf, ShapeReader } from '../../formats/connect-json/record-shape.ts';
import { JsonNumber, JsonObject, jsonText, type Json } from '../../types/json-text.ts';
import { parseJsonBytes } from '../../formats/json/json-reader.ts';
import { formatNamed } from '../../formats/registry.ts';
import { formatType, quoteIdentifier } from '../../types/sql-type.ts';

export interface SampleRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** What the first records of a topic show about its columns. */
export interface InferredTopic {
  readonly key: readonly TopicColumn[];
  readonly value: readonly TopicColumn[];
  readonly keyFormat: string | undefined;
  /** Undefined: none of our formats reads these bytes. */
  readonly valueFormat: string | undefined;
  /** Whether every record has a key. */
  readonly keyed: boolean;
  /** Whether a single value column is not wrapped. */
  readonly bareValue: boolean;
  /** Remarks for the user. */
  readonly notes: readonly string[];
}

interface Side {
  readonly format: string | undefined;
  readonly columns: readonly TopicColumn[];
  readonly bare: boolean;
  readonly notes: readonly string[];
}

const NOTHING: Side = { format: undefined, columns: [], bare: false, notes: [] };

/**
 * Recognizes what connectors write: Confluent's wire format, JSON with and without Connect's embedded schema,
 * Debezium's change events, plain and struct keys. `schemas` contains the registered schemas of the ids that occur.
 */
export function inferTopic(
  records: readonly SampleRecord[],
  schemas: ReadonlyMap<number, RegistrySchema>,
): InferredTopic {
  const values = records.flatMap((r) => (r.value === null || r.value.length === 0 ? [] : [r.value]));
  const keys = records.flatMap((r) => (r.key === null ? [] : [r.key]));
  const value = inferSide(values, schemas, false);
  const keyed = records.length > 0 && keys.length === records.length;
  let key = keyed ? inferSide(keys, schemas, true) : NOTHING;
  if (keyed && key.bare) {
    const name = nameOfBareKey(records, value) ?? 'ROWKEY';
    key = { ...key, columns: key.columns.map((c) => ({ ...c, name })) };
  }
  const notes = [...value.notes, ...key.notes];
  if (keyed && key.format === undefined) notes.push('The keys are of no format that SQL reads');
  return {
    key: key.columns,
    value: value.columns,
    keyFormat: key.format,
    valueFormat: value.format,
    keyed,
    bareValue: value.bare,
    notes,
  };
}

/** Ids of registered schemas in the records. */
export function schemaIdsOf(records: readonly SampleRecord[]): ReadonlySet<number> {
  const ids = new Set<number>();
  for (const { key, value } of records)
    for (const bytes of [key, value]) if (bytes && hasSchemaId(bytes)) ids.add(bytes.readInt32BE(1));
  return ids;
}

function hasSchemaId(bytes: Buffer): boolean {
  return bytes.length > 5 && bytes[0] === 0;
}

function inferSide(samples: readonly Buffer[], schemas: ReadonlyMap<number, RegistrySchema>, isKey: boolean): Side {
  if (samples.length === 0) return NOTHING;
  if (samples.every(hasSchemaId)) {
    const last = schemas.get(samples.at(-1)!.readInt32BE(1));
    if (last) return registeredSide(last, isKey);
  }
  return jsonSide(samples, isKey) ?? textSide(samples, isKey);
}

const FORMAT_OF: Readonly<Record<RegistrySchema['schemaType'], string>> = {
  AVRO: 'AVRO',
  PROTOBUF: 'PROTOBUF',
  JSON: 'JSON_SR',
};

function registeredSide(schema: RegistrySchema, isKey: boolean): Side {
  const format = FORMAT_OF[schema.schemaType];
  const info = { format, properties: format === 'PROTOBUF' ? { unwrapPrimitives: 'true' } : {} };
  const found =
    formatNamed(format).columnsOf?.(schema, { isKey, info, features: isKey ? ['WRAP_SINGLES'] : [], asRows: true }) ??
    [];
  const columns = found.map((c) => ({ name: c.name, type: formatType(c.type) }));
  const bare = columns.length === 1 && (columns[0]!.name === 'ROWKEY' || columns[0]!.name === 'ROWVAL');
  const names = new Set(columns.map((c) => c.name.toUpperCase()));
  const notes: string[] = [];
  if (!isKey && names.has('OP') && names.has('AFTER') && names.has('BEFORE'))
    notes.push(
      `These are change events in ${format}: rows are in AFTER. With transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState the connector writes rows, which can be a table.`,
    );
  return { format, columns, bare, notes };
}

/** Undefined when it is not JSON. */
function jsonSide(samples: readonly Buffer[], isKey: boolean): Side | undefined {
  const shapes = new ShapeReader(!isKey);
  const rows: Json[] = [];
  let enveloped = false;
  let schema: Json | undefined;
  for (const bytes of samples) {
    try {
      const whole = parseJsonBytes(bytes);
      // A number or a word may just as well be text; anything in brackets or quotes is JSON.
      if (whole === null) continue;
      const shape = shapes.read(bytes, 0, bytes.length);
      enveloped ||= shape.enveloped;
      if (shape.schemaTo > shape.schemaFrom)
        schema = rowSchemaOf(parseJsonBytes(bytes, shape.schemaFrom, shape.schemaTo), shape.enveloped) ?? schema;
      if (shape.rowTo > shape.rowFrom) rows.push(parseJsonBytes(bytes, shape.rowFrom, shape.rowTo));
    } catch {
      return undefined;
    }
  }
  if (schema !== undefined) {
    const fields = connectFieldTypes(schema);
    if (fields.length > 0) return { format: 'CONNECT_JSON', columns: fields.map(typed), bare: false, notes: [] };
    const type = connectSqlType(schema);
    if (type === undefined) return undefined;
    return {
      format: 'CONNECT_JSON',
      columns: [{ name: bareName(isKey), type: formatType(type) }],
      bare: true,
      notes: [],
    };
  }
  const present = rows.filter((row) => row !== null);
  if (present.length === 0) return undefined;
  if (present.every((row): row is JsonObject => row instanceof JsonObject)) {
    const { columns, notes } = guessColumns(present, enveloped);
    if (columns.length === 0) return undefined;
    return { format: enveloped || isKey ? 'CONNECT_JSON' : 'JSON', columns, bare: false, notes: isKey ? [] : notes };
  }
  const type = guessType(present, false);
  return type === undefined
    ? undefined
    : { format: 'JSON', columns: [{ name: bareName(isKey), type }], bare: true, notes: [] };
}

function typed(field: { readonly name: string; readonly type: Parameters<typeof formatType>[0] }): TopicColumn {
  return { name: field.name, type: formatType(field.type) };
}

function bareName(isKey: boolean): string {
  return isKey ? 'ROWKEY' : 'ROWVAL';
}

/** Text that is not JSON, as written by StringConverter. */
function textSide(samples: readonly Buffer[], isKey: boolean): Side {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (const bytes of samples) {
    try {
      // Numbers of KAFKA are bytes that are no printable text.
      // oxlint-disable-next-line no-control-regex
      if (/[\u0000-\u0008\u000e-\u001f]/.test(decoder.decode(bytes))) return NOTHING;
    } catch {
      return NOTHING;
    }
  }
  return { format: 'KAFKA', columns: [{ name: bareName(isKey), type: 'VARCHAR' }], bare: true, notes: [] };
}

/** Guesses the types of columns. Integers are BIGINT, since small samples say little about large values. */
function guessColumns(
  rows: readonly JsonObject[],
  enveloped: boolean,
): { readonly columns: TopicColumn[]; readonly notes: string[] } {
  const names: string[] = [];
  for (const row of rows) for (const key of row.keys) if (!names.includes(key)) names.push(key);
  const unknown: string[] = [];
  const columns = names.map((name) => {
    const type = guessType(
      rows.map((row) => row.get(name) ?? null),
      enveloped,
    );
    if (type === undefined) unknown.push(name);
    return { name, type: type ?? 'VARCHAR' };
  });
  const notes = [
    `The types are guessed from ${rows.length === 1 ? 'one record' : `${rows.length} records`}, for no schema travels with them: decimals may stand as base64 text, times as numbers. With value.converter.schemas.enable=true the connector says what they are.`,
  ];
  if (unknown.length > 0) notes.push(`Nothing but null in ${unknown.join(', ')}: declared VARCHAR`);
  return { columns, notes };
}

/** SQL text of a type that can hold all of these; undefined when all are null. */
function guessType(nodes: readonly Json[], enveloped: boolean): string | undefined {
  const present = nodes.filter((node) => node !== null);
  if (present.length === 0) return undefined;
  if (present.every((n) => typeof n === 'boolean')) return 'BOOLEAN';
  if (present.every((n): n is JsonNumber => n instanceof JsonNumber))
    return present.every((n) => /^-?\d{1,18}$/.test(n.text)) ? 'BIGINT' : 'DOUBLE';
  if (present.every((n): n is string => typeof n === 'string'))
    // Debezium's format for timestamps with a time zone.
    return enveloped && present.every((n) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(n))
      ? 'TIMESTAMP'
      : 'VARCHAR';
  if (present.every((n): n is readonly Json[] => Array.isArray(n))) {
    const element = guessType(present.flat(), enveloped);
    return `ARRAY<${element ?? 'VARCHAR'}>`;
  }
  if (present.every((n): n is JsonObject => n instanceof JsonObject)) {
    const { columns } = guessColumns(present, enveloped);
    if (columns.length > 0)
      return `STRUCT<${columns.map((c) => `${quoteIdentifier(c.name.toUpperCase())} ${c.type}`).join(', ')}>`;
  }
  return 'VARCHAR';
}

/**
 * The column that a plain key repeats, as left by ValueToKey and ExtractField: the first that equals it in every
 * record.
 */
function nameOfBareKey(records: readonly SampleRecord[], value: Side): string | undefined {
  if (value.format !== 'JSON' && value.format !== 'CONNECT_JSON') return undefined;
  const shapes = new ShapeReader(true);
  let candidates = value.columns.map((c) => c.name);
  let compared = 0;
  for (const record of records) {
    if (record.value === null || record.key === null) continue;
    const shape = shapes.read(record.value, 0, record.value.length);
    if (shape.rowFrom === shape.rowTo) continue;
    const row = parseJsonBytes(record.value, shape.rowFrom, shape.rowTo);
    if (!(row instanceof JsonObject)) continue;
    const keyText = bareText(record.key);
    candidates = candidates.filter((name) => textOf(row.get(name) ?? null) === keyText);
    compared++;
  }
  return compared === 0 ? undefined : candidates[0];
}

function bareText(key: Buffer): string {
  try {
    const shape = new ShapeReader(false).read(key, 0, key.length);
    return textOf(parseJsonBytes(key, shape.rowFrom, shape.rowTo));
  } catch {
    return key.toString('utf8');
  }
}

function textOf(node: Json): string {
  return typeof node === 'string' ? node : jsonText(node);
}
