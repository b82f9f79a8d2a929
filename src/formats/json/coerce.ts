import { quoting } from '../../base/quoting.ts';
import { must, assertNever } from '../../base/assert.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { javaBigDecimalToString, parseDecimal } from '../../types/decimal.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import { cannotConvert, Misfit } from '../internal/record-errors.ts';
import { readDecimal, readDouble, readInt32, readInt64, timeOfDay } from '../internal/number-text.ts';
import { fitDecimal } from '../internal/decimal-text.ts';
import { JsonNumber, JsonObject, jsonText, type Json } from '../../types/json-text.ts';
import { parseDateText, parseTimestampText, parseTimeText } from '../../types/time-text.ts';
import { nodeName } from './node-name.ts';

/** Converts a JSON node to a value of one SQL type by ksqlDB's rules. @throws Misfit */
export type Coercer = (node: Json) => unknown;

export interface CoerceOptions {
  /** Whether maps may also be arrays of `{key, value}`, as Connect writes maps whose keys are not plain strings. */
  readonly mapEntries?: boolean;
}

/** Converts parsed JSON to values of a type. The coercer throws Misfit for incompatible JSON. */
export function coercerFor(type: SqlType, options: CoerceOptions = {}): Coercer {
  switch (type.kind) {
    case 'BOOLEAN':
      return (node) => {
        if (node === null || typeof node === 'boolean') return node;
        throw cannotConvert(nodeName(node), 'BOOLEAN');
      };
    case 'INTEGER':
      return integral('INTEGER', readInt32, (n) => Number(within('INTEGER', 32, n)));
    case 'BIGINT':
      return integral('BIGINT', readInt64, (n) => normalizeInt64(within('BIGINT', 64, n)));
    case 'DATE':
      return integral('DATE', isoOr(parseDateText, readInt32), (n) => Number(within('DATE', 32, n)));
    case 'TIME':
      return integral(
        'TIME',
        isoOr(parseTimeText, (text) => timeOfDay(readInt64(text))),
        (n) => timeOfDay(normalizeInt64(within('TIME', 64, n))),
      );
    case 'TIMESTAMP':
      return integral('TIMESTAMP', isoOr(parseTimestampText, readInt64), (n) =>
        normalizeInt64(within('TIMESTAMP', 64, n)),
      );
    case 'DOUBLE':
      return (node) => {
        if (node === null) return null;
        if (node instanceof JsonNumber) return Number(node.text);
        if (typeof node === 'string') return fromText(node, 'DOUBLE', readDouble);
        throw cannotConvert(nodeName(node), 'DOUBLE');
      };
    case 'DECIMAL': {
      const { precision, scale } = type;
      return (node) => {
        if (node === null) return null;
        if (node instanceof JsonNumber) return fitDecimal(parseDecimal(node.text)!, precision, scale);
        if (typeof node === 'string') return readDecimal(node, precision, scale);
        throw cannotConvert(nodeName(node), `DECIMAL(${precision}, ${scale})`);
      };
    }
    case 'STRING':
      return stringOf;
    case 'BYTES':
      return (node) => {
        if (node === null) return null;
        if (typeof node === 'string' && BASE64.test(node)) return Buffer.from(node, 'base64');
        if (typeof node === 'string') throw new Misfit('Value is not a valid base64 text');
        throw cannotConvert(nodeName(node), 'BYTES');
      };
    case 'ARRAY': {
      const element = coercerFor(type.element, options);
      return (node) => {
        if (node === null) return null;
        if (!Array.isArray(node)) throw cannotConvert(nodeName(node), 'ARRAY');
        const out: unknown[] = [];
        for (let i = 0; i < node.length; i++) {
          try {
            out.push(element(node[i]!));
          } catch (error) {
            throw error instanceof Misfit ? error.within(`[${i}]`) : error;
          }
        }
        return out;
      };
    }
    case 'MAP': {
      const value = coercerFor(type.value, options);
      return (node) => {
        if (node === null) return null;
        if (options.mapEntries === true && Array.isArray(node)) return entriesOf(node, value);
        if (!(node instanceof JsonObject)) throw cannotConvert(nodeName(node), 'MAP');
        const out = new Map<unknown, unknown>();
        for (let i = 0; i < node.keys.length; i++) {
          try {
            out.set(node.keys[i], value(node.values[i]!));
          } catch (error) {
            throw error instanceof Misfit ? error.within(`.${node.keys[i]}.value`) : error;
          }
        }
        return out;
      };
    }
    case 'STRUCT':
      return structCoercer(
        type.fields.length,
        fieldsCoercer(
          type.fields.map((f) => f.name),
          type.fields.map((f) => coercerFor(f.type, options)),
        ),
      );
    default:
      return assertNever(type);
  }
}

