import { quoting } from '../../base/quoting.ts';
import { must } from '../../base/assert.ts';
import { formatDecimal } from '../../types/decimal.ts';
import { formatDouble } from '../../types/double-text.ts';
import { BYTES, formatType, INTEGER, type SqlType } from '../../types/sql-type.ts';
import type { CodecSite, RegistrySchema, RowDecoder } from '../api.ts';
import type { Int64 } from '../../types/int64.ts';
import type { Row } from '../../types/row.ts';
import { ByteCursor } from '../internal/byte-cursor.ts';
import { DIVISORS, floorDiv, timeOf, timestampOf, type TimeUnit } from '../internal/connect-times.ts';
import { fitDecimal } from '../internal/decimal-text.ts';
import { timeOfDay } from '../internal/number-text.ts';
import { fieldFor } from '../internal/field-names.ts';
import { deserializationError, Misfit, wrapMisfit } from '../internal/record-errors.ts';
import { isUnwrapped } from '../internal/schema-rules.ts';
import { fromTwosComplement } from '../internal/varint-writer.ts';
import { ByWriterSchema, HEADER_SIZE } from '../internal/wire-format.ts';
import { messageOf } from '../../base/errors.ts';
import { keyIn, parseAvroSchema, unitOf, type AvroRecord, type AvroType } from './avro-schema.ts';
import { changedRowOf, wantsEvent } from './change-event.ts';
import { shortBranchName } from './columns.ts';
import { blocks, lengthAt, skipperFor } from './skipper.ts';

/** Reads one value at the cursor. Every value of the writer schema must be read or skipped, in order. */
type Read = (c: ByteCursor) => unknown;
type Column = { readonly name: string; readonly type: SqlType };
type ReadRow = (c: ByteCursor, row: Row) => boolean;

/** AVRO: Confluent's wire format. One reader is compiled for each writer schema. */
export function createAvroDecoder(site: CodecSite, wanted: readonly number[]): RowDecoder {
  if (site.schema.isKey && site.schema.columns.length === 0) return { decode: () => false };
  const readers = new ByWriterSchema(site, (schema) => compile(site, schema, wanted));
  const cursor = new ByteCursor();
  return {
    decode(bytes, from, to, row) {
      const read = readers.of(bytes, from, to);
      cursor.reset(bytes, from + HEADER_SIZE, to);
      try {
        return read(cursor, row);
      } catch (error) {
        throw wrapMisfit(site.topic, error);
      }
    },
  };
}

/** The row reader for one writer schema. */
function compile(site: CodecSite, schema: RegistrySchema, wanted: readonly number[]): ReadRow {
  let top: AvroType;
  try {
    top = parseAvroSchema(schema);
  } catch (error) {
    throw deserializationError(site.topic, `The writer's schema cannot be used: ${messageOf(error)}`, error);
  }
  const { columns } = site.schema;
  if (isUnwrapped(site.schema)) {
    const read = readerFor(
      site.schema.isKey ? keyIn(top, must(columns[0], 'column').type) : top,
      must(columns[0], 'column').type,
    );
    const target = must(wanted[0], 'wanted field');
    return (cursor, row) => {
      const value = read(cursor);
      if (value === null) return false;
      if (target >= 0) row[target] = value;
      return true;
    };
  }
  const change = top.kind === 'record' && !site.schema.isKey ? changedRowOf(top) : undefined;
  if (change === undefined || wantsEvent(columns, top as AvroRecord, change.row))
    return rowReader(top, columns, wanted);
  const { fields } = top as AvroRecord;
  const ahead = fields.slice(0, change.field).map((field) => skipperFor(field.type));
  // No row: it was deleted.
  const read = rowReader(must(fields[change.field], 'field').type, columns, wanted);
  return (cursor, row) => {
    for (let i = 0; i < ahead.length; i++) ahead[i]!(cursor);
    return read(cursor, row);
  };
}

