import { isLosslessNumber } from 'lossless-json';
import { parse } from 'lossless-json';
import type { RegistrySchema } from '../../formats/api.ts';
import { formatDouble } from '../../types/double-text.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { decimalOf, type Decoded } from '../decoded.ts';
import type { Node } from '../case-file.ts';
import { avroFromBytes, avroToBytes } from './avro-codec.ts';
import { jsonSchemaNode, jsonWithSchema } from './json-schema-codec.ts';
import { jsonLine } from './json-text.ts';
import { protobufFromBytes, protobufToBytes } from './protobuf-codec.ts';

/**
 * Converts a case's JSON to bytes and back, per format (README 5 and 3.6 of the suite). AVRO and PROTOBUF use avsc and
 * protobufjs, JSON uses lossless-json: nothing here uses the engine's own codecs.
 */
export interface SideSpec {
  /** Upper case: JSON, AVRO ... */
  readonly format: string;
  /**
   * Columns of this side of the source that reads the topic; empty when the source is not known. Required for KAFKA and
   * PROTOBUF_NOSR.
   */
  readonly columns: readonly { readonly name: string; readonly type: SqlType }[];
  /**
   * The subject's latest schema and its id, for encoding in the registry formats; for PROTOBUF_NOSR the derived schema
   * (its id is not used).
   */
  readonly writer?: { readonly id: number; readonly schema: RegistrySchema } | undefined;
  /** Looks up schemas, for decoding in the registry formats. */
  readonly schemaById?: ((id: number) => RegistrySchema | undefined) | undefined;
  /** For PROTOBUF: the message within the schema; by default the first one. */
  readonly fullSchemaName?: string | undefined;
  /** `use.exact.numeric.comparison=false`: JSON fractions are doubles. */
  readonly inexact?: boolean | undefined;
}

/** The record's bytes; null for a tombstone or a null key. Throws when the node cannot be encoded. */
export function encodeNode(node: Node, spec: SideSpec): Buffer | null {
  if (spec.format === 'NONE' || node === null) return null;
  switch (spec.format) {
    case 'JSON':
      return Buffer.from(jsonLine(node), 'utf8');
    case 'DELIMITED':
      if (typeof node !== 'string') throw new Error(`A DELIMITED record must be text: ${jsonLine(node)}`);
      return Buffer.from(node, 'utf8');
    case 'KAFKA':
      return kafkaBytes(node, spec.columns[0]?.type);
    case 'AVRO':
      return framed(writerOf(spec).id, avroToBytes(node, writerOf(spec).schema));
    case 'JSON_SR':
      return framed(writerOf(spec).id, Buffer.from(jsonWithSchema(node, writerOf(spec).schema.schema), 'utf8'));
    case 'PROTOBUF': {
      const { indexes, bytes } = protobufToBytes(node, writerOf(spec).schema, spec.fullSchemaName);
      return framed(writerOf(spec).id, Buffer.concat([indexes, bytes]));
    }
    case 'PROTOBUF_NOSR':
      return protobufToBytes(node, writerOf(spec).schema, undefined).bytes;
    default:
      throw new Error(`Unknown format ${spec.format}`);
  }
}

/** Decodes a record's key or value for comparison. @throws Error for bytes that are not in the case's format */
export function decodeBytes(bytes: Uint8Array | null, spec: SideSpec): Decoded {
  if (spec.format === 'NONE' || bytes === null) return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (spec.format) {
    case 'JSON':
      return decodeJson(parse(buffer.toString('utf8')) as Node, spec.inexact === true);
    case 'DELIMITED':
      return buffer.toString('utf8');
    case 'KAFKA':
      return kafkaValue(buffer, spec.columns[0]?.type);
    case 'AVRO':
      return emptyBytesToNull(avroFromBytes(buffer.subarray(5), schemaOf(buffer, spec)));
    case 'JSON_SR':
      return emptyBytesToNull(jsonSchemaNode(parse(buffer.toString('utf8', 5)) as Node, schemaOf(buffer, spec).schema));
    case 'PROTOBUF':
      return emptyBytesToNull(protobufFromBytes(buffer.subarray(5), schemaOf(buffer, spec), true));
    case 'PROTOBUF_NOSR':
      return emptyBytesToNull(protobufFromBytes(buffer, writerOf(spec).schema, false));
    default:
      throw new Error(`Unknown format ${spec.format}`);
  }
}

