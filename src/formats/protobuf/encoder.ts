import { must } from '../../base/assert.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { civilOf } from '../internal/civil-date.ts';
import { fieldFor } from '../internal/field-names.ts';
import { fittingFloat } from '../internal/float32.ts';
import { twosComplement, writeLengthAndText, writeVarint, writeZigzag } from '../internal/varint-writer.ts';
import type { ProtoField, ProtoMessage, ScalarName } from './proto-schema.ts';
import { wireTypeOf } from './proto-wire.ts';
import { membersOf, wellKnownOf, wrappedScalarOf } from './well-known-types.ts';

type Column = { readonly name: string; readonly type: SqlType };
type Write = (value: any, out: ByteWriter) => void;

/** Writes the fields of a message; `values[offset + i]` is column i. */
export type WriteMessage = (values: readonly unknown[], offset: number, out: ByteWriter) => void;

/** The writer of columns as a message, matched by name. Fields without a column are omitted, as are nulls. */
export function compileMessageWriter(message: ProtoMessage, columns: readonly Column[]): WriteMessage {
  const steps: { readonly at: number; readonly number: number; readonly write: Write }[] = [];
  for (const member of membersOf(message)) {
    const at = fieldFor(member.name, columns);
    if (at === -1) continue;
    const column = must(columns[at], 'column');
    if ('oneof' in member)
      steps.push({
        at,
        number: must(member.oneof[0], 'field of the oneof').number,
        write: oneofWriter(member.oneof, column),
      });
    else steps.push({ at, number: member.field.number, write: fieldWriter(member.field, column) });
  }
  // Java writes fields in the order of their numbers.
  steps.sort((a, b) => a.number - b.number);
  const required = message.fields.filter((f) => f.required && !steps.some((s) => s.number === f.number));
  return (values, offset, out) => {
    if (required.length > 0)
      throw new Error(`Message missing required fields: ${required.map((f) => f.name).join(', ')}`);
    for (const { at, write } of steps) {
      const value = values[offset + at];
      if (value !== null && value !== undefined) write(value, out);
    }
  };
}

function oneofWriter(fields: readonly ProtoField[], column: Column): Write {
  const { type } = column;
  if (type.kind !== 'STRUCT') return refuse(column, 'oneof');
  const writes = type.fields.map((f) => {
    const at = fieldFor(f.name, fields);
    return at === -1 ? undefined : fieldWriter(must(fields[at], 'field'), f);
  });
  return (value: readonly unknown[], out) => {
    const set = value.findIndex((v) => v !== null);
    if (set !== -1) writes[set]?.(value[set], out);
  };
}

function refuse(column: Column, what: string): Write {
  return () => {
    throw new Error(`Invalid type for field "${column.name}": ${column.type.kind} cannot be written as ${what}`);
  };
}

function fieldWriter(field: ProtoField, column: Column): Write {
  const { type } = column;
  if (field.shape === 'map') {
    return type.kind === 'MAP' ? mapWriter(field, column, type) : refuse(column, 'map');
  }
  const element = field.shape === 'repeated' ? (type.kind === 'ARRAY' ? type.element : undefined) : type;
  const write = element === undefined ? undefined : valueWriter(field, element);
  if (write === undefined || element === undefined)
    return refuse(column, field.type.kind === 'message' ? field.type.message.name : field.type.name);
  const wire = wireTypeOf(field.type);
  const tag = field.number * 8 + wire;
  if (field.shape === 'single') {
    return (value, out) => {
      if (!field.presence && isDefault(value, field)) return;
      writeVarint(out, tag);
      write(value, out);
    };
  }
  const where = `an element of "${field.name}"`;
  if (wire !== 2 && field.packed) {
    const scratch = new ByteWriter(64);
    return (value: readonly unknown[], out) => {
      if (value.length === 0) return;
      scratch.reset();
      for (const one of value) write(notNull(one, where), scratch);
      writeVarint(out, field.number * 8 + 2);
      writeVarint(out, scratch.length);
      out.writeBytes(scratch.bytes, 0, scratch.length);
    };
  }
  return (value: readonly unknown[], out) => {
    for (const one of value) {
      writeVarint(out, tag);
      write(notNull(one, where), out);
    }
  };
}