function rowReader(top: AvroType, columns: readonly Column[], wanted: readonly number[]): ReadRow {
  if (top.kind === 'union') {
    const branches = top.branches.map((branch) =>
      branch.kind === 'record' ? compileRecord(branch, columns, wanted) : undefined,
    );
    return (cursor, row) => {
      const branch = branches[cursor.zigzag32()];
      return branch !== undefined && branch(cursor, row);
    };
  }
  if (top.kind !== 'record') {
    const { kind } = top;
    return () => {
      throw new Misfit(`Cannot deserialize type ${kind} as a row`);
    };
  }
  return compileRecord(top, columns, wanted);
}

function compileRecord(record: AvroRecord, columns: readonly Column[], wanted: readonly number[]): ReadRow {
  const targets = record.fields.map(() => -1);
  const types: (SqlType | undefined)[] = record.fields.map(() => undefined);
  const missing: number[] = [];
  columns.forEach((column, i) => {
    if (must(wanted[i], 'wanted field') < 0) return;
    const field = fieldFor(column.name, record.fields);
    if (field === -1) missing.push(must(wanted[i], 'wanted field'));
    else {
      targets[field] = must(wanted[i], 'wanted field');
      types[field] = column.type;
    }
  });
  // Anything after the last wanted field need not be read.
  let last = targets.length;
  while (last > 0 && targets[last - 1] === -1) last--;
  const reads = record.fields
    .slice(0, last)
    .map((field, i) =>
      types[i] === undefined ? skipperFor(field.type) : named(readerFor(field.type, types[i]), field.name),
    );
  return (cursor, row) => {
    for (let i = 0; i < missing.length; i++) row[missing[i]!] = null;
    for (let i = 0; i < reads.length; i++) {
      const value = reads[i]!(cursor);
      const target = must(targets[i], 'target');
      if (target >= 0) row[target] = value;
    }
    cursor.check();
    return true;
  };
}

function named(read: Read, name: string): Read {
  return (cursor) => {
    try {
      return read(cursor);
    } catch (error) {
      throw error instanceof Misfit ? error.within(`.${name}`) : error;
    }
  };
}

function readerFor(writer: AvroType, type: SqlType): Read {
  if (writer.kind === 'union') return unionReader(writer.branches, type);
  const reader = directReader(writer, type);
  if (reader !== undefined) return reader;
  const message = `Cannot deserialize type ${writer.kind} as type ${formatType(type)}`;
  return () => {
    throw new Misfit(message);
  };
}

function unionReader(branches: readonly AvroType[], type: SqlType): Read {
  const real = branches.filter((branch) => branch.kind !== 'null');
  // A union of several types is a struct in which the field of the branch is set.
  const sum =
    real.length > 1 && type.kind === 'STRUCT' && !real.some((branch) => branch.kind === 'record' && fits(branch, type))
      ? type
      : undefined;
  const reads: Read[] = branches.map((branch) => {
    if (branch.kind === 'null') return () => null;
    if (sum === undefined) return readerFor(branch, type);
    const at = fieldFor(shortBranchName(branch), sum.fields);
    if (at === -1) return skipperFor(branch);
    const read = readerFor(branch, must(sum.fields[at], 'field').type);
    return (cursor) => {
      const out: unknown[] = sum.fields.map(() => null);
      out[at] = read(cursor);
      return out;
    };
  });
  return (cursor) => {
    const read = reads[cursor.zigzag32()];
    if (read === undefined) throw new Misfit('Malformed union index');
    return read(cursor);
  };
}

function fits(record: AvroRecord, type: SqlType & { readonly kind: 'STRUCT' }): boolean {
  return type.fields.some((field) => fieldFor(field.name, record.fields) !== -1);
}

