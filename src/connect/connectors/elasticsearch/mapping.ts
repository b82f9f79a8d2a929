import {
  DECIMAL_PRECISION,
  decimalScale,
  LOGICAL,
  WINDOW_BOUND,
  type ConnectSchema,
  type StructSchema,
} from '../../api/schema.ts';
import type { JsonStyle } from '../internal/json-writer.ts';

/** A field of a mapping, as the cluster returns it. */
export interface Field {
  readonly type?: string;
  readonly properties?: Fields;
  readonly [parameter: string]: unknown;
}
/** Fields of a mapping, by name. */
export type Fields = Readonly<Record<string, Field>>;

/** The index keeps decimals of up to this many digits exactly: they are converted to a double. */
const DOUBLE_DIGITS = 15;
const TIME_OF_DAY = 'HH:mm:ss.SSS||HH:mm:ss';

/** The fields for the members of a struct. */
export function fieldsOf(schema: StructSchema, style: JsonStyle): Record<string, Field> {
  return Object.fromEntries(schema.fields.map((f) => [f.name, fieldOf(f.schema, style)]));
}

function fieldOf(schema: ConnectSchema, style: JsonStyle): Field {
  switch (schema.name) {
    case LOGICAL.decimal:
      return decimalField(schema);
    case LOGICAL.date:
    case LOGICAL.timestamp:
    case WINDOW_BOUND:
      return { type: 'date' };
    case LOGICAL.time:
      return style.isoTimes ? { type: 'date', format: TIME_OF_DAY } : { type: 'integer' };
    default:
      break;
  }
  switch (schema.type) {
    case 'INT8':
      return { type: 'byte' };
    case 'INT16':
      return { type: 'short' };
    case 'INT32':
      return { type: 'integer' };
    case 'INT64':
      return { type: 'long' };
    case 'FLOAT32':
      return { type: 'float' };
    case 'FLOAT64':
      return { type: 'double' };
    case 'BOOLEAN':
      return { type: 'boolean' };
    case 'BYTES':
      return { type: 'binary' };
    case 'STRING':
      // `text` for searching, `keyword` for grouping and sorting; the cluster's dynamic mapping of a string does the
      // same.
      return { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } };
    case 'ARRAY':
      return fieldOf(schema.items, style);
    case 'MAP':
      // The keys of an object are not known in advance; they become fields as they occur.
      return schema.keys.type === 'STRING' && style.compactMaps
        ? { type: 'object' }
        : { properties: { key: fieldOf(schema.keys, style), value: fieldOf(schema.values, style) } };
    case 'STRUCT':
      return { properties: fieldsOf(schema, style) };
  }
}

function decimalField(schema: ConnectSchema): Field {
  const scale = decimalScale(schema);
  const precision = Number(schema.parameters?.[DECIMAL_PRECISION] ?? Infinity);
  if (precision > DOUBLE_DIGITS || scale < 0) return { type: 'double' };
  return scale === 0 ? { type: 'long' } : { type: 'scaled_float', scaling_factor: 10 ** scale };
}

/** The part of `wanted` that does not exist yet, in the form of a mapping; undefined: nothing is missing. */
export function missingFields(wanted: Fields, there: Fields): Record<string, Field> | undefined {
  const missing: Record<string, Field> = {};
  for (const [name, field] of Object.entries(wanted)) {
    const found = there[name];
    if (found === undefined) missing[name] = field;
    else if (field.properties !== undefined && found.properties !== undefined) {
      const inner = missingFields(field.properties, found.properties);
      if (inner !== undefined)
        missing[name] = { ...(found.type === undefined ? {} : { type: found.type }), properties: inner };
    }
  }
  return Object.keys(missing).length === 0 ? undefined : missing;
}

/** Fields that cannot take the values of the records: objects where values come, or the reverse. One clause each. */
export function misfits(wanted: Fields, there: Fields, path = ''): string[] {
  return Object.entries(wanted).flatMap(([name, field]) => {
    const found = there[name];
    if (found === undefined) return [];
    const at = path + name;
    const [isObject, wantsObject] = [holdsMembers(found), holdsMembers(field)];
    if (isObject && wantsObject) return misfits(field.properties ?? {}, found.properties ?? {}, `${at}.`);
    // These types accept objects of their own form.
    const own = ['flattened', 'flat_object', 'geo_point', 'geo_shape', 'join', 'percolator', 'range'];
    if (wantsObject && !isObject && own.some((type) => found.type?.endsWith(type))) return [];
    if (isObject === wantsObject) return [];
    return [
      `field ${at} is ${isObject ? 'an object' : `of type ${found.type}`} there, and ${wantsObject ? 'an object' : 'a value'} here`,
    ];
  });
}

const holdsMembers = (field: Field): boolean =>
  field.properties !== undefined || field.type === 'object' || field.type === 'nested';
