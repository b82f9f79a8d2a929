import type { RegistrySchema } from '../api.ts';
import { ByteCursor } from '../internal/byte-cursor.ts';
import { Misfit } from '../internal/record-errors.ts';
import { shownDouble, shownFields, shownItems, shownScalar } from '../internal/shown-text.ts';
import { messageAt, parseProtoSchema, type ProtoField, type ProtoMessage, type ScalarName } from './proto-schema.ts';
import { expectWire, skip, wireTypeOf, within } from './proto-wire.ts';
import { readScalar } from './scalar-reader.ts';

/**
 * Formats the messages of a writer's file as PRINT shows them: fields by their names in the file; a field that is
 * absent from the bytes is shown with its default unless its absence can be detected. The returned function throws if
 * the bytes do not match the schema.
 */
export function protobufText(schema: RegistrySchema): (bytes: Uint8Array, from: number) => string {
  const file = parseProtoSchema(schema);
  return (bytes, from) => {
    const cursor = new ByteCursor();
    cursor.reset(bytes, from, bytes.length);
    const count = cursor.zigzag32();
    if (count < 0 || count > 100) throw new Misfit('Malformed message indexes');
    // No indexes are short for [0].
    const indexes = count === 0 ? [0] : Array.from({ length: count }, () => cursor.zigzag32());
    const message = messageAt(file, indexes);
    if (message === undefined) throw new Misfit(`No message at indexes [${indexes.join(', ')}]`);
    return shownMessage(message, cursor);
  };
}

function shownMessage(message: ProtoMessage, cursor: ByteCursor): string {
  const met = new Map<ProtoField, string[]>();
  while (cursor.pos < cursor.end) {
    const tag = cursor.varint32();
    if (tag >>> 3 === 0) throw new Misfit('Malformed field number');
    const field = message.fields.find((f) => f.number === tag >>> 3);
    if (field === undefined) {
      skip(cursor, tag & 7, 0);
      continue;
    }
    const texts = met.get(field) ?? [];
    met.set(field, texts);
    if (field.shape !== 'single') takeMany(field, tag & 7, cursor, texts);
    else texts[0] = value(field, tag & 7, cursor);
  }
  cursor.check();
  const shown = message.fields.flatMap((field): (readonly [string, string])[] => {
    const texts = met.get(field);
    if (texts === undefined && field.presence) return [];
    if (field.shape === 'map') return [[field.name, `{${(texts ?? []).join(', ')}}`]];
    if (field.shape === 'repeated') return [[field.name, shownItems(texts ?? [])]];
    return [[field.name, texts?.[0] ?? defaultText(field)]];
  });
  return shownFields(shown);
}

function takeMany(field: ProtoField, wireType: number, cursor: ByteCursor, texts: string[]): void {
  if (field.shape === 'map') {
    texts.push(within(cursor, wireType, () => entry(field, cursor)));
    return;
  }
  const own = wireTypeOf(field.type);
  if (wireType !== 2 || own === 2) {
    texts.push(value(field, wireType, cursor));
    return;
  }
  // Packed.
  within(cursor, wireType, () => {
    while (cursor.pos < cursor.end) texts.push(value(field, own, cursor));
  });
}

function entry(field: ProtoField, cursor: ByteCursor): string {
  let key = shownDefault(field.keyType!);
  let text = defaultText(field);
  while (cursor.pos < cursor.end) {
    const tag = cursor.varint32();
    if (tag >>> 3 === 1) key = shownOf(field.keyType!, readScalar(field.keyType!, cursor));
    else if (tag >>> 3 === 2) text = value(field, tag & 7, cursor);
    else skip(cursor, tag & 7, 0);
  }
  return `${key.startsWith('"') ? key : `"${key}"`}: ${text}`;
}

function value(field: ProtoField, wireType: number, cursor: ByteCursor): string {
  const { type } = field;
  if (type.kind === 'message') return within(cursor, wireType, () => shownMessage(type.message, cursor));
  expectWire(wireType, wireTypeOf(type));
  if (type.kind === 'scalar') return shownOf(type.name, readScalar(type.name, cursor));
  const number = readScalar('int32', cursor) as number;
  return shownScalar(type.names.get(number) ?? number);
}

function defaultText({ type }: ProtoField): string {
  if (type.kind === 'message') return '{}';
  return type.kind === 'scalar' ? shownDefault(type.name) : shownScalar(type.names.get(0) ?? 0);
}

function shownDefault(name: ScalarName): string {
  if (name === 'string' || name === 'bytes') return '""';
  return name === 'bool' ? 'false' : shownOf(name, 0);
}

function shownOf(name: ScalarName, read: unknown): string {
  return name === 'double' || name === 'float' ? shownDouble(read as number) : shownScalar(read);
}
