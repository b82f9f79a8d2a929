import { elementAt, must } from '../../../../base/assert.ts';

/** How the records of one table are mixed with those of others, and how many of them are rows. */
export interface TableShare {
  /** Rows before the first record of the mixture. */
  readonly initialRows: number;
  /** Records of the table in one cycle of the mixture. */
  readonly weight: number;
  /** The most rows; further records change existing ones. */
  readonly maxRows: number;
  /** Proportion of the mixture's records that change an existing row, from 0 to 1. */
  readonly updateRate: number;
}

/** A record of the whole sequence. */
export interface Turn {
  readonly table: number;
  /** Its number among the records of its table, from 0. */
  readonly record: number;
}

/** The longest cycle: the sum of the weights. */
export const CYCLE_MAX = 10_000;

/**
 * Which table record n belongs to, and how many rows each table has before it, as functions of n, so that a task can
 * continue at any record without counting from the beginning. The initial rows come first, table by table, then cycles
 * in which each table has as many records as its weight, evenly spread.
 */
export class Schedule {
  readonly #tables: readonly TableShare[];
  /** Number of records before the first cycle. */
  readonly initial: number;
  /** The table of each turn of a cycle. */
  readonly #cycle: readonly number[];
  /** For each table, its records before each turn of a cycle. */
  readonly #before: readonly (readonly number[])[];

  /** @param tables - a table comes after those that it refers to */
  constructor(tables: readonly TableShare[]) {
    this.#tables = tables;
    this.initial = tables.reduce((sum, table) => sum + table.initialRows, 0);
    this.#cycle = cycleOf(tables.map((table) => table.weight));
    this.#before = tables.map((_, t) => {
      let count = 0;
      return this.#cycle.map((table) => (table === t ? count++ : count));
    });
  }

  /** Number of records of the whole sequence; Infinity unless every weight is 0. */
  get length(): number {
    return this.#cycle.length === 0 ? this.initial : Infinity;
  }

  turn(n: number): Turn {
    if (n >= this.initial) {
      const table = elementAt(this.#cycle, (n - this.initial) % this.#cycle.length);
      return { table, record: this.recordsBefore(n, table) };
    }
    let record = n;
    let table = 0;
    for (; record >= elementAt(this.#tables, table).initialRows; table++)
      record -= elementAt(this.#tables, table).initialRows;
    return { table, record };
  }

  /** The number of a table's records before record n of the sequence. */
  recordsBefore(n: number, table: number): number {
    const { initialRows, weight } = elementAt(this.#tables, table);
    if (n >= this.initial) {
      const turns = this.#cycle.length;
      const at = n - this.initial;
      if (turns === 0) return initialRows;
      return initialRows + Math.floor(at / turns) * weight + elementAt(elementAt(this.#before, table), at % turns);
    }
    const others = this.#tables.slice(0, table).reduce((sum, t) => sum + t.initialRows, 0);
    return Math.min(initialRows, Math.max(0, n - others));
  }

  /** The number of rows of a table after its first `records` records. */
  rowsAfter(records: number, table: number): number {
    const { initialRows, maxRows, updateRate } = elementAt(this.#tables, table);
    if (records <= initialRows) return records;
    const mixed = records - initialRows;
    // Updates are evenly spread. The first record of all is a new row, since there is none to update.
    return Math.max(1, Math.min(maxRows, initialRows + mixed - Math.floor(mixed * updateRate)));
  }
}

/** The turns of a cycle, each table's evenly spread (smooth weighted round robin). */
function cycleOf(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const credits = weights.map(() => 0);
  return Array.from({ length: sum }, () => {
    let chosen = 0;
    for (const [t, weight] of weights.entries()) {
      credits[t] = must(credits[t]) + weight;
      if (must(credits[t]) > must(credits[chosen])) chosen = t;
    }
    credits[chosen] = must(credits[chosen]) - sum;
    return chosen;
  });
}
