import { parseDecimal } from '../../types/decimal.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import { parseDateText, parseTimestampText, parseTimeText } from '../../types/time-text.ts';
import {
  arrayOf,
  dateSchema,
  decimalSchema,
  mapOf,
  primitive,
  schemasEqual,
  timeSchema,
  timestampSchema,
  type ConnectSchema,
} from '../api/schema.ts';

/** A parsed value with its schema. */
export interface Literal {
  /** null: a value without a schema. */
  readonly schema: ConnectSchema | null;
  readonly value: unknown;
}

const NUMBER = /^[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/;
const INTEGERS = [
  ['INT8', 8],
  ['INT16', 16],
  ['INT32', 32],
  ['INT64', 64],
] as const;

/**
 * Parses a text like Kafka Connect's Values.parseString: the smallest number type, a boolean, a date, time or
 * timestamp, a list or map of these, or else the string.
 */
export function literalOf(text: string): Literal {
  if (text === 'null') return { schema: null, value: null };
  if (text === 'true' || text === 'false') return { schema: primitive('BOOLEAN', false), value: text === 'true' };
  return timeOf(text) ?? numberOf(text) ?? collectionOf(text) ?? { schema: primitive('STRING', false), value: text };
}

function timeOf(text: string): Literal | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return known(dateSchema(false), parseDateText(text));
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text))
    return known(timestampSchema(false), parseTimestampText(text.slice(0, -1)));
  if (/^\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return known(timeSchema(false), parseTimeText(text.slice(0, -1)));
  return undefined;
}

const known = (schema: ConnectSchema, value: number | undefined): Literal | undefined =>
  value === undefined ? undefined : { schema, value };

/** A number; a comma and anything after it is ignored. */
function numberOf(text: string): Literal | undefined {
  const found = NUMBER.exec(text);
  if (found === null || (found[0].length < text.length && text[found[0].length] !== ',')) return undefined;
  const decimal = parseDecimal(found[0]);
  if (decimal === undefined) return undefined;
  const { unscaled, scale } = decimal;
  const power = 10n ** BigInt(Math.max(scale, 0));
  if (unscaled % power === 0n) {
    const whole = (unscaled / power) * 10n ** BigInt(Math.max(-scale, 0));
    for (const [type, bits] of INTEGERS)
      if (BigInt.asIntN(bits, whole) === whole) return { schema: primitive(type, false), value: normalizeInt64(whole) };
    return { schema: decimalSchema(0, false), value: whole };
  }
  const number = Number(found[0]);
  const isFloat = Math.abs(number) <= 3.4028234663852886e38;
  return { schema: primitive(isFloat ? 'FLOAT32' : 'FLOAT64', false), value: isFloat ? Math.fround(number) : number };
}

/** A JSON list or map whose items are of one type. */
function collectionOf(text: string): Literal | undefined {
  if (!/^\[.*\]$|^\{.*\}$/s.test(text)) return undefined;
  let node: unknown;
  try {
    node = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isList = Array.isArray(node);
  const entries = isList
    ? (node as readonly unknown[]).map((item) => ['', item] as const)
    : Object.entries(node as Record<string, unknown>);
  const items = entries.map(([, item]) => (typeof item === 'string' ? textOf(item) : literalOf(JSON.stringify(item))));
  const schema = commonOf(items.map((i) => i.schema));
  if (schema === undefined) return undefined;
  const values = items.map((i) => i.value);
  if (isList) return { schema: arrayOf(schema, false), value: values };
  return {
    schema: mapOf(primitive('STRING', false), schema, false),
    value: new Map(entries.map(([key], i) => [key, values[i]])),
  };
}

const textOf = (value: string): Literal => ({ schema: primitive('STRING', false), value });

/** The common schema, which for integers is the widest; undefined: there is none. */
function commonOf(schemas: readonly (ConnectSchema | null)[]): ConnectSchema | undefined {
  const [first] = schemas;
  if (first === undefined || first === null) return undefined;
  if (schemas.every((s) => schemasEqual(s, first))) return first;
  const ranks = schemas.map((s) =>
    INTEGERS.findIndex(([type]) => s !== null && s.name === undefined && s.type === type),
  );
  return ranks.includes(-1) ? undefined : primitive(INTEGERS[Math.max(...ranks)]![0], false);
}
