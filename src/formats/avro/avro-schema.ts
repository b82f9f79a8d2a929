import type { SqlType } from '../../types/sql-type.ts';
import type { RegistrySchema } from '../api.ts';
import { timeTypeOf, timeUnitOf, type TimeUnit } from '../internal/connect-times.ts';
import { JsonNumber, JsonObject, type Json } from '../../types/json-text.ts';
import { parseJsonBytes } from '../json/json-reader.ts';

/**
 * Avro schemas as resolved trees (https://avro.apache.org/docs/1.11.1/specification/): names are replaced by the types
 * they refer to, and records may be recursive.
 */
export type AvroType =
  | {
      readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
      readonly logical?: Logical | undefined;
    }
  | AvroFixed
  | AvroEnum
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | AvroUnion
  | AvroRecord;

/** A type of `size` bytes. `name` is the full name, including the namespace. */
export interface AvroFixed {
  readonly kind: 'fixed';
  readonly name: string;
  readonly size: number;
  readonly logical?: Logical | undefined;
}
/** An enum. `name` is the full name, including the namespace. */
export interface AvroEnum {
  readonly kind: 'enum';
  readonly name: string;
  readonly symbols: readonly string[];
  readonly default?: string | undefined;
}
export interface AvroUnion {
  readonly kind: 'union';
  readonly branches: readonly AvroType[];
}
export interface AvroRecord {
  readonly kind: 'record';
  /** The full name, including the namespace. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly fields: readonly AvroField[];
  /** Whether this is an entry record: Connect writes maps whose keys are not plain strings as arrays of them. */
  readonly mapEntry: boolean;
}
export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: AvroType;
  /** Undefined: the field has no default. */
  readonly default: Json | undefined;
}

/** The logical type of a primitive. Connect's names are equivalent to Avro's logical types. */
export type Logical =
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'date' | 'time-millis' | 'time-micros' | 'timestamp-millis' | 'timestamp-micros' }
  | { readonly kind: 'int8' | 'int16' }
  | DebeziumTime;

/** A number or text that Debezium uses for a date or time; other readers of the schema see its plain type. */
export interface DebeziumTime {
  readonly kind: 'debezium';
  readonly type: SqlType;
  /** Undefined for text and for days. */
  readonly unit: TimeUnit | undefined;
}

/** The unit of a `long` that represents a time. */
export function unitOf(logical: Logical | undefined): TimeUnit {
  if (logical?.kind === 'debezium') return logical.unit ?? 'MILLIS';
  return logical?.kind === 'timestamp-micros' || logical?.kind === 'time-micros' ? 'MICROS' : 'MILLIS';
}

/** The precision that ksqlDB assumes for an Avro decimal without one. */
export const DEFAULT_PRECISION = 64;

const PRIMITIVES = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Parses a registered schema and the schemas it refers to. @throws Error with a reason */
export function parseAvroSchema(schema: RegistrySchema): AvroType {
  const names = new Map<string, AvroType>();
  for (const reference of schema.resolved ?? []) new Parser(names).parse(jsonOf(reference.schema), '');
  return new Parser(names).parse(jsonOf(schema.schema), '');
}

/** Parses a schema text, which may be a bare type name, with or without quotes. */
function jsonOf(text: string): Json {
  const trimmed = text.trim();
  return /^[A-Za-z_][\w.]*$/.test(trimmed) ? trimmed : parseJsonBytes(Buffer.from(trimmed, 'utf8'));
}

class Parser {
  readonly #names: Map<string, AvroType>;

  constructor(names: Map<string, AvroType>) {
    this.#names = names;
  }

  parse(node: Json, namespace: string): AvroType {
    if (typeof node === 'string') return this.#named(node, namespace);
    if (Array.isArray(node)) return this.#union(node, namespace);
    if (!(node instanceof JsonObject)) throw new Error(`No type: ${String(node)}`);
    const type = node.get('type');
    if (typeof type !== 'string') {
      // {"type": {...}}: the inner schema.
      if (type === undefined || type === null) throw new Error('No type');
      return this.parse(type, namespace);
    }
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(node, namespace);
      case 'enum': {
        const symbols = stringsOf(node.get('symbols'), 'symbols');
        for (const symbol of symbols) checkName(symbol);
        const fallback = node.get('default');
        const value: AvroEnum = {
          kind: 'enum',
          name: fullName(node, namespace),
          symbols,
          default: typeof fallback === 'string' ? fallback : undefined,
        };
        return this.#define(value.name, value);
      }
      case 'fixed': {
        const size = integerOf(node.get('size'));
        if (size === undefined || size < 0) throw new Error('Invalid or no size');
        const value: AvroFixed = {
          kind: 'fixed',
          name: fullName(node, namespace),
          size,
          logical: logicalOf(node, 'fixed'),
        };
        return this.#define(value.name, value);
      }
      case 'array': {
        const items = node.get('items');
        if (items === undefined) throw new Error('Array has no items type');
        return { kind: 'array', items: this.parse(items, namespace) };
      }
      case 'map': {
        const values = node.get('values');
        if (values === undefined) throw new Error('Map has no values type');
        return { kind: 'map', values: this.parse(values, namespace) };
      }
      default:
        if (!PRIMITIVES.has(type)) return this.#named(type, namespace);
        return { kind: type as 'int', logical: logicalOf(node, type) };
    }
  }

  #named(name: string, namespace: string): AvroType {
    if (PRIMITIVES.has(name)) return { kind: name as 'int' };
    const found =
      this.#names.get(name.includes('.') || namespace === '' ? name : `${namespace}.${name}`) ?? this.#names.get(name);
    if (found === undefined) throw new Error(`Undefined name: "${name}"`);
    return found;
  }

  #union(nodes: readonly Json[], namespace: string): AvroUnion {
    const branches = nodes.map((node) => this.parse(node, namespace));
    const seen = new Set<string>();
    for (const branch of branches) {
      if (branch.kind === 'union') throw new Error('Nested union');
      const label = branchName(branch);
      if (seen.has(label)) throw new Error(`Duplicate in union: ${label}`);
      seen.add(label);
    }
    return { kind: 'union', branches };
  }

  #record(node: JsonObject, namespace: string): AvroRecord {
    const name = fullName(node, namespace);
    const inner = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';
    const fields: AvroField[] = [];
    const record: AvroRecord = {
      kind: 'record',
      name,
      aliases: aliasesOf(node, inner),
      fields,
      mapEntry: node.get('connect.internal.type') === 'MapEntry',
    };
    this.#define(name, record);
    const list = node.get('fields');
    if (!Array.isArray(list)) throw new Error('Record has no fields');
    const names = new Set<string>();
    for (const item of list) {
      if (!(item instanceof JsonObject)) throw new Error('A field must be an object');
      const fieldName = item.get('name');
      if (typeof fieldName !== 'string') throw new Error('A field has no name');
      checkName(fieldName);
      if (names.size === names.add(fieldName).size) throw new Error(`Duplicate field ${fieldName} in record ${name}`);
      const type = item.get('type');
      if (type === undefined) throw new Error(`Field ${fieldName} has no type`);
      fields.push({
        name: fieldName,
        aliases: aliasesOf(item, ''),
        type: this.parse(type, inner),
        default: item.get('default'),
      });
    }
    return record;
  }

  #define<T extends AvroType>(name: string, type: T): T {
    if (this.#names.has(name)) throw new Error(`Can't redefine: ${name}`);
    this.#names.set(name, type);
    return type;
  }
}

