/**
 * SQL types as plain data. The type is known when a plan is compiled, so values carry no tags:
 *
 * | SQL | JavaScript value |
 * | --- | --- |
 * | BOOLEAN | boolean |
 * | INTEGER | number, int32 |
 * | BIGINT | number while a safe integer, bigint beyond (normalised: see int64.ts) |
 * | DOUBLE | number |
 * | DECIMAL(p, s) | bigint, the unscaled value; the scale is the type's |
 * | STRING | string |
 * | BYTES | Uint8Array |
 * | DATE / TIME / TIMESTAMP | number: days since the epoch / ms of the day / ms since the epoch, UTC |
 * | ARRAY / MAP / STRUCT | array / Map / array by field position |
 * | NULL | null, never undefined |
 */
export type SqlType = { readonly kind: PrimitiveKind } | DecimalType | ArrayType | MapType | StructType;

export type PrimitiveKind =
  | 'BOOLEAN'
  | 'INTEGER'
  | 'BIGINT'
  | 'DOUBLE'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP';
export type SqlKind = SqlType['kind'];

export interface DecimalType {
  readonly kind: 'DECIMAL';
  readonly precision: number;
  readonly scale: number;
}
export interface ArrayType {
  readonly kind: 'ARRAY';
  readonly element: SqlType;
}
export interface MapType {
  readonly kind: 'MAP';
  readonly key: SqlType;
  readonly value: SqlType;
}
export interface StructType {
  readonly kind: 'STRUCT';
  readonly fields: readonly StructField[];
}
export interface StructField {
  readonly name: string;
  readonly type: SqlType;
}

export const BOOLEAN: SqlType = { kind: 'BOOLEAN' };
export const INTEGER: SqlType = { kind: 'INTEGER' };
export const BIGINT: SqlType = { kind: 'BIGINT' };
export const DOUBLE: SqlType = { kind: 'DOUBLE' };
export const STRING: SqlType = { kind: 'STRING' };
export const BYTES: SqlType = { kind: 'BYTES' };
export const DATE: SqlType = { kind: 'DATE' };
export const TIME: SqlType = { kind: 'TIME' };
export const TIMESTAMP: SqlType = { kind: 'TIMESTAMP' };

export const decimal = (precision: number, scale: number): DecimalType => ({ kind: 'DECIMAL', precision, scale });
export const array = (element: SqlType): ArrayType => ({ kind: 'ARRAY', element });
export const map = (key: SqlType, value: SqlType): MapType => ({ kind: 'MAP', key, value });
export const struct = (fields: readonly StructField[]): StructType => ({ kind: 'STRUCT', fields });

/** Structural equality, which includes the names and the order of struct fields. */
export function typesEqual(a: SqlType, b: SqlType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'DECIMAL':
      return a.precision === (b as DecimalType).precision && a.scale === (b as DecimalType).scale;
    case 'ARRAY':
      return typesEqual(a.element, (b as ArrayType).element);
    case 'MAP':
      return typesEqual(a.key, (b as MapType).key) && typesEqual(a.value, (b as MapType).value);
    case 'STRUCT': {
      const other = (b as StructType).fields;
      return (
        a.fields.length === other.length &&
        a.fields.every((f, i) => f.name === other[i]!.name && typesEqual(f.type, other[i]!.type))
      );
    }
    default:
      return true;
  }
}

/** The SQL text of a type as ksqlDB prints it: ``STRUCT<`A` INTEGER, `B` ARRAY<STRING>>``, `DECIMAL(4, 2)`. */
export function formatType(type: SqlType): string {
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'ARRAY':
      return `ARRAY<${formatType(type.element)}>`;
    case 'MAP':
      return `MAP<${formatType(type.key)}, ${formatType(type.value)}>`;
    case 'STRUCT':
      return type.fields.length === 0
        ? 'STRUCT< >'
        : `STRUCT<${type.fields.map((f) => `${quoteIdentifier(f.name)} ${formatType(f.type)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

/**
 * Quotes a name, always with back-quotes and with inner back-quotes doubled, as ksqlDB prints column names in schemas.
 */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
