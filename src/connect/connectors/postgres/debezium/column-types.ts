import { formatDecimal, parseDecimal, rescale } from '../../../../types/decimal.ts';
import { bigintToBytes } from '../../../api/decimal-bytes.ts';
import { DataError } from '../../../api/errors.ts';
import {
  arrayOf,
  decimalSchema,
  mapOf,
  primitive,
  structOf,
  type ConnectSchema,
  type PrimitiveSchema,
} from '../../../api/schema.ts';
import { parseBigint } from '../../database/numeric-column.ts';
import { readDecimal, readInteger, type ByteParser } from '../byte-parsers.ts';
import { parseArray } from '../value-types.ts';
import { hstoreJson, parseHstore } from './hstore.ts';
import {
  dateForm,
  intervalForm,
  secondDigits,
  timeForm,
  timestampForm,
  zonedTimeForm,
  zonedTimestampForm,
} from './time-values.ts';
import type { BinaryMode, TypeOptions } from './type-options.ts';
import { nameUuid } from './name-uuid.ts';

/** A column's type from the catalog; domains are resolved to their base types. */
export interface PostgresType {
  /** The name in pg_type: `int4`, `timestamptz`, `hstore`. */
  readonly name: string;
  /** The declared type modifier, -1 for none. */
  readonly modifier: number;
  /** Labels of an enum. */
  readonly labels?: readonly string[] | undefined;
  /** Element type of an array. */
  readonly element?: Omit<PostgresType, 'modifier'> | undefined;
  /** A domain: arrays of domains have no form. */
  readonly isDomain?: boolean | undefined;
}

/** How values of a type are converted. */
export interface TypeForm {
  /** An optional schema without a default. */
  readonly schema: ConnectSchema;
  /** @throws DataError */
  readonly parse: (text: string) => unknown;
  readonly read?: ByteParser | undefined;
  /** The value for an unchanged TOAST value, which was not sent. */
  readonly placeholder?: unknown;
  /** The value for a NOT NULL column whose value is not known: the old row of a delete contains only its key. */
  readonly zero?: unknown;
  /** The value for NULL, if NULL is masked too. */
  readonly ofNull?: unknown;
}

const data = (name: string, type: 'STRING' | 'BYTES', parameters?: Record<string, string>): PrimitiveSchema => ({
  ...primitive(type),
  name: `io.debezium.data.${name}`,
  version: 1,
  ...(parameters && { parameters }),
});

const TEXTS = new Set(
  (
    'text varchar bpchar char name citext inet cidr macaddr macaddr8 isbn ' +
    'int4range int8range numrange tsrange tstzrange daterange'
  ).split(' '),
);
const NAMED_TEXTS: Readonly<Record<string, string>> = {
  json: 'Json',
  jsonb: 'Json',
  xml: 'Xml',
  ltree: 'Ltree',
  tsvector: 'Tsvector',
};
/** Element types whose arrays are omitted, although columns of the type itself are not. */
const NOT_IN_ARRAYS = new Set(['money', 'interval', 'xml', 'point', 'tsvector', 'macaddr8']);

const VARIABLE_SCALE: ConnectSchema = {
  ...structOf(
    [
      { name: 'scale', schema: primitive('INT32', false) },
      { name: 'value', schema: primitive('BYTES', false) },
    ],
    true,
    'io.debezium.data.VariableScaleDecimal',
  ),
  version: 1,
  doc: 'Variable scaled decimal',
};
const POINT: ConnectSchema = {
  ...structOf(
    [
      { name: 'x', schema: primitive('FLOAT64', false) },
      { name: 'y', schema: primitive('FLOAT64', false) },
      { name: 'wkb', schema: primitive('BYTES') },
      { name: 'srid', schema: primitive('INT32') },
    ],
    true,
    'io.debezium.data.geometry.Point',
  ),
  version: 1,
  doc: 'Geometry (POINT)',
};

/** The form of a type's values; undefined: columns of the type are omitted. */
export function typeForm(type: PostgresType, options: TypeOptions): TypeForm | undefined {
  const known = knownForm(type, options);
  if (known !== undefined || !options.includesUnknown) return known;
  const unknown = unknownForm();
  if (type.element === undefined) return unknown;
  return NOT_IN_ARRAYS.has(type.element.name) ? undefined : arrayForm(type, unknown, options, false);
}

const unknownForm = (): TypeForm => ({
  schema: primitive('BYTES'),
  parse: (text) => Buffer.from(text),
  zero: Buffer.alloc(0),
});

