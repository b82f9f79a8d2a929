import { formatDecimal } from '../../types/decimal.ts';
import { formatDouble } from '../../types/double-text.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import type { Row } from '../../types/row.ts';
import { formatType, type SqlType } from '../../types/sql-type.ts';
import { ByteCursor } from '../internal/byte-cursor.ts';
import { daysOf } from '../internal/civil-date.ts';
import { fitDecimal } from '../internal/decimal-text.ts';
import { fieldFor } from '../internal/field-names.ts';
import { Misfit } from '../internal/record-errors.ts';
import { fromTwosComplement } from '../internal/varint-writer.ts';
import type { ProtoField, ProtoMessage, ProtoType, ScalarName } from './proto-schema.ts';
import { membersOf, wellKnownOf, wrappedScalarOf } from './well-known-types.ts';

type Column = { readonly name: string; readonly type: SqlType };
type Read = (c: ByteCursor) => unknown;

/** Reads a message's fields up to `c.end` into `row`. */
export type ReadMessage = (c: ByteCursor, row: Row) => void;

interface Handler {
  readonly target: number;
  /** Takes the field's value, of the wire type that was met, into the row. */
  readonly take: (c: ByteCursor, wireType: number, row: Row) => void;
}

/** The reader of a message into row positions: column i goes to `row[targets[i]]`, -1 is skipped. */
export function compileMessage(
  message: ProtoMessage,
  columns: readonly Column[],
  targets: readonly number[],
): ReadMessage {
  const members = membersOf(message);
  const handlers: (Handler | undefined)[] = [];
  const large = new Map<number, Handler>();
  const defaults: { readonly target: number; readonly make: () => unknown }[] = [];
  columns.forEach((column, i) => {
    const target = targets[i]!;
    if (target < 0) return;
    const at = fieldFor(column.name, members);
    const member = at === -1 ? undefined : members[at]!;
    if (member === undefined) return void defaults.push({ target, make: () => null });
    const add = (field: ProtoField, handler: Handler): void => {
      if (field.number < 4096) handlers[field.number] = handler;
      else large.set(field.number, handler);
    };
    if ('oneof' in member) {
      defaults.push({ target, make: () => null });
      oneofHandlers(member.oneof, column, target).forEach(({ field, handler }) => add(field, handler));
      return;
    }
    defaults.push({ target, make: defaultOf(member.field, column.type) });
    add(member.field, handlerFor(member.field, column, target));
  });
  return (c, row) => {
    for (let i = 0; i < defaults.length; i++) row[defaults[i]!.target] = defaults[i]!.make();
    while (c.pos < c.end) {
      const tag = c.varint32();
      const number = tag >>> 3;
      const handler = number < 4096 ? handlers[number] : large.get(number);
      if (handler === undefined) skip(c, tag & 7, 0);
      else handler.take(c, tag & 7, row);
    }
    c.check();
  };
}

function oneofHandlers(
  fields: readonly ProtoField[],
  column: Column,
  target: number,
): { readonly field: ProtoField; readonly handler: Handler }[] {
  const { type } = column;
  if (type.kind !== 'STRUCT') return [];
  return fields.flatMap((field) => {
    const at = fieldFor(field.name, type.fields);
    if (at === -1) return [];
    const inner = handlerFor(field, type.fields[at]!, at);
    const handler: Handler = {
      target,
      take: (c, wireType, row) => {
        // The last member met wins.
        const value: unknown[] = type.fields.map(() => null);
        inner.take(c, wireType, value);
        row[target] = value;
      },
    };
    return [{ field, handler }];
  });
}

