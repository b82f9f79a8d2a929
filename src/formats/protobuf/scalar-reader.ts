import { quoting } from '../../base/quoting.ts';
import { formatDouble } from '../../types/double-text.ts';
import { normalizeInt64 } from '../../types/int64.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { ByteCursor } from '../internal/byte-cursor.ts';
import { Misfit } from '../internal/record-errors.ts';
import type { ScalarName } from './proto-schema.ts';

type Read = (c: ByteCursor) => unknown;

/** Reads a scalar as the SQL type: its own kind, a wider number, or text. */
export function scalarReader(name: ScalarName, type: SqlType): Read | undefined {
  const read = SCALARS[name];
  switch (type.kind) {
    case 'BOOLEAN':
      return name === 'bool' ? read : undefined;
    case 'BYTES':
      return name === 'bytes' ? read : undefined;
    case 'STRING':
      if (name === 'string') return read;
      if (name === 'bytes') return undefined;
      return name === 'double' || name === 'float'
        ? (cursor) => formatDouble(read(cursor) as number)
        : (cursor) => String(read(cursor));
    case 'DOUBLE':
      return name === 'bool' || name === 'string' || name === 'bytes' ? undefined : (cursor) => Number(read(cursor));
    case 'INTEGER':
    case 'DATE':
    case 'TIME':
      return name === 'int32' || name === 'sint32' || name === 'sfixed32'
        ? read
        : isInteger(name)
          ? (cursor) => toInt32(read(cursor) as number | bigint)
          : undefined;
    case 'BIGINT':
    case 'TIMESTAMP':
      return isInteger(name) ? read : undefined;
    default:
      return undefined;
  }
}

/** The value of a scalar as it is on the wire. */
export function readScalar(name: ScalarName, cursor: ByteCursor): unknown {
  return SCALARS[name](cursor);
}

function isInteger(name: ScalarName): boolean {
  return /int|fixed/.test(name);
}

function toInt32(value: number | bigint): number {
  if (typeof value === 'bigint' || value !== (value | 0))
    throw new Misfit(quoting(value, (v) => `Value ${v} is out of range of INTEGER`));
  return value;
}

const SCALARS: Readonly<Record<ScalarName, Read>> = {
  double: (cursor) => cursor.float64LE(),
  float: (cursor) => cursor.float32LE(),
  int32: (cursor) => cursor.varint32() | 0,
  uint32: (cursor) => cursor.varint32(),
  sint32: (cursor) => cursor.zigzag32(),
  fixed32: (cursor) => cursor.uint32LE(),
  sfixed32: (cursor) => cursor.uint32LE() | 0,
  int64: (cursor) => {
    const value = cursor.varint64();
    return typeof value === 'number' ? value : normalizeInt64(value);
  },
  // Beyond 2^63 it wraps, like a Java long.
  uint64: (cursor) => {
    const value = cursor.varint64();
    return typeof value === 'number' ? value : normalizeInt64(value);
  },
  sint64: (cursor) => cursor.zigzag64(),
  fixed64: (cursor) => normalizeInt64(cursor.bigUint64LE()),
  sfixed64: (cursor) => normalizeInt64(cursor.bigUint64LE()),
  bool: (cursor) => cursor.varint64() !== 0,
  string: (cursor) => cursor.text(cursor.varint32()),
  bytes: (cursor) => cursor.copy(cursor.varint32()),
};
