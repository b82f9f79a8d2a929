import { retold } from '../../base/quoting.ts';
import { must } from '../../base/assert.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { rescale } from '../../types/decimal.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { CodecSite, RowEncoder } from '../api.ts';
import { DIVISORS } from '../internal/connect-times.ts';
import { fieldFor } from '../internal/field-names.ts';
import { fittingFloat } from '../internal/float32.ts';
import { isUnwrapped } from '../internal/schema-rules.ts';
import { serializationError } from '../internal/record-errors.ts';
import { twosComplement, writeLengthAndText, writeVarint, writeZigzag } from '../internal/varint-writer.ts';
import { registeredWriter, writeHeader } from '../internal/wire-format.ts';
import { JsonNumber, JsonObject, type Json } from '../../types/json-text.ts';
import { keyIn, parseAvroSchema, unitOf, type AvroRecord, type AvroType } from './avro-schema.ts';
import { shortBranchName } from './columns.ts';
import { deriveAvroSchema } from './derive.ts';

type Write = (value: any, out: ByteWriter) => void;
type Field = { readonly name: string; readonly type: SqlType };

/** AVRO: Confluent's wire format. @throws NeedsSchema, NeedsRegistration: see `registeredWriter` */
export function createAvroEncoder(site: CodecSite): RowEncoder {
  const { columns, isKey } = site.schema;
  if (isKey && columns.length === 0) return { encode: () => false };
  const { id, schema } = registeredWriter(site, () => deriveAvroSchema(site.schema, site.info));
  const top = parseAvroSchema(schema);
  if (isUnwrapped(site.schema)) {
    const { type, name } = must(columns[0], 'column');
    const write = writerFor(isKey ? keyIn(top, type) : top, type, name);
    return framedEncoder(site, id, (row, offset, out) => {
      if (row[offset] === null) return false;
      write(row[offset], out);
      return true;
    });
  }
  const record = recordIn(top, site.info.properties['fullSchemaName']);
  if (record === undefined) throw serializationError(site.topic, `The schema ${id} is not a record`);
  const writeFields = recordWriter(record.type, columns);
  return framedEncoder(site, id, (row, offset, out) => {
    if (record.index >= 0) writeZigzag(out, record.index);
    writeFields(row, offset, out);
    return true;
  });
}

function framedEncoder(site: CodecSite, id: number, write: RowEncoder['encode']): RowEncoder {
  return {
    encode(row, offset, out) {
      const start = out.length;
      try {
        writeHeader(out, id);
        const written = write(row, offset, out);
        if (!written) out.length = start;
        return written;
      } catch (error) {
        out.length = start;
        throw serializationError(site.topic, retold(error), error);
      }
    },
  };
}

/**
 * The record type with which a row is written: the schema itself, or in a union the record of that name, otherwise the
 * first record.
 */
function recordIn(
  type: AvroType,
  fullName: string | undefined,
): { readonly type: AvroRecord; readonly index: number } | undefined {
  if (type.kind === 'record') return { type, index: -1 };
  if (type.kind !== 'union') return undefined;
  const named = type.branches.findIndex((branch) => branch.kind === 'record' && branch.name === fullName);
  const index = named === -1 ? type.branches.findIndex((branch) => branch.kind === 'record') : named;
  return index === -1 ? undefined : { type: type.branches[index] as AvroRecord, index };
}

/** Writes `values[offset + i]`, for column i, to the record's field of the same name. */
function recordWriter(
  record: AvroRecord,
  columns: readonly Field[],
): (values: readonly unknown[], offset: number, out: ByteWriter) => void {
  const steps = record.fields.map((field) => {
    const at = fieldFor(field.name, columns);
    const fallback = fallbackFor(field.type, field.default, field.name);
    return {
      at,
      write: at === -1 ? undefined : writerFor(field.type, must(columns[at], 'column').type, field.name),
      fallback,
      takesNull: takesNull(field.type),
    };
  });
  return (values, offset, out) => {
    for (const { at, write, fallback, takesNull: nullable } of steps) {
      const value = at === -1 ? null : values[offset + at];
      if (write === undefined || ((value === null || value === undefined) && !nullable)) fallback(null, out);
      else write(value ?? null, out);
    }
  };
}