function entriesOf(nodes: readonly Json[], value: Coercer): Map<unknown, unknown> {
  const out = new Map<unknown, unknown>();
  for (const entry of nodes) {
    if (!(entry instanceof JsonObject)) throw cannotConvert(nodeName(entry), 'MAP');
    out.set(stringOf(entry.get('key') ?? null), value(entry.get('value') ?? null));
  }
  return out;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Converts an object to a struct of `width` fields, which `fill` sets. */
export function structCoercer(width: number, fill: FieldsCoercer): Coercer {
  return (node) => {
    if (node === null) return null;
    if (!(node instanceof JsonObject)) throw cannotConvert(nodeName(node), 'STRUCT');
    const out: unknown[] = Array.from({ length: width }, () => null);
    fill(node, out);
    return out;
  };
}

/** Stores the fields of an object at their positions. @throws Misfit */
export type FieldsCoercer = (object: JsonObject, out: unknown[]) => void;

/**
 * Finds each field by its exact name, otherwise by its upper-cased name, and stores field i, converted, in
 * `out[targets[i]]` (-1: skip). Missing fields become null.
 */
export function fieldsCoercer(
  names: readonly string[],
  coercers: readonly Coercer[],
  targets: readonly number[] = names.map((_, i) => i),
): FieldsCoercer {
  const index = new FieldIndex(names);
  return (object, out) => {
    for (let i = 0; i < targets.length; i++) if (targets[i]! >= 0) out[targets[i]!] = null;
    const found = index.resolve(object);
    for (let i = 0; i < targets.length; i++) {
      const target = targets[i]!;
      const at = found[i]!;
      if (target < 0 || at < 0) continue;
      try {
        out[target] = coercers[i]!(object.values[at]!);
      } catch (error) {
        throw error instanceof Misfit ? error.within(`.${must(names[i], 'name')}`) : error;
      }
    }
  };
}

/**
 * Finds fields in an object: an exact name takes precedence over a name that is equal when upper-cased; of duplicates
 * the last is used. One key may set two fields (`name` and `NAME`).
 */
export class FieldIndex {
  readonly #fields = new Map<string, number>();
  readonly #width: number;
  /** True when two names differ only in case: a key then does not identify the field. */
  readonly ambiguous: boolean;

  constructor(names: readonly string[]) {
    this.#width = names.length;
    names.forEach((name, i) => this.#fields.set(name, i));
    this.ambiguous = new Set(names.map((name) => name.toUpperCase())).size < names.length;
  }

  /** The index of the field for `key`, unless `ambiguous`; -1 if there is none. */
  lookup(key: string): number {
    return this.#fields.get(key) ?? this.#fields.get(key.toUpperCase()) ?? -1;
  }

  /** The position in the object of each field, or -1 if it is missing. */
  resolve(object: JsonObject): Int32Array {
    const found = new Int32Array(this.#width).fill(-1);
    const { keys } = object;
    for (let i = 0; i < keys.length; i++) {
      const loose = this.#fields.get(keys[i]!.toUpperCase());
      if (loose !== undefined) found[loose] = i;
    }
    for (let i = 0; i < keys.length; i++) {
      const exact = this.#fields.get(keys[i]!);
      if (exact !== undefined) found[exact] = i;
    }
    return found;
  }
}

function integral(
  name: string,
  parse: (text: string) => number | bigint,
  narrow: (n: bigint) => number | bigint,
): Coercer {
  return (node) => {
    if (node === null) return null;
    if (node instanceof JsonNumber) return narrow(truncated(node.text));
    if (typeof node === 'string') return fromText(node, name, parse);
    throw cannotConvert(nodeName(node), name);
  };
}

/**
 * A text of digits is the number of days or ms, as in ksqlDB. ISO 8601, which most programs write, is rejected by
 * ksqlDB; here it is read as a CAST reads it.
 */
function isoOr(
  iso: (text: string) => number | undefined,
  digits: (text: string) => number | bigint,
): (text: string) => number | bigint {
  return (text) => (ISO_SIGN.test(text) ? iso(text) : undefined) ?? digits(text);
}

/** Characters that an ISO date or time contains and an integer does not. */
const ISO_SIGN = /.[-:]/;

/** Rejects numbers that are out of range. ksqlDB keeps the low bits, silently changing the value. */
function within(name: string, bits: 32 | 64, n: bigint): bigint {
  if (n === BigInt.asIntN(bits, n)) return n;
  throw new Misfit(quoting(n, (v) => `The value ${v} is out of the range of ${name}`));
}

/** The exact integer part of a JSON number. */
function truncated(text: string): bigint {
  if (!/[.eE]/.test(text)) return BigInt(text);
  const { unscaled, scale } = parseDecimal(text)!;
  if (scale <= 0) {
    if (scale < -400) throw new Misfit(quoting(text, (t) => `Number out of range: ${t}`));
    return unscaled * 10n ** BigInt(-scale);
  }
  return scale > 10000 ? 0n : unscaled / 10n ** BigInt(scale);
}

function fromText<T>(text: string, name: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof Misfit) throw new Misfit(quoting(text, (t) => `Failed to convert string to ${name}: "${t}"`));
    throw error;
  }
}

/**
 * The text of a node for a STRING column: objects as compact JSON, arrays as `[a, b]`, numbers and booleans as their
 * text.
 */
function stringOf(node: Json): string | null {
  if (node === null || typeof node === 'string') return node;
  if (node instanceof JsonNumber) return numberText(node);
  if (typeof node === 'boolean') return String(node);
  if (node instanceof JsonObject) return jsonText(node);
  return `[${node.map((element) => (element instanceof JsonObject ? jsonText(element) : String(stringOf(element)))).join(', ')}]`;
}

function numberText(node: JsonNumber): string {
  if (!/[eE]/.test(node.text)) return node.text;
  const { unscaled, scale } = parseDecimal(node.text)!;
  return javaBigDecimalToString(unscaled, scale);
}
