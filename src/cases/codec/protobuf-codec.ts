import protobuf from 'protobufjs';
import { must } from '../../base/assert.ts';
import type { RegistrySchema } from '../../formats/api.ts';
import { WELL_KNOWN_FILES } from '../../formats/protobuf/well-known.ts';
import type { Decoded } from '../decoded.ts';
import type { Node } from '../case-file.ts';
import {
  bigintOf,
  bigintToBytes,
  booleanOf,
  bytesOf,
  bytesToBigint,
  elementsOf,
  entriesOf,
  fieldOf,
  numberOf,
  textOf,
  unscaledOf,
} from './scalars.ts';

/** PROTOBUF by protobufjs' reflection. Well-known messages stand for scalars, as in Confluent's converter. */

interface Loaded {
  readonly messages: readonly protobuf.Type[];
}

function load(schema: RegistrySchema): Loaded {
  const root = new protobuf.Root();
  const main = protobuf.parse(schema.schema, root, { keepCase: true });
  const space =
    main.package === undefined || main.package === null
      ? root
      : (root.lookup(main.package.split('.')) as protobuf.Namespace);
  const messages = space.nestedArray.filter((o): o is protobuf.Type => o instanceof protobuf.Type);
  const seen = new Set<string>();
  const include = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = schema.resolved?.find((r) => r.name === name)?.schema ?? WELL_KNOWN_FILES[name];
    if (text === undefined) throw new Error(`Cannot import ${name}`);
    (protobuf.parse(text, root, { keepCase: true }).imports ?? []).forEach(include);
  };
  (main.imports ?? []).forEach(include);
  root.resolveAll();
  return { messages };
}

/**
 * The encoded message, and Confluent's message indexes that precede it.
 * @throws Error when the schema has no message `fullName`
 */
export function protobufToBytes(
  node: Node,
  schema: RegistrySchema,
  fullName: string | undefined,
): { readonly indexes: Buffer; readonly bytes: Buffer } {
  const { messages } = load(schema);
  const index =
    fullName === undefined ? 0 : messages.findIndex((m) => m.name === fullName || m.fullName === `.${fullName}`);
  const message = messages[index];
  if (message === undefined) throw new Error(`No message ${fullName}`);
  const indexes = index === 0 ? Buffer.from([0]) : Buffer.from([2, index * 2]);
  return { indexes, bytes: Buffer.from(message.encode(toMessage(node, message)).finish()) };
}

/** Decodes a message. @param indexed whether Confluent's message indexes precede it */
export function protobufFromBytes(bytes: Buffer, schema: RegistrySchema, indexed: boolean): Decoded {
  const { messages } = load(schema);
  const reader = protobuf.Reader.create(bytes);
  let message = must(messages[0], 'message');
  if (indexed) {
    const count = reader.sint32();
    const path = count === 0 ? [0] : Array.from({ length: count }, () => reader.sint32());
    message = must(messages[must(path[0], 'place')], 'message');
    for (const i of path.slice(1))
      message = must(
        message.nestedArray.filter((o): o is protobuf.Type => o instanceof protobuf.Type)[i],
        'nested message',
      );
  }
  return fromMessage(message.decode(reader) as unknown as Record<string, unknown>, message);
}

const EPOCH_DAY_MS = 86_400_000;

function toMessage(node: Node, type: protobuf.Type): protobuf.Message {
  const message: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    const value = fieldOf(node, field.name);
    if (value === null) continue;
    if (field instanceof protobuf.MapField) {
      message[field.name] = Object.fromEntries(entriesOf(value).map(([k, v]) => [k, toValue(v ?? '', field)]));
    } else
      message[field.name] = field.repeated
        ? elementsOf(value).map((element) => toValue(element, field))
        : toValue(value, field);
  }
  return type.create(message);
}

function toValue(node: Node, field: protobuf.Field): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return resolvedType.values[textOf(node)];
  if (resolvedType instanceof protobuf.Type) {
    if (node === null) return resolvedType.create({});
    switch (resolvedType.fullName) {
      case '.google.protobuf.Timestamp': {
        const ms = bigintOf(node);
        const seconds = ms >= 0n ? ms / 1000n : (ms - 999n) / 1000n;
        return resolvedType.create({ seconds: longOf(seconds), nanos: Number(ms - seconds * 1000n) * 1_000_000 });
      }
      case '.google.type.Date': {
        const date = new Date(numberOf(node) * EPOCH_DAY_MS);
        return resolvedType.create({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        });
      }
      case '.google.type.TimeOfDay': {
        const ms = numberOf(node);
        return resolvedType.create({
          hours: Math.floor(ms / 3_600_000),
          minutes: Math.floor(ms / 60_000) % 60,
          seconds: Math.floor(ms / 1000) % 60,
          nanos: (ms % 1000) * 1_000_000,
        });
      }
      case '.confluent.type.Decimal': {
        const { precision, scale } = decimalParams(field);
        return resolvedType.create({ value: bigintToBytes(unscaledOf(node, scale)), precision, scale });
      }
      default:
        if (isWrapper(resolvedType))
          return resolvedType.create({ value: toScalar(node, must(resolvedType.fields['value'], 'value').type) });
        return toMessage(node, resolvedType);
    }
  }
  return toScalar(node, field.type);
}

