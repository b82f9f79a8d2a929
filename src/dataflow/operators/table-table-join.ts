import type { JoinType } from '../../plan/steps/steps.ts';
import type { StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { TableNode, TableReceiver } from '../receivers.ts';
import { nullRow, type RowCondition, type RowJoiner } from '../rows.ts';

/**
 * Joins two tables by key: each change of a side is joined with the other side's current row, with the higher of both
 * timestamps. Nothing is stored, since the result follows from the two sides. As in Kafka Streams:
 * - if a required side (`needs...`) is missing, there is no output at all, not even a tombstone;
 * - if neither side has a row or had one, there is no output. With `matches`, left rows for which it is not true find
 *   no
 *   right row: they count as missing where a right row is required, and are padded otherwise.
 */
export class TableTableJoin implements TableNode {
  readonly #join: RowJoiner;
  readonly #noLeft: Row;
  readonly #noRight: Row;
  readonly #next: TableReceiver;
  readonly #needsLeft: boolean;
  readonly #needsRight: boolean;
  readonly #matches: RowCondition | undefined;
  #left!: TableNode;
  #right!: TableNode;
  #sendOld = false;

  constructor(
    joinType: JoinType,
    join: RowJoiner,
    leftWidth: number,
    rightWidth: number,
    next: TableReceiver,
    matches?: RowCondition,
  ) {
    this.#join = join;
    this.#noLeft = nullRow(leftWidth);
    this.#noRight = nullRow(rightWidth);
    this.#next = next;
    this.#needsLeft = joinType === 'INNER' || joinType === 'LEFT';
    this.#needsRight = joinType === 'INNER' || joinType === 'RIGHT';
    this.#matches = matches;
  }

  readonly leftInput: TableReceiver = {
    change: (key, next, prev, timestamp) => this.#leftChanged(key, next, prev, timestamp),
  };
  readonly rightInput: TableReceiver = {
    change: (key, next, prev, timestamp) => this.#rightChanged(key, next, prev, timestamp),
  };

  connect(left: TableNode, right: TableNode): void {
    this.#left = left;
    this.#right = right;
    left.requireView();
    right.requireView();
    // A side that may be alone must distinguish a deletion from a tombstone for a row that never existed.
    if (!this.#needsRight || this.#matches !== undefined) left.enableSendOld(true);
    if (!this.#needsLeft) right.enableSendOld(true);
  }

  get(key: Key): StoredRow | undefined {
    const left = this.#leftOf(key);
    const right = this.#right.get(key);
    const row = this.#joined(key, left?.row ?? null, right?.row ?? null);
    if (row === null) return undefined;
    return { row, timestamp: Math.max(left?.timestamp ?? -1, right?.timestamp ?? -1) };
  }

  requireView(): void {}

  enableSendOld(): boolean {
    this.#left.enableSendOld(true);
    this.#right.enableSendOld(true);
    this.#sendOld = true;
    return true;
  }

  #leftChanged(key: Key, changed: Row | null, before: Row | null, timestamp: number): void {
    const next = this.#present(changed);
    const prev = this.#present(before);
    if (this.#matches !== undefined && this.#needsRight && next === null && prev === null) return;
    const right = this.#right.get(key);
    if (right === undefined) {
      if (this.#needsRight || (next === null && prev === null)) return;
      this.#next.change(
        key,
        this.#joined(key, next, null),
        this.#sendOld ? this.#joined(key, prev, null) : null,
        timestamp,
      );
      return;
    }
    const old = this.#sendOld ? this.#joined(key, prev, right.row) : null;
    this.#next.change(key, this.#joined(key, next, right.row), old, Math.max(timestamp, right.timestamp));
  }

  #rightChanged(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    const left = this.#leftOf(key);
    if (left !== undefined && !this.#finds(left.row)) return;
    if (left === undefined) {
      if (this.#needsLeft || (next === null && prev === null)) return;
      this.#next.change(
        key,
        this.#joined(key, null, next),
        this.#sendOld ? this.#joined(key, null, prev) : null,
        timestamp,
      );
      return;
    }
    const old = this.#sendOld ? this.#joined(key, left.row, prev) : null;
    this.#next.change(key, this.#joined(key, left.row, next), old, Math.max(timestamp, left.timestamp));
  }

  #finds(left: Row): boolean {
    return this.#matches === undefined || this.#matches(left);
  }

  /** A left row that requires a right row and cannot match one counts as missing. */
  #present(left: Row | null): Row | null {
    return left !== null && this.#needsRight && !this.#finds(left) ? null : left;
  }

  #leftOf(key: Key): StoredRow | undefined {
    const left = this.#left.get(key);
    return left === undefined || this.#present(left.row) === null ? undefined : left;
  }

  #joined(key: Key, left: Row | null, found: Row | null): Row | null {
    const right = left === null || this.#finds(left) ? found : null;
    if (left === null && (right === null || this.#needsLeft)) return null;
    if (right === null && this.#needsRight) return null;
    return this.#join(left ?? this.#noLeft, right ?? this.#noRight, key);
  }
}
