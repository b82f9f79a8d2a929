import type { Aggregator } from '../../functions/api.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { Row } from '../../types/row.ts';

export interface CompiledCall {
  readonly aggregator: Aggregator;
  readonly args: readonly ((row: Row) => unknown)[];
  readonly intermediate: SqlType;
}

/**
 * The computation of one aggregation. A state row holds the carried columns of the latest input row, then the
 * intermediate value of each call. State rows are changed in place; use `snapshot` to hand out a copy of the mutable
 * parts.
 */
export class AggregateCore {
  readonly #carried: readonly number[];
  readonly #calls: readonly CompiledCall[];
  /** One array of arguments per call, reused for every row: aggregators must not keep it. */
  readonly #args: unknown[][];
  readonly #copies: readonly boolean[];
  readonly #initial: Row;

  constructor(carried: readonly number[], calls: readonly CompiledCall[]) {
    this.#carried = carried;
    this.#calls = calls;
    this.#args = calls.map((c) => c.args.map(() => null));
    this.#copies = calls.map((c) => isMutable(c.intermediate));
    this.#initial = carried.map(() => null);
  }

  initial(): Row {
    const state = this.#initial.slice();
    for (const call of this.#calls) state.push(call.aggregator.initialize());
    return state;
  }

  /** Adds a row, changing `state`. */
  add(state: Row, row: Row): void {
    const carried = this.#carried;
    let at = 0;
    for (; at < carried.length; at++) state[at] = row[carried[at]!];
    const calls = this.#calls;
    for (let i = 0; i < calls.length; i++, at++) {
      const { aggregator, args } = calls[i]!;
      const values = this.#args[i]!;
      for (let j = 0; j < args.length; j++) values[j] = args[j]!(row);
      state[at] = aggregator.add(state[at], values);
    }
  }

  /** Removes a row, changing `state`. */
  undo(state: Row, row: Row): void {
    const carried = this.#carried;
    let at = 0;
    for (; at < carried.length; at++) state[at] = row[carried[at]!];
    const calls = this.#calls;
    for (let i = 0; i < calls.length; i++, at++) {
      const { aggregator, args } = calls[i]!;
      const values = this.#args[i]!;
      for (let j = 0; j < args.length; j++) values[j] = args[j]!(row);
      state[at] = aggregator.undo!(state[at], values);
    }
  }

  /** Merges another session's state into `state`; `other` is the later one and is not changed. */
  merge(state: Row, other: Row): void {
    const width = this.#carried.length;
    for (let i = 0; i < width; i++) state[i] = other[i];
    const calls = this.#calls;
    for (let i = 0; i < calls.length; i++) {
      const value = this.#copies[i] === true ? deepCopy(other[width + i]) : other[width + i];
      state[width + i] = calls[i]!.aggregator.merge!(state[width + i], value);
    }
  }

  /** The row shown to queries. It may share arrays and maps with the state. */
  result(state: Row): Row {
    const width = this.#carried.length;
    const out = state.slice(0, width);
    const calls = this.#calls;
    for (let i = 0; i < calls.length; i++) out.push(calls[i]!.aggregator.result(state[width + i]));
    return out;
  }

  /** Like `result`, without sharing anything that a later `add` may change. */
  snapshot(state: Row): Row {
    const width = this.#carried.length;
    const out = state.slice(0, width);
    const calls = this.#calls;
    for (let i = 0; i < calls.length; i++) {
      const value = state[width + i];
      out.push(calls[i]!.aggregator.result(this.#copies[i] === true ? deepCopy(value) : value));
    }
    return out;
  }
}

function isMutable(type: SqlType): boolean {
  return type.kind === 'ARRAY' || type.kind === 'MAP' || type.kind === 'STRUCT' || type.kind === 'BYTES';
}

function deepCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deepCopy);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [k, deepCopy(v)]));
  if (value instanceof Uint8Array) return Buffer.from(value);
  return value;
}
