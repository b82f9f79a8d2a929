import type { Offset, TimestampMs } from '../../base/quantities.ts';
import { SluiceError } from '../../base/errors.ts';

/** Small: every partition of every query has columns of its own, and most batches are small. */
const INITIAL_CAPACITY = 64;

/**
 * Records in columns: entry i of each array belongs to record i. Positions refer to `buffer`. The columns are reused by
 * the next fill: to keep a key or a value, copy its bytes (or hold `buffer`), never the columns.
 */
export class RecordColumns {
  count = 0;
  /** The buffer that positions refer to: the fetched one, or the decompressed records of one batch. */
  buffer: Buffer = Buffer.alloc(0);
  offset = new Float64Array(INITIAL_CAPACITY);
  /** ms since the epoch; -1 when the producer gave none. */
  timestamp = new Float64Array(INITIAL_CAPACITY);
  keyStart = new Int32Array(INITIAL_CAPACITY);
  /** -1: null. */
  keyLength = new Int32Array(INITIAL_CAPACITY);
  valueStart = new Int32Array(INITIAL_CAPACITY);
  /** -1: null. */
  valueLength = new Int32Array(INITIAL_CAPACITY);
  /** First byte after the number of headers; they end at `recordEnd`. */
  headersStart = new Int32Array(INITIAL_CAPACITY);
  headerCount = new Int32Array(INITIAL_CAPACITY);
  recordEnd = new Int32Array(INITIAL_CAPACITY);

  /** A view of record i's key; null when it has none. */
  key(i: number): Buffer | null {
    const length = this.keyLength[i]!;
    const start = this.keyStart[i]!;
    return length < 0 ? null : this.buffer.subarray(start, start + length);
  }

  /** A view of record i's value; null for a tombstone. */
  value(i: number): Buffer | null {
    const length = this.valueLength[i]!;
    const start = this.valueStart[i]!;
    return length < 0 ? null : this.buffer.subarray(start, start + length);
  }

  /** Makes room for `more` additional records. */
  reserve(more: number): void {
    const needed = this.count + more;
    if (needed <= this.offset.length) return;
    const capacity = Math.max(this.offset.length * 2, needed);
    this.offset = grown(this.offset, new Float64Array(capacity));
    this.timestamp = grown(this.timestamp, new Float64Array(capacity));
    this.keyStart = grown(this.keyStart, new Int32Array(capacity));
    this.keyLength = grown(this.keyLength, new Int32Array(capacity));
    this.valueStart = grown(this.valueStart, new Int32Array(capacity));
    this.valueLength = grown(this.valueLength, new Int32Array(capacity));
    this.headersStart = grown(this.headersStart, new Int32Array(capacity));
    this.headerCount = grown(this.headerCount, new Int32Array(capacity));
    this.recordEnd = grown(this.recordEnd, new Int32Array(capacity));
  }

  /**
   * Decodes `records` records that fill bytes[from, to) exactly, and appends those at or after `startOffset`.
   * `appendTime`: the timestamp of all of them, or NaN to use each record's own.
   * @throws SluiceError LOG_CORRUPT
   */
  decode(
    bytes: Buffer,
    from: number,
    to: number,
    records: number,
    baseOffset: Offset,
    baseTimestamp: TimestampMs,
    appendTime: TimestampMs,
    startOffset: Offset,
  ): void {
    // A record has at least 7 bytes, so an impossible count must not cause an allocation.
    if (records < 0 || records * 7 > to - from)
      throw corrupt(baseOffset, from, `${records} records in ${to - from} bytes`);
    this.reserve(records);
    const { offset, timestamp, keyStart, keyLength, valueStart, valueLength, headersStart, headerCount, recordEnd } =
      this;
    const hasAppendTime = appendTime === appendTime;
    let row = this.count;
    let pos = from;
    for (let i = 0; i < records; i++) {
      // Zigzag varints are decoded inline, since a call per field would be most of the cost. One byte is the common
      // case.
      let byte = bytes[pos++]!;
      let zigzag = byte & 127;
      for (let shift = 7; byte > 127 && shift < 35; shift += 7) zigzag |= ((byte = bytes[pos++]!) & 127) << shift;
      const end = pos + ((zigzag >>> 1) ^ -(zigzag & 1));
      if (!(end <= to && end > pos)) throw corrupt(baseOffset, pos, `record ${i} ends at ${end}, its batch at ${to}`);
      pos++;
      byte = bytes[pos++]!;
      let delta = byte & 127;
      for (let factor = 128; byte > 127 && factor < 1e21; factor *= 128)
        delta += ((byte = bytes[pos++]!) & 127) * factor;
      delta = delta % 2 === 0 ? delta / 2 : -(delta + 1) / 2;
      byte = bytes[pos++]!;
      zigzag = byte & 127;
      for (let shift = 7; byte > 127 && shift < 35; shift += 7) zigzag |= ((byte = bytes[pos++]!) & 127) << shift;
      const at = baseOffset + ((zigzag >>> 1) ^ -(zigzag & 1));
      byte = bytes[pos++]!;
      zigzag = byte & 127;
      for (let shift = 7; byte > 127 && shift < 35; shift += 7) zigzag |= ((byte = bytes[pos++]!) & 127) << shift;
      const kLength = (zigzag >>> 1) ^ -(zigzag & 1);
      const kStart = pos;
      if (kLength > 0) pos += kLength;
      byte = bytes[pos++]!;
      zigzag = byte & 127;
      for (let shift = 7; byte > 127 && shift < 35; shift += 7) zigzag |= ((byte = bytes[pos++]!) & 127) << shift;
      const vLength = (zigzag >>> 1) ^ -(zigzag & 1);
      const vStart = pos;
      if (vLength > 0) pos += vLength;
      byte = bytes[pos++]!;
      zigzag = byte & 127;
      for (let shift = 7; byte > 127 && shift < 35; shift += 7) zigzag |= ((byte = bytes[pos++]!) & 127) << shift;
      const headers = (zigzag >>> 1) ^ -(zigzag & 1);
      if (pos > end || kLength < -1 || vLength < -1 || headers < 0 || (headers === 0 && pos !== end)) {
        throw corrupt(baseOffset, pos, `record ${i}: key ${kLength}, value ${vLength}, headers ${headers}, end ${end}`);
      }
      if (at >= startOffset) {
        offset[row] = at;
        timestamp[row] = hasAppendTime ? appendTime : baseTimestamp + delta;
        keyStart[row] = kStart;
        keyLength[row] = kLength;
        valueStart[row] = vStart;
        valueLength[row] = vLength;
        headersStart[row] = pos;
        headerCount[row] = headers;
        recordEnd[row] = end;
        row++;
      }
      pos = end;
    }
    if (pos !== to) throw corrupt(baseOffset, pos, `${to - pos} bytes behind the last record`);
    this.count = row;
  }
}

function grown<T extends Float64Array | Int32Array>(old: T, next: T): T {
  next.set(old);
  return next;
}

function corrupt(baseOffset: Offset, position: number, what: string): SluiceError {
  return new SluiceError(
    'LOG_CORRUPT',
    `Cannot read the record batch at offset ${baseOffset}: byte ${position}: ${what}`,
  );
}
