import type { FieldInfo } from '../database/dialect.ts';
import { ARRAY_OID, FIRST_OID_OF_CATALOG, OID } from './type-oids.ts';

/** A column as Postgres describes it. */
export interface PostgresField extends FieldInfo {
  /** OID of the base type: the server resolves domains. */
  readonly oid: number;
  /** The type's modifier, or -1. */
  readonly modifier: number;
  /**
   * What stands between the elements, of an array of a type that is not built in; of a query's columns it is not known.
   */
  readonly separator: string | undefined;
}

const NUMBERS = new Set<number>([OID.int8, OID.int2, OID.int4, OID.oid, OID.numeric]);
const TIMES = new Set<number>([OID.date, OID.timestamp, OID.timestamptz]);

const FINE_TIMES = new Set<number>([OID.timestamp, OID.timestamptz, OID.time]);

/** Describes a column by its type's oid and modifier (`atttypmod`); `separator`: that of elements, for arrays. */
export function fieldOf(name: string, oid: number, modifier: number, separator?: string): PostgresField {
  const order = NUMBERS.has(oid) ? 'number' : TIMES.has(oid) ? 'time' : undefined;
  // The modifier of times is their number of digits; none means six.
  const finerThanMs = FINE_TIMES.has(oid) && (modifier < 0 || modifier > 3);
  return {
    name,
    type: `${oid}:${modifier}`,
    typeName: typeNameOf(oid, modifier),
    order,
    oid,
    modifier,
    separator,
    ...(finerThanMs && { finerThanMs }),
  };
}

const NAMES = new Map<number, string>(Object.entries(OID).map(([name, oid]) => [oid, name]));
const ARRAY_NAMES = new Map<number, string>(Object.entries(ARRAY_OID).map(([name, oid]) => [oid, name]));

/** As Postgres' own tools write it, for the types that it brings; `other` for those of users. */
function typeNameOf(oid: number, modifier: number): string {
  const element = ARRAY_NAMES.get(oid);
  if (element !== undefined) return `${element}[]`;
  const name = NAMES.get(oid) ?? 'other';
  // Modifiers count four bytes of a header (numeric: precision and scale behind them).
  if (modifier < 0) return name;
  if (oid === OID.numeric) return `numeric(${((modifier - 4) >> 16) & 0xffff},${(modifier - 4) & 0x7ff})`;
  if (oid === OID.varchar || oid === OID.bpchar) return `${oid === OID.bpchar ? 'char' : name}(${modifier - 4})`;
  return FINE_TIMES.has(oid) ? `${name}(${modifier})` : name;
}

/** Whether the catalog must be asked if the type is an array. */
export const mayBeArray = (oid: number): boolean => oid >= FIRST_OID_OF_CATALOG;
