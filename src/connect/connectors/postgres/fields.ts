import type { FieldInfo } from '../database/dialect.ts';
import { OID } from './type-oids.ts';

/** A column as Postgres describes it. */
export interface PostgresField extends FieldInfo {
  /** Of the base type: domains are resolved by the server. */
  readonly oid: number;
  /** The type's modifier, or -1. */
  readonly modifier: number;
  /** An array of a type that is not built in; of a query's columns it is not known. */
  readonly isArray: boolean;
}

const NUMBERS = new Set<number>([OID.int8, OID.int2, OID.int4, OID.oid, OID.numeric]);
const TIMES = new Set<number>([OID.date, OID.timestamp, OID.timestamptz]);

const FINE_TIMES = new Set<number>([OID.timestamp, OID.timestamptz, OID.time]);

export function fieldOf(name: string, oid: number, modifier: number, isArray = false): PostgresField {
  const order = NUMBERS.has(oid) ? 'number' : TIMES.has(oid) ? 'time' : undefined;
  // The modifier of times is their number of digits; none means six.
  const finerThanMs = FINE_TIMES.has(oid) && (modifier < 0 || modifier > 3);
  return { name, type: `${oid}:${modifier}`, order, oid, modifier, isArray, ...(finerThanMs && { finerThanMs }) };
}

/** Users and extensions define types from this oid on (FirstNormalObjectId). */
const FIRST_OID_OF_USERS = 16_384;

/** Whether the catalog must be asked if the type is an array. */
export const mayBeArray = (oid: number): boolean => oid >= FIRST_OID_OF_USERS;
