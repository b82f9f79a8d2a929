import { KEYS } from '../config/keys.ts';
import { messageOf, SluiceError } from '../base/errors.ts';
import { checkNeeds } from '../base/rights.ts';
import type { Span } from '../base/span.ts';
import { didYouMean, suggestions } from '../base/suggest.ts';
import type { Source } from '../catalog/source.ts';
import { JsonNumber, JsonObject, parseJson, type Json } from '../types/json-text.ts';
import { coerceJson } from '../types/literal-coerce.ts';
import type { Column } from '../types/schema.ts';
import { formatType, quoteIdentifier, type SqlType } from '../types/sql-type.ts';
import type { InsertTicket } from './inserter.ts';
import { checkWritable, type Services } from './services.ts';
import type { Session } from './session.ts';
import { sourceWriter } from './source-writer.ts';
import { insertTarget, SYSTEM_COLUMNS } from './statements/insert-target.ts';

/** Inserts rows as JSON objects into one stream or table, as /inserts-stream does. */
export interface RowTarget {
  /** Name of the stream or table. */
  readonly source: string;
  /**
   * Undefined when rows may be inserted; otherwise resolves when they may: too many wait for their commit, or the
   * information about the topic is outdated.
   * @throws SluiceError when the topic no longer exists
   */
  readonly ready: Promise<unknown> | undefined;
  /**
   * @throws SluiceError BAD_REQUEST for a row that does not fit, at its position in line `lineNumber` of the request
   */
  insert(line: string, lineNumber: number): InsertTicket;
  /** Called when a row was refused. */
  distrust(): void;
}

/** @throws SluiceError REJECTED for an unknown, read-only or windowed target; the registry's errors */
export async function openRowTarget(written: string, services: Services, session: Session): Promise<RowTarget> {
  checkNeeds(session.caller, [{ right: 'write', source: unquoted(written) }], 'inserting rows');
  checkWritable(services, 'inserting rows');
  if (!session.config(services.config).get(KEYS.insertIntoValuesEnabled)) {
    throw new SluiceError(
      'BAD_REQUEST',
      "The server has disabled INSERT INTO ... VALUES functionality. To enable it, restart your ksqlDB server with 'ksql.insert.into.values.enabled'=true",
    );
  }
  const source = insertTarget(services.catalog.current, unquoted(written), undefined, services);
  let writer = await sourceWriter(source, services);
  const reader = new RowReader(source);
  return {
    source: source.name,
    get ready() {
      if (writer.isStale) return sourceWriter(source, services).then((fresh) => (writer = fresh));
      return services.inserts.room;
    },
    insert: (line, lineNumber) => {
      reader.read(line, lineNumber);
      return writer.write(reader.key, reader.value, reader.rowtime ?? services.env.clock.nowMs());
    },
    distrust: () => writer.distrust(),
  };
}

/** A name as an identifier: upper-cased unless back-quoted. */
function unquoted(name: string): string {
  return /^`.*`$/s.test(name) ? name.slice(1, -1).replaceAll('``', '`') : name.toUpperCase();
}

/** Used in place of a column for the field with the record's time. */
const ROWTIME = -1;
/** The most field names that are remembered, since clients send the same ones repeatedly. */
const NAMES_MAX = 1000;
/**
 * A number with a fraction or an exponent, outside of a string (or in one that looks like JSON): it may lose precision
 * as a double.
 */