function takesNull(type: AvroType): boolean {
  return type.kind === 'null' || (type.kind === 'union' && type.branches.some((branch) => branch.kind === 'null'));
}

/** What is written for a field that has no column, or whose column is null although the field is not nullable. */
function fallbackFor(type: AvroType, value: Json | undefined, name: string): Write {
  if (value !== undefined) return constantWriter(type, value);
  if (takesNull(type)) return writerFor(type, { kind: 'STRING' }, name);
  return () => {
    throw new Error(`Invalid value: null used for required field: "${name}", schema type: ${type.kind.toUpperCase()}`);
  };
}

/** Writes a default as the schema's JSON specifies it; the default of a union belongs to the first branch. */
function constantWriter(type: AvroType, value: Json): Write {
  switch (type.kind) {
    case 'union': {
      const index =
        value === null
          ? Math.max(
              0,
              type.branches.findIndex((b) => b.kind === 'null'),
            )
          : type.branches.findIndex((b) => b.kind !== 'null');
      const inner = constantWriter(type.branches[index]!, value);
      return (_, out) => {
        writeZigzag(out, index);
        inner(null, out);
      };
    }
    case 'null':
      return () => {};
    case 'boolean':
      return (_, out) => out.writeByte(value === true ? 1 : 0);
    case 'int':
    case 'long': {
      const number = BigInt((value as JsonNumber).text);
      return (_, out) => writeZigzag(out, number);
    }
    case 'float':
    case 'double': {
      const write = floatWriter(type.kind);
      const number = Number((value as JsonNumber).text);
      return (_, out) => write(number, out);
    }
    case 'string':
      return (_, out) => writeText(value as string, out);
    case 'bytes':
    case 'fixed': {
      const bytes = Buffer.from(value as string, 'latin1');
      return (_, out) => {
        if (type.kind === 'bytes') writeVarintLength(out, bytes.length);
        out.writeBytes(bytes);
      };
    }
    case 'enum': {
      const index = type.symbols.indexOf(value as string);
      return (_, out) => writeZigzag(out, index);
    }
    case 'array': {
      const items = (value as readonly Json[]).map((item) => constantWriter(type.items, item));
      return (_, out) => {
        if (items.length > 0) {
          writeZigzag(out, items.length);
          for (const item of items) item(null, out);
        }
        out.writeByte(0);
      };
    }
    case 'map': {
      const object = value as JsonObject;
      const items = object.values.map((item) => constantWriter(type.values, item));
      return (_, out) => {
        if (items.length > 0) {
          writeZigzag(out, items.length);
          items.forEach((item, i) => {
            writeText(must(object.keys[i], 'key'), out);
            item(null, out);
          });
        }
        out.writeByte(0);
      };
    }
    case 'record': {
      const object = value as JsonObject;
      const fields = type.fields.map((field) => {
        const given = object.get(field.name) ?? field.default;
        return given === undefined ? fallbackFor(field.type, undefined, field.name) : constantWriter(field.type, given);
      });
      return (_, out) => {
        for (const field of fields) field(null, out);
      };
    }
  }
}

/** Writes a SQL value as a type of the schema. @throws Error immediately when the two are incompatible */
function writerFor(type: AvroType, sql: SqlType, name: string): Write {
  if (type.kind === 'union') return unionWriter(type.branches, sql, name);
  const write = directWriter(type, sql, name);
  if (write === undefined) {
    return () => {
      throw new Error(`Invalid type for field "${name}": ${sql.kind} cannot be written as ${type.kind}`);
    };
  }
  return (value, out) => {
    if (value === null)
      throw new Error(
        `Invalid value: null used for required field: "${name}", schema type: ${type.kind.toUpperCase()}`,
      );
    write(value, out);
  };
}

