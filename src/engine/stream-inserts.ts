import { SluiceError } from '../base/errors.ts';
import type { Source } from '../catalog/source.ts';
import { JsonNumber, JsonObject, parseJson, type Json } from '../types/json-text.ts';
import { coerceJson } from '../types/literal-coerce.ts';
import type { Column } from '../types/schema.ts';
import { formatType } from '../types/sql-type.ts';
import type { InsertTicket } from './inserter.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';
import { sourceWriter } from './source-writer.ts';
import { insertTarget } from './statements/insert-values.ts';

/** Rows as JSON objects into one stream or table: what /inserts-stream does. */
export interface RowTarget {
  /**
   * Undefined when rows may be inserted; else resolves when they may: too many wait for their commit, or what is known of the topic is old.
   * @throws SluiceError when the topic is gone
   */
  readonly ready: Promise<unknown> | undefined;
  /** @throws SluiceError BAD_REQUEST for a row that does not fit */
  insert(line: string): InsertTicket;
  /** A row was refused. */
  distrust(): void;
}

/** @throws SluiceError REJECTED for an unknown, read-only or windowed target; what the registry says */
export async function openRowTarget(written: string, services: Services, session: Session): Promise<RowTarget> {
  if (!session.config(services.config).boolean('ksql.insert.into.values.enabled')) {
    throw new SluiceError(
      'BAD_REQUEST',
      "The server has disabled INSERT INTO ... VALUES functionality. To enable it, restart your ksqlDB server with 'ksql.insert.into.values.enabled'=true",
    );
  }
  const source = insertTarget(services.catalog.current, unquoted(written), undefined, services);
  let writer = await sourceWriter(source, services);
  const reader = new RowReader(source);
  return {
    get ready() {
      if (writer.isStale) return sourceWriter(source, services).then((fresh) => (writer = fresh));
      return services.inserts.room;
    },
    insert: (line) => {
      reader.read(line);
      return writer.write(reader.key, reader.value, services.env.clock.nowMs());
    },
    distrust: () => writer.distrust(),
  };
}

/** A name as identifiers are read: upper-cased unless back-quoted. */
function unquoted(name: string): string {
  return /^`.*`$/s.test(name) ? name.slice(1, -1).replaceAll('``', '`') : name.toUpperCase();
}

/** Names of fields that are remembered: clients send the same ones again and again. */
const NAMES_MAX = 1000;
/** A number with a fraction or an exponent, outside of a text (or in one that looks like JSON): it may be less exact as a double. */
const FRACTION = /[:[,]\s*-?\d+[.eE]/;

/** Reads rows of one source: a value for each column. */
class RowReader {
  readonly key: unknown[];
  readonly value: unknown[];
  readonly #source: Source;
  readonly #keys: number;
  readonly #columns: readonly Column[];
  readonly #headers: ReadonlySet<string>;
  readonly #byName = new Map<string, number>();
  readonly #fields: unknown[];
  /** A double holds every number that its columns take, or shows that it does not. */
  readonly #isPlain: boolean;

  constructor(source: Source) {
    const { key } = source.schema;
    const value = source.schema.value.filter((c) => c.role === 'VALUE');
    this.#source = source;
    this.#keys = key.length;
    this.#columns = [...key, ...value];
    this.#headers = new Set(source.schema.value.filter((c) => c.role === 'HEADERS').map((c) => c.name));
    this.key = key.map(() => null);
    this.value = value.map(() => null);
    this.#fields = this.#columns.map(() => undefined);
    this.#isPlain = this.#columns.every((c) => !['DECIMAL', 'ARRAY', 'MAP', 'STRUCT'].includes(c.type.kind));
  }

  /** Fills `key` and `value`. @throws SluiceError BAD_REQUEST */
  read(line: string): void {
    const columns = this.#columns;
    const fields = this.#fields.fill(undefined);
    if (!this.#isPlain || !this.#readPlain(line))
      for (const [name, json] of parseRow(line).fields) this.#take(name, json);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const value = this.#valueOf(fields[i] as Json | number | undefined, column);
      if (i < this.#keys) this.key[i] = value;
      else this.value[i - this.#keys] = value;
    }
  }

  /** By the runtime's own parser, several times as fast; false when a number would lose something, and for what is no object. */
  #readPlain(line: string): boolean {
    if (FRACTION.test(line)) return false;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch {
      return false;
    }
    if (row === null || typeof row !== 'object' || Array.isArray(row)) return false;
    for (const name in row) {
      const value = (row as Record<string, unknown>)[name];
      if (typeof value === 'object' && value !== null) return false;
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return false;
      this.#take(name, value as Json | number);
    }
    return true;
  }

  #take(name: string, value: Json | number): void {
    let at = this.#byName.get(name);
    if (at === undefined) {
      const plain = unquoted(name);
      if (this.#headers.has(plain)) throw new SluiceError('BAD_REQUEST', `Cannot insert into HEADER columns: ${plain}`);
      at = this.#columns.findIndex((c) => c.name === plain);
      if (this.#byName.size < NAMES_MAX) this.#byName.set(name, at);
    }
    if (at >= 0) this.#fields[at] = value;
  }

  #valueOf(json: Json | number | undefined, column: Column): unknown {
    if (json === undefined) {
      if (column.role === 'KEY') throw new SluiceError('BAD_REQUEST', `Key field must be specified: ${column.name}`);
      return null;
    }
    if (json === null) {
      if (column.role === 'KEY' && this.#source.kind === 'TABLE')
        throw new SluiceError('BAD_REQUEST', `Key field must be specified: ${column.name}`);
      return null;
    }
    if (typeof json === 'string' && column.type.kind === 'STRING') return json;
    if (typeof json === 'number') {
      if (column.type.kind === 'BIGINT' || column.type.kind === 'DOUBLE') return json;
      if (column.type.kind === 'INTEGER' && (json | 0) === json) return json;
    }
    const given = typeof json === 'number' ? new JsonNumber(String(json)) : json;
    const coerced = coerceJson(given, column.type);
    if (!coerced)
      throw new SluiceError(
        'BAD_REQUEST',
        `Can't coerce a field of type ${jsonType(given)} into type ${formatType(column.type)}`,
      );
    return coerced.value;
  }
}

function parseRow(line: string): JsonObject {
  let json: Json;
  try {
    json = parseJson(line);
  } catch {
    throw new SluiceError('BAD_REQUEST', 'Invalid JSON in inserts stream');
  }
  if (!(json instanceof JsonObject)) throw new SluiceError('BAD_REQUEST', 'Invalid JSON in inserts stream');
  return json;
}

function jsonType(json: Json): string {
  if (json === null) return 'null';
  if (typeof json === 'string' || typeof json === 'boolean') return typeof json;
  return Array.isArray(json) ? 'array' : json instanceof JsonObject ? 'object' : 'number';
}
