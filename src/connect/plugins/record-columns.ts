import { must } from '../../base/assert.ts';
import type { ConnectHeader, ConnectRecord, OffsetMap, SinkRecord, SourceBatch, SourceRecord } from '../api/record.ts';
import { type ConnectSchema, LOGICAL } from '../api/schema.ts';
import { errorOf, plainError, type PlainError } from './plain-error.ts';
import { UnreadableRow } from '../api/errors.ts';

/** One property of a batch's records: the same for all, or one value for each. */
interface Column<T> {
  /** undefined: it is the same for all. */
  readonly each: readonly T[] | undefined;
  readonly all: T | undefined;
}

/**
 * Records in transit between two threads, in columns, since property names would cost more than the data. A schema is
 * sent once and then referred to by number, so that it is a single object on the other side too.
 */
export interface PackedRecords {
  readonly count: number;
  /** Schemas that have not been sent before; their numbers follow those of the last batch. */
  readonly schemas: readonly ConnectSchema[];
  readonly topic: Column<string>;
  readonly partition: Column<number | undefined>;
  readonly keySchema: Column<number>;
  readonly key: Column<unknown>;
  readonly valueSchema: Column<number>;
  readonly value: Column<unknown>;
  readonly timestamp: Column<number | undefined>;
  readonly headers: Column<readonly PackedHeader[] | undefined>;
}
type PackedHeader = readonly [key: string, schema: number, value: unknown];

export interface PackedSource extends PackedRecords {
  readonly rawKey: Column<Uint8Array | undefined>;
  /** By the index of the record. */
  readonly unreadable: ReadonlyMap<number, PlainError>;
  /** For the whole batch: the last one of each partition. */
  readonly offsets: readonly (readonly [OffsetMap, OffsetMap | null])[];
}

export interface PackedSink extends PackedRecords {
  readonly offset: Column<number>;
  readonly originalTopic: Column<string>;
}

/** Stands for no schema. */
const NO_SCHEMA = -1;
/** The most schemas that are remembered, so that a plugin which creates new ones forever does not fill the memory. */
const SCHEMAS_MAX = 10_000;

/** Assigns numbers to schemas. A schema that is recreated for each record gets the number of its equals. */
class SchemaNumbers {
  #byObject = new WeakMap<ConnectSchema, number>();
  readonly #byText = new Map<string, number>();
  readonly #fresh: ConnectSchema[] = [];
  #last: ConnectSchema | null = null;
  #lastNumber = NO_SCHEMA;

