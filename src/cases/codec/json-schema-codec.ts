import { isLosslessNumber, parse } from 'lossless-json';
import { must } from '../../base/assert.ts';
import { formatDouble } from '../../types/double-text.ts';
import { decimalOf, type Decoded } from '../decoded.ts';
import type { Node } from '../case-file.ts';
import { jsonLine } from './json-text.ts';
import { bigintOf, booleanOf, elementsOf, entriesOf, fieldOf, numberOf, textOf, unscaledOf } from './scalars.ts';

/** JSON_SR: JSON in the shape of a registered JSON Schema with the annotations of Connect's converter. */

interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly 'connect.type'?: string;
  readonly 'connect.index'?: number;
  readonly 'connect.parameters'?: { readonly scale?: string };
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** The JSON text that a producer with this schema would write. */
export function jsonWithSchema(node: Node, schemaText: string): string {
  return write(node, JSON.parse(schemaText) as JsonSchema);
}

function write(node: Node, sum: JsonSchema): string {
  if (node === null) return 'null';
  const schema = alternativeOf(sum);
  switch (schema.type) {
    case 'integer':
      return String(bigintOf(node));
    case 'number':
      if (isDecimal(schema)) return decimalLine(unscaledOf(node, scaleOf(schema)), scaleOf(schema));
      return formatDouble(numberOf(node));
    case 'boolean':
      return String(booleanOf(node));
    case 'string':
      return JSON.stringify(textOf(node));
    case 'array':
      if (schema['connect.type'] === 'map') {
        return `[${entriesOf(node)
          .map(
            ([key, value]) =>
              `{"key":${write(key, must(schema.items!.properties!['key'], 'key'))},"value":${write(value, must(schema.items!.properties!['value'], 'value'))}}`,
          )
          .join(',')}]`;
      }
      return `[${elementsOf(node)
        .map((element) => write(element, schema.items ?? {}))
        .join(',')}]`;
    case 'object': {
      if (schema.properties === undefined) {
        const value = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
        return `{${entriesOf(node)
          .map(([k, v]) => `${JSON.stringify(k)}:${write(v, value)}`)
          .join(',')}}`;
      }
      return `{${Object.entries(schema.properties)
        .map(([name, property]) => `${JSON.stringify(name)}:${write(fieldOf(node, name), property)}`)
        .join(',')}}`;
    }
    default:
      return jsonLine(node);
  }
}

/** Decodes a record by its writer's schema. */
export function jsonSchemaNode(node: Node, schemaText: string): Decoded {
  return read(node, parse(schemaText, undefined, Number) as JsonSchema);
}

function read(node: Node, sum: JsonSchema): Decoded {
  if (node === null || node === undefined) return null;
  const schema = alternativeOf(sum);
  if (isLosslessNumber(node)) {
    if (isDecimal(schema)) return decimalOf(node.value);
    if (schema.type === 'number') return { kind: 'double', value: Number(node.value) };
    return /[.eE]/.test(node.value)
      ? { kind: 'double', value: Number(node.value) }
      : { kind: 'integer', value: BigInt(node.value) };
  }
  if (typeof node === 'string') return schema['connect.type'] === 'bytes' ? Buffer.from(node, 'base64') : node;
  if (typeof node === 'boolean') return node;
  if (Array.isArray(node)) {
    const list = node as readonly Node[];
    if (schema['connect.type'] !== 'map') return list.map((element) => read(element, schema.items ?? {}));
    const { key, value } = schema.items!.properties! as { readonly key: JsonSchema; readonly value: JsonSchema };
    return new Map(
      list.map((entry) => [String(read(fieldOf(entry, 'key'), key)), read(fieldOf(entry, 'value'), value)]),
    );
  }
  const fields = node as { readonly [name: string]: Node };
  if (schema.properties === undefined) {
    const value = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
    return new Map(Object.entries(fields).map(([k, v]) => [k, read(v, value)]));
  }
  return new Map(
    Object.entries(schema.properties).map(([name, property]) => [name, read(fields[name] ?? null, property)]),
  );
}

function alternativeOf(schema: JsonSchema): JsonSchema {
  const sum = schema.oneOf ?? schema.anyOf;
  return sum === undefined ? schema : (sum.find((s) => s.type !== 'null') ?? schema);
}

function isDecimal(schema: JsonSchema): boolean {
  return schema.title === 'org.apache.kafka.connect.data.Decimal';
}

function scaleOf(schema: JsonSchema): number {
  return Number(schema['connect.parameters']?.scale ?? 0);
}

function decimalLine(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return unscaled < 0n ? `-${text}` : text;
}