function unionWriter(branches: readonly AvroType[], sql: SqlType, name: string): Write {
  const nullAt = branches.findIndex((branch) => branch.kind === 'null');
  const real = branches.filter((branch) => branch.kind !== 'null');
  if (
    real.length > 1 &&
    sql.kind === 'STRUCT' &&
    !branches.some(
      (branch) => branch.kind === 'record' && branch.fields.some((f) => fieldFor(f.name, sql.fields) !== -1),
    )
  ) {
    return sumWriter(branches, sql, nullAt, name);
  }
  let at = -1;
  let write: Write | undefined;
  for (let i = 0; i < branches.length && write === undefined; i++) {
    write = branches[i]!.kind === 'null' ? undefined : directWriter(branches[i]!, sql, name);
    if (write !== undefined) at = i;
  }
  return (value, out) => {
    if (value === null) {
      if (nullAt === -1) throw new Error(`Invalid value: null used for required field: "${name}"`);
      writeZigzag(out, nullAt);
      return;
    }
    if (write === undefined) throw new Error(`Invalid type for field "${name}": ${sql.kind} is none of the union`);
    writeZigzag(out, at);
    write(value, out);
  };
}

/** Writes a struct that represents a union of types: its one set field determines the branch. */
function sumWriter(
  branches: readonly AvroType[],
  sql: SqlType & { readonly kind: 'STRUCT' },
  nullAt: number,
  name: string,
): Write {
  const writes = sql.fields.map((field) => {
    const index = branches.findIndex(
      (branch) => branch.kind !== 'null' && shortBranchName(branch).toUpperCase() === field.name.toUpperCase(),
    );
    return {
      index,
      write: index === -1 ? undefined : writerFor(must(branches[index], 'branch'), field.type, field.name),
    };
  });
  return (value: readonly unknown[] | null, out) => {
    const set = value === null ? -1 : value.findIndex((v) => v !== null);
    if (set === -1) {
      if (nullAt === -1) throw new Error(`Invalid value: null used for required field: "${name}"`);
      writeZigzag(out, nullAt);
      return;
    }
    const { index, write } = must(writes[set], 'write');
    if (write === undefined) throw new Error(`Invalid field of a union: ${must(sql.fields[set], 'field').name}`);
    writeZigzag(out, index);
    write(value![set], out);
  };
}

function directWriter(type: AvroType, sql: SqlType, name: string): Write | undefined {
  switch (type.kind) {
    case 'boolean':
      return sql.kind === 'BOOLEAN' ? (value: boolean, out) => out.writeByte(value ? 1 : 0) : undefined;
    case 'int':
      return sql.kind === 'INTEGER' || sql.kind === 'DATE' || sql.kind === 'TIME'
        ? (value: number, out) => writeZigzag(out, value)
        : undefined;
    case 'long': {
      const factor = DIVISORS[unitOf(type.logical)];
      if (sql.kind !== 'INTEGER' && sql.kind !== 'BIGINT' && sql.kind !== 'TIMESTAMP' && sql.kind !== 'TIME')
        return undefined;
      return factor !== 1n && sql.kind !== 'BIGINT' && sql.kind !== 'INTEGER'
        ? (value: number | bigint, out) => {
            const fine = BigInt(value) * factor;
            if (fine !== BigInt.asIntN(64, fine))
              throw new Error(`A time beyond the ends of ${type.logical?.kind ?? 'long'} in "${name}"`);
            writeZigzag(out, fine);
          }
        : (value: number | bigint, out) => writeZigzag(out, value);
    }
    case 'float':
    case 'double': {
      if (sql.kind !== 'DOUBLE' && sql.kind !== 'INTEGER' && sql.kind !== 'BIGINT') return undefined;
      const write = floatWriter(type.kind);
      return (value: number | bigint, out) => write(Number(value), out);
    }
    case 'string':
      return sql.kind === 'STRING' ? writeText : undefined;
    case 'enum':
      return sql.kind === 'STRING'
        ? (value: string, out) => {
            const index = type.symbols.indexOf(value);
            if (index === -1) throw new Error(`"${value}" is no symbol of ${type.name}`);
            writeZigzag(out, index);
          }
        : undefined;
    case 'bytes':
    case 'fixed':
      return bytesWriter(type, sql);
    case 'array':
      return arrayWriter(type.items, sql, name);
    case 'map': {
      if (sql.kind !== 'MAP' || sql.key.kind !== 'STRING') return undefined;
      const write = writerFor(type.values, sql.value, name);
      return (value: ReadonlyMap<string | null, unknown>, out) => {
        if (value.size > 0) {
          writeZigzag(out, value.size);
          for (const [k, v] of value) {
            if (k === null) throw new Error(`A null key in map "${name}"`);
            writeText(k, out);
            write(v, out);
          }
        }
        out.writeByte(0);
      };
    }
    case 'record': {
      if (sql.kind !== 'STRUCT') return undefined;
      const write = recordWriter(type, sql.fields);
      return (value: readonly unknown[], out) => write(value, 0, out);
    }
    default:
      return undefined;
  }
}

