import type { KeyValueStore, StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { TableNode, TableReceiver } from '../receivers.ts';
import { nullRow, type RowJoiner } from '../rows.ts';

/**
 * A foreign-key join runs in two tasks, as in Kafka Streams (KIP-213). The left table's task tells the right table's
 * task which foreign key each of its rows refers to (subscription topic, partitioned like the right table). The right
 * task stores the subscriptions and answers with the right row whenever either changes (response topic, to the
 * partition of the subscription). Each answer carries the hash of the left row for which it was requested; outdated
 * answers are dropped, except that an old result must be removed.
 */
export interface Subscription {
  /** Null only in a left join, when `leftKey` is deleted: such rows never leave the left task. */
  readonly foreignKey: Key;
  readonly leftKey: Key;
  /** Hash of the left row; null when it is deleted. */
  readonly hash: Uint8Array | null;
  readonly action: SubscriptionAction;
  readonly partition: number;
}

export const SUBSCRIBE = 0;
/** Subscribe, and answer even without a right row, since an older result may have to be removed. */
export const SUBSCRIBE_ANSWER_ALWAYS = 1;
export const UNSUBSCRIBE = 2;
export const UNSUBSCRIBE_AND_ANSWER = 3;
export type SubscriptionAction = 0 | 1 | 2 | 3;

export interface SubscriptionOut {
  send(subscription: Subscription, timestamp: number): void;
}

export interface ResponseOut {
  /** Sends an answer. `right` is null when there is no right row. */
  send(partition: number, leftKey: Key, hash: Uint8Array | null, right: Row | null, timestamp: number): void;
}

export interface ForeignKeyLeftOptions {
  readonly isLeftJoin: boolean;
  readonly foreignKey: (row: Row) => unknown;
  readonly sameForeignKey: (a: unknown, b: unknown) => boolean;
  readonly hash: (row: Row) => Uint8Array;
  readonly partition: number;
  readonly out: SubscriptionOut;
  readonly join: RowJoiner;
  readonly rightWidth: number;
  readonly next: TableReceiver;
  /** Opens the store of results. Called only when a downstream operator needs old rows or a view. */
  readonly openResults: () => KeyValueStore;
}

/** The left task's half: sends subscriptions, receives answers. */
export class ForeignKeyLeft implements TableReceiver, TableNode {
  readonly #options: ForeignKeyLeftOptions;
  readonly #noRight: Row;
  #left!: TableNode;
  #results: KeyValueStore | undefined;
  #sendOld = false;

  constructor(options: ForeignKeyLeftOptions) {
    this.#options = options;
    this.#noRight = nullRow(options.rightWidth);
  }

  connect(left: TableNode): void {
    this.#left = left;
    left.requireView();
    left.enableSendOld(true);
  }

  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    const oldKey = prev === null ? null : this.#options.foreignKey(prev);
    const newKey = next === null ? null : this.#options.foreignKey(next);
    if (prev === null && next === null) return;
    const hash = next === null ? null : this.#options.hash(next);
    if (oldKey !== null && (newKey === null || !this.#options.sameForeignKey(oldKey, newKey))) {
      // In an inner join the old result must be removed, unless an answer to the new subscription replaces it.
      const answer = newKey === null && !this.#options.isLeftJoin;
      this.#send(oldKey, key, hash, answer ? UNSUBSCRIBE_AND_ANSWER : UNSUBSCRIBE, timestamp);
    }
    if (newKey !== null) {
      const always = this.#options.isLeftJoin || prev !== null;
      this.#send(newKey, key, hash, always ? SUBSCRIBE_ANSWER_ALWAYS : SUBSCRIBE, timestamp);
    } else if (this.#options.isLeftJoin) {
      // Without a foreign key there is nobody to ask.
      this.#emit(key, next === null ? null : this.#options.join(next, this.#noRight, key), timestamp);
    }
  }

  /** Called when an answer arrives. */
  answer(key: Key, hash: Uint8Array | null, right: Row | null, timestamp: number): void {
    const left = this.#left.get(key);
    const current = left === undefined ? null : this.#options.hash(left.row);
    if (!sameBytes(current, hash)) {
      if (right === null && !this.#options.isLeftJoin) this.#removeOutdated(key, left?.row, current, timestamp);
      return;
    }
    if (left === undefined || (right === null && !this.#options.isLeftJoin)) {
      this.#emit(key, null, timestamp);
    } else {
      this.#emit(key, this.#options.join(left.row, right ?? this.#noRight, key), timestamp);
    }
  }

  /**
   * An answer requires an inner join's result to be removed, but its left row has changed since. The change may have
   * sent no subscription (a row without a foreign key was deleted), or one that only an existing right row answers (the
   * row is new): then the old result would remain, so it is removed here.
   */
  #removeOutdated(key: Key, left: Row | undefined, hash: Uint8Array | null, timestamp: number): void {
    const foreignKey = left === undefined ? null : this.#options.foreignKey(left);
    if (foreignKey === null) this.#emit(key, null, timestamp);
    else this.#send(foreignKey, key, hash, SUBSCRIBE_ANSWER_ALWAYS, timestamp);
  }

  get(key: Key): StoredRow | undefined {
    return this.#results?.get(key);
  }

  requireView(): void {
    this.#results ??= this.#options.openResults();
  }

  enableSendOld(force: boolean): boolean {
    if (!force && this.#results === undefined) return false;
    this.requireView();
    this.#sendOld = true;
    return true;
  }

  #emit(key: Key, row: Row | null, timestamp: number): void {
    let prev: Row | null = null;
    if (this.#results !== undefined) {
      if (this.#sendOld) prev = this.#results.get(key)?.row ?? null;
      if (row === null) this.#results.delete(key);
      else this.#results.put(key, row, timestamp);
    }
    this.#options.next.change(key, row, prev, timestamp);
  }

  #send(
    foreignKey: unknown,
    leftKey: Key,
    hash: Uint8Array | null,
    action: SubscriptionAction,
    timestamp: number,
  ): void {
    this.#options.out.send(
      { foreignKey: [foreignKey], leftKey, hash, action, partition: this.#options.partition },
      timestamp,
    );
  }
}

/**
 * The right task's half: stores subscriptions by (foreign key, left key) and answers them. As a receiver, it receives
 * the right table.
 */
export class ForeignKeyRight implements TableReceiver {
  /** Rows: [hash, partition]. */
  readonly #subscriptions: KeyValueStore;
  readonly #out: ResponseOut;
  #right!: TableNode;

  constructor(subscriptions: KeyValueStore, out: ResponseOut) {
    this.#subscriptions = subscriptions;
    this.#out = out;
  }

  connect(right: TableNode): void {
    this.#right = right;
    right.requireView();
  }

  /** Called when the right row has changed: answers all left rows that refer to it, in key order. */
  change(key: Key, next: Row | null, _prev: Row | null, timestamp: number): void {
    for (const [id, stored] of this.#subscriptions.prefix(key)) {
      this.#out.send(
        stored.row[1] as number,
        id.slice(key.length),
        stored.row[0] as Uint8Array | null,
        next,
        timestamp,
      );
    }
  }

  /** Called when a subscription arrives. */
  subscribe({ foreignKey, leftKey, hash, action, partition }: Subscription, timestamp: number): void {
    const id = [...foreignKey, ...leftKey];
    if (action === UNSUBSCRIBE || action === UNSUBSCRIBE_AND_ANSWER) this.#subscriptions.delete(id);
    else this.#subscriptions.put(id, [hash, partition], timestamp);
    if (action === UNSUBSCRIBE) return;
    if (action === UNSUBSCRIBE_AND_ANSWER) {
      this.#out.send(partition, leftKey, hash, null, timestamp);
      return;
    }
    const right = this.#right.get(foreignKey);
    if (right === undefined && action === SUBSCRIBE) return;
    const time = right === undefined ? timestamp : Math.max(timestamp, right.timestamp);
    this.#out.send(partition, leftKey, hash, right?.row ?? null, time);
  }
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return Buffer.compare(a, b) === 0;
}
