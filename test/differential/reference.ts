import type { Input, SourceName } from './inputs.ts';

/** The rows of a shape's result, with the columns that `ask` selects. */
export type Rows = readonly (readonly (number | string | null | readonly unknown[])[])[];

/** A query, and its expected result by a plain computation over all records in the order of their arrival. */
export interface Shape {
  readonly name: string;
  /** The statements that create it, with @ for the name of the result. */
  readonly create: string;
  readonly ask: string;
  /**
   * The result depends on the order in which records of several topics are processed, so their timestamps must
   * increase.
   */
  readonly needsOrder?: boolean;
  /**
   * It joins with the output of another query. What that query has processed when a record arrives is only certain when
   * records are processed one by one.
   */
  readonly neverFromHistory?: boolean;
  /**
   * Whether a row only states that a group has become empty. Such a row exists only if an earlier state of the group
   * was seen, and a row that was replaced by a later one may have been compacted away unseen.
   */
  readonly isLeftOver?: (row: Rows[number]) => boolean;
  expected(inputs: readonly Input[]): Rows;
}

export type Value = Readonly<Record<string, number | string | null>>;

export const GRACE = 'GRACE PERIOD 1 HOUR';
export const GRACE_MS = 3_600_000;

export const of = (inputs: readonly Input[], source: SourceName): Input[] => inputs.filter((i) => i.source === source);
export const num = (value: Value, name: string): number | null => value[name] as number | null;

/** The rows of a table: the last record of each key, unless it is a tombstone. */
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

/** COUNT(*), SUM, MIN and MAX of numbers that may include NULLs. */
export function numbersOf(values: readonly (number | null)[]): Numbers {
  const known = values.filter((v) => v !== null);
  return {
    n: values.length,
    sum: known.reduce((a, b) => a + b, 0),
    min: known.length === 0 ? null : Math.min(...known),
    max: known.length === 0 ? null : Math.max(...known),
  };
}

/** Groups inputs by keys; an input may belong to several groups, for example to several windows. */
export function groups<K>(inputs: readonly Input[], keysOf: (input: Input) => readonly K[]): Map<K, Input[]> {
  const found = new Map<K, Input[]>();
  for (const input of inputs) {
    for (const key of keysOf(input)) found.set(key, [...(found.get(key) ?? []), input]);
  }
  return found;
}
