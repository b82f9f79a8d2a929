import type { OffsetMap } from '../../api/record.ts';

/**
 * The state of messages by their ids between the server and us (MQTT 3.1.1, 4.3). A message of quality 2 is remembered,
 * in one transaction with its record, from when it is written until the server knows that we have it; so a message that
 * is sent again after a crash is recognized by its id.
 */
export class Handshakes {
  /** Ids of quality 2 that have been written and not released yet. */
  readonly #received: Set<number>;
  /** Messages that have not been acknowledged: read and not committed, or committed on a connection that was lost. */
  readonly #open = new Map<number, 'read' | 'committed'>();
  /** Released by the server; to be forgotten before it is confirmed. */
  #released: number[] = [];

  constructor(offset: OffsetMap | undefined) {
    const ids = offset?.['received'];
    this.#received = new Set(Array.isArray(ids) ? ids.map(Number) : []);
  }

  /** The server has no session: ids stand for other messages from now on. */
  forget(): void {
    this.#received.clear();
    this.#open.clear();
    this.#released = [];
  }

  /** How to handle an arriving message. */
  meet(id: number, qos: number): 'read' | 'wait' | 'acknowledge' {
    if (qos === 2 && this.#received.has(id)) return 'acknowledge';
    const state = this.#open.get(id);
    if (state === 'committed') return 'acknowledge';
    if (state === 'read') return 'wait';
    this.#open.set(id, 'read');
    return 'read';
  }

  /** Called when a message has been written. */
  committed(id: number): void {
    this.#open.set(id, 'committed');
  }

  /** Called when the server has been told. */
  acknowledged(id: number): void {
    this.#open.delete(id);
  }

  /** The server releases an id. Returns whether that must be stored before it is confirmed. */
  release(id: number): boolean {
    if (!this.#received.has(id)) return false;
    this.#released.push(id);
    return true;
  }

  get hasReleased(): boolean {
    return this.#released.length > 0;
  }

  /** Ids to forget with the next commit. */
  takeReleased(): readonly number[] {
    const ids = this.#released;
    this.#released = [];
    return ids;
  }

  /** The stored ids after these are written and those forgotten. */
  settle(written: readonly number[], forgotten: readonly number[]): readonly number[] {
    for (const id of written) this.#received.add(id);
    for (const id of forgotten) this.#received.delete(id);
    return [...this.#received];
  }
}
