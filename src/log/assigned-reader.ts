import type { Offset } from '../base/quantities.ts';
import { SluiceError } from '../base/errors.ts';
import type { ReaderOptions, TopicPartition } from './api.ts';

const DEFAULT_MAX_BYTES = 4 << 20;
const DEFAULT_MAX_PARTITION_BYTES = 1 << 20;

/** A partition that is assigned to a reader. */
export interface Assigned extends TopicPartition {
  /** The offset of the next record to be returned. */
  position: Offset;
  paused: boolean;
}

/** The common part of all log readers: the assigned partitions, and the position in each. */
export abstract class AssignedReader<A extends Assigned> {
  protected readonly maxBytes: number;
  protected readonly maxPartitionBytes: number;
  protected assigned: readonly A[] = [];
  readonly #byName = new Map<string, A>();
  #isClosed = false;

  constructor(options: ReaderOptions) {
    this.maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.maxPartitionBytes = options.maxPartitionBytes ?? DEFAULT_MAX_PARTITION_BYTES;
  }

  /** The initial state of a partition that is assigned. */
  protected abstract begin(at: Assigned): A;

  assign(partitions: readonly (TopicPartition & { readonly offset: Offset })[]): void {
    this.assigned = partitions.map(({ topic, partition, offset }) =>
      this.begin({ topic, partition, position: offset, paused: false }),
    );
    this.#byName.clear();
    for (const assigned of this.assigned) this.#byName.set(`${assigned.topic}\0${assigned.partition}`, assigned);
  }

  seek(at: TopicPartition, offset: Offset): void {
    this.require(at).position = offset;
  }

  pause(at: TopicPartition): void {
    this.require(at).paused = true;
  }

  resume(at: TopicPartition): void {
    this.require(at).paused = false;
  }

  position(at: TopicPartition): number {
    return this.require(at).position;
  }

  protected get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws SluiceError LOG_UNAVAILABLE once the reader is closed */
  protected requireOpen(): void {
    if (this.#isClosed) throw new SluiceError('LOG_UNAVAILABLE', 'Cannot poll: the reader is closed');
  }

  /** Ends reading: every further poll fails. */
  protected markClosed(): void {
    this.#isClosed = true;
    this.assign([]);
  }

  protected find(at: TopicPartition): A | undefined {
    return this.#byName.get(`${at.topic}\0${at.partition}`);
  }

  protected require(at: TopicPartition): A {
    const assigned = this.find(at);
    if (assigned === undefined)
      throw new SluiceError('INTERNAL', `${at.topic}-${at.partition} is not assigned to this reader`);
    return assigned;
  }
}
