import { quoting } from '../../base/quoting.ts';
import { must } from '../../base/assert.ts';
import { formatDecimal } from '../../types/decimal.ts';
import { normalizeInt64, type Int64 } from '../../types/int64.ts';
import type { Row } from '../../types/row.ts';
import { formatType, type SqlType } from '../../types/sql-type.ts';
import { ByteCursor } from '../internal/byte-cursor.ts';
import { daysOf } from '../internal/civil-date.ts';
import { fitDecimal } from '../internal/decimal-text.ts';
import { fieldFor } from '../internal/field-names.ts';
import { timeOfDay } from '../internal/number-text.ts';
import { Misfit } from '../internal/record-errors.ts';
import { fromTwosComplement } from '../internal/varint-writer.ts';
import type { ProtoField, ProtoMessage, ProtoType } from './proto-schema.ts';
import { expectWire, skip, wireTypeOf, within } from './proto-wire.ts';
import { scalarReader } from './scalar-reader.ts';
import { membersOf, wellKnownOf, wrappedScalarOf } from './well-known-types.ts';

type Column = { readonly name: string; readonly type: SqlType };
type Read = (c: ByteCursor) => unknown;

/** Reads a message's fields up to `c.end` into `row`. */
export type ReadMessage = (c: ByteCursor, row: Row) => void;

interface Handler {
  readonly target: number;
  /** Stores the field's value, read by the given wire type, in the row. */
  readonly take: (c: ByteCursor, wireType: number, row: Row) => void;
}

/** The reader of a message into row positions: column i is stored in `row[targets[i]]`, and -1 is skipped. */
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
    const target = must(targets[i], 'target');
    if (target < 0) return;
    const at = fieldFor(column.name, members);
    const member = at === -1 ? undefined : must(members[at], 'member');
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
  return (cursor, row) => {
    for (let i = 0; i < defaults.length; i++) row[defaults[i]!.target] = defaults[i]!.make();
    while (cursor.pos < cursor.end) {
      const tag = cursor.varint32();
      const number = tag >>> 3;
      const handler = number < 4096 ? handlers[number] : large.get(number);
      if (handler === undefined) skip(cursor, tag & 7, 0);
      else handler.take(cursor, tag & 7, row);
    }
    cursor.check();
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
    const inner = handlerFor(field, must(type.fields[at], 'field'), at);
    const handler: Handler = {
      target,
      take: (cursor, wireType, row) => {
        // The last member in the bytes is used.
        const value: unknown[] = type.fields.map(() => null);
        inner.take(cursor, wireType, value);
        row[target] = value;
      },
    };
    return [{ field, handler }];
  });
}