function bytesWriter(type: AvroType, sql: SqlType): Write | undefined {
  const size = type.kind === 'fixed' ? type.size : -1;
  const put = (bytes: Uint8Array, out: ByteWriter): void => {
    if (size === -1) writeVarintLength(out, bytes.length);
    else if (bytes.length !== size) throw new Error(`${bytes.length} bytes for a fixed of ${size}`);
    out.writeBytes(bytes);
  };
  if (sql.kind === 'BYTES') return put;
  const logical = type.kind === 'bytes' || type.kind === 'fixed' ? type.logical : undefined;
  if (sql.kind !== 'DECIMAL' || logical?.kind !== 'decimal') return undefined;
  const { scale } = logical;
  return (value: bigint, out) => {
    const bytes = twosComplement(scale === sql.scale ? value : rescale(value, sql.scale, scale, 'UNNECESSARY'));
    if (size === -1 || bytes.length === size) return put(bytes, out);
    if (bytes.length > size) throw new Error(`The decimal does not fit ${size} bytes`);
    put(Buffer.concat([Buffer.alloc(size - bytes.length, value < 0n ? 0xff : 0), bytes]), out);
  };
}

function arrayWriter(items: AvroType, sql: SqlType, name: string): Write | undefined {
  if (sql.kind === 'ARRAY') {
    const write = writerFor(items, sql.element, name);
    return (value: readonly unknown[], out) => {
      if (value.length > 0) {
        writeZigzag(out, value.length);
        for (const element of value) write(element, out);
      }
      out.writeByte(0);
    };
  }
  if (sql.kind !== 'MAP' || items.kind !== 'record' || fieldFor('key', items.fields) === -1) return undefined;
  const write = recordWriter(items, [
    { name: 'key', type: sql.key },
    { name: 'value', type: sql.value },
  ]);
  return (value: ReadonlyMap<unknown, unknown>, out) => {
    if (value.size > 0) {
      writeZigzag(out, value.size);
      for (const entry of value) write(entry, 0, out);
    }
    out.writeByte(0);
  };
}

function floatWriter(kind: 'float' | 'double'): (value: number, out: ByteWriter) => void {
  return kind === 'double'
    ? (value, out) => {
        out.reserve(8);
        out.length = out.bytes.writeDoubleLE(value, out.length);
      }
    : (value, out) => {
        out.reserve(4);
        out.length = out.bytes.writeFloatLE(fittingFloat(value), out.length);
      };
}

function writeVarintLength(out: ByteWriter, length: number): void {
  writeVarint(out, length * 2);
}

function writeText(text: string, out: ByteWriter): void {
  writeLengthAndText(out, text, 1);
}
