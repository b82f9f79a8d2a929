import { must } from '../../../base/assert.ts';
import type { Rows, TextRow } from './dialect.ts';

/** Rows of drivers that return values. */
export class ValueRows<V> implements Rows {
  readonly rows: (readonly V[])[];
  readonly #textOf: (value: V) => string | null;

  constructor(rows: (readonly V[])[], textOf: (value: V) => string | null) {
    this.rows = rows;
    this.#textOf = textOf;
  }

  get length(): number {
    return this.rows.length;
  }

  text(i: number): TextRow {
    return must(this.rows[i], 'row').map(this.#textOf);
  }

  append(other: ValueRows<V>): void {
    for (const row of other.rows) this.rows.push(row);
  }

  split(at: number): ValueRows<V> {
    return new ValueRows(this.rows.splice(at), this.#textOf);
  }
}