/** A reader of a writer type as a SQL type; undefined when the two are incompatible. */
function directReader(writer: AvroType, type: SqlType): Read | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return writer.kind === 'boolean' ? (cursor) => cursor.byte() !== 0 : undefined;
    case 'INTEGER':
      if (writer.kind === 'int') return (cursor) => cursor.zigzag32();
      return writer.kind === 'long' ? narrow : undefined;
    case 'BIGINT':
      return writer.kind === 'int' || writer.kind === 'long' ? (cursor) => cursor.zigzag64() : undefined;
    case 'DOUBLE':
      if (writer.kind === 'double') return (cursor) => cursor.float64LE();
      if (writer.kind === 'float') return (cursor) => cursor.float32LE();
      return writer.kind === 'int' || writer.kind === 'long' ? (cursor) => Number(cursor.zigzag64()) : undefined;
    case 'DATE':
      return writer.kind === 'int' ? (cursor) => cursor.zigzag32() : undefined;
    case 'TIME': {
      if (writer.kind === 'int') return (cursor) => timeOfDay(cursor.zigzag32());
      if (writer.kind === 'long') {
        const time = millis(unitOf(writer.logical));
        return (cursor) => timeOfDay(time(cursor));
      }
      return isTimeText(writer) ? (cursor) => timeOf(cursor.text(lengthAt(cursor))) : undefined;
    }
    case 'TIMESTAMP':
      if (writer.kind === 'long') return millis(unitOf(writer.logical));
      return isTimeText(writer) ? (cursor) => timestampOf(cursor.text(lengthAt(cursor))) : undefined;
    case 'STRING':
      return textReader(writer);
    case 'BYTES':
      if (writer.kind === 'bytes') return (cursor) => cursor.copy(lengthAt(cursor));
      return writer.kind === 'fixed' ? (cursor) => cursor.copy(writer.size) : undefined;
    case 'DECIMAL': {
      const { precision, scale } = type;
      if (writer.kind === 'int' || writer.kind === 'long')
        return (cursor) => fitDecimal({ unscaled: BigInt(cursor.zigzag64()), scale: 0 }, precision, scale);
      if (writer.kind === 'record') return ownScaleReader(writer, precision, scale);
      if ((writer.kind !== 'bytes' && writer.kind !== 'fixed') || writer.logical?.kind !== 'decimal') return undefined;
      const from = writer.logical.scale;
      const unscaled = decimalReader(writer);
      return (cursor) => fitDecimal({ unscaled: unscaled(cursor), scale: from }, precision, scale);
    }
    case 'ARRAY': {
      if (writer.kind !== 'array') return undefined;
      const element = readerFor(writer.items, type.element);
      return (cursor) => {
        const out: unknown[] = [];
        blocks(cursor, () => out.push(element(cursor)));
        return out;
      };
    }
    case 'MAP':
      return mapReader(writer, type);
    case 'STRUCT': {
      if (writer.kind !== 'record') return undefined;
      const width = type.fields.length;
      const read = compileRecord(
        writer,
        type.fields,
        type.fields.map((_, i) => i),
      );
      const rest = skipRest(writer, type.fields);
      return (cursor) => {
        const out: unknown[] = Array.from({ length: width }, () => null);
        read(cursor, out);
        rest(cursor);
        return out;
      };
    }
    default:
      return undefined;
  }
}

/**
 * Skips the fields after the last wanted one. compileRecord leaves them unread, but inside a record they must be
 * skipped.
 */
function skipRest(record: AvroRecord, fields: readonly { readonly name: string }[]): (c: ByteCursor) => void {
  let last = record.fields.length;
  while (last > 0 && !fields.some((field) => fieldFor(field.name, record.fields) === last - 1)) last--;
  const skips = record.fields.slice(last).map((field) => skipperFor(field.type));
  return (cursor) => {
    for (const skip of skips) skip(cursor);
  };
}

function narrow(cursor: ByteCursor): number {
  const value = cursor.zigzag64();
  if (typeof value !== 'number' || value !== (value | 0))
    throw new Misfit(quoting(value, (v) => `Value ${v} is out of range of INTEGER`));
  return value;
}

