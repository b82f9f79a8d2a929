import type { OffsetMap, SourceBatch, SourceRecord } from '../../../api/record.ts';
import type { Changes, StreamPosition } from './stream/changes.ts';
import { STREAM, streamOffset, type KeptStream } from './offsets.ts';

export const NOTHING: SourceBatch = {
  count: 0,
  record: () => {
    throw new Error('An empty batch has no record');
  },
};

/** What a batch that was handed out makes true when it is committed. */
interface Handed {
  readonly position?: StreamPosition | undefined;
  /** The server may forget what is before this. */
  readonly end?: bigint | undefined;
  readonly then?: (() => void) | undefined;
}

/** Where the stream stands by what was committed, and the batch that is to move it. */
export class Delivery {
  readonly #nowMs: () => number;
  #handed: Handed | undefined;
  kept: KeptStream;
  /** ms of the monotonic clock: when the position was last kept. */
  movedAtMs: number;
  /** All before this is ours for good: the server may forget it. */
  confirmed = 0n;
  /** Records that go with the next batch. */
  readonly #along: SourceRecord[] = [];

  constructor(kept: KeptStream, nowMs: () => number) {
    this.kept = kept;
    this.#nowMs = nowMs;
    this.movedAtMs = nowMs();
  }

  get position(): StreamPosition {
    return this.kept.position!;
  }

  /** Whether records wait for a batch. */
  get hasAlong(): boolean {
    return this.#along.length > 0;
  }

  /** A record goes with the next batch, behind its own. */
  along(record: SourceRecord): void {
    this.#along.push(record);
  }

  /** `more`: positions beside the stream's; `then`: when it is committed. */
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

  /** A position without changes. */
  moved(position: StreamPosition, end?: bigint): SourceBatch {
    this.#handed = { position, end };
    return this.#whole({ ...NOTHING, offsets: new Map([[STREAM, streamOffset({ ...this.kept, position })]]) });
  }

  /** A batch beside the stream; `then`: when it is committed. */
  beside(batch: SourceBatch, then?: () => void): SourceBatch {
    this.#handed = { then };
    return this.#whole(batch);
  }

  offset(partition: OffsetMap, offset: OffsetMap): SourceBatch {
    this.#handed = undefined;
    return this.#whole({ ...NOTHING, offsets: new Map([[partition, offset]]) });
  }

  #whole(batch: SourceBatch): SourceBatch {
    if (this.#along.length === 0) return batch;
    const along = this.#along.splice(0);
    const { count } = batch;
    return { ...batch, count: count + along.length, record: (i) => (i < count ? batch.record(i) : along[i - count]!) };
  }

  /** What was handed out is in the log. `confirm` tells the server what it may forget. */
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
