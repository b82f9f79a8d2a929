import { createHash } from 'node:crypto';
import { must } from '../../../base/assert.ts';
import type { OffsetMap } from '../../api/record.ts';

/** Ids in one part of the memory before the next part is started. */
const IDS_A_PART = 100;
/** Parts of the memory; the oldest is replaced by a new one. */
const PARTS = 30;

/**
 * The ids of the most recent deliveries, at least 2,900. They are stored as source offsets and so are committed with
 * their records: what was accepted before a crash is known after it. They are stored in parts because an offset is
 * always written as a whole.
 */
export class SeenIds {
  readonly #partitions: readonly OffsetMap[] = Array.from({ length: PARTS }, (_, part) => ({ ids: part }));
  readonly #parts: string[][];
  /** Sequence numbers of the parts: the newest has the highest. */
  readonly #numbers: number[];
  #current: number;
  readonly #known = new Set<string>();

  constructor(offset: (partition: OffsetMap) => OffsetMap | undefined) {
    const stored = this.#partitions.map(offset);
    this.#parts = stored.map((o) => (Array.isArray(o?.['seen']) ? (o['seen'] as string[]) : []));
    this.#numbers = stored.map((o) => Number(o?.['n'] ?? -1));
    const newest = Math.max(...this.#numbers);
    this.#current = newest < 0 ? 0 : this.#numbers.indexOf(newest);
    if (newest < 0) this.#numbers[0] = 0;
    for (const part of this.#parts) for (const id of part) this.#known.add(id);
  }

  has(id: string): boolean {
    return this.#known.has(shortOf(id));
  }

  /** Adds ids; returns the offsets that contain them, to be committed with their records. */
  add(ids: readonly string[]): ReadonlyMap<OffsetMap, OffsetMap> {
    const changed = new Set<number>();
    for (const id of ids) {
      const short = shortOf(id);
      if (this.#known.has(short)) continue;
      if (must(this.#parts[this.#current], 'part').length >= IDS_A_PART) this.#turn();
      must(this.#parts[this.#current], 'part').push(short);
      this.#known.add(short);
      changed.add(this.#current);
    }
    return new Map(
      [...changed].map((part) => [
        must(this.#partitions[part], 'partition'),
        { n: must(this.#numbers[part], 'number'), seen: [...must(this.#parts[part], 'part')] },
      ]),
    );
  }

  #turn(): void {
    const number = must(this.#numbers[this.#current], 'number') + 1;
    this.#current = (this.#current + 1) % PARTS;
    for (const id of must(this.#parts[this.#current], 'part')) this.#known.delete(id);
    this.#parts[this.#current] = [];
    this.#numbers[this.#current] = number;
  }
}

/** 72 bits of the hash of an id, since ids may be long and may be secrets. */
function shortOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 12);
}