  of(schema: ConnectSchema | null | undefined): number {
    if (schema === null || schema === undefined) return NO_SCHEMA;
    if (schema === this.#last) return this.#lastNumber;
    let number = this.#byObject.get(schema);
    if (number === undefined) {
      const text = JSON.stringify(schema, plainValue);
      number = this.#byText.get(text);
      if (number === undefined) {
        if (this.#byText.size >= SCHEMAS_MAX)
          throw new Error(`The records have more than ${SCHEMAS_MAX} schemas: each may be made once and used again`);
        number = this.#byText.size;
        this.#byText.set(text, number);
        this.#fresh.push(schema);
      }
      this.#byObject.set(schema, number);
    }
    this.#last = schema;
    this.#lastNumber = number;
    return number;
  }

  /** Schemas that got a number since the last call. */
  take(): ConnectSchema[] {
    return this.#fresh.splice(0);
  }
}

/** Defaults of schemas may be values that JSON does not have. */
function plainValue(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `bigint ${value}`;
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  return value;
}

/** The sending end. */
export class RecordPacker {
  readonly #schemas = new SchemaNumbers();
  readonly #bytes = new WeakMap<ConnectSchema, boolean>();

  /** Copies bytes that share a buffer, since a transfer includes the whole buffer. */
  #own(schema: ConnectSchema | null | undefined, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Uint8Array) return ownBytes(value);
    if (schema === null || schema === undefined) return value;
    let has = this.#bytes.get(schema);
    if (has === undefined) this.#bytes.set(schema, (has = hasBytes(schema)));
    return has ? deepOwn(value) : value;
  }

  #columns(records: readonly ConnectRecord[]): Omit<PackedRecords, 'schemas' | 'count'> {
    const schemas = this.#schemas;
    return {
      topic: column(records, (r) => r.topic),
      partition: column(records, (r) => r.partition),
      keySchema: column(records, (r) => schemas.of(r.keySchema)),
      key: column(records, (r) => this.#own(r.keySchema, r.key)),
      valueSchema: column(records, (r) => schemas.of(r.valueSchema)),
      value: column(records, (r) => this.#own(r.valueSchema, r.value)),
      timestamp: column(records, (r) => r.timestamp),
      headers: column(records, (r) =>
        r.headers === undefined || r.headers.length === 0
          ? undefined
          : r.headers.map((h): PackedHeader => [h.key, schemas.of(h.schema), this.#own(h.schema, h.value)]),
      ),
    };
  }

  /** Packs the result of a poll. @throws Error for more schemas than are remembered */
  source(polled: readonly SourceRecord[] | SourceBatch): PackedSource {
    const unreadable = new Map<number, PlainError>();
    const offsets = new Map<OffsetMap, OffsetMap | null>('count' in polled ? polled.offsets : undefined);
    let records: readonly SourceRecord[];
    if ('count' in polled) {
      records = Array.from({ length: polled.count }, (_, i) => {
        try {
          return polled.record(i);
        } catch (error) {
          const plain = plainError(error);
          if (plain.row === undefined) throw error;
          unreadable.set(i, plain);
          const { topic, sourcePartition, sourceOffset } = plain.row;
          return { topic, keySchema: null, key: null, valueSchema: null, value: null, sourcePartition, sourceOffset };
        }
      });
    } else records = polled;
    let last: OffsetMap | undefined;
    for (const { sourcePartition, sourceOffset } of records) {
      if (sourceOffset === null || sourceOffset === undefined) continue;
      // Two objects may denote one partition: that of the last record must come last.
      if (sourcePartition !== last) offsets.delete(sourcePartition);
      offsets.set((last = sourcePartition), sourceOffset);
    }
    return {
      count: records.length,
      ...this.#columns(records),
      rawKey: column(records, (r) => (r.rawKey === undefined ? undefined : ownBytes(r.rawKey))),
      unreadable,
      offsets: [...offsets],
      schemas: this.#schemas.take(),
    };
  }

  /** For code that changes or tests records. Only a sink's records have positions; a source's have undefined there. */
  plain(records: readonly ConnectRecord[]): PackedSink {
    return this.sink(records as readonly SinkRecord[]);
  }

  sink(records: readonly SinkRecord[]): PackedSink {
    return {
      count: records.length,
      ...this.#columns(records),
      offset: column(records, (r) => r.offset),
      originalTopic: column(records, (r) => r.originalTopic),
      schemas: this.#schemas.take(),
    };
  }
}

/** The receiving end. */
export class RecordUnpacker {
  readonly #schemas: ConnectSchema[] = [];

  source(packed: PackedSource): SourceBatch {
    this.#schemas.push(...packed.schemas);
    const { unreadable, count } = packed;
    return {
      count,
      offsets: new Map(packed.offsets),
      record: (i) => {
        const bad = unreadable.get(i);
        // Positions, including those of unreadable rows, are already in the batch's offsets: repeated here, an earlier
        // one would take precedence.
        if (bad !== undefined)
          throw new UnreadableRow(bad.message, { ...bad.row!, sourceOffset: null, cause: causeOf(bad) });
        const rawKey = at(packed.rawKey, i);
        const record = this.#common(packed, i) as Written<SourceRecord>;
        record.rawKey = rawKey && Buffer.from(rawKey.buffer, rawKey.byteOffset, rawKey.byteLength);
        record.sourcePartition = NOWHERE;
        record.sourceOffset = null;
        return record;
      },
    };
  }

  sink(packed: PackedSink): SinkRecord[] {
    this.#schemas.push(...packed.schemas);
    return Array.from({ length: packed.count }, (_, i) => {
      const record = this.#common(packed, i) as Written<SinkRecord>;
      record.offset = at(packed.offset, i);
      record.originalTopic = at(packed.originalTopic, i);
      return record;
    });
  }

  /**
   * What the records of sources and sinks have in common; the caller adds the rest, property by property and in one
   * order: spreading one record into another took longer than everything else.
   */
  #common(packed: PackedRecords, i: number): ConnectRecord {
    return {
      topic: at(packed.topic, i),
      partition: at(packed.partition, i),
      keySchema: this.#schema(at(packed.keySchema, i)),
      key: at(packed.key, i),
      valueSchema: this.#schema(at(packed.valueSchema, i)),
      value: at(packed.value, i),
      timestamp: at(packed.timestamp, i),
      headers: this.#headers(at(packed.headers, i)),
    };
  }

  #headers(packed: readonly PackedHeader[] | undefined): readonly ConnectHeader[] | undefined {
    return packed?.map(([key, schema, value]) => ({ key, schema: this.#schema(schema), value }));
  }

  #schema(number: number): ConnectSchema | null {
    return number === NO_SCHEMA ? null : must(this.#schemas[number], 'schema');
  }
}

/** A record while its properties are being set. */
type Written<R> = { -readonly [P in keyof R]: R[P] };

/** The source partition of records whose positions are in the batch. */
const NOWHERE: OffsetMap = {};

function causeOf({ cause }: PlainError): Error | undefined {
  return cause === undefined ? undefined : errorOf(cause);
}

function column<R, T>(records: readonly R[], of: (record: R) => T): Column<T> {
  const each: T[] = [];
  let isOne = true;
  for (const record of records) {
    const value = of(record);
    if (isOne && each.length > 0 && value !== each[0]) isOne = false;
    each.push(value);
  }
  return isOne ? { each: undefined, all: each[0] } : { each, all: undefined };
}

function at<T>(column: Column<T>, i: number): T {
  return (column.each === undefined ? column.all : column.each[i]) as T;
}

function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.prototype.slice.call(bytes);
}

function hasBytes(schema: ConnectSchema): boolean {
  switch (schema.type) {
    case 'BYTES':
      return schema.name !== LOGICAL.decimal;
    case 'ARRAY':
      return hasBytes(schema.items);
    case 'MAP':
      return hasBytes(schema.keys) || hasBytes(schema.values);
    case 'STRUCT':
      return schema.fields.some((field) => hasBytes(field.schema));
    default:
      return false;
  }
}

function deepOwn(value: unknown): unknown {
  if (value instanceof Uint8Array) return ownBytes(value);
  if (Array.isArray(value)) return value.map(deepOwn);
  if (value instanceof Map)
    return new Map([...(value as Map<unknown, unknown>)].map(([key, inner]) => [deepOwn(key), deepOwn(inner)]));
  return value;
}