/** What a column is when its field is not in the bytes: null where absence can be told, else the type's default. */
function defaultOf(field: ProtoField, type: SqlType): () => unknown {
  if (field.shape === 'repeated') return () => [];
  if (field.shape === 'map') return () => new Map();
  if (field.presence) return () => null;
  if (field.type.kind === 'enum') {
    const name = field.type.names.get(0) ?? '0';
    return () => name;
  }
  switch (type.kind) {
    case 'STRING':
      return field.type.kind === 'scalar' && field.type.name !== 'string' ? () => defaultText(field.type) : () => '';
    case 'BOOLEAN':
      return () => false;
    case 'BYTES':
      return () => Buffer.alloc(0);
    case 'DECIMAL':
      return () => 0n;
    default:
      return () => 0;
  }
}

function defaultText(type: ProtoType): string {
  if (type.kind !== 'scalar') return '';
  return type.name === 'bool' ? 'false' : type.name === 'double' || type.name === 'float' ? '0.0' : '0';
}

function handlerFor(field: ProtoField, column: Column, target: number): Handler {
  const named =
    (take: Handler['take']): Handler['take'] =>
    (c, wireType, row) => {
      try {
        take(c, wireType, row);
      } catch (error) {
        throw error instanceof Misfit ? error.within(`.${column.name}`) : error;
      }
    };
  const { type } = column;
  const mismatch = (): Handler => {
    const message = `Cannot deserialize type ${shown(field)} as type ${formatType(type)}`;
    return {
      target,
      take: named(() => {
        throw new Misfit(message);
      }),
    };
  };
  if (field.shape === 'map') {
    if (type.kind !== 'MAP') return mismatch();
    const entry = entryReader(field, type);
    return {
      target,
      take: named((c, wireType, row) => within(c, wireType, () => entry(c, row[target] as Map<unknown, unknown>))),
    };
  }
  const wire = wireTypeOf(field.type);
  if (field.shape === 'repeated') {
    if (type.kind !== 'ARRAY') return mismatch();
    const read = valueReader(field, type.element);
    if (read === undefined) return mismatch();
    return {
      target,
      take: named((c, wireType, row) => {
        const list = row[target] as unknown[];
        if (wireType === 2 && wire !== 2) {
          within(c, 2, () => {
            while (c.pos < c.end) list.push(read(c));
          });
          return;
        }
        expectWire(wireType, wire);
        list.push(read(c));
      }),
    };
  }
  const read = valueReader(field, type);
  if (read === undefined) return mismatch();
  return {
    target,
    take: named((c, wireType, row) => {
      expectWire(wireType, wire);
      row[target] = read(c);
    }),
  };
}

function shown(field: ProtoField): string {
  const name =
    field.type.kind === 'scalar'
      ? field.type.name
      : field.type.kind === 'enum'
        ? field.type.name
        : field.type.message.name;
  return field.shape === 'single' ? name : `${field.shape} ${name}`;
}

function entryReader(
  field: ProtoField,
  type: SqlType & { readonly kind: 'MAP' },
): (c: ByteCursor, out: Map<unknown, unknown>) => void {
  const base = {
    number: 1,
    presence: false,
    oneof: undefined,
    required: false,
    packed: false,
    params: field.params,
    shape: 'single',
    keyType: undefined,
  } as const;
  const keyField: ProtoField = { ...base, name: 'key', type: { kind: 'scalar', name: field.keyType! } };
  const valueField: ProtoField = { ...base, name: 'value', number: 2, type: field.type };
  const readKey = valueReader(keyField, type.key);
  const readValue = valueReader(valueField, type.value);
  if (readKey === undefined || readValue === undefined) {
    return () => {
      throw new Misfit(`Cannot deserialize ${shown(field)} as type ${formatType(type)}`);
    };
  }
  const keyDefault = defaultOf(keyField, type.key);
  // A missing value is the default; a message without bytes, an empty message.
  const emptyValue =
    field.type.kind === 'message' ? (): unknown => readValue(EMPTY_MESSAGE()) : defaultOf(valueField, type.value);
  return (c, out) => {
    let key: unknown;
    let value: unknown;
    while (c.pos < c.end) {
      const tag = c.varint32();
      if (tag >>> 3 === 1) key = readKey(c);
      else if (tag >>> 3 === 2) value = readValue(c);
      else skip(c, tag & 7, 0);
    }
    out.set(key === undefined ? keyDefault() : key, value === undefined ? emptyValue() : value);
  };
}

