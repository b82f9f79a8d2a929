import type { TimedRow, StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { RecordContext } from '../task/record-context.ts';
import type { TableReceiver } from '../receivers.ts';
import type { AggregateCore } from './aggregate-core.ts';

/**
 * Emits the changes of an aggregation: at once, or, with `gather` (Kafka Streams' record cache), once per key and
 * commit with the latest state, in the order of the last changes. Invariant: between two commits, what was sent last
 * plus what is pending equals the state of the store.
 */
export class Emission {
  sendOld = false;
  readonly #core: AggregateCore;
  readonly #context: RecordContext;
  readonly #next: TableReceiver;
  readonly #gather: boolean;
  readonly #decorate: (row: Row, key: Key) => Row;
  readonly #pending = new Map<StoredRow, Pending>();
  /** The last key of `pending`, as long as nothing has been removed. */
  #newest: StoredRow | undefined;

  constructor(
    core: AggregateCore,
    context: RecordContext,
    next: TableReceiver,
    gather: boolean,
    decorate: (row: Row, key: Key) => Row,
  ) {
    this.#core = core;
    this.#context = context;
    this.#next = next;
    this.#gather = gather;
    this.#decorate = decorate;
  }

  /** The old row to pass to `changed`; must be read before the state is changed. */
  before(stored: StoredRow | undefined, key: Key): Row | null {
    if (!this.sendOld || stored === undefined) return null;
    return this.#decorate(this.#core.snapshot(stored.row), key);
  }

  /** Reports a change. `stored` holds the new state; `prev` is the result of `before`. */
  changed(key: Key, stored: StoredRow, prev: Row | null): void {
    if (this.#gather) {
      const pending = this.#pending.get(stored);
      if (this.#context.headerCount === 0) {
        if (pending === undefined) this.#pending.set(stored, { key, prev });
        else if (this.#newest !== stored) {
          // A map keeps insertion order, so the key moves to the end.
          this.#pending.delete(stored);
          this.#pending.set(stored, pending);
        }
        this.#newest = stored;
        return;
      }
      // Headers belong to this record, which must not be merged with others.
      if (pending !== undefined) {
        this.#pending.delete(stored);
        this.#newest = undefined;
        prev = pending.prev;
      }
    }
    this.#next.change(key, this.#row(stored, key), prev, stored.timestamp);
  }

  /** Sends the gathered changes. Called before each commit. */
  flush(): void {
    if (this.#pending.size === 0) return;
    for (const [stored, { key, prev }] of this.#pending)
      this.#next.change(key, this.#row(stored, key), prev, stored.timestamp);
    this.#pending.clear();
    this.#newest = undefined;
  }

  #row(stored: StoredRow | TimedRow, key: Key): Row {
    // Where old rows are sent, the receiver compares or keeps the row, so it gets a copy.
    return this.#decorate(this.sendOld ? this.#core.snapshot(stored.row) : this.#core.result(stored.row), key);
  }
}

interface Pending {
  readonly key: Key;
  readonly prev: Row | null;
}
