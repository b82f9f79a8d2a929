import type { RegistrySchema } from '../api.ts';
import { parseProtoSchema, type ProtoField, type ProtoMessage, type ProtoType } from '../protobuf/proto-schema.ts';

/** @throws Error with a reason for an invalid schema */
export function validateProtobuf(schema: RegistrySchema): void {
  const file = parseProtoSchema(schema);
  for (const message of file.messages) noDuplicates(message);
}

function noDuplicates(message: ProtoMessage): void {
  const numbers = new Set<number>();
  for (const field of message.fields) {
    if (numbers.has(field.number))
      throw new Error(`Field number ${field.number} has already been used in "${message.fullName}"`);
    numbers.add(field.number);
  }
  message.nested.forEach(noDuplicates);
}

/** Types that can be read as one another on the wire. */
const WIRE_GROUP: Readonly<Record<string, string>> = {
  int32: 'varint',
  uint32: 'varint',
  int64: 'varint',
  uint64: 'varint',
  bool: 'varint',
  sint32: 'zigzag',
  sint64: 'zigzag',
  fixed32: 'fixed32',
  sfixed32: 'fixed32',
  fixed64: 'fixed64',
  sfixed64: 'fixed64',
  string: 'text',
  bytes: 'text',
};

/**
 * The reasons why the reader schema cannot read data of the writer schema. Removed and added fields are allowed; field
 * numbers with changed types are not.
 */
export function protobufProblems(reader: RegistrySchema, writer: RegistrySchema): readonly string[] {
  const problems: string[] = [];
  const to = parseProtoSchema(reader);
  const from = parseProtoSchema(writer);
  if (to.package !== from.package) problems.push(`package changed from ${from.package} to ${to.package}`);
  from.messages.forEach((message) => {
    const counterpart = to.messages.find((m) => m.name === message.name);
    if (counterpart === undefined) problems.push(`message removed: ${message.name}`);
    else checkMessage(counterpart, message, problems, new Set());
  });
  return problems;
}

function checkMessage(reader: ProtoMessage, writer: ProtoMessage, problems: string[], seen: Set<ProtoMessage>): void {
  if (seen.has(writer)) return;
  seen.add(writer);
  for (const field of writer.fields) {
    const counterpart = reader.fields.find((f) => f.number === field.number);
    if (counterpart === undefined) {
      if (field.required) problems.push(`required field removed: ${writer.name}.${field.name}`);
      continue;
    }
    const at = `${writer.name}.${field.name}`;
    if (
      counterpart.shape !== field.shape &&
      !(field.shape === 'single' && counterpart.shape === 'repeated' && !field.packed)
    ) {
      problems.push(`field label changed: ${at}`);
    } else checkType(counterpart, field, at, problems, seen);
  }
  for (const field of reader.fields) {
    if (field.required && !writer.fields.some((f) => f.number === field.number))
      problems.push(`required field added: ${reader.name}.${field.name}`);
  }
}

function checkType(
  reader: ProtoField,
  writer: ProtoField,
  at: string,
  problems: string[],
  seen: Set<ProtoMessage>,
): void {
  if (reader.keyType !== writer.keyType) problems.push(`map key type changed: ${at}`);
  const readType: ProtoType = reader.type;
  const writtenType: ProtoType = writer.type;
  if (readType.kind === 'message' && writtenType.kind === 'message') {
    if (readType.message.name !== writtenType.message.name) problems.push(`field named type changed: ${at}`);
    checkMessage(readType.message, writtenType.message, problems, seen);
    return;
  }
  const group = (type: ProtoType): string =>
    type.kind === 'message' ? 'message' : type.kind === 'enum' ? 'varint' : (WIRE_GROUP[type.name] ?? type.name);
  if (group(readType) !== group(writtenType)) problems.push(`field type changed: ${at}`);
}