function knownForm(type: PostgresType, options: TypeOptions): TypeForm | undefined {
  const { name, modifier } = type;
  const { placeholder, times } = options;
  const plain = (schema: ConnectSchema, parse: TypeForm['parse'], zero: unknown, read?: ByteParser): TypeForm => ({
    schema,
    parse,
    zero,
    read,
  });
  if (type.labels !== undefined)
    return {
      schema: data('Enum', 'STRING', { allowed: type.labels.join(',') }),
      parse: String,
      placeholder,
      zero: '',
    };
  if (type.element !== undefined) {
    const { element } = type;
    // The schema is that of a bit string with the declared length of the elements, and every value is NULL.
    if (element.name === 'bit' || element.name === 'varbit')
      return { schema: bitsSchema(modifier), parse: () => null, zero: Buffer.alloc(0) };
    if (element.isDomain === true || NOT_IN_ARRAYS.has(element.name)) return undefined;
    const inner = knownForm({ ...element, modifier }, options);
    return inner && arrayForm(type, inner, options, element.labels === undefined);
  }
  switch (name) {
    case 'bool':
      return plain(
        primitive('BOOLEAN'),
        (t) => t === 't',
        false,
        (b, from) => b[from] === 116,
      );
    case 'int2':
      return plain(primitive('INT16'), Number, 0, readInteger);
    case 'int4':
      return plain(primitive('INT32'), Number, 0, readInteger);
    case 'int8':
    case 'oid':
      return plain(primitive('INT64'), parseBigint, 0, readInteger);
    case 'float4':
      return plain(primitive('FLOAT32'), Number, 0);
    case 'float8':
      return plain(primitive('FLOAT64'), Number, 0);
    case 'numeric':
      return numericForm(modifier, options);
    case 'money':
      return moneyForm(options);
    case 'bytea':
      return byteaForm(options);
    case 'bit':
      if (modifier === 1)
        return plain(
          primitive('BOOLEAN'),
          (t) => t === '1',
          false,
          (b, from) => b[from] === 49,
        );
      return plain(bitsSchema(modifier), bitsOf, Buffer.alloc(0));
    case 'varbit':
      return plain(bitsSchema(modifier), bitsOf, Buffer.alloc(0));
    case 'date':
      return { ...dateForm(times), zero: times === 'isostring' ? '1970-01-01Z' : 0 };
    case 'time':
      return { ...timeForm(times, secondDigits(modifier)), zero: times === 'isostring' ? '00:00:00Z' : 0 };
    case 'timetz':
      return { ...zonedTimeForm(), zero: '00:00:00Z' };
    case 'timestamp':
      return {
        ...timestampForm(times, secondDigits(modifier)),
        zero: times === 'isostring' ? '1970-01-01T00:00:00Z' : 0,
      };
    case 'timestamptz':
      return { ...zonedTimestampForm(secondDigits(modifier)), zero: '1970-01-01T00:00:00Z' };
    case 'interval':
      return {
        ...intervalForm(options.intervals),
        zero: options.intervals === 'string' ? 'P0Y0M0DT0H0M0S' : 0,
      };
    case 'uuid':
      return plain(data('Uuid', 'STRING'), String, '');
    case 'point':
      return plain(POINT, pointOf, pointOf('(0,0)'));
    case 'hstore':
      if (options.hstores === 'map')
        return {
          schema: mapOf(primitive('STRING', false), primitive('STRING')),
          parse: (t) => new Map(parseHstore(t)),
          placeholder: new Map([[placeholder, placeholder]]),
          zero: new Map(),
        };
      return {
        schema: data('Json', 'STRING'),
        parse: (t) => hstoreJson(parseHstore(t)),
        placeholder: hstoreJson([[placeholder, placeholder]]),
        zero: '{}',
      };
    default:
  }
  const named = NAMED_TEXTS[name];
  if (named !== undefined) return { schema: data(named, 'STRING'), parse: String, placeholder, zero: '' };
  if (TEXTS.has(name)) return { schema: primitive('STRING'), parse: String, placeholder, zero: '' };
  return undefined;
}

function arrayForm(type: PostgresType, inner: TypeForm, { placeholder }: TypeOptions, optional: boolean): TypeForm {
  return {
    schema: arrayOf({ ...inner.schema, optional }),
    parse: (text) => parseArray(text, inner.parse),
    placeholder: arrayPlaceholder(type.element!.name, inner, placeholder),
    zero: [],
  };
}

/** Debezium's placeholder for an array: for arrays of integers and dates its bytes; undefined if it has none. */
function arrayPlaceholder(element: string, inner: TypeForm, placeholder: string): unknown {
  switch (element) {
    case 'int4':
    case 'int8':
      return [...Buffer.from(placeholder)];
    case 'date':
      return inner.schema.name === 'io.debezium.time.Date' ? [...Buffer.from(placeholder)] : undefined;
    case 'uuid':
      return [nameUuid(placeholder)];
    case 'bytea':
      return inner.schema.type === 'BYTES' ? [inner.placeholder] : undefined;
    case 'text':
    case 'varchar':
    case 'bpchar':
    case 'citext':
    case 'json':
    case 'jsonb':
      return [placeholder];
    default:
      return undefined;
  }
}

/** Precision and scale as decoded by Debezium, which reads a negative scale (Postgres 15) as a number above 1000. */
const declaredOf = (modifier: number): { readonly precision: number; readonly scale: number } => ({
  precision: ((modifier - 4) >> 16) & 0xffff,
  scale: (modifier - 4) & 0x7ff,
});

