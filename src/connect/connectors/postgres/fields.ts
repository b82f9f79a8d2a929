import type { FieldInfo } from '../database/dialect.ts';
import { ARRAY_OID, FIRST_OID_OF_CATALOG, OID } from './type-oids.ts';

/** A column as Postgres describes it. */
export interface PostgresField extends FieldInfo {
  /** OID of the base type, because the server resolves domains. */
  readonly oid: number;
  /** The type modifier, or -1. */
  readonly modifier: number;
  /** The separator of the elements of an array whose type is not built in; not known for columns of a query. */
  readonly separator: string | undefined;
}

const NUMBERS = new Set<number>([OID.int8, OID.int2, OID.int4, OID.oid, OID.numeric]);
const TIMES = new Set<number>([OID.date, OID.timestamp, OID.timestamptz]);

const FINE_TIMES = new Set<number>([OID.timestamp, OID.timestamptz, OID.time]);

/** The part of a type's description that only the catalog has. */
export interface CatalogType {
  /** As Postgres writes it: `interval`, `mood`, `shop.mood[]`. */
  readonly name: string;
  /** The separator of the elements if it is an array type that is not built in. */
  readonly separator: string | undefined;
}

/**
 * Describes a column by the OID and modifier (`atttypmod`) of its type, and by the catalog's description of the type.
 */
export function fieldOf(name: string, oid: number, modifier: number, catalogType?: CatalogType): PostgresField {
  const order = NUMBERS.has(oid) ? 'number' : TIMES.has(oid) ? 'time' : undefined;
  // The modifier of a time is its number of fractional digits; without one it is six.
  const finerThanMs = FINE_TIMES.has(oid) && (modifier < 0 || modifier > 3);
  return {
    name,
    type: `${oid}:${modifier}`,
    typeName: typeNameOf(oid, modifier) ?? catalogType?.name ?? 'other',
    order,
    oid,
    modifier,
    separator: catalogType?.separator,
    ...(finerThanMs && { finerThanMs }),
  };
}

const NAMES = new Map<number, string>(Object.entries(OID).map(([name, oid]) => [oid, name]));
const ARRAY_NAMES = new Map<number, string>(Object.entries(ARRAY_OID).map(([name, oid]) => [oid, name]));

/** The name that Postgres' own tools use, for types whose values are converted; undefined for all others. */
function typeNameOf(oid: number, modifier: number): string | undefined {
  const element = ARRAY_NAMES.get(oid);
  if (element !== undefined) return `${element}[]`;
  const name = NAMES.get(oid);
  if (name === undefined) return undefined;
  // Modifiers include four bytes of a header (numeric: followed by precision and scale).
  if (modifier < 0) return name;
  if (oid === OID.numeric) return `numeric(${((modifier - 4) >> 16) & 0xffff},${(modifier - 4) & 0x7ff})`;
  if (oid === OID.varchar || oid === OID.bpchar) return `${oid === OID.bpchar ? 'char' : name}(${modifier - 4})`;
  return FINE_TIMES.has(oid) ? `${name}(${modifier})` : name;
}

/** Whether the type, or its name, is known only to the catalog. */
export const isOfCatalog = (oid: number): boolean =>
  oid >= FIRST_OID_OF_CATALOG || (!NAMES.has(oid) && !ARRAY_NAMES.has(oid));
