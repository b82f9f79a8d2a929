import type { OffsetMap } from '../../api/record.ts';

/**
 * What the server and we have told each other of messages by their ids (MQTT 3.1.1, 4.3). A message of quality 2 is
 * remembered, with its record in one transaction, from when it is written until the server has heard that we have it:
 * what it sends again after a crash is known by its id.
 */
export class Handshakes {
  /** Ids of quality 2 that are written, and not yet released. */
  readonly #received: Set<number>;
  /** Messages that are not acknowledged: read and not committed, or committed on a connection that was lost. */
  readonly #open = new Map<number, 'read' | 'committed'>();
  /** Released by the server, and to be forgotten before it hears of that. */
  #released: number[] = [];

  constructor(offset: OffsetMap | undefined) {
    const ids = offset?.['received'];
    this.#received = new Set(Array.isArray(ids) ? ids.map(Number) : []);
  }

  /** The server knows of no session: ids mean other messages from now on. */
  forget(): void {
    this.#received.clear();
    this.#open.clear();
    this.#released = [];
  }

  /** What is to be done with a message that comes. */
  meet(id: number, qos: number): 'read' | 'wait' | 'acknowledge' {
    if (qos === 2 && this.#received.has(id)) return 'acknowledge';
    const state = this.#open.get(id);
    if (state === 'committed') return 'acknowledge';
    if (state === 'read') return 'wait';
    this.#open.set(id, 'read');
    return 'read';
  }

  /** A message is written. */
  committed(id: number): void {
    this.#open.set(id, 'committed');
  }

  /** The server has been told so. */
  acknowledged(id: number): void {
    this.#open.delete(id);
  }

  /** The server releases an id. Whether it is to be remembered that it did, before it hears so. */
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

  /** What is remembered once these are written, and those forgotten. */
  settle(written: readonly number[], forgotten: readonly number[]): readonly number[] {
    for (const id of written) this.#received.add(id);
    for (const id of forgotten) this.#received.delete(id);
    return [...this.#received];
  }
}
