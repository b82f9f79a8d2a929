import type { ArgProperties, AvroRecord, AvroType } from '../generator.ts';

/** Well-known example data, as a schema with rules. Names, fields and value ranges are those of popular tutorials. */
export interface Quickstart {
  readonly keyField: string;
  readonly schema: AvroRecord;
}

export const of = (type: AvroType, args: ArgProperties): AvroType => ({ type, 'arg.properties': args });
export const record = (name: string, fields: Readonly<Record<string, AvroType>>): AvroRecord => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});

/** One of these strings. */
export const text = (...options: readonly string[]): AvroType => of('string', { options });
/** Strings that match the expression. */
export const matching = (regex: string): AvroType => of('string', { regex });
/** Integers from `min` (inclusive) to `max` (exclusive). */
export const whole = (min: number, max: number): AvroType => of('int', { range: { min, max } });
/** Doubles from `min` (inclusive) to `max` (exclusive). */
export const fraction = (min: number, max: number): AvroType => of('double', { range: { min, max } });
/** Consecutive integers from `start` on. */
export const counted = (start: number): AvroType => of('int', { iteration: { start, step: 1 } });
/** A date from 2019 to 2022. */
export const date: AvroType = {
  type: 'int',
  logicalType: 'date',
  'arg.properties': { range: { min: 18_000, max: 19_000 } },
};
/** An instant in 2021. */
export const instant: AvroType = {
  type: 'long',
  logicalType: 'timestamp-millis',
  'arg.properties': { range: { min: 1_609_459_200_000, max: 1_640_995_199_000 } },
};
/** Instants from the beginning of 2021 on, 100 s apart. */
export const nextInstant: AvroType = {
  type: 'long',
  logicalType: 'timestamp-millis',
  'arg.properties': { iteration: { start: 1_609_459_200_000, step: 100_000 } },
};

/** Records that are each one of these rows; `fields` gives the names and types of their values, in the same order. */
export function oneOf(
  name: string,
  fields: Readonly<Record<string, AvroType>>,
  rows: readonly (readonly unknown[])[],
): AvroRecord {
  const names = Object.keys(fields);
  return {
    ...record(name, fields),
    'arg.properties': { options: rows.map((row) => Object.fromEntries(names.map((n, i) => [n, row[i]]))) },
  };
}
