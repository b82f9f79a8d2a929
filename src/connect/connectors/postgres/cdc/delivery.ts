import type { OffsetMap, SourceBatch } from '../../../api/record.ts';
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

  constructor(kept: KeptStream, nowMs: () => number) {
    this.kept = kept;
    this.#nowMs = nowMs;
    this.movedAtMs = nowMs();
  }

  get position(): StreamPosition {
    return this.kept.position!;
  }

  /** `more`: positions beside the stream's; `then`: when it is committed. */
  changes(changes: Changes, more?: ReadonlyMap<OffsetMap, OffsetMap | null>, then?: () => void): SourceBatch {
    const { position, end } = changes;
    this.#handed = { position, end, then };
    return {
      count: changes.count,
      record: (i) => changes.record(i),
      madeAtMs: changes.madeAtMs,
      offsets: position && new Map([[STREAM, streamOffset({ ...this.kept, position })], ...(more ?? [])]),
    };
  }

  /** A position without changes. */
  moved(position: StreamPosition, end?: bigint): SourceBatch {
    this.#handed = { position, end };
    return { ...NOTHING, offsets: new Map([[STREAM, streamOffset({ ...this.kept, position })]]) };
  }

  /** A batch beside the stream; `then`: when it is committed. */
  beside(batch: SourceBatch, then?: () => void): SourceBatch {
    this.#handed = { then };
    return batch;
  }

  offset(partition: OffsetMap, offset: OffsetMap): SourceBatch {
    this.#handed = undefined;
    return { ...NOTHING, offsets: new Map([[partition, offset]]) };
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