function millis(unit: TimeUnit): (c: ByteCursor) => Int64 {
  const divisor = DIVISORS[unit];
  return divisor === 1n ? (cursor) => cursor.zigzag64() : (cursor) => floorDiv(cursor.zigzag64(), divisor);
}

function isTimeText(writer: AvroType): boolean {
  return writer.kind === 'string' && writer.logical?.kind === 'debezium';
}

/** Reads io.debezium.data.VariableScaleDecimal: numbers of a column without a fixed scale, each with its own scale. */
function ownScaleReader(writer: AvroRecord, precision: number, scale: number): Read | undefined {
  if (writer.name !== 'io.debezium.data.VariableScaleDecimal') return undefined;
  const parts: unknown[] = [];
  const read = compileRecord(
    writer,
    [
      { name: 'scale', type: INTEGER },
      { name: 'value', type: BYTES },
    ],
    [0, 1],
  );
  return (cursor) => {
    read(cursor, parts);
    const bytes = parts[1] as Uint8Array;
    return fitDecimal(
      { unscaled: fromTwosComplement(bytes, 0, bytes.length), scale: parts[0] as number },
      precision,
      scale,
    );
  };
}

function decimalReader(writer: AvroType): (c: ByteCursor) => bigint {
  return (cursor) => {
    const length = writer.kind === 'fixed' ? writer.size : lengthAt(cursor);
    const at = cursor.take(length);
    return fromTwosComplement(cursor.bytes, at, at + length);
  };
}

/** A reader for a STRING column, which accepts text and the text of any scalar. */
function textReader(writer: AvroType): Read | undefined {
  switch (writer.kind) {
    case 'string':
      return (cursor) => cursor.text(lengthAt(cursor));
    case 'enum':
      return (cursor) => {
        const symbol = writer.symbols[cursor.zigzag32()];
        if (symbol === undefined) throw new Misfit('Malformed enum index');
        return symbol;
      };
    case 'boolean':
      return (cursor) => String(cursor.byte() !== 0);
    case 'int':
    case 'long':
      return (cursor) => String(cursor.zigzag64());
    case 'float':
      return (cursor) => formatDouble(cursor.float32LE());
    case 'double':
      return (cursor) => formatDouble(cursor.float64LE());
    case 'bytes':
    case 'fixed': {
      if (writer.logical?.kind !== 'decimal') return undefined;
      const { scale } = writer.logical;
      const unscaled = decimalReader(writer);
      return (cursor) => formatDecimal(unscaled(cursor), scale);
    }
    default:
      return undefined;
  }
}

function mapReader(writer: AvroType, type: SqlType & { readonly kind: 'MAP' }): Read | undefined {
  if (writer.kind === 'map') {
    // Keys of Avro's own maps are text.
    if (type.key.kind !== 'STRING') return undefined;
    const value = readerFor(writer.values, type.value);
    return (cursor) => {
      const out = new Map<unknown, unknown>();
      blocks(cursor, () => {
        const key = cursor.text(lengthAt(cursor));
        out.set(key, value(cursor));
      });
      return out;
    };
  }
  if (writer.kind !== 'array' || writer.items.kind !== 'record') return undefined;
  const entry = writer.items;
  const keyAt = fieldFor('key', entry.fields);
  const valueAt = fieldFor('value', entry.fields);
  if (keyAt === -1 || valueAt === -1) return undefined;
  const reads = entry.fields.map((field, i) =>
    i === keyAt
      ? readerFor(field.type, type.key)
      : i === valueAt
        ? readerFor(field.type, type.value)
        : skipperFor(field.type),
  );
  return (cursor) => {
    const out = new Map<unknown, unknown>();
    blocks(cursor, () => {
      let key: unknown = null;
      let value: unknown = null;
      for (let i = 0; i < reads.length; i++) {
        const v = reads[i]!(cursor);
        if (i === keyAt) key = v;
        else if (i === valueAt) value = v;
      }
      out.set(key, value);
    });
    return out;
  };
}