const SPECIAL: Readonly<Record<string, string>> = {
  NaN: 'NAN',
  Infinity: 'POSITIVE_INFINITY',
  '-Infinity': 'NEGATIVE_INFINITY',
};

function unscaled(text: string, scale?: number): { readonly unscaled: bigint; readonly scale: number } {
  const found = parseDecimal(text);
  if (found === undefined) throw new DataError(`${text} is no decimal`);
  return scale === undefined ? found : { unscaled: rescale(found.unscaled, found.scale, scale), scale };
}

function numericForm(modifier: number, { decimals, placeholder }: TypeOptions): TypeForm {
  const declared = modifier < 4 ? undefined : declaredOf(modifier);
  switch (decimals) {
    case 'double':
      return { schema: primitive('FLOAT64'), parse: Number, zero: 0 };
    case 'string':
      return {
        schema: primitive('STRING'),
        parse: (text) => {
          if (SPECIAL[text] !== undefined) return SPECIAL[text];
          if (declared === undefined) return text;
          const number = unscaled(text, declared.scale);
          return formatDecimal(number.unscaled, number.scale);
        },
        placeholder,
        zero: declared === undefined ? '0' : formatDecimal(0n, declared.scale),
      };
    default:
      break;
  }
  if (declared === undefined)
    return {
      schema: VARIABLE_SCALE,
      parse: (text) => {
        const number = unscaled(text);
        return [number.scale, bigintToBytes(number.unscaled)];
      },
      zero: [0, bigintToBytes(0n)],
    };
  const { precision, scale } = declared;
  return {
    schema: decimalSchema(scale, true, precision),
    parse: (text) => unscaled(text, scale).unscaled,
    read: (b, from, to) => readDecimal(b, from, to, scale),
    zero: 0n,
  };
}

/** Money is sent with sign, currency symbol and group separators in the format of the server's locale. */
function moneyForm({ decimals, moneyDigits }: TypeOptions): TypeForm {
  const amount = (text: string): string => `${/^\(|-/.test(text) ? '-' : ''}${text.replaceAll(/[^\d.]/g, '')}`;
  if (decimals === 'double') return { schema: primitive('FLOAT64'), parse: (t) => Number(amount(t)), zero: 0 };
  if (decimals === 'string')
    return {
      schema: primitive('STRING'),
      parse: (t) => formatDecimal(unscaled(amount(t), moneyDigits).unscaled, moneyDigits),
      zero: formatDecimal(0n, moneyDigits),
    };
  return {
    schema: decimalSchema(moneyDigits),
    parse: (t) => unscaled(amount(t), moneyDigits).unscaled,
    zero: 0n,
  };
}

/** Encodes bytes according to `binary.handling.mode`. */
export function bytesForm(binary: BinaryMode): {
  readonly schema: PrimitiveSchema;
  readonly value: (bytes: Buffer) => string | Buffer;
} {
  const schema = primitive(binary === 'bytes' ? 'BYTES' : 'STRING');
  switch (binary) {
    case 'base64':
      return { schema, value: (bytes) => bytes.toString('base64') };
    case 'base64-url-safe':
      return { schema, value: urlSafe };
    case 'hex':
      return { schema, value: (bytes) => bytes.toString('hex') };
    case 'bytes':
      return { schema, value: (bytes) => bytes };
  }
}

function byteaForm({ binary, placeholder }: TypeOptions): TypeForm {
  const { schema, value } = bytesForm(binary);
  const parse = (text: string): string | Buffer => value(Buffer.from(text.slice(2), 'hex'));
  switch (binary) {
    case 'hex':
      return { schema, parse, placeholder, zero: '' };
    case 'bytes':
      return { schema, parse, placeholder: Buffer.from(placeholder), zero: Buffer.alloc(0) };
    default:
      return { schema, parse, zero: '' };
  }
}

/** With padding, unlike Node's base64url. */
const urlSafe = (bytes: Buffer): string => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');

const bitsSchema = (modifier: number): PrimitiveSchema =>
  data('Bits', 'BYTES', { length: String(modifier < 0 ? 2_147_483_647 : modifier) });

/** Little-endian, without trailing zero bytes: the bytes of java.util.BitSet. */
function bitsOf(text: string): Buffer {
  const bytes = Buffer.alloc(Math.ceil(text.length / 8));
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(text.length - 1 - i) !== 49) continue;
    bytes[i >> 3]! |= 1 << (i & 7);
    length = (i >> 3) + 1;
  }
  return bytes.subarray(0, length);
}

/** x, y, and the point as well-known binary (WKB). */
function pointOf(text: string): unknown[] {
  const found = /^\((.+),(.+)\)$/.exec(text);
  if (found === null) throw new DataError(`'${text}' is no point`);
  const [x, y] = [Number(found[1]), Number(found[2])];
  const wkb = Buffer.alloc(21);
  wkb[0] = 1;
  wkb.writeUInt32LE(1, 1);
  wkb.writeDoubleLE(x, 5);
  wkb.writeDoubleLE(y, 13);
  return [x, y, wkb, null];
}
