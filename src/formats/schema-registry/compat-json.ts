import { elementAt } from '../../base/assert.ts';
import type { RegistrySchema } from '../api.ts';
import { JsonObject, jsonText, type Json } from '../../types/json-text.ts';
import { parseJsonBytes } from '../json/json-reader.ts';

const TYPES = new Set(['null', 'boolean', 'object', 'array', 'number', 'integer', 'string']);

/**
 * Checks a JSON Schema: an object or a boolean with known `type`s, as are its sub-schemas. @throws Error with a reason
 */
export function validateJsonSchema(schema: RegistrySchema): void {
  validate(parseJsonBytes(Buffer.from(schema.schema, 'utf8')));
}

function validate(node: Json): void {
  if (typeof node === 'boolean') return;
  if (!(node instanceof JsonObject)) throw new Error('A JSON Schema must be an object or a boolean');
  const type = node.get('type');
  for (const name of Array.isArray(type) ? type : type === undefined ? [] : [type]) {
    if (typeof name !== 'string' || !TYPES.has(name)) throw new Error(`Unknown type ${jsonText(name)}`);
  }
  for (const child of childrenOf(node)) validate(child);
}

function childrenOf(node: JsonObject): Json[] {
  const children: Json[] = [];
  const properties = node.get('properties');
  if (properties !== undefined) {
    if (!(properties instanceof JsonObject)) throw new Error('properties must be an object');
    children.push(...properties.values);
  }
  const items = node.get('items');
  if (items !== undefined) children.push(...(Array.isArray(items) ? items : [items]));
  for (const name of ['oneOf', 'anyOf', 'allOf']) {
    const list = node.get(name);
    if (Array.isArray(list)) children.push(...list);
  }
  const additional = node.get('additionalProperties');
  if (additional !== undefined) children.push(additional);
  return children;
}

/**
 * The reasons why a document that is valid under the writer schema may be invalid under the reader schema: types that
 * become narrower, properties that become required or closed. Keywords other than types, properties, items, required,
 * enum and additionalProperties are not compared.
 */
export function jsonSchemaProblems(reader: RegistrySchema, writer: RegistrySchema): readonly string[] {
  const problems: string[] = [];
  check(
    parseJsonBytes(Buffer.from(reader.schema, 'utf8')),
    parseJsonBytes(Buffer.from(writer.schema, 'utf8')),
    '#',
    problems,
  );
  return problems;
}

function check(reader: Json, writer: Json, path: string, problems: string[]): void {
  if (reader === true || !(reader instanceof JsonObject)) {
    if (reader === false && writer !== false) problems.push(`reader accepts nothing at ${path}`);
    return;
  }
  const readers = alternatives(reader);
  for (const alternative of alternatives(writer)) {
    if (readers.length === 1) {
      checkOne(readers[0]!, alternative, path, problems);
      continue;
    }
    const fits = readers.some((candidate) => {
      const attempt: string[] = [];
      checkOne(candidate, alternative, path, attempt);
      return attempt.length === 0;
    });
    if (!fits) problems.push(`sum type narrowed at ${path}`);
  }
}

/** The alternatives of a schema: `oneOf`, `anyOf`, or a list of types. */
function alternatives(node: Json): readonly Json[] {
  if (!(node instanceof JsonObject)) return [node];
  const sum = node.get('oneOf') ?? node.get('anyOf');
  if (Array.isArray(sum)) return sum.flatMap(alternatives);
  const type = node.get('type');
  if (Array.isArray(type)) {
    return type.map((one) => {
      const single = new JsonObject();
      node.keys.forEach((key, i) => {
        single.keys.push(key);
        single.values.push(key === 'type' ? one : elementAt(node.values, i, 'value'));
      });
      return single;
    });
  }
  return [node];
}

function checkOne(reader: Json, writer: Json, path: string, problems: string[]): void {
  if (!(reader instanceof JsonObject)) return check(reader, writer, path, problems);
  if (!(writer instanceof JsonObject)) {
    if (writer === true && reader.keys.length > 0) problems.push(`type narrowed at ${path}`);
    return;
  }
  const readerType = reader.get('type');
  const writerType = writer.get('type');
  if (readerType !== undefined && readerType !== writerType && !(readerType === 'number' && writerType === 'integer')) {
    problems.push(`type changed from ${jsonText(writerType ?? 'any')} to ${jsonText(readerType)} at ${path}`);
    return;
  }
  const enumeration = reader.get('enum');
  if (Array.isArray(enumeration)) {
    const allowed = new Set(enumeration.map(jsonText));
    const written = writer.get('enum');
    if (!Array.isArray(written) || written.some((value) => !allowed.has(jsonText(value))))
      problems.push(`enum narrowed at ${path}/enum`);
  }
  const items = reader.get('items');
  if (items !== undefined && !Array.isArray(items))
    check(items, writer.get('items') ?? true, `${path}/items`, problems);
  checkProperties(reader, writer, path, problems);
}

function checkProperties(reader: JsonObject, writer: JsonObject, path: string, problems: string[]): void {
  const readerFields = reader.get('properties');
  const writerFields = writer.get('properties');
  const inReader = readerFields instanceof JsonObject ? readerFields : new JsonObject();
  const inWriter = writerFields instanceof JsonObject ? writerFields : new JsonObject();
  const closedReader = reader.get('additionalProperties') === false;
  const closedWriter = writer.get('additionalProperties') === false;
  inReader.keys.forEach((name, i) => {
    const written = inWriter.get(name);
    if (written !== undefined)
      check(elementAt(inReader.values, i, 'property'), written, `${path}/properties/${name}`, problems);
  });
  if (closedReader) {
    for (const name of inWriter.keys)
      if (inReader.get(name) === undefined)
        problems.push(`property removed from closed content model at ${path}/properties/${name}`);
    if (!closedWriter && writer.get('type') === 'object') problems.push(`additional properties removed at ${path}`);
  }
  const required = requiredOf(reader);
  const provided = new Set(requiredOf(writer));
  for (const name of required) {
    const property = inReader.get(name);
    const hasDefault = property instanceof JsonObject && property.get('default') !== undefined;
    if (!provided.has(name) && !hasDefault) problems.push(`required attribute added at ${path}/required/${name}`);
  }
}

function requiredOf(node: JsonObject): readonly string[] {
  const required = node.get('required');
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}