/**
 * The type of a one-column key, which connectors may write as a record with one field; its bytes are those of the
 * field.
 */
export function keyIn(top: AvroType, type: SqlType): AvroType {
  return top.kind === 'record' && top.fields.length === 1 && type.kind !== 'STRUCT' ? top.fields[0]!.type : top;
}

/** The name that identifies a branch of a union. */
export function branchName(type: AvroType): string {
  return type.kind === 'record' || type.kind === 'enum' || type.kind === 'fixed' ? type.name : type.kind;
}

function fullName(node: JsonObject, enclosing: string): string {
  const name = node.get('name');
  if (typeof name !== 'string') throw new Error('No name in schema');
  const namespace = node.get('namespace');
  const full = name.includes('.') ? name : qualify(name, typeof namespace === 'string' ? namespace : enclosing);
  full.split('.').forEach(checkName);
  return full;
}

function qualify(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}.${name}`;
}

/** Checks a name by Avro's rules, with the messages of its Java library. */
export function checkName(name: string): void {
  if (name === '') throw new Error('Empty name');
  if (NAME.test(name)) return;
  throw new Error(/^[A-Za-z_]/.test(name) ? `Illegal character in: ${name}` : `Illegal initial character: ${name}`);
}

function aliasesOf(node: JsonObject, namespace: string): readonly string[] {
  const aliases = node.get('aliases');
  return Array.isArray(aliases)
    ? aliases.filter((a) => typeof a === 'string').map((a) => (a.includes('.') ? a : qualify(a, namespace)))
    : [];
}

function logicalOf(node: JsonObject, type: string): Logical | undefined {
  const logical = node.get('logicalType');
  const connect = node.get('connect.name');
  if (type === 'bytes' || type === 'fixed') {
    if (logical !== 'decimal' && connect !== 'org.apache.kafka.connect.data.Decimal') return undefined;
    const parameters = node.get('connect.parameters');
    const of = (name: string, parameter: string): number | undefined =>
      integerOf(node.get(name)) ??
      (parameters instanceof JsonObject ? integerOf(parameters.get(parameter)) : undefined);
    return {
      kind: 'decimal',
      precision: of('precision', 'connect.decimal.precision') ?? DEFAULT_PRECISION,
      scale: of('scale', 'scale') ?? 0,
    };
  }
  if (type === 'int') {
    if (logical === 'date' || connect === 'org.apache.kafka.connect.data.Date') return { kind: 'date' };
    if (logical === 'time-millis' || connect === 'org.apache.kafka.connect.data.Time') return { kind: 'time-millis' };
    const narrow = node.get('connect.type');
    if (narrow === 'int8' || narrow === 'int16') return { kind: narrow };
  }
  if (type === 'long') {
    if (logical === 'timestamp-millis' || connect === 'org.apache.kafka.connect.data.Timestamp')
      return { kind: 'timestamp-millis' };
    if (logical === 'timestamp-micros' || logical === 'time-micros') return { kind: logical };
  }
  if (typeof connect !== 'string' || (type !== 'int' && type !== 'long' && type !== 'string')) return undefined;
  const time = timeTypeOf(connect);
  return time && { kind: 'debezium', type: time, unit: timeUnitOf(connect) };
}

function stringsOf(node: Json | undefined, what: string): readonly string[] {
  if (!Array.isArray(node) || !node.every((s) => typeof s === 'string')) throw new Error(`No ${what}`);
  return node as string[];
}

function integerOf(node: Json | undefined): number | undefined {
  if (node instanceof JsonNumber) return Number(node.text);
  if (typeof node === 'string' && /^\d+$/.test(node)) return Number(node);
  return undefined;
}