function mapWriter(field: ProtoField, column: Column, type: SqlType & { readonly kind: 'MAP' }): Write {
  const writeKey = scalarWriter(field.keyType!, type.key);
  const writeValue = valueWriter(field, type.value);
  if (writeKey === undefined || writeValue === undefined) return refuse(column, 'map');
  const keyTag = 8 + wireTypeOf({ kind: 'scalar', name: field.keyType! });
  const valueTag = 16 + wireTypeOf(field.type);
  const where = `of map "${field.name}"`;
  // Each position in the type has its own writer, so buffers of two levels are never the same.
  const entry = new ByteWriter(64);
  return (value: ReadonlyMap<unknown, unknown>, out) => {
    for (const [key, entryValue] of value) {
      entry.reset();
      writeVarint(entry, keyTag);
      writeKey(notNull(key, `a key ${where}`), entry);
      writeVarint(entry, valueTag);
      writeValue(notNull(entryValue, `a value ${where}`), entry);
      writeVarint(out, field.number * 8 + 2);
      writeVarint(out, entry.length);
      out.writeBytes(entry.bytes, 0, entry.length);
    }
  };
}

/** Protobuf cannot represent null inside lists and maps, and no other value is used for it. */
function notNull<T>(value: T | null | undefined, where: string): T {
  if (value === null || value === undefined) throw new Error(`NULL as ${where}, which PROTOBUF has no form for`);
  return value;
}

function isDefault(value: unknown, field: ProtoField): boolean {
  if (field.type.kind === 'message') return false;
  if (field.type.kind === 'enum') return field.type.numbers.get(value as string) === 0;
  if (typeof value === 'object') return (value as Uint8Array).length === 0;
  // -0.0 is not the default.
  return value === '' || value === false || Object.is(value, 0);
}

/** Writes a value without its tag; undefined when the types are incompatible. */
function valueWriter(field: ProtoField, type: SqlType): Write | undefined {
  const proto = field.type;
  if (proto.kind === 'scalar') return scalarWriter(proto.name, type);
  if (proto.kind === 'enum') {
    if (type.kind !== 'STRING') return undefined;
    return (value: string, out) => {
      const number = proto.numbers.get(value) ?? (/^-?\d+$/.test(value) ? Number(value) : undefined);
      if (number === undefined) throw new Error(`"${value}" is no value of ${proto.name}`);
      writeVarint(out, number);
    };
  }
  const { message } = proto;
  const wrapped = type.kind === 'STRUCT' ? undefined : wrappedScalarOf(proto);
  if (wrapped !== undefined) {
    if (scalarWriter(wrapped, type) === undefined) return undefined;
    return delimited(compileMessageWriter(message, [{ name: 'value', type }]), (value) => [value]);
  }
  const known = wellKnownOf(message);
  if (known !== undefined && type.kind !== 'STRUCT') {
    const parts = wellKnownParts(known, type);
    if (parts === undefined) return undefined;
    const columns: Column[] = message.fields.map((f) => ({
      name: f.name,
      type: { kind: f.type.kind === 'scalar' && f.type.name === 'bytes' ? 'BYTES' : 'BIGINT' },
    }));
    return delimited(compileMessageWriter(message, columns), parts);
  }
  if (type.kind !== 'STRUCT') return undefined;
  // Compiled on first use, since the message may contain itself.
  let write: WriteMessage | undefined;
  return (value, out) => {
    write ??= delimitedWriter(message, type.fields);
    write(value as readonly unknown[], 0, out);
  };
}

function delimitedWriter(message: ProtoMessage, fields: readonly Column[]): WriteMessage {
  const write = delimited(compileMessageWriter(message, fields), (value) => value as readonly unknown[]);
  return (values, _offset, out) => write(values, out);
}

function delimited(write: WriteMessage, partsOf: (value: any) => readonly unknown[]): Write {
  const scratch = new ByteWriter(64);
  return (value, out) => {
    scratch.reset();
    write(partsOf(value), 0, scratch);
    writeVarint(out, scratch.length);
    out.writeBytes(scratch.bytes, 0, scratch.length);
  };
}