function toScalar(node: Node, type: string): unknown {
  switch (type) {
    case 'bool':
      return node === null ? false : booleanOf(node);
    case 'string':
      return node === null ? '' : textOf(node);
    case 'bytes':
      return node === null ? Buffer.alloc(0) : bytesOf(node);
    case 'float':
    case 'double':
      return node === null ? 0 : numberOf(node);
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return longOf(node === null ? 0n : bigintOf(node));
    default:
      return node === null ? 0 : Number(bigintOf(node));
  }
}

function longOf(value: bigint): unknown {
  const bits = BigInt.asUintN(64, value);
  return protobuf.util.LongBits.from({
    low: Number(bits & 0xffffffffn) | 0,
    high: Number(bits >> 32n) | 0,
  } as never).toLong(false);
}

function isWrapper(type: protobuf.Type): boolean {
  return /^\.google\.protobuf\.\w+Value$/.test(type.fullName) && type.fieldsArray.length === 1;
}

function decimalParams(field: protobuf.Field): { readonly precision: number; readonly scale: number } {
  const found = { precision: 64, scale: 0 };
  for (const option of (field.parsedOptions ?? []) as readonly Record<string, { readonly params?: unknown }>[]) {
    const params = option['(confluent.field_meta)']?.params;
    for (const { key, value } of (Array.isArray(params) ? params : []) as readonly {
      readonly key: string;
      readonly value: string;
    }[]) {
      if (key === 'precision' || key === 'scale') found[key] = Number(value);
    }
  }
  return found;
}

function fromMessage(message: Record<string, unknown>, type: protobuf.Type): Decoded {
  const fields = new Map<string, Decoded>();
  const isSet = (name: string): boolean =>
    Object.hasOwn(message, name) && message[name] !== null && message[name] !== undefined;
  for (const field of type.fieldsArray) {
    const value = message[field.name];
    if (field instanceof protobuf.MapField) {
      fields.set(
        field.name,
        new Map(Object.entries((value ?? {}) as Record<string, unknown>).map(([k, v]) => [k, fromValue(v, field)])),
      );
    } else if (field.repeated) {
      fields.set(
        field.name,
        ((value ?? []) as readonly unknown[]).map((element) => fromValue(element, field)),
      );
    } else if (field.resolvedType instanceof protobuf.Type || field.partOf !== null) {
      fields.set(field.name, isSet(field.name) ? fromValue(value, field) : null);
    } else fields.set(field.name, fromValue(value, field));
  }
  return fields;
}

function fromValue(value: unknown, field: protobuf.Field): Decoded {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return resolvedType.valuesById[value as number] ?? String(value);
  if (resolvedType instanceof protobuf.Type) {
    const message = value as Record<string, unknown>;
    const number = (name: string): number => Number(String(message[name] ?? 0));
    switch (resolvedType.fullName) {
      case '.google.protobuf.Timestamp':
        return {
          kind: 'integer',
          value: BigInt(String(message['seconds'] ?? 0)) * 1000n + BigInt(Math.floor(number('nanos') / 1_000_000)),
        };
      case '.google.type.Date':
        return {
          kind: 'integer',
          value: BigInt(Date.UTC(number('year'), number('month') - 1, number('day')) / EPOCH_DAY_MS),
        };
      case '.google.type.TimeOfDay':
        return {
          kind: 'integer',
          value: BigInt(
            number('hours') * 3_600_000 +
              number('minutes') * 60_000 +
              number('seconds') * 1000 +
              Math.floor(number('nanos') / 1_000_000),
          ),
        };
      case '.confluent.type.Decimal':
        return {
          kind: 'decimal',
          unscaled: bytesToBigint((message['value'] ?? new Uint8Array()) as Uint8Array),
          scale: number('scale'),
        };
      default:
        if (isWrapper(resolvedType))
          return fromScalar(message['value'], must(resolvedType.fields['value'], 'value').type);
        return fromMessage(message, resolvedType);
    }
  }
  return fromScalar(value, field.type);
}

function fromScalar(value: unknown, type: string): Decoded {
  switch (type) {
    case 'bool':
      return value === true;
    case 'string':
      return String(value ?? '');
    case 'bytes':
      return Buffer.from((value ?? []) as Uint8Array);
    case 'float':
    case 'double':
      return { kind: 'double', value: Number(value ?? 0) };
    default:
      return { kind: 'integer', value: BigInt(String(value ?? 0)) };
  }
}
