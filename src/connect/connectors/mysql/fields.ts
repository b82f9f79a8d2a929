import type { FieldInfo } from '../database/dialect.ts';

/** The kind of a column's values, from its type in a result. */
export type ColumnKind =
  | 'boolean'
  | 'integer'
  | 'unsigned long'
  | 'decimal'
  | 'float'
  | 'double'
  | 'text'
  | 'bytes'
  | 'bits'
  | 'date'
  | 'time'
  | 'datetime'
  | 'instant'
  | 'geometry';

/** A column as described by a result. */
export interface MysqlField extends FieldInfo {
  readonly kind: ColumnKind;
  /** For integers: the size that signed values need, in bytes. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** Precision of a decimal. */
  readonly precision: number;
  readonly scale: number;
  /** Width of a BIT column. */
  readonly bits: number;
}

/** The driver's description of a column of a result. */
export interface ColumnPacket {
  readonly name: string;
  readonly columnType?: number;
  readonly columnLength?: number;
  readonly decimals?: number;
  readonly flags?: number | readonly string[];
  readonly characterSet?: number;
}

const UNSIGNED = 32;
/** The character set number of values that are not text. */
const BINARY = 63;

/** Column types by their number in a result, https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html */
const TYPES: Readonly<Record<number, readonly [kind: ColumnKind, name: string, bytes?: 1 | 2 | 4 | 8]>> = {
  0: ['decimal', 'DECIMAL'],
  1: ['integer', 'TINYINT', 1],
  2: ['integer', 'SMALLINT', 2],
  3: ['integer', 'INT', 4],
  4: ['float', 'FLOAT'],
  5: ['double', 'DOUBLE'],
  7: ['instant', 'TIMESTAMP'],
  8: ['integer', 'BIGINT', 8],
  9: ['integer', 'MEDIUMINT', 4],
  10: ['date', 'DATE'],
  11: ['time', 'TIME'],
  12: ['datetime', 'DATETIME'],
  13: ['integer', 'YEAR', 2],
  16: ['bits', 'BIT'],
  245: ['text', 'JSON'],
  246: ['decimal', 'DECIMAL'],
  255: ['geometry', 'GEOMETRY'],
};

/** @param booleans whether TINYINT(1) is BOOLEAN */
export function fieldOf(column: ColumnPacket, booleans: boolean): MysqlField {
  const field = bareField(column, booleans);
  return { ...field, typeName: field.type.toLowerCase() };
}

function bareField(column: ColumnPacket, booleans: boolean): Omit<MysqlField, 'typeName'> {
  const { name, columnType = 253, columnLength = 0, decimals = 0, characterSet = BINARY } = column;
  const flags = typeof column.flags === 'number' ? column.flags : 0;
  const isUnsigned = (flags & UNSIGNED) !== 0;
  const plain = { name, order: undefined, bytes: 8, precision: 0, scale: 0, bits: 0 } as const;
  const known = TYPES[columnType];
  if (known === undefined) {
    // Strings, BLOBs, ENUM and SET; their length in bytes is not part of the type.
    const kind = characterSet === BINARY ? 'bytes' : 'text';
    return { ...plain, kind, type: kind === 'text' ? 'TEXT' : 'BINARY' };
  }
  const [kind, type, bytes = 8] = known;
  const signed = `${type}${isUnsigned && type !== 'YEAR' ? ' UNSIGNED' : ''}`;
  switch (kind) {
    case 'integer': {
      if (type === 'TINYINT' && columnLength === 1 && !isUnsigned && booleans)
        return { ...plain, kind: 'boolean', type: 'TINYINT(1)' };
      if (type === 'BIGINT' && isUnsigned) return { ...plain, kind: 'unsigned long', type: signed, order: 'number' };
      const needed = isUnsigned && type !== 'YEAR' && type !== 'MEDIUMINT' ? ((bytes * 2) as 2 | 4 | 8) : bytes;
      return { ...plain, kind, type: signed, order: 'number', bytes: needed };
    }
    case 'decimal': {
      // The length is that of the text: digits, sign and decimal point.
      const precision = columnLength - (decimals > 0 ? 1 : 0) - (isUnsigned ? 0 : 1);
      return {
        ...plain,
        kind,
        type: `DECIMAL(${precision},${decimals})${isUnsigned ? ' UNSIGNED' : ''}`,
        order: 'number',
        precision,
        scale: decimals,
      };
    }
    case 'bits':
      return columnLength === 1
        ? { ...plain, kind: 'boolean', type: 'BIT(1)' }
        : { ...plain, kind, type: `BIT(${columnLength})`, bits: columnLength };
    case 'date':
      return { ...plain, kind, type, order: 'time' };
    case 'datetime':
    case 'instant':
      return { ...plain, kind, type: `${type}(${decimals})`, order: 'time', finerThanMs: decimals > 3 };
    default:
      return { ...plain, kind, type: signed };
  }
}