/** A value as the fields of a well-known message, in their order. */
function wellKnownParts(
  known: 'Timestamp' | 'Date' | 'TimeOfDay' | 'Decimal',
  type: SqlType,
): ((value: any) => readonly unknown[]) | undefined {
  switch (known) {
    case 'Timestamp':
      if (type.kind !== 'TIMESTAMP' && type.kind !== 'BIGINT') return undefined;
      return (value: number | bigint) => {
        const ms = BigInt(value);
        const past = ((ms % 1000n) + 1000n) % 1000n;
        return [normalizeInt64((ms - past) / 1000n), Number(past) * 1_000_000];
      };
    case 'Date':
      if (type.kind !== 'DATE') return undefined;
      return (value: number) => {
        const { year, month, day } = civilOf(value);
        return [year, month, day];
      };
    case 'TimeOfDay':
      if (type.kind !== 'TIME') return undefined;
      return (value: number) => [
        Math.floor(value / 3_600_000),
        Math.floor(value / 60_000) % 60,
        Math.floor(value / 1000) % 60,
        (value % 1000) * 1_000_000,
      ];
    case 'Decimal':
      if (type.kind !== 'DECIMAL') return undefined;
      return (value: bigint) => [twosComplement(value), type.precision, type.scale];
  }
}

function scalarWriter(name: ScalarName, type: SqlType): Write | undefined {
  switch (name) {
    case 'bool':
      return type.kind === 'BOOLEAN' ? (value: boolean, out) => out.writeByte(value ? 1 : 0) : undefined;
    case 'string':
      return type.kind === 'STRING' ? writeText : undefined;
    case 'bytes':
      return type.kind === 'BYTES' ? writeBytes : undefined;
    case 'double':
    case 'float':
      return isNumber(type) ? FLOATS[name] : undefined;
    default:
      return isInteger(type) ? INTEGERS[name] : undefined;
  }
}

function isInteger(type: SqlType): boolean {
  return (
    type.kind === 'INTEGER' ||
    type.kind === 'BIGINT' ||
    type.kind === 'DATE' ||
    type.kind === 'TIME' ||
    type.kind === 'TIMESTAMP'
  );
}

function isNumber(type: SqlType): boolean {
  return type.kind === 'DOUBLE' || type.kind === 'INTEGER' || type.kind === 'BIGINT';
}

function writeText(value: string, out: ByteWriter): void {
  writeLengthAndText(out, value, 0);
}

function writeBytes(value: Uint8Array, out: ByteWriter): void {
  writeVarint(out, value.length);
  out.writeBytes(value);
}

const FLOATS: Readonly<Record<'double' | 'float', Write>> = {
  double: (value: number | bigint, out) => {
    out.reserve(8);
    out.length = out.bytes.writeDoubleLE(Number(value), out.length);
  },
  float: (value: number | bigint, out) => {
    out.reserve(4);
    out.length = out.bytes.writeFloatLE(fittingFloat(Number(value)), out.length);
  },
};

function fixed32(value: number | bigint, out: ByteWriter): void {
  out.reserve(4);
  out.length = out.bytes.writeUInt32LE(Number(value) >>> 0, out.length);
}

function fixed64(value: number | bigint, out: ByteWriter): void {
  out.reserve(8);
  out.length = out.bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), out.length);
}

/** The writer of a type with a smaller range than that of the column. */
function within(name: ScalarName, min: number, max: number, write: Write): Write {
  return (value: number | bigint, out) => {
    if (value < min || value > max) throw new Error(`${value} is out of the range of ${name}, from ${min} to ${max}`);
    write(value, out);
  };
}

const [MIN_INT32, MAX_INT32, MAX_UINT32] = [-(2 ** 31), 2 ** 31 - 1, 2 ** 32 - 1];

/** Unsigned 64-bit types take the bits of a BIGINT unchanged and are read back the same way, like a Java long. */
const INTEGERS: Readonly<Record<string, Write>> = {
  int32: within('int32', MIN_INT32, MAX_INT32, writeVarintOf),
  int64: writeVarintOf,
  uint32: within('uint32', 0, MAX_UINT32, writeVarintOf),
  uint64: writeVarintOf,
  sint32: within('sint32', MIN_INT32, MAX_INT32, writeZigzagOf),
  sint64: writeZigzagOf,
  fixed32: within('fixed32', 0, MAX_UINT32, fixed32),
  sfixed32: within('sfixed32', MIN_INT32, MAX_INT32, fixed32),
  fixed64,
  sfixed64: fixed64,
};

function writeVarintOf(value: number | bigint, out: ByteWriter): void {
  writeVarint(out, value);
}

function writeZigzagOf(value: number | bigint, out: ByteWriter): void {
  writeZigzag(out, value);
}
