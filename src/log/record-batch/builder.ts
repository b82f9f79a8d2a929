import type { Offset, TimestampMs } from '../../base/quantities.ts';
import { assert } from '../../base/assert.ts';
import type { CodecName } from './compression.ts';
import { setChecksum } from './batch-header.ts';
import { CODECS } from './compression.ts';
import type { EncodedHeaders } from './headers.ts';
import * as at from './layout.ts';
import { putVarint, varintLength } from './varint.ts';

/** An upper limit for the varints and the attribute byte of a record. */
const RECORD_OVERHEAD_BYTES = 48;

export interface FinishOptions {
  /** Offset of the first record, 0 by default; the log sets it when it stores the batch. */
  readonly baseOffset?: Offset;
  readonly codec?: CodecName;
}

/**
 * Builds one record batch directly in a growing buffer, without an object per record. Offsets count up from the base
 * offset unless `appendAt` sets them (compaction keeps gaps).
 */
export class BatchBuilder {
  #bytes: Buffer;
  #length = at.HEADER_BYTES;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;
  #lastDelta = -1;
  #deleteHorizonMs: number | undefined;

  constructor(capacity = 1 << 14) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(capacity, at.HEADER_BYTES));
  }

  get count(): number {
    return this.#count;
  }

  /** The current size of the batch, uncompressed. */
  get size(): number {
    return this.#length;
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** Appends one record: key[keyFrom, keyTo) and value[valueFrom, valueTo); null key or value: none. */
  append(
    timestamp: TimestampMs,
    key: Uint8Array | null,
    keyFrom: number,
    keyTo: number,
    value: Uint8Array | null,
    valueFrom: number,
    valueTo: number,
    headers?: EncodedHeaders | null,
  ): void {
    this.appendAt(this.#lastDelta + 1, timestamp, key, keyFrom, keyTo, value, valueFrom, valueTo, headers);
  }

  /** Appends one record of whole buffers. */
  add(timestamp: TimestampMs, key: Uint8Array | null, value: Uint8Array | null, headers?: EncodedHeaders | null): void {
    this.append(timestamp, key, 0, key === null ? 0 : key.length, value, 0, value === null ? 0 : value.length, headers);
  }

  /** Like append, with the record's distance from the base offset; deltas must rise. */
  appendAt(
    offsetDelta: number,
    timestamp: TimestampMs,
    key: Uint8Array | null,
    keyFrom: number,
    keyTo: number,
    value: Uint8Array | null,
    valueFrom: number,
    valueTo: number,
    headers?: EncodedHeaders | null,
  ): void {
    if (this.#count === 0) {
      this.#baseTimestamp = this.#deleteHorizonMs ?? timestamp;
      this.#maxTimestamp = timestamp;
    } else if (timestamp > this.#maxTimestamp) {
      this.#maxTimestamp = timestamp;
    }
    const timestampDelta = timestamp - this.#baseTimestamp;
    const keyLength = key === null ? -1 : keyTo - keyFrom;
    const valueLength = value === null ? -1 : valueTo - valueFrom;
    const headerBytes = headers ? headers.to - headers.from : 0;
    const headerCount = headers ? headers.count : 0;
    const keyBytes = keyLength > 0 ? keyLength : 0;
    const valueBytes = valueLength > 0 ? valueLength : 0;
    const body =
      1 +
      varintLength(timestampDelta) +
      varintLength(offsetDelta) +
      varintLength(keyLength) +
      keyBytes +
      varintLength(valueLength) +
      valueBytes +
      varintLength(headerCount) +
      headerBytes;
    this.#reserve(body + RECORD_OVERHEAD_BYTES);
    const bytes = this.#bytes;
    let pos = putVarint(bytes, this.#length, body);
    bytes[pos++] = 0;
    pos = putVarint(bytes, pos, timestampDelta);
    pos = putVarint(bytes, pos, offsetDelta);
    pos = putVarint(bytes, pos, keyLength);
    if (keyBytes > 0) pos = copyInto(bytes, pos, key!, keyFrom, keyTo);
    pos = putVarint(bytes, pos, valueLength);
    if (valueBytes > 0) pos = copyInto(bytes, pos, value!, valueFrom, valueTo);
    pos = putVarint(bytes, pos, headerCount);
    if (headers && headerBytes > 0) pos = copyInto(bytes, pos, headers.bytes, headers.from, headers.to);
    this.#length = pos;
    this.#lastDelta = offsetDelta;
    this.#count++;
  }

  /**
   * Sets when compaction may remove this batch's tombstones; stored in place of the base timestamp (KIP-534). Must be
   * called before the first record.
   */
  setDeleteHorizon(timestampMs: TimestampMs): void {
    assert(this.#count === 0, 'the delete horizon comes before the records');
    this.#deleteHorizonMs = timestampMs;
  }

  /**
   * The finished batch, owned by the caller (may be appended with `owned`); the builder starts again. `lastOffsetDelta`
   * may be beyond the last record (compaction).
   */
  finish(options?: FinishOptions & { readonly lastOffsetDelta?: number }): Buffer {
    const codec = CODECS[options?.codec ?? 'none'];
    const used = this.#length;
    let out: Buffer;
    if (codec.id !== 0) {
      const packed = codec.compress(this.#bytes.subarray(at.HEADER_BYTES, used));
      out = Buffer.allocUnsafeSlow(at.HEADER_BYTES + packed.length);
      packed.copy(out, at.HEADER_BYTES);
    } else if (used * 2 > this.#bytes.length) {
      // Gives its memory away, since a copy costs as much as new memory.
      out = this.#bytes.subarray(0, used);
      this.#bytes = Buffer.allocUnsafeSlow(this.#bytes.length);
    } else {
      out = Buffer.allocUnsafeSlow(used);
      this.#bytes.copy(out, 0, 0, used);
    }
    at.writeInt53(out, options?.baseOffset ?? 0, at.BASE_OFFSET_AT);
    out.writeInt32BE(out.length - at.PREFIX_BYTES, at.LENGTH_AT);
    out.writeInt32BE(-1, at.LEADER_EPOCH_AT);
    out[at.MAGIC_AT] = at.MAGIC;
    out.writeInt16BE(
      this.#deleteHorizonMs === undefined ? codec.id : codec.id | at.DELETE_HORIZON_FLAG,
      at.ATTRIBUTES_AT,
    );
    out.writeInt32BE(options?.lastOffsetDelta ?? Math.max(0, this.#lastDelta), at.LAST_OFFSET_DELTA_AT);
    at.writeInt53(out, this.#baseTimestamp, at.BASE_TIMESTAMP_AT);
    at.writeInt53(out, this.#maxTimestamp, at.MAX_TIMESTAMP_AT);
    out.writeBigInt64BE(at.NO_PRODUCER_ID, at.PRODUCER_ID_AT);
    out.writeInt16BE(-1, at.PRODUCER_EPOCH_AT);
    out.writeInt32BE(-1, at.BASE_SEQUENCE_AT);
    out.writeInt32BE(this.#count, at.RECORD_COUNT_AT);
    setChecksum(out);
    this.reset();
    return out;
  }

  /** Discards what was appended. */
  reset(): void {
    this.#length = at.HEADER_BYTES;
    this.#count = 0;
    this.#baseTimestamp = 0;
    this.#maxTimestamp = 0;
    this.#lastDelta = -1;
    this.#deleteHorizonMs = undefined;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, needed));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** A native copy costs more than a short loop. */
function copyInto(target: Buffer, pos: number, source: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length < 48) {
    for (let i = from; i < to; i++) target[pos++] = source[i]!;
    return pos;
  }
  target.set(from === 0 && to === source.length ? source : source.subarray(from, to), pos);
  return pos + length;
}
