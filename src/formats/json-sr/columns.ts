import { elementAt } from '../../base/assert.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
} from '../../types/sql-type.ts';
import type { FormatDefinition } from '../api.ts';
import { ExpandedSize } from '../internal/expanded-size.ts';
import { columnNaming } from '../internal/field-names.ts';
import { JsonNumber, JsonObject, type Json } from '../../types/json-text.ts';
import { parseJsonBytes } from '../json/json-reader.ts';

/**
 * The columns of a registered JSON Schema, read as Connect's JSON Schema converter does. Fields without a SQL type are
 * omitted.
 */
export const jsonSchemaColumns: NonNullable<FormatDefinition['columnsOf']> = (schema, site) => {
  const root = parseJsonBytes(Buffer.from(schema.schema, 'utf8'));
  const reader = new SchemaReader(root, columnNaming(site.info.properties));
  const whole = site.features.includes('UNWRAP_SINGLES') || (site.isKey && !site.features.includes('WRAP_SINGLES'));
  const type = reader.typeOf(root, 0);
  if (!whole && type?.kind === 'STRUCT') return type.fields;
  return type === undefined ? [] : [{ name: site.isKey ? 'ROWKEY' : 'ROWVAL', type }];
};

const MAX_DEPTH = 50;

class SchemaReader {
  readonly #root: Json;
  readonly #naming: (name: string) => string;
  readonly #size = new ExpandedSize();

  constructor(root: Json, naming: (name: string) => string) {
    this.#root = root;
    this.#naming = naming;
  }

  typeOf(node: Json | undefined, depth: number): SqlType | undefined {
    if (!(node instanceof JsonObject)) return undefined;
    if (depth > MAX_DEPTH) throw new Error('The JSON Schema is recursive, or nested too deeply');
    this.#size.add();
    const reference = node.get('$ref');
    if (typeof reference === 'string') return this.typeOf(this.#resolve(reference), depth + 1);
    const sum = node.get('oneOf') ?? node.get('anyOf');
    if (Array.isArray(sum)) return this.#sum(sum, depth);
    const all = node.get('allOf');
    if (Array.isArray(all)) return this.#product(node, all, depth);
    const connectType = node.get('connect.type');
    const title = node.get('title');
    switch (this.#nameOf(node)) {
      case 'boolean':
        return BOOLEAN;
      case 'integer':
        return integerType(title, connectType);
      case 'number':
        return title === 'org.apache.kafka.connect.data.Decimal' ? decimalType(node) : DOUBLE;
      case 'string':
        if (title === 'org.apache.kafka.connect.data.Decimal') return decimalType(node);
        return connectType === 'bytes' ? BYTES : STRING;
      case 'array':
        return this.#arrayType(node, connectType, depth);
      case 'object':
        return this.#objectType(node, connectType, depth);
      default:
        return undefined;
    }
  }

  /** The single type of a schema: `type`, its only member besides null, or the type that its keywords imply. */
  #nameOf(node: JsonObject): string | undefined {
    const type = node.get('type');
    if (typeof type === 'string') return type;
    if (Array.isArray(type)) return type.find((name): name is string => typeof name === 'string' && name !== 'null');
    if (node.get('properties') !== undefined) return 'object';
    if (node.get('items') !== undefined) return 'array';
    return node.get('enum') !== undefined || node.get('const') !== undefined ? 'string' : undefined;
  }

  #sum(alternatives: readonly Json[], depth: number): SqlType | undefined {
    const real = alternatives.filter((a) => !(a instanceof JsonObject && a.get('type') === 'null'));
    if (real.length === 1) return this.typeOf(real[0], depth + 1);
    return struct(
      real.flatMap((alternative, i) => {
        const type = this.typeOf(alternative, depth + 1);
        return type === undefined ? [] : [{ name: this.#naming(`connect_union_field_${i}`), type }];
      }),
    );
  }

  /** `allOf`: the fields of all parts and of the schema itself. */
  #product(node: JsonObject, parts: readonly Json[], depth: number): SqlType | undefined {
    const types = parts.map((part) => this.typeOf(part, depth + 1));
    const own = node.get('properties') === undefined ? undefined : this.#objectType(node, undefined, depth);
    const fields = [...types, own].flatMap((type) => (type?.kind === 'STRUCT' ? type.fields : []));
    return fields.length > 0 ? struct(fields) : types.find((type) => type !== undefined);
  }

  #arrayType(node: JsonObject, connectType: Json | undefined, depth: number): SqlType | undefined {
    const items = node.get('items');
    if (connectType === 'map' && items instanceof JsonObject) {
      const entry = items.get('properties');
      if (!(entry instanceof JsonObject)) return undefined;
      const key = this.typeOf(entry.get('key'), depth + 1);
      const value = this.typeOf(entry.get('value'), depth + 1);
      return key === undefined || value === undefined ? undefined : map(key, value);
    }
    const element = this.typeOf(Array.isArray(items) ? items[0] : items, depth + 1);
    return element === undefined ? undefined : array(element);
  }

  #objectType(node: JsonObject, connectType: Json | undefined, depth: number): SqlType | undefined {
    const properties = node.get('properties');
    const additional = node.get('additionalProperties');
    if (connectType === 'map' || (properties === undefined && additional instanceof JsonObject)) {
      const value = this.typeOf(additional, depth + 1);
      return value === undefined ? undefined : map(STRING, value);
    }
    if (!(properties instanceof JsonObject)) return undefined;
    const fields = properties.keys.flatMap((name, i) => {
      const property = elementAt(properties.values, i, 'property');
      const type = this.typeOf(property, depth + 1);
      const index = property instanceof JsonObject ? property.get('connect.index') : undefined;
      return type === undefined
        ? []
        : [{ name: this.#naming(name), type, index: index instanceof JsonNumber ? Number(index.text) : i }];
    });
    fields.sort((a, b) => a.index - b.index);
    return fields.length === 0 ? undefined : struct(fields.map(({ name, type }) => ({ name, type })));
  }

  /** Resolves a reference within the document: `#/definitions/X`. */
  #resolve(reference: string): Json | undefined {
    if (!reference.startsWith('#')) throw new Error(`Cannot resolve "${reference}"`);
    let node: Json | undefined = this.#root;
    for (const part of reference.slice(1).split('/').filter(Boolean)) {
      node =
        node instanceof JsonObject
          ? node.get(decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
          : undefined;
    }
    if (node === undefined) throw new Error(`Cannot resolve "${reference}"`);
    return node;
  }
}

function integerType(title: Json | undefined, connectType: Json | undefined): SqlType {
  switch (title) {
    case 'org.apache.kafka.connect.data.Date':
      return DATE;
    case 'org.apache.kafka.connect.data.Time':
      return TIME;
    case 'org.apache.kafka.connect.data.Timestamp':
      return TIMESTAMP;
    default:
      return connectType === 'int8' || connectType === 'int16' || connectType === 'int32' ? INTEGER : BIGINT;
  }
}

function decimalType(node: JsonObject): SqlType {
  const parameters = node.get('connect.parameters');
  const of = (name: string, fallback: number): number => {
    const value = parameters instanceof JsonObject ? parameters.get(name) : undefined;
    return typeof value === 'string' ? Number(value) : value instanceof JsonNumber ? Number(value.text) : fallback;
  };
  return decimal(of('connect.decimal.precision', 64), of('scale', 0));
}