function EMPTY_MESSAGE(): ByteCursor {
  const cursor = new ByteCursor();
  cursor.reset(new Uint8Array([0]), 0, 1);
  return cursor;
}

/** Runs `body` with the cursor bounded to a length-delimited value. */
function within<T>(c: ByteCursor, wireType: number, body: () => T): T {
  expectWire(wireType, 2);
  const length = c.varint32();
  const at = c.take(length);
  const { end } = c;
  c.pos = at;
  c.end = at + length;
  const result = body();
  c.pos = c.end;
  c.end = end;
  return result;
}

function expectWire(actual: number, expected: number): void {
  if (actual !== expected) throw new Misfit(`Wire type ${actual} where ${expected} was expected`);
}

function wireTypeOf(type: ProtoType): number {
  if (type.kind === 'message') return 2;
  if (type.kind === 'enum') return 0;
  switch (type.name) {
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return 1;
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return 5;
    case 'string':
    case 'bytes':
      return 2;
    default:
      return 0;
  }
}

/** Reads one value (length included, tag not) as a SQL type; undefined when the two do not go together. */
function valueReader(field: ProtoField, type: SqlType): Read | undefined {
  const { type: proto } = field;
  if (proto.kind === 'scalar') return scalarReader(proto.name, type);
  if (proto.kind === 'enum') {
    if (type.kind === 'STRING') return (c) => enumName(proto.names, c);
    return type.kind === 'INTEGER' || type.kind === 'BIGINT' ? (c) => c.varint32() | 0 : undefined;
  }
  const { message } = proto;
  const wrapped = type.kind === 'STRUCT' ? undefined : wrappedScalarOf(proto);
  if (wrapped !== undefined) {
    const inner = message.fields[0]!;
    const read = compileMessage(message, [{ name: inner.name, type }], [0]);
    if (scalarReader(wrapped, type) === undefined) return undefined;
    const holder: unknown[] = [];
    return (c) =>
      within(c, 2, () => {
        read(c, holder);
        return holder[0];
      });
  }
  const known = wellKnownOf(message);
  if (known !== undefined && type.kind !== 'STRUCT') return wellKnownReader(known, message, type);
  if (type.kind !== 'STRUCT') return undefined;
  const width = type.fields.length;
  let read: ReadMessage | undefined;
  return (c) => {
    read ??= compileMessage(
      message,
      type.fields,
      type.fields.map((_, i) => i),
    );
    const out: unknown[] = Array.from({ length: width }, () => null);
    return within(c, 2, () => {
      read!(c, out);
      return out;
    });
  };
}

function enumName(names: ReadonlyMap<number, string>, c: ByteCursor): string {
  const number = c.varint32() | 0;
  return names.get(number) ?? String(number);
}

function wellKnownReader(
  known: 'Timestamp' | 'Date' | 'TimeOfDay' | 'Decimal',
  message: ProtoMessage,
  type: SqlType,
): Read | undefined {
  const numbers: Column[] = message.fields.map((f) => ({
    name: f.name,
    type: { kind: f.type.kind === 'scalar' && f.type.name === 'bytes' ? 'BYTES' : 'BIGINT' },
  }));
  const read = compileMessage(
    message,
    numbers,
    numbers.map((_, i) => i),
  );
  const parts: any[] = [];
  const reading = (make: () => unknown): Read => {
    return (c) =>
      within(c, 2, () => {
        read(c, parts);
        return make();
      });
  };
  switch (known) {
    case 'Timestamp':
      return type.kind === 'TIMESTAMP' || type.kind === 'BIGINT'
        ? reading(() => Number(parts[0]) * 1000 + Math.floor(parts[1] / 1_000_000))
        : undefined;
    case 'Date':
      return type.kind === 'DATE' ? reading(() => daysOf(parts[0], parts[1], parts[2])) : undefined;
    case 'TimeOfDay':
      return type.kind === 'TIME'
        ? reading(() => parts[0] * 3_600_000 + parts[1] * 60_000 + parts[2] * 1000 + Math.floor(parts[3] / 1_000_000))
        : undefined;
    case 'Decimal': {
      const parse = (): { unscaled: bigint; scale: number } => {
        const bytes = parts[0] as Uint8Array;
        return { unscaled: fromTwosComplement(bytes, 0, bytes.length), scale: parts[2] as number };
      };
      if (type.kind === 'STRING') {
        return reading(() => {
          const { unscaled, scale } = parse();
          return formatDecimal(unscaled, scale);
        });
      }
      return type.kind === 'DECIMAL' ? reading(() => fitDecimal(parse(), type.precision, type.scale)) : undefined;
    }
  }
}

