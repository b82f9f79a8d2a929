import type { ExpandedSize } from '../internal/expanded-size.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
} from '../../types/sql-type.ts';
import type { ProtoField, ProtoMessage, ProtoType, ScalarName } from './proto-schema.ts';

/** How protobuf types are represented in SQL, following Confluent's converter. */

const SCALAR_TYPES: Readonly<Record<ScalarName, SqlType>> = {
  double: DOUBLE,
  float: DOUBLE,
  int32: INTEGER,
  sint32: INTEGER,
  sfixed32: INTEGER,
  uint32: BIGINT,
  fixed32: BIGINT,
  int64: BIGINT,
  sint64: BIGINT,
  sfixed64: BIGINT,
  uint64: BIGINT,
  fixed64: BIGINT,
  bool: BOOLEAN,
  string: STRING,
  bytes: BYTES,
};

/** Well-known messages that correspond to a single SQL type. */
export type WellKnown = 'Timestamp' | 'Date' | 'TimeOfDay' | 'Decimal';

const WELL_KNOWN: Readonly<Record<string, WellKnown>> = {
  'google.protobuf.Timestamp': 'Timestamp',
  'google.type.Date': 'Date',
  'google.type.TimeOfDay': 'TimeOfDay',
  'confluent.type.Decimal': 'Decimal',
};

export function wellKnownOf(message: ProtoMessage): WellKnown | undefined {
  return WELL_KNOWN[message.fullName];
}

/** The scalar inside google.protobuf.StringValue and similar wrappers. */
export function wrappedScalarOf(type: ProtoType): ScalarName | undefined {
  if (type.kind !== 'message' || !/^google\.protobuf\.\w+Value$/.test(type.message.fullName)) return undefined;
  const [field, more] = type.message.fields;
  return more === undefined && field?.name === 'value' && field.type.kind === 'scalar' ? field.type.name : undefined;
}

/** A member of a message as SQL sees it: a field, or a oneof as a struct of its members. */
export type Member =
  | { readonly name: string; readonly field: ProtoField }
  | { readonly name: string; readonly oneof: readonly ProtoField[] };

/** Members in declaration order. A oneof `u` that is the first of the message is named `u_0`. */
export function membersOf(message: ProtoMessage): readonly Member[] {
  const members: Member[] = [];
  const groups = new Map<string, ProtoField[]>();
  for (const field of message.fields) {
    if (field.oneof === undefined) {
      members.push({ name: field.name, field });
      continue;
    }
    const group = groups.get(field.oneof);
    if (group !== undefined) group.push(field);
    else {
      const oneof = [field];
      members.push({ name: `${field.oneof}_${groups.size}`, oneof });
      groups.set(field.oneof, oneof);
    }
  }
  return members;
}

export interface TypeOptions {
  readonly naming: (name: string) => string;
  /** True: wrapper messages are read as their scalars; otherwise they are structs with one field. */
  readonly unwrapPrimitives: boolean;
  readonly size: ExpandedSize;
}

/** @throws Error for recursive messages */
export function columnsOfMessage(
  message: ProtoMessage,
  options: TypeOptions,
  open: readonly ProtoMessage[] = [],
): { readonly name: string; readonly type: SqlType }[] {
  if (open.includes(message)) throw new Error(`Recursive message ${message.fullName} is not supported`);
  const inside = [...open, message];
  return membersOf(message).flatMap((member) => {
    const name = options.naming(member.name);
    if ('oneof' in member)
      return [
        {
          name,
          type: struct(
            member.oneof.map((f) => ({ name: options.naming(f.name), type: fieldType(f, options, inside) })),
          ),
        },
      ];
    return isEmpty(member.field.type) ? [] : [{ name, type: fieldType(member.field, options, inside) }];
  });
}

function isEmpty(type: ProtoType): boolean {
  return type.kind === 'message' && type.message.fields.length === 0;
}

function fieldType(field: ProtoField, options: TypeOptions, open: readonly ProtoMessage[]): SqlType {
  const single = typeOf(field, options, open);
  switch (field.shape) {
    case 'repeated':
      return array(single);
    case 'map':
      return map(SCALAR_TYPES[field.keyType!], single);
    default:
      return single;
  }
}

function typeOf(field: ProtoField, options: TypeOptions, open: readonly ProtoMessage[]): SqlType {
  options.size.add();
  const { type } = field;
  if (type.kind === 'scalar') return SCALAR_TYPES[type.name];
  if (type.kind === 'enum') return STRING;
  switch (wellKnownOf(type.message)) {
    case 'Timestamp':
      return TIMESTAMP;
    case 'Date':
      return DATE;
    case 'TimeOfDay':
      return TIME;
    case 'Decimal':
      return decimal(Number(field.params['precision'] ?? 64), Number(field.params['scale'] ?? 0));
    default: {
      const wrapped = options.unwrapPrimitives ? wrappedScalarOf(type) : undefined;
      return wrapped === undefined ? struct(columnsOfMessage(type.message, options, open)) : SCALAR_TYPES[wrapped];
    }
  }
}
