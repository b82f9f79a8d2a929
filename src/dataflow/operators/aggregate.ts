import type { KeyValueStore, StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { PartialReceiver, TableNode, TableReceiver } from '../receivers.ts';
import type { AggregateCore } from './aggregate-core.ts';
import type { Emission } from './emission.ts';

/** Keeps one state per key for all time. A row's timestamp is the highest that was merged so far. */
export class StreamAggregate implements PartialReceiver, TableNode {
  readonly retainsRow = false;
  readonly #core: AggregateCore;
  readonly #store: KeyValueStore;
  readonly #emission: Emission;

  constructor(core: AggregateCore, store: KeyValueStore, emission: Emission) {
    this.#core = core;
    this.#store = store;
    this.#emission = emission;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (key !== null && row !== null) this.#change(key, row, timestamp, false);
  }

  pushPartial(key: Key, state: Row, timestamp: number): void {
    this.#change(key, state, timestamp, true);
  }

  #change(key: Key, added: Row, timestamp: number, isPartial: boolean): void {
    let stored = this.#store.get(key);
    const prev = this.#emission.before(stored, key);
    if (stored === undefined) {
      const state = this.#core.initial();
      if (isPartial) this.#core.merge(state, added);
      else this.#core.add(state, added);
      stored = this.#store.put(key, state, timestamp);
    } else {
      if (isPartial) this.#core.merge(stored.row, added);
      else this.#core.add(stored.row, added);
      this.#store.update(stored, stored.row, Math.max(stored.timestamp, timestamp));
    }
    this.#emission.changed(key, stored, prev);
  }

  get(key: Key): StoredRow | undefined {
    return viewOf(this.#core, this.#store.get(key));
  }

  requireView(): void {}

  enableSendOld(): boolean {
    this.#emission.sendOld = true;
    return true;
  }
}

/**
 * Aggregates a table: the old row is removed from its group, the new one added. Nothing is removed from a group that
 * never existed.
 */
export class TableAggregate implements TableReceiver, TableNode {
  readonly #core: AggregateCore;
  readonly #store: KeyValueStore;
  readonly #emission: Emission;

  constructor(core: AggregateCore, store: KeyValueStore, emission: Emission) {
    this.#core = core;
    this.#store = store;
    this.#emission = emission;
  }

  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    let stored = this.#store.get(key);
    const before = this.#emission.before(stored, key);
    if (stored === undefined) {
      if (next === null) return;
      const state = this.#core.initial();
      this.#core.add(state, next);
      stored = this.#store.put(key, state, timestamp);
    } else {
      if (prev !== null) this.#core.undo(stored.row, prev);
      if (next !== null) this.#core.add(stored.row, next);
      this.#store.update(stored, stored.row, Math.max(stored.timestamp, timestamp));
    }
    this.#emission.changed(key, stored, before);
  }

  get(key: Key): StoredRow | undefined {
    return viewOf(this.#core, this.#store.get(key));
  }

  requireView(): void {}

  enableSendOld(): boolean {
    this.#emission.sendOld = true;
    return true;
  }
}

export function viewOf(core: AggregateCore, stored: StoredRow | undefined): StoredRow | undefined {
  return stored === undefined ? undefined : { row: core.snapshot(stored.row), timestamp: stored.timestamp };
}
