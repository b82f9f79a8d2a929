import { must } from '../../base/assert.ts';
import { type Comparator, compareValues } from '../../types/compare.ts';
import type { Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { bytesOfRow } from '../row-size.ts';
import type { Budget } from './budget.ts';
import { PIECE, type Stage } from './stages.ts';

/** One key of an order. */
export interface SortKey {
  /** Its position in the row. */
  readonly at: number;
  readonly type: SqlType;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/**
 * ORDER BY: rows leave sorted by their keys, equal ones in order of arrival. With a limit only that many are held, in a
 * heap whose top is the last of them.
 */
export class Sorted implements Stage {
  readonly #compare: (a: Held, b: Held) => number;
  readonly #limit: number;
  readonly #width: number;
  readonly #budget: Budget;
  readonly #next: Stage;
  readonly #rows: Held[] = [];
  #count = 0;

  /** `width`: number of columns in the answer; later ones are cut off. */
  constructor(keys: readonly SortKey[], limit: number, width: number, budget: Budget, next: Stage) {
    const compare = orderOf(keys);
    this.#compare = (a, b) => compare(a.row, b.row) || a.number - b.number;
    this.#limit = limit;
    this.#width = width;
    this.#budget = budget;
    this.#next = next;
  }

  push(row: Row): boolean {
    const held: Held = { row, number: this.#count++ };
    const rows = this.#rows;
    if (rows.length < this.#limit) {
      this.#budget.take(bytesOfRow(row), 'sorted rows');
      rows.push(held);
      if (this.#limit !== Infinity) this.#up(rows.length - 1);
    } else if (this.#limit > 0 && this.#compare(held, rows[0]!) < 0) {
      this.#budget.release(bytesOfRow(rows[0]!.row));
      this.#budget.take(bytesOfRow(row), 'sorted rows');
      rows[0] = held;
      this.#down(0);
    }
    return true;
  }

  *finish(): Generator<undefined, boolean> {
    const sorted = yield* inOrder(this.#rows, this.#compare);
    for (let i = 0; i < sorted.length; i++) {
      const { row } = sorted[i]!;
      row.length = this.#width;
      if (!this.#next.push(row)) return false;
      if (i % PIECE === PIECE - 1) yield;
    }
    return yield* this.#next.finish();
  }

  #up(from: number): void {
    const rows = this.#rows;
    for (let i = from; i > 0;) {
      const parent = (i - 1) >> 1;
      const [above, row] = [must(rows[parent], 'row'), must(rows[i], 'row')];
      if (this.#compare(above, row) >= 0) return;
      rows[parent] = row;
      rows[i] = above;
      i = parent;
    }
  }

  #down(from: number): void {
    const rows = this.#rows;
    for (let i = from; ;) {
      let last = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < rows.length && this.#compare(must(rows[child], 'row'), must(rows[last], 'row')) > 0) last = child;
      }
      if (last === i) return;
      const [below, row] = [must(rows[last], 'row'), must(rows[i], 'row')];
      rows[last] = row;
      rows[i] = below;
      i = last;
    }
  }
}

/** A merge sort with the result of `Array.sort`, which cannot be interrupted, and with pauses. */
function* inOrder<T>(rows: T[], compare: (a: T, b: T) => number): Generator<undefined, T[]> {
  const runs: T[] = [];
  for (let from = 0; from < rows.length; from += PIECE) {
    for (const row of rows.slice(from, from + PIECE).sort(compare)) runs.push(row);
    yield;
  }
  let [source, target] = [runs, new Array<T>(runs.length)];
  for (let width = PIECE; width < rows.length; width *= 2) {
    for (let from = 0; from < rows.length; from += 2 * width) {
      const middle = Math.min(from + width, rows.length);
      const end = Math.min(middle + width, rows.length);
      for (let [left, right, at] = [from, middle, from]; at < end; at++) {
        const isLeft =
          left < middle && (right >= end || compare(must(source[left], 'row'), must(source[right], 'row')) <= 0);
        target[at] = must(source[isLeft ? left++ : right++], 'row');
        if (at % PIECE === PIECE - 1) yield;
      }
    }
    [source, target] = [target, source];
  }
  return source;
}

interface Held {
  readonly row: Row;
  /** The order of arrival. */
  readonly number: number;
}

function orderOf(keys: readonly SortKey[]): (a: Row, b: Row) => number {
  const parts = keys.map(({ at, type, descending, nullsFirst }) => {
    const compare: Comparator = type.kind === 'DOUBLE' ? compareDoubles : compareValues(type);
    const sign = descending ? -1 : 1;
    const nullSign = nullsFirst ? -1 : 1;
    return (a: Row, b: Row): number => {
      const [x, y] = [a[at], b[at]];
      if (x === null) return y === null ? 0 : nullSign;
      if (y === null) return -nullSign;
      return sign * compare(x, y);
    };
  });
  return (a, b) => {
    for (const part of parts) {
      const order = part(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** As in Java, NaN is larger than all numbers. */
function compareDoubles(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : 0;
}