/** A windowed key: the key's bytes, followed by the start (time windows), or end and start (sessions), 8 bytes each. */
export function withWindow(
  key: Buffer,
  window: { readonly start: number; readonly end: number; readonly type: 'time' | 'session' },
): Buffer {
  const tail = Buffer.alloc(window.type === 'session' ? 16 : 8);
  if (window.type === 'session') tail.writeBigInt64BE(BigInt(window.end), 0);
  tail.writeBigInt64BE(BigInt(window.start), tail.length - 8);
  return Buffer.concat([key, tail]);
}

/** Splits a windowed key; `end` is undefined for time windows (start + size, which the bytes do not contain). */
export function splitWindow(
  bytes: Uint8Array,
  type: 'time' | 'session',
): { readonly key: Buffer; readonly start: number; readonly end: number | undefined } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = type === 'session' ? 16 : 8;
  if (buffer.length < size) throw new Error(`A windowed key of ${buffer.length} bytes`);
  const at = buffer.length - size;
  return {
    key: buffer.subarray(0, at),
    start: Number(buffer.readBigInt64BE(buffer.length - 8)),
    end: type === 'session' ? Number(buffer.readBigInt64BE(at)) : undefined,
  };
}

function decodeJson(node: Node, inexact: boolean): Decoded {
  if (node === null || typeof node === 'boolean' || typeof node === 'string') return node;
  if (isLosslessNumber(node)) {
    if (!/[.eE]/.test(node.value)) return { kind: 'integer', value: BigInt(node.value) };
    return inexact ? { kind: 'double', value: Number(node.value) } : decimalOf(node.value);
  }
  if (Array.isArray(node)) return (node as readonly Node[]).map((element) => decodeJson(element, inexact));
  return new Map(
    Object.entries(node as { readonly [name: string]: Node }).map(([name, value]) => [
      name,
      decodeJson(value, inexact),
    ]),
  );
}

function kafkaBytes(node: Node, type: SqlType | undefined): Buffer {
  const text = isLosslessNumber(node) ? node.value : typeof node === 'string' ? node : jsonLine(node);
  switch (type?.kind) {
    case 'INTEGER': {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(Number(text));
      return bytes;
    }
    case 'BIGINT': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(BigInt(text));
      return bytes;
    }
    case 'DOUBLE': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(Number(text));
      return bytes;
    }
    default:
      return Buffer.from(text, 'utf8');
  }
}

function kafkaValue(bytes: Buffer, type: SqlType | undefined): Decoded {
  switch (type?.kind) {
    case 'INTEGER':
      return { kind: 'integer', value: BigInt(bytes.readInt32BE()) };
    case 'BIGINT':
      return { kind: 'integer', value: bytes.readBigInt64BE() };
    case 'DOUBLE':
      return decimalOf(formatDouble(bytes.readDoubleBE()));
    default:
      return bytes.toString('utf8');
  }
}

function framed(id: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  return Buffer.concat([header, payload]);
}

function writerOf(spec: SideSpec): { readonly id: number; readonly schema: RegistrySchema } {
  if (spec.writer === undefined) throw new Error(`No schema to write ${spec.format} with`);
  return spec.writer;
}

function schemaOf(bytes: Buffer, spec: SideSpec): RegistrySchema {
  if (bytes.length < 5 || bytes[0] !== 0) throw new Error('Not in the wire format of a schema registry');
  const id = bytes.readInt32BE(1);
  const schema = spec.schemaById?.(id);
  if (schema === undefined) throw new Error(`Unknown schema id ${id}`);
  return schema;
}

/** At the top level of a record an empty BYTES value counts as null. */
function emptyBytesToNull(value: Decoded): Decoded {
  const clean = (v: Decoded): Decoded => (v instanceof Uint8Array && v.length === 0 ? null : v);
  if (value instanceof Map) return new Map([...(value as ReadonlyMap<string, Decoded>)].map(([k, v]) => [k, clean(v)]));
  return clean(value);
}