/**
 * The value of a column whose field is absent from the bytes: null if absence can be detected, otherwise the type's
 * default.
 */
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
    (cursor, wireType, row) => {
      try {
        take(cursor, wireType, row);
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
      take: named((cursor, wireType, row) =>
        within(cursor, wireType, () => entry(cursor, row[target] as Map<unknown, unknown>)),
      ),
    };
  }
  const wire = wireTypeOf(field.type);
  if (field.shape === 'repeated') {
    if (type.kind !== 'ARRAY') return mismatch();
    const read = valueReader(field, type.element);
    if (read === undefined) return mismatch();
    return {
      target,
      take: named((cursor, wireType, row) => {
        const list = row[target] as unknown[];
        if (wireType === 2 && wire !== 2) {
          within(cursor, 2, () => {
            while (cursor.pos < cursor.end) list.push(read(cursor));
          });
          return;
        }
        expectWire(wireType, wire);
        list.push(read(cursor));
      }),
    };
  }
  const read = valueReader(field, type);
  if (read === undefined) return mismatch();
  return {
    target,
    take: named((cursor, wireType, row) => {
      expectWire(wireType, wire);
      row[target] = read(cursor);
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
  // A missing value is the default; a missing message is an empty message.
  const emptyValue =
    field.type.kind === 'message' ? (): unknown => readValue(EMPTY_MESSAGE()) : defaultOf(valueField, type.value);
  return (cursor, out) => {
    let key: unknown;
    let value: unknown;
    while (cursor.pos < cursor.end) {
      const tag = cursor.varint32();
      if (tag >>> 3 === 1) key = readKey(cursor);
      else if (tag >>> 3 === 2) value = readValue(cursor);
      else skip(cursor, tag & 7, 0);
    }
    out.set(key === undefined ? keyDefault() : key, value === undefined ? emptyValue() : value);
  };
}

function EMPTY_MESSAGE(): ByteCursor {
  const cursor = new ByteCursor();
  cursor.reset(new Uint8Array([0]), 0, 1);
  return cursor;
}

/** Reads one value (including its length, without its tag) as a SQL type; undefined when the two are incompatible. */
function valueReader(field: ProtoField, type: SqlType): Read | undefined {
  const { type: proto } = field;
  if (proto.kind === 'scalar') return scalarReader(proto.name, type);
  if (proto.kind === 'enum') {
    if (type.kind === 'STRING') return (cursor) => enumName(proto.names, cursor);
    return type.kind === 'INTEGER' || type.kind === 'BIGINT' ? (cursor) => cursor.varint32() | 0 : undefined;
  }
  const { message } = proto;
  const wrapped = type.kind === 'STRUCT' ? undefined : wrappedScalarOf(proto);
  if (wrapped !== undefined) {
    const inner = must(message.fields[0], 'field');
    const read = compileMessage(message, [{ name: inner.name, type }], [0]);
    if (scalarReader(wrapped, type) === undefined) return undefined;
    const holder: unknown[] = [];
    return (cursor) =>
      within(cursor, 2, () => {
        read(cursor, holder);
        return holder[0];
      });
  }
  const known = wellKnownOf(message);
  if (known !== undefined && type.kind !== 'STRUCT') return wellKnownReader(known, message, type);
  if (type.kind !== 'STRUCT') return undefined;
  const width = type.fields.length;
  let read: ReadMessage | undefined;
  return (cursor) => {
    read ??= compileMessage(
      message,
      type.fields,
      type.fields.map((_, i) => i),
    );
    const out: unknown[] = Array.from({ length: width }, () => null);
    return within(cursor, 2, () => {
      read!(cursor, out);
      return out;
    });
  };
}

function enumName(names: ReadonlyMap<number, string>, cursor: ByteCursor): string {
  const number = cursor.varint32() | 0;
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
    return (cursor) =>
      within(cursor, 2, () => {
        read(cursor, parts);
        return make();
      });
  };
  switch (known) {
    case 'Timestamp':
      return type.kind === 'TIMESTAMP' || type.kind === 'BIGINT'
        ? reading(() => millisOf(parts[0], parts[1]))
        : undefined;
    case 'Date':
      return type.kind === 'DATE' ? reading(() => daysOf(parts[0], parts[1], parts[2])) : undefined;
    case 'TimeOfDay':
      return type.kind === 'TIME'
        ? reading(() =>
            timeOfDay(parts[0] * 3_600_000 + parts[1] * 60_000 + parts[2] * 1000 + Math.floor(parts[3] / 1_000_000)),
          )
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

/** The milliseconds of a Timestamp. @throws Misfit when they exceed the 64 bits of a TIMESTAMP */
function millisOf(seconds: Int64, nanos: number): Int64 {
  const ms = Math.floor(nanos / 1_000_000);
  const near = Number(seconds) * 1000 + ms;
  if (Number.isSafeInteger(near)) return near;
  const exact = BigInt(seconds) * 1000n + BigInt(ms);
  if (exact !== BigInt.asIntN(64, exact))
    throw new Misfit(quoting(seconds, (s) => `${s} seconds are beyond the ends of TIMESTAMP`));
  return normalizeInt64(exact);
}