const FRACTION = /[:[,]\s*-?\d+[.eE]/;

/** Reads rows of one source: a value for each column. */
class RowReader {
  readonly key: unknown[];
  readonly value: unknown[];
  /** The record's time in ms, if the row has a ROWTIME. */
  rowtime: number | undefined;
  readonly #source: Source;
  readonly #keys: number;
  readonly #columns: readonly Column[];
  readonly #headers: ReadonlySet<string>;
  readonly #byName = new Map<string, number>();
  readonly #fields: unknown[];
  /** Whether a double can represent every number that its columns accept, or shows that it cannot. */
  readonly #isPlain: boolean;
  readonly #hasStructs: boolean;
  #line = '';
  #lineNumber = 0;

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
    this.#hasStructs = this.#columns.some((c) => formatType(c.type).includes('STRUCT<'));
    this.#isPlain = this.#columns.every((c) => !['DECIMAL', 'ARRAY', 'MAP', 'STRUCT'].includes(c.type.kind));
  }

  /** Fills `key`, `value` and `rowtime`. @throws SluiceError BAD_REQUEST */
  read(line: string, lineNumber: number): void {
    const columns = this.#columns;
    const fields = this.#fields.fill(undefined);
    this.#line = line;
    this.#lineNumber = lineNumber;
    this.rowtime = undefined;
    if (!this.#isPlain || !this.#readPlain(line))
      for (const [name, json] of this.#parse().fields) this.#take(name, json);
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const value = this.#valueOf(fields[i] as Json | number | undefined, column);
      if (i < this.#keys) this.key[i] = value;
      else this.value[i - this.#keys] = value;
    }
  }

  /**
   * Uses the runtime's own parser, which is several times as fast; false when a number would lose precision, or the
   * line is not an object.
   */
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
      at = this.#find(name);
      if (this.#byName.size < NAMES_MAX) this.#byName.set(name, at);
    }
    if (at === ROWTIME) this.rowtime = this.#timeOf(value, name);
    else this.#fields[at] = value;
  }

  /** The index of a field's column. @throws SluiceError, because a field without a column would be lost silently */
  #find(name: string): number {
    const plain = unquoted(name);
    const at = this.#columns.findIndex((c) => c.name === plain);
    if (at >= 0) return at;
    if (plain === 'ROWTIME') return ROWTIME;
    if (this.#headers.has(plain)) throw this.#refused(`Cannot insert into HEADER columns: ${plain}`, name);
    if (SYSTEM_COLUMNS.has(plain))
      throw this.#refused(
        `Inserting into column ${quoteIdentifier(plain)} is not allowed.`,
        name,
        `Leave ${plain} out: it tells where a record stands.`,
      );
    const names = this.#columns.map((c) => c.name);
    // A field name is read like an identifier, so a lower-case name needs back-quotes here too.
    const near = suggestions(plain, names).map((n) => (n === n.toUpperCase() ? n : quoteIdentifier(n)));
    throw this.#refused(
      `Field ${name} is no column of ${this.#source.name}`,
      name,
      near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : `The columns of ${this.#source.name} are ${names.map(quoteIdentifier).join(', ')}.`,
    );
  }

  #timeOf(value: Json | number, name: string): number | undefined {
    if (value === null) return undefined;
    const ms = value instanceof JsonNumber ? Number(value.text) : value;
    if (typeof ms === 'number' && Number.isSafeInteger(ms) && ms >= 0) return ms;
    throw this.#refused('Invalid timestamp: ROWTIME is a number of ms since 1970', name);
  }

  #valueOf(json: Json | number | undefined, column: Column): unknown {
    if (json === undefined) {
      if (column.role === 'KEY') throw this.#missingKey(column);
      return null;
    }
    if (json === null) {
      if (column.role === 'KEY' && this.#source.kind === 'TABLE') throw this.#missingKey(column);
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
      throw this.#refused(
        `Can't coerce a field of type ${jsonType(given)} into type ${formatType(column.type)}`,
        column.name,
        `${quoteIdentifier(column.name)} is ${formatType(column.type)}${given instanceof JsonNumber || typeof given === 'string' ? `, which ${shown(given)} is not` : ''}.`,
      );
    if (this.#hasStructs) {
      const stray = strayField(given, column.type);
      if (stray !== undefined)
        throw this.#refused(
          `Field ${stray.name} is no field of ${quoteIdentifier(column.name)}, ${formatType(column.type)}`,
          stray.name,
          didYouMean(stray.name, stray.fields) ?? `The fields there are ${stray.fields.join(', ')}.`,
        );
    }
    return coerced.value;
  }

  #missingKey(column: Column): SluiceError {
    return this.#refused(
      `Key field must be specified: ${column.name}`,
      undefined,
      `The row needs "${column.name}": …${this.#source.kind === 'TABLE' ? ', which names its place in the table' : ' (null is a value)'}.`,
    );
  }

  /** An error at the field of that name if it can be found, otherwise at the row. */
  #refused(message: string, field?: string, hint?: string): SluiceError {
    const at = field === undefined ? -1 : this.#line.toUpperCase().indexOf(JSON.stringify(field).toUpperCase());
    return new SluiceError('BAD_REQUEST', message, { span: placeIn(this.#lineNumber, Math.max(0, at)), hint });
  }

  #parse(): JsonObject {
    let json: Json;
    try {
      json = parseJson(this.#line);
    } catch (cause) {
      throw new SluiceError('BAD_REQUEST', 'Invalid JSON in inserts stream', {
        span: jsonFault(this.#line, this.#lineNumber),
        hint: `${messageOf(cause)} of the line.`,
        cause,
      });
    }
    if (!(json instanceof JsonObject))
      throw new SluiceError('BAD_REQUEST', 'Invalid JSON in inserts stream', {
        span: placeIn(this.#lineNumber, 0),
        hint: `A row is one JSON object on one line, {"column": value, …}; this is ${jsonType(json)}.`,
      });
    return json;
  }
}

/** The position at which a line is not JSON. */
export function jsonFault(line: string, lineNumber: number): Span {
  try {
    parseJson(line);
  } catch (error) {
    return placeIn(lineNumber, Number(/at position (\d+)/.exec(messageOf(error))?.[1] ?? 0));
  }
  return placeIn(lineNumber, 0);
}

/** A position in a request of many lines, whose text is not kept. */
function placeIn(line: number, column: number): Span {
  return { start: column, end: column + 1, line, column };
}

/** A field of a STRUCT, at any depth, that its type lacks. */
function strayField(json: Json, type: SqlType): { readonly name: string; readonly fields: string[] } | undefined {
  if (type.kind === 'STRUCT' && json instanceof JsonObject) {
    for (const [name, value] of json.fields) {
      const field = type.fields.find((f) => f.name === name) ?? type.fields.find((f) => f.name === name.toUpperCase());
      if (field === undefined) return { name, fields: type.fields.map((f) => f.name) };
      const stray = strayField(value, field.type);
      if (stray !== undefined) return stray;
    }
  } else if (type.kind === 'ARRAY' && Array.isArray(json)) {
    for (const item of json as readonly Json[]) {
      const stray = strayField(item, type.element);
      if (stray !== undefined) return stray;
    }
  } else if (type.kind === 'MAP' && json instanceof JsonObject) {
    for (const item of json.fields.values()) {
      const stray = strayField(item, type.value);
      if (stray !== undefined) return stray;
    }
  }
  return undefined;
}

/** A value as it was sent, shortened. */
function shown(json: JsonNumber | string): string {
  const text = json instanceof JsonNumber ? json.text : JSON.stringify(json);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function jsonType(json: Json): string {
  if (json === null) return 'null';
  if (typeof json === 'string' || typeof json === 'boolean') return typeof json;
  return Array.isArray(json) ? 'array' : json instanceof JsonObject ? 'object' : 'number';
}
