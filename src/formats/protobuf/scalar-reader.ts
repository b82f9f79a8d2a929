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

/** The value of a scalar as it is on the wire. */
export function readScalar(name: ScalarName, c: ByteCursor): unknown {
  return SCALARS[name](c);
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
  // Beyond 2^63 it wraps, like a Java long.
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
