import type { Input, SourceName } from './inputs.ts';

/** What a shape's result holds: rows of the columns that `ask` selects. */
export type Rows = readonly (readonly (number | string | null | readonly unknown[])[])[];

/** One query, and what it must come to by a plain computation over all records in the order of their arrival. */
export interface Shape {
  readonly name: string;
  /** With @ for the name of the result. */
  readonly create: string;
  readonly ask: string;
  /** Its result depends on the order in which the records of several topics are handled: their times must rise. */
  readonly needsOrder?: boolean;
  /**
   * What it joins was written by another query: what that one has handled when a record comes is certain only record by
   * record.
   */
  readonly neverFromHistory?: boolean;
  /**
   * Whether a row only says that a group is empty by now: it is there if what it held was seen, and a row that a later one
   * replaced may have been compacted away unseen.
   */
  readonly isLeftOver?: (row: Rows[number]) => boolean;
  expected(inputs: readonly Input[]): Rows;
}

export type Value = Readonly<Record<string, number | string | null>>;

export const GRACE = 'GRACE PERIOD 1 HOUR';
export const GRACE_MS = 3_600_000;

export const of = (inputs: readonly Input[], source: SourceName): Input[] => inputs.filter((i) => i.source === source);
export const num = (value: Value, name: string): number | null => value[name] as number | null;

/** A table's rows: the last of each key, if it is no tombstone. */
export function tableOf(inputs: readonly Input[], source: SourceName): Map<number, Value> {
  const rows = new Map<number, Value>();
  for (const { key, value } of of(inputs, source)) {
    if (value === null) rows.delete(key);
    else rows.set(key, value);
  }
  return rows;
}

export interface Numbers {
  n: number;
  sum: number;
  min: number | null;
  max: number | null;
}

/** COUNT(*), SUM, MIN and MAX of numbers, NULLs among them. */
export function numbersOf(values: readonly (number | null)[]): Numbers {
  const known = values.filter((v) => v !== null);
  return {
    n: values.length,
    sum: known.reduce((a, b) => a + b, 0),
    min: known.length === 0 ? null : Math.min(...known),
    max: known.length === 0 ? null : Math.max(...known),
  };
}

export function groups<K>(inputs: readonly Input[], keysOf: (input: Input) => readonly K[]): Map<K, Input[]> {
  const found = new Map<K, Input[]>();
  for (const input of inputs) {
    for (const key of keysOf(input)) found.set(key, [...(found.get(key) ?? []), input]);
  }
  return found;
}
