import { parse, type Field, type Type } from 'protobufjs';

/**
 * The protobuf text format of a message with the given schema, as in the suite's cases: one field per line, without
 * default values.
 */
export function protoText(bytes: Buffer, schema: string): string {
  const { root } = parse(schema, { keepCase: true });
  const type = root.nestedArray.find((n): n is Type => 'fieldsArray' in n);
  if (!type) throw new Error('The schema has no message');
  type.resolveAll();
  return text(type, type.decode(bytes) as unknown as Record<string, unknown>);
}

function text(type: Type, message: Record<string, unknown>): string {
  let out = '';
  for (const field of type.fieldsArray) {
    if (!Object.hasOwn(message, field.name)) continue;
    const value = message[field.name];
    if (field.map) {
      for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
        out += `${field.name} {\n  key: "${key}"\n  ${one(field, 'value', item)}}\n`;
      }
    } else if (field.repeated) for (const item of value as unknown[]) out += one(field, field.name, item);
    else out += one(field, field.name, value);
  }
  return out;
}

function one(field: Field, name: string, value: unknown): string {
  if (field.resolvedType && 'fieldsArray' in field.resolvedType) {
    return `${name} {\n${text(field.resolvedType, value as Record<string, unknown>)}}\n`;
  }
  if (typeof value === 'string') return `${name}: ${JSON.stringify(value)}\n`;
  if (field.type === 'double' && Number.isInteger(value)) return `${name}: ${String(value)}.0\n`;
  if (value instanceof Uint8Array) return `${name}: ${JSON.stringify(Buffer.from(value).toString('latin1'))}\n`;
  return `${name}: ${String(value)}\n`;
}
