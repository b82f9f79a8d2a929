import type { PartitionNumber } from '../../base/quantities.ts';
import { SluiceError } from '../../base/errors.ts';
import { type CommittedOffset, Fenced, type LogWriter } from '../api.ts';
import { sizeOf } from '../record-batch/batch-header.ts';
import { HEADER_BYTES, MAGIC, MAGIC_AT } from '../record-batch/layout.ts';
import { recompress } from '../record-batch/recompress.ts';
import { numberConfig } from '../topic-configs.ts';
import type { Append, CommitQueue, StatePut, Work } from './commit-queue.ts';
import type { PackedEntries } from '../../store/ordered-store.ts';
import type { Topics } from './topics.ts';

/**
 * Collects batches, offsets and state in memory until the commit. After a failed commit they may be committed again or
 * aborted.
 */
export class EmbeddedWriter implements LogWriter {
  readonly sharesState = true;
  readonly #topics: Topics;
  readonly #queue: CommitQueue;
  readonly #isCurrent: () => boolean;
  readonly #usesReserve: boolean;
  readonly #appends: Append[] = [];
  readonly #offsets = new Map<string, { group: string; offset: CommittedOffset }>();
  #state: StatePut[] = [];
  #packed: PackedEntries[] = [];
  #pendingBytes = 0;
  #committing = false;
  #closed = false;

  constructor(topics: Topics, queue: CommitQueue, isCurrent: () => boolean, usesReserve = false) {
    this.#topics = topics;
    this.#queue = queue;
    this.#isCurrent = isCurrent;
    this.#usesReserve = usesReserve;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** @throws SluiceError NOT_FOUND, RECORD_TOO_LARGE, LOG_CORRUPT (not one whole batch); Fenced */
  append(topicName: string, partition: PartitionNumber, batch: Buffer, owned = false): void {
    this.#check();
    const at = this.#topics.partition({ topic: topicName, partition });
    const topic = this.#topics.topic(topicName);
    if (batch.length < HEADER_BYTES || batch[MAGIC_AT] !== MAGIC || sizeOf(batch) !== batch.length) {
      throw new SluiceError(
        'LOG_CORRUPT',
        `Cannot append to '${topicName}': the ${batch.length} bytes are not one whole record batch`,
      );
    }
    const own = recompress(batch, topic.configs['compression.type']) ?? (owned ? batch : Buffer.from(batch));
    const limit = numberConfig(topic.configs, 'max.message.bytes');
    if (own.length > limit) {
      throw new SluiceError(
        'RECORD_TOO_LARGE',
        `Cannot append to '${topicName}': a record batch of ${own.length} bytes is larger than max.message.bytes: ${limit}`,
      );
    }
    this.#appends.push({ topic, partition: at, batch: own });
    this.#pendingBytes += own.length;
  }

  commitOffsets(group: string, offsets: readonly CommittedOffset[]): void {
    this.#check();
    if (group.includes('\0'))
      throw new SluiceError('BAD_REQUEST', 'Cannot commit offsets: the group id has a NUL character');
    for (const offset of offsets)
      this.#offsets.set(`${group}\0${offset.topic}\0${offset.partition}`, { group, offset });
  }

  putState(space: string, key: Uint8Array, value: Uint8Array | null): void {
    this.#check();
    this.#state.push({ space, key, value });
    this.#pendingBytes += key.length + (value === null ? 0 : value.length);
  }

  /** Equivalent to a `putState` call for each entry. Takes ownership of the bytes. */
  putPacked(packed: PackedEntries): void {
    this.#check();
    if (packed.length === 0) return;
    this.#packed.push(packed);
    this.#pendingBytes += packed.length;
  }

  async commit(): Promise<void> {
    this.#check();
    const isEmpty = this.#appends.length === 0 && this.#offsets.size === 0 && this.#state.length === 0;
    if (isEmpty && this.#packed.length === 0) return;
    const work: Work = {
      appends: this.#appends,
      offsets: [...this.#offsets.values()],
      state: this.#state,
      packed: this.#packed,
      usesReserve: this.#usesReserve,
      isCurrent: this.#isCurrent,
    };
    this.#committing = true;
    try {
      await this.#queue.commit(work);
    } finally {
      this.#committing = false;
    }
    this.#forget();
  }

  async abort(): Promise<void> {
    if (this.#committing) throw new SluiceError('INTERNAL', 'Cannot abort while a commit is under way');
    this.#forget();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#committing) this.#forget();
  }

  #forget(): void {
    this.#appends.length = 0;
    this.#offsets.clear();
    this.#state = [];
    this.#packed = [];
    this.#pendingBytes = 0;
  }

  #check(): void {
    if (this.#closed) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot write: the writer is closed');
    if (this.#committing) throw new SluiceError('INTERNAL', 'Cannot write while a commit is under way');
    if (!this.#isCurrent()) throw new Fenced('A younger writer of the same transactional id exists');
  }
}