/** A scalar as the SQL type: of its own kind, a wider number, or text. */
function scalarReader(name: ScalarName, type: SqlType): Read | undefined {
  const read = SCALARS[name];
  switch (type.kind) {
    case 'BOOLEAN':
      return name === 'bool' ? read : undefined;
    case 'BYTES':
      return name === 'bytes' ? read : undefined;
    case 'STRING':
      if (name === 'string') return read;
      if (name === 'bytes') return undefined;
      return name === 'double' || name === 'float' ? (c) => formatDouble(read(c) as number) : (c) => String(read(c));
    case 'DOUBLE':
      return name === 'bool' || name === 'string' || name === 'bytes' ? undefined : (c) => Number(read(c));
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
      return name === 'int32' || name === 'sint32' || name === 'sfixed32'
        ? read
        : isInteger(name)
          ? (c) => toInt32(read(c) as number | bigint)
          : undefined;
    case 'BIGINT':
    case 'TIMESTAMP':
      return isInteger(name) ? read : undefined;
    default:
      return undefined;
  }
}

function isInteger(name: ScalarName): boolean {
  return /int|fixed/.test(name);
}

function toInt32(value: number | bigint): number {
  if (typeof value === 'bigint' || value !== (value | 0)) throw new Misfit(`Value ${value} is out of range of INTEGER`);
  return value;
}

const SCALARS: Readonly<Record<ScalarName, Read>> = {
  double: (c) => c.float64LE(),
  float: (c) => c.float32LE(),
  int32: (c) => c.varint32() | 0,
  uint32: (c) => c.varint32(),
  sint32: (c) => c.zigzag32(),
  fixed32: (c) => c.uint32LE(),
  sfixed32: (c) => c.uint32LE() | 0,
  int64: (c) => {
    const value = c.varint64();
    return typeof value === 'number' ? value : normalizeInt64(value);
  },
  // Beyond 2^63 it wraps, as a Java long does.
  uint64: (c) => {
    const value = c.varint64();
    return typeof value === 'number' ? value : normalizeInt64(value);
  },
  sint64: (c) => c.zigzag64(),
  fixed64: (c) => normalizeInt64(c.bigUint64LE()),
  sfixed64: (c) => normalizeInt64(c.bigUint64LE()),
  bool: (c) => c.varint64() !== 0,
  string: (c) => c.text(c.varint32()),
  bytes: (c) => c.copy(c.varint32()),
};

function skip(c: ByteCursor, wireType: number, depth: number): void {
  switch (wireType) {
    case 0:
      c.varint64();
      return;
    case 1:
      c.take(8);
      return;
    case 2:
      c.take(c.varint32());
      return;
    case 3: {
      if (depth > 100) throw new Misfit('Groups nested too deeply');
      for (;;) {
        const tag = c.varint32();
        if ((tag & 7) === 4) return;
        skip(c, tag & 7, depth + 1);
      }
    }
    case 5:
      c.take(4);
      return;
    default:
      throw new Misfit(`Unknown wire type ${wireType}`);
  }
}
