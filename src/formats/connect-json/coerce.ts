import { elementAt } from '../../base/assert.ts';
import type { Int64 } from '../../types/int64.ts';
import { BIGINT, type SqlType } from '../../types/sql-type.ts';
import {
  dateOf,
  DIVISORS,
  floorDiv,
  timeOf,
  timestampOf,
  timeUnitOf,
  type TimeUnit,
} from '../internal/connect-times.ts';
import { fitDecimal } from '../internal/decimal-text.ts';
import { cannotConvert, Misfit } from '../internal/record-errors.ts';
import { timeOfDay } from '../internal/number-text.ts';
import { coercerFor, fieldsCoercer, structCoercer, type Coercer, type FieldsCoercer } from '../json/coerce.ts';
import { JsonNumber, JsonObject, type Json } from '../../types/json-text.ts';
import { nodeName } from '../json/node-name.ts';
import { fieldsOf } from './record-shape.ts';

/**
 * Converts a node to a value of a SQL type as JsonConverter wrote it: by the schema embedded in the record, or by
 * heuristics if there is none. Values that are not specific to Connect are read as the JSON format reads them.
 */
export function connectCoercer(type: SqlType, schema: Json | undefined, unit: TimeUnit): Coercer {
  switch (type.kind) {
    case 'DECIMAL': {
      const { precision, scale } = type;
      const plain = coercerFor(type);
      const written = decimalScaleOf(schema);
      return (node) => {
        if (typeof node === 'string' && isUnscaled(node, schema, scale))
          return fitDecimal({ unscaled: unscaledOf(node), scale: written ?? scale }, precision, scale);
        // io.debezium.data.VariableScaleDecimal: {"scale":2,"value":"BOI="}
        if (node instanceof JsonObject) {
          const [own, value] = [node.get('scale'), node.get('value')];
          if (own instanceof JsonNumber && typeof value === 'string')
            return fitDecimal({ unscaled: unscaledOf(value), scale: Number(own.text) }, precision, scale);
        }
        return plain(node);
      };
    }
    case 'DOUBLE': {
      const plain = coercerFor(type);
      const written = decimalScaleOf(schema);
      if (written === undefined) return plain;
      return (node) => (typeof node === 'string' ? Number(unscaledOf(node)) / 10 ** written : plain(node));
    }
    case 'TIMESTAMP':
    case 'TIME': {
      const divisor = DIVISORS[timeUnitOf(nameOf(schema)) ?? unit];
      // Kept in the writer's unit until it is divided: only then can a TIME be compared with the length of a day.
      const plain = coercerFor(BIGINT);
      const within = type.kind === 'TIME' ? timeOfDay : (ms: Int64): Int64 => ms;
      const fromText = type.kind === 'TIMESTAMP' ? timestampOf : timeOf;
      return (node) => {
        if (typeof node === 'string') return fromText(node);
        const value = plain(node) as Int64 | null;
        return value === null ? null : within(divisor === 1n ? value : floorDiv(value, divisor));
      };
    }
    case 'DATE': {
      const plain = coercerFor(type);
      return (node) => (typeof node === 'string' ? dateOf(node) : plain(node));
    }
    case 'ARRAY': {
      const element = connectCoercer(type.element, childOf(schema, 'items'), unit);
      return (node) => {
        if (node === null) return null;
        if (!Array.isArray(node)) throw cannotConvert(nodeName(node), 'ARRAY');
        return node.map((item) => element(item));
      };
    }
    case 'MAP': {
      const value = connectCoercer(type.value, childOf(schema, 'values'), unit);
      const key = connectCoercer(type.key, childOf(schema, 'keys'), unit);
      return (node) => {
        if (node === null) return null;
        const out = new Map<unknown, unknown>();
        if (node instanceof JsonObject) {
          node.keys.forEach((name, i) => out.set(key(name), value(elementAt(node.values, i, 'value'))));
          return out;
        }
        // Maps whose keys are not strings are arrays of pairs.
        if (!Array.isArray(node)) throw cannotConvert(nodeName(node), 'MAP');
        for (const pair of node) {
          if (!Array.isArray(pair) || pair.length !== 2) throw cannotConvert(nodeName(pair), 'MAP');
          out.set(key(pair[0]!), value(pair[1]!));
        }
        return out;
      };
    }
    case 'STRUCT':
      return structCoercer(type.fields.length, connectFields(type.fields, undefined, schema, unit));
    default:
      return coercerFor(type);
  }
}

/** Converts the fields of a struct, each by its part of the schema; field i is stored in `out[targets[i]]`. */
export function connectFields(
  fields: readonly { readonly name: string; readonly type: SqlType }[],
  targets: readonly number[] | undefined,
  schema: Json | undefined,
  unit: TimeUnit,
): FieldsCoercer {
  const written = fieldsOf(schema);
  const coercers = fields.map((field) => {
    const name = field.name.toUpperCase();
    const own =
      written.find((w) => w.get('field') === field.name) ??
      written.find((w) => String(w.get('field')).toUpperCase() === name);
    return connectCoercer(field.type, own, unit);
  });
  return fieldsCoercer(
    fields.map((f) => f.name),
    coercers,
    targets,
  );
}

/** The name of a Connect schema, such as that of a logical type; undefined if it has none. */
export function nameOf(schema: Json | undefined): string | undefined {
  const name = schema instanceof JsonObject ? schema.get('name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** The scale of a Connect Decimal's schema. */
export function decimalScaleOf(schema: Json | undefined): number | undefined {
  if (nameOf(schema) !== 'org.apache.kafka.connect.data.Decimal') return undefined;
  const parameters = (schema as JsonObject).get('parameters');
  const scale = parameters instanceof JsonObject ? parameters.get('scale') : undefined;
  return typeof scale === 'string' ? Number(scale) : undefined;
}

function childOf(schema: Json | undefined, name: string): Json | undefined {
  return schema instanceof JsonObject ? schema.get(name) : undefined;
}

/**
 * Whether a text is the base64 of a decimal's unscaled bytes rather than its digits. Without a schema both are
 * possible: digits with a point or a sign are a number; bare digits are one if the scale is 0, because writers of
 * digits write as many decimals as the scale has (`12.50`).
 */
function isUnscaled(text: string, schema: Json | undefined, scale: number): boolean {
  if (schema !== undefined) return nameOf(schema) === 'org.apache.kafka.connect.data.Decimal';
  if (!BASE64.test(text) || text.length % 4 !== 0 || text === '') return false;
  return scale > 0 || !/^\+?\d+$/.test(text);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Decodes a two's complement, big-endian integer from base64. */
export function unscaledOf(text: string): bigint {
  if (!BASE64.test(text)) throw new Misfit(`Value is not the base64 text of a decimal: "${text}"`);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}
