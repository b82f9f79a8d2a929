import { must } from '../../base/assert.ts';
import { formatDouble } from '../../types/double-text.ts';
import { formatDecimal } from '../../types/decimal.ts';
import { formatDateText, formatTimestampText, formatTimeText } from '../../types/time-text.ts';
import { normalizeInt64, toInt64FromDouble } from '../../types/int64.ts';
import { configOf, type ConfigValue } from '../api/config-spec.ts';
import { DataError } from '../api/errors.ts';
import {
  decimalScale,
  LOGICAL,
  primitive,
  type ConnectSchema,
  type PrimitiveType,
  type StructSchema,
} from '../api/schema.ts';
import { namedFields, someFields } from './field-names.ts';
import { nullsOf, REPLACE_NULLS } from './nulls.ts';
import { objectOf, perSchema, required, sided, structSchemaOf } from './side.ts';

const TARGETS: Readonly<Record<string, PrimitiveType>> = {
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  float32: 'FLOAT32',
  float64: 'FLOAT64',
  boolean: 'BOOLEAN',
  string: 'STRING',
};
const CONFIG = {
  spec: required(
    'spec',
    'field:type pairs, or one type for the whole: int8, int16, int32, int64, float32, float64, boolean, string.',
    {
      type: 'LIST',
      validator: (value: ConfigValue) => {
        const wrong = ((value ?? []) as readonly string[]).find(
          (part) =>
            TARGETS[
              part
                .slice(part.lastIndexOf(':') + 1)
                .trim()
                .toLowerCase()
            ] === undefined,
        );
        if (wrong !== undefined) return `Invalid type found in casting spec: ${wrong}`;
        return (value as readonly string[] | null)?.length ? undefined : 'Must specify at least one field to cast';
      },
    },
  ),
  replaceNulls: REPLACE_NULLS,
};

/** Changes types: numbers are narrowed as by Java's casts, strings are parsed, and every type can become a string. */
export const cast = sided('Cast', 'Changes the types of fields, or of the whole.', CONFIG, (raw, side) => {
  const config = configOf(CONFIG, raw);
  const parts = config.get(CONFIG.spec);
  const nulls = nullsOf(config.get(CONFIG.replaceNulls));
  const type = (text: string): PrimitiveType => must(TARGETS[text.trim().toLowerCase()], 'target');
  const whole = parts.length === 1 && !parts[0]!.includes(':') ? type(parts[0]!) : undefined;
  const byField = new Map(
    whole === undefined
      ? parts.map((p) => [p.slice(0, p.lastIndexOf(':')), type(p.slice(p.lastIndexOf(':') + 1))] as const)
      : [],
  );
  const schemaAs = (schema: ConnectSchema, target: PrimitiveType): ConnectSchema => ({
    ...primitive(target, schema.optional),
    ...(schema.default !== undefined && { default: castValue(schema, schema.default, target) }),
  });
  const plan = perSchema((schema: ConnectSchema) => {
    const struct = structSchemaOf(schema, 'cast types');
    const named = someFields(
      [...byField.keys()],
      struct.fields.map((f) => f.name),
    );
    const targets = struct.fields.map((f) => byField.get(named.get(f.name) ?? ''));
    return {
      targets,
      schema: {
        ...struct,
        fields: struct.fields.map((f, i) =>
          targets[i] ? { name: f.name, schema: schemaAs(f.schema, targets[i]) } : f,
        ),
      },
    };
  });
  const wholeSchema = perSchema((schema: ConnectSchema) => schemaAs(schema, whole!));
  return {
    apply: (record) => {
      const schema = side.schema(record);
      const value = side.value(record);
      if (value === null) return record;
      if (whole !== undefined)
        return side.with(record, schema === null ? null : wholeSchema(schema), castValue(schema, value, whole));
      if (schema === null) {
        const from = objectOf(value, 'cast types');
        const named = namedFields(byField.keys(), Object.keys(from));
        const targetOf = (name: string): PrimitiveType | undefined => byField.get(named.get(name) ?? '');
        return side.with(
          record,
          null,
          Object.fromEntries(
            Object.entries(from).map(([k, v]) => [k, named.has(k) ? castValue(null, v, targetOf(k)!) : v]),
          ),
        );
      }
      const { targets, schema: changed } = plan(schema);
      const { fields } = schema as StructSchema;
      return side.with(
        record,
        changed,
        nulls
          .row(fields, value as unknown[])
          .map((v, i) => (targets[i] ? castValue(must(fields[i], 'field').schema, v, targets[i]) : v)),
      );
    },
  };
});

function castValue(schema: ConnectSchema | null, value: unknown, target: PrimitiveType): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object' && !(value instanceof Uint8Array))
    throw new DataError('Cast transformation does not support casting of lists, maps and structs');
  switch (target) {
    case 'STRING':
      return textOf(schema, value);
    case 'BOOLEAN':
      if (typeof value === 'string') {
        if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
        throw new DataError(`Unexpected value '${value}' to cast to boolean`);
      }
      return typeof value === 'boolean' ? value : Number(value) !== 0;
    case 'FLOAT32':
      return Math.fround(numberOf(schema, value));
    case 'FLOAT64':
      return numberOf(schema, value);
    case 'INT64':
      return typeof value === 'bigint' && schema?.name !== LOGICAL.decimal
        ? normalizeInt64(value)
        : integerOf(schema, value, 64);
    case 'INT8':
      return Number(integerOf(schema, value, 8));
    case 'INT16':
      return Number(integerOf(schema, value, 16));
    case 'INT32':
      return Number(integerOf(schema, value, 32));
    default:
      throw new DataError(`${target} is not supported in the Cast transformation.`);
  }
}

function integerOf(schema: ConnectSchema | null, value: unknown, bits: 8 | 16 | 32 | 64): number | bigint {
  if (typeof value === 'string') {
    if (!/^[+-]?\d+$/.test(value))
      throw new DataError(`Value (${value}) was out of range or no number for requested data type INT${bits}`);
    const parsed = BigInt(value.replace(/^\+/, ''));
    if (BigInt.asIntN(bits, parsed) !== parsed)
      throw new DataError(`Value (${value}) was out of range for requested data type INT${bits}`);
    return normalizeInt64(parsed);
  }
  if (typeof value === 'bigint' && schema?.name !== LOGICAL.decimal) return normalizeInt64(BigInt.asIntN(bits, value));
  const wide = toInt64FromDouble(numberOf(schema, value));
  return normalizeInt64(BigInt.asIntN(bits, BigInt(wide)));
}

function numberOf(schema: ConnectSchema | null, value: unknown): number {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (schema?.name === LOGICAL.decimal) return Number(formatDecimal(value as bigint, decimalScale(schema)));
  const number = Number(value);
  if (typeof value === 'string' && (value.trim() === '' || Number.isNaN(number)))
    throw new DataError(`Value (${value}) is no number`);
  return number;
}

function textOf(schema: ConnectSchema | null, value: unknown): string {
  switch (schema?.name) {
    case LOGICAL.decimal:
      return formatDecimal(value as bigint, decimalScale(schema));
    case LOGICAL.date:
      return formatDateText(value as number);
    case LOGICAL.time:
      return formatTimeText(value as number);
    case LOGICAL.timestamp:
      return `${formatTimestampText(value as number)}Z`;
    default:
      break;
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'number' && (schema?.type === 'FLOAT64' || schema?.type === 'FLOAT32'))
    return formatDouble(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}
