import { elementAt } from '../../base/assert.ts';
import { parseJsonBytes } from '../json/json-reader.ts';
import { JsonNumber, JsonObject, type Json } from '../../types/json-text.ts';
import type { RegistrySchema } from '../api.ts';

/** A text that identifies a schema: schemas with the same canonical text are equal and share an id. */
export function canonicalText(schema: RegistrySchema): string {
  const references = (schema.references ?? []).map((r) => `${r.name}=${r.subject}@${r.version}`).join(',');
  return `${schema.schemaType}|${references}|${schema.schemaType === 'PROTOBUF' ? canonicalProto(schema.schema) : canonicalJson(schema.schema)}`;
}

function canonicalJson(text: string): string {
  return sorted(parseJsonBytes(Buffer.from(text, 'utf8')));
}

function sorted(node: Json): string {
  if (node instanceof JsonObject) {
    const fields = node.keys.map((key, i) => `${JSON.stringify(key)}:${sorted(elementAt(node.values, i, 'value'))}`);
    return `{${fields.sort().join(',')}}`;
  }
  if (node instanceof JsonNumber) return node.text;
  if (Array.isArray(node)) return `[${node.map(sorted).join(',')}]`;
  return JSON.stringify(node);
}

/** Tokens only: comments and layout are ignored, strings are kept. */
function canonicalProto(text: string): string {
  const tokens = text.match(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[\w.]+|[^\s\w]/g) ?? [];
  return tokens
    .filter((token) => !token.startsWith('//') && !token.startsWith('/*'))
    .map((token) => (token.startsWith("'") ? `"${token.slice(1, -1)}"` : token))
    .join(' ');
}

/** The text as stored: JSON schemas without blanks, as in Confluent's registry; PROTOBUF unchanged. */
export function storedText(schema: RegistrySchema): string {
  return schema.schemaType === 'PROTOBUF' ? schema.schema : compact(parseJsonBytes(Buffer.from(schema.schema, 'utf8')));
}

function compact(node: Json): string {
  if (node instanceof JsonObject)
    return `{${node.keys.map((key, i) => `${JSON.stringify(key)}:${compact(elementAt(node.values, i, 'value'))}`).join(',')}}`;
  if (node instanceof JsonNumber) return node.text;
  if (Array.isArray(node)) return `[${node.map(compact).join(',')}]`;
  return JSON.stringify(node);
}
