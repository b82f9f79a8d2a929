import avro from 'avsc';
import { isLosslessNumber } from 'lossless-json';
import { must } from '../../base/assert.ts';
import type { RegistrySchema } from '../../formats/api.ts';
import { branchName, parseAvroSchema, type AvroType } from '../../formats/avro/avro-schema.ts';
import { formatDouble } from '../../types/double-text.ts';
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

/** AVRO by avsc: only the tree of names comes from the product's schema parser, the bytes do not. */

const longType = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: (value: number) => BigInt(value),
  toJSON: (value: bigint) => Number(value),
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

function codecOf(schema: RegistrySchema): avro.Type {
  const typeHook = (node: unknown): avro.Type | undefined =>
    node === 'long' ||
    (typeof node === 'object' && node !== null && (node as { readonly type?: unknown }).type === 'long')
      ? longType
      : undefined;
  const options = { typeHook: typeHook as never, wrapUnions: true as const };
  const text = schema.schema.trim();
  return avro.Type.forSchema((/^[A-Za-z_]\w*$/.test(text) ? text : JSON.parse(text)) as avro.Schema, options);
}

export function avroToBytes(node: Node, schema: RegistrySchema): Buffer {
  return codecOf(schema).toBuffer(toAvro(node, parseAvroSchema(schema)));
}

export function avroFromBytes(bytes: Buffer, schema: RegistrySchema): Decoded {
  return fromAvro(codecOf(schema).fromBuffer(bytes), parseAvroSchema(schema));
}

function toAvro(node: Node, type: AvroType): unknown {
  switch (type.kind) {
    case 'null':
      return null;
    case 'boolean':
      return booleanOf(node);
    case 'int':
      return Number(bigintOf(node));
    case 'long':
      return bigintOf(node);
    case 'float':
    case 'double':
      return numberOf(node);
    case 'string':
      return textOf(node);
    case 'bytes':
      if (type.logical?.kind === 'decimal') return bigintToBytes(unscaledOf(node, type.logical.scale));
      return bytesOf(node);
    case 'fixed':
      return bytesOf(node);
    case 'enum':
      return textOf(node);
    case 'array':
      if (isMapEntries(type)) {
        const entry = type.items as AvroType & { readonly kind: 'record' };
        return entriesOf(node).map(([key, value]) => ({
          key: toAvro(key, must(entry.fields[0], 'field').type),
          value: toAvro(value, must(entry.fields[1], 'field').type),
        }));
      }
      return elementsOf(node).map((element) => toAvro(element, type.items));
    case 'map':
      return Object.fromEntries(entriesOf(node).map(([key, value]) => [key, toAvro(value, type.values)]));
    case 'record':
      return Object.fromEntries(
        type.fields.map((field) => [field.name, toAvro(fieldOf(node, field.name), field.type)]),
      );
    case 'union': {
      if (node === null) return null;
      const branches = type.branches.filter((branch) => branch.kind !== 'null');
      const branch = branches.length === 1 ? branches[0]! : branchFor(node, branches);
      return { [branchName(branch)]: toAvro(node, branch) };
    }
  }
}

function branchFor(node: Node, branches: readonly AvroType[]): AvroType {
  const wanted = isLosslessNumber(node)
    ? /[.eE]/.test(node.value)
      ? ['double', 'float']
      : ['int', 'long']
    : typeof node === 'string'
      ? ['string', 'enum', 'bytes']
      : typeof node === 'boolean'
        ? ['boolean']
        : Array.isArray(node)
          ? ['array']
          : ['record', 'map'];
  const found = branches.find((branch) => wanted.includes(branch.kind));
  if (found === undefined) throw new Error('No branch of the union fits');
  return found;
}

function isMapEntries(type: AvroType): boolean {
  return type.kind === 'array' && type.items.kind === 'record' && type.items.mapEntry;
}

function fromAvro(value: unknown, type: AvroType): Decoded {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'int':
      return { kind: 'integer', value: BigInt(value as number) };
    case 'long':
      return { kind: 'integer', value: value as bigint };
    case 'float':
    case 'double':
      return { kind: 'double', value: value as number };
    case 'bytes':
    case 'fixed':
      if (type.logical?.kind === 'decimal')
        return { kind: 'decimal', unscaled: bytesToBigint(value as Uint8Array), scale: type.logical.scale };
      return Buffer.from(value as Uint8Array);
    case 'array': {
      const list = value as readonly unknown[];
      if (!isMapEntries(type)) return list.map((element) => fromAvro(element, type.items));
      const entry = type.items as AvroType & { readonly kind: 'record' };
      const fields = entry.fields.map((f) => f.type);
      return new Map(
        (list as readonly { readonly key: unknown; readonly value: unknown }[]).map((e) => [
          keyText(fromAvro(e.key, must(fields[0], 'field'))),
          fromAvro(e.value, must(fields[1], 'field')),
        ]),
      );
    }
    case 'map':
      return new Map(Object.entries(value as Record<string, unknown>).map(([k, v]) => [k, fromAvro(v, type.values)]));
    case 'record':
      return new Map(
        type.fields.map((field) => [field.name, fromAvro((value as Record<string, unknown>)[field.name], field.type)]),
      );
    case 'union': {
      const [name, inner] = must(Object.entries(value as Record<string, unknown>)[0], 'entry');
      return fromAvro(
        inner,
        type.branches.find((branch) => branchName(branch) === name)!,
      );
    }
    default:
      return value as Decoded;
  }
}

function keyText(key: Decoded): string {
  if (key === null || typeof key === 'string' || typeof key === 'boolean') return String(key);
  if (typeof key === 'object' && 'kind' in key)
    return key.kind === 'double'
      ? formatDouble(key.value)
      : key.kind === 'integer'
        ? String(key.value)
        : `${key.unscaled}e-${key.scale}`;
  throw new Error('A map key must be a scalar');
}
