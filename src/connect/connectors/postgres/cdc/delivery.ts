import { NO_RECORDS, type OffsetMap, type SourceBatch, type SourceRecord } from '../../../api/record.ts';
import type { Changes, StreamPosition } from './stream/changes.ts';
import { STREAM, streamOffset, type KeptStream } from './offsets.ts';

/** The effects of a batch that was returned, once it is committed. */
interface Handed {
  readonly position?: StreamPosition | undefined;
  /** The server may discard the WAL before this position. */
  readonly end?: bigint | undefined;
  readonly then?: (() => void) | undefined;
}

/** The committed position of the stream, and the batch that will advance it. */
export class Delivery {
  readonly #nowMs: () => number;
  #handed: Handed | undefined;
  kept: KeptStream;
  /** ms of the monotonic clock: when a position was last committed. */
  movedAtMs: number;
  /** Everything before this position is committed: the server may discard it. */
  confirmed = 0n;
  /** Records to be appended to the next batch. */
  readonly #along: SourceRecord[] = [];

  constructor(kept: KeptStream, nowMs: () => number) {
    this.kept = kept;
    this.#nowMs = nowMs;
    this.movedAtMs = nowMs();
  }

  get position(): StreamPosition {
    return this.kept.position!;
  }

  /** Whether records are waiting for a batch. */
  get hasAlong(): boolean {
    return this.#along.length > 0;
  }

  /** Appends a record to the next batch, after the batch's own records. */
  along(record: SourceRecord): void {
    this.#along.push(record);
  }

  /**
   * @param more offsets in addition to that of the stream
   * @param then called when the batch is committed
   */
  changes(changes: Changes, more?: ReadonlyMap<OffsetMap, OffsetMap | null>, then?: () => void): SourceBatch {
    const { position, end } = changes;
    this.#handed = { position, end, then };
    return this.#whole({
      count: changes.count,
      record: (i) => changes.record(i),
      madeAtMs: changes.madeAtMs,
      offsets: position && new Map([[STREAM, streamOffset({ ...this.kept, position })], ...(more ?? [])]),
    });
  }

  /** A new position without changes. */
  moved(position: StreamPosition, end?: bigint): SourceBatch {
    this.#handed = { position, end };
    return this.#whole({ ...NO_RECORDS, offsets: new Map([[STREAM, streamOffset({ ...this.kept, position })]]) });
  }

  /** A batch beside the stream. @param then called when it is committed */
  beside(batch: SourceBatch, then?: () => void): SourceBatch {
    this.#handed = { then };
    return this.#whole(batch);
  }

  offset(partition: OffsetMap, offset: OffsetMap): SourceBatch {
    this.#handed = undefined;
    return this.#whole({ ...NO_RECORDS, offsets: new Map([[partition, offset]]) });
  }

  #whole(batch: SourceBatch): SourceBatch {
    if (this.#along.length === 0) return batch;
    const along = this.#along.splice(0);
    const { count } = batch;
    return { ...batch, count: count + along.length, record: (i) => (i < count ? batch.record(i) : along[i - count]!) };
  }

  /** The batch that was returned is committed. @param confirm tells the server what it may discard */
  committed(confirm: (lsn: bigint) => void): void {
    const handed = this.#handed;
    this.#handed = undefined;
    if (handed === undefined) return;
    if (handed.position !== undefined) {
      this.kept = { ...this.kept, position: handed.position };
      this.movedAtMs = this.#nowMs();
    }
    if (handed.end !== undefined && handed.end > this.confirmed) {
      this.confirmed = handed.end;
      confirm(handed.end);
    }
    handed.then?.();
  }
}
