import type { Offset, TimestampMs } from '../../base/quantities.ts';
import { crc32c } from '@node-rs/crc32';
import { SluiceError } from '../../base/errors.ts';
import * as at from './layout.ts';

/** Reads and changes the fixed header of the batch that starts at `start` in `bytes`. */

export const baseOffsetOf = (bytes: Buffer, start = 0): number => at.readInt53(bytes, start + at.BASE_OFFSET_AT);

/** Offset of the last record when the batch was written; compaction may have removed it since. */
export const lastOffsetOf = (bytes: Buffer, start = 0): number =>
  baseOffsetOf(bytes, start) + bytes.readInt32BE(start + at.LAST_OFFSET_DELTA_AT);

export const recordCountOf = (bytes: Buffer, start = 0): number => bytes.readInt32BE(start + at.RECORD_COUNT_AT);

export const maxTimestampOf = (bytes: Buffer, start = 0): number => at.readInt53(bytes, start + at.MAX_TIMESTAMP_AT);

/** Bytes of the whole batch. */
export const sizeOf = (bytes: Buffer, start = 0): number => at.PREFIX_BYTES + bytes.readInt32BE(start + at.LENGTH_AT);

/** The base offset is outside the checksum, so nothing else changes. */
export function setBaseOffset(bytes: Buffer, offset: Offset, start = 0): void {
  at.writeInt53(bytes, offset, start + at.BASE_OFFSET_AT);
}

export interface ProducerFields {
  readonly producerId: bigint;
  readonly epoch: number;
  /** Sequence number of the first record; wraps from 2^31-1 to 0. */
  readonly sequence: number;
  readonly transactional: boolean;
}

/** Writes the fields of an idempotent or transactional producer, and updates the checksum. */
export function setProducer(bytes: Buffer, fields: ProducerFields, start = 0): void {
  const attributes = bytes.readInt16BE(start + at.ATTRIBUTES_AT);
  const flagged = fields.transactional ? attributes | at.TRANSACTIONAL_FLAG : attributes & ~at.TRANSACTIONAL_FLAG;
  bytes.writeInt16BE(flagged, start + at.ATTRIBUTES_AT);
  bytes.writeBigInt64BE(fields.producerId, start + at.PRODUCER_ID_AT);
  bytes.writeInt16BE(fields.epoch, start + at.PRODUCER_EPOCH_AT);
  bytes.writeInt32BE(fields.sequence, start + at.BASE_SEQUENCE_AT);
  setChecksum(bytes, start);
}

/** Applies message.timestamp.type=LogAppendTime to a batch. */
export function setLogAppendTime(bytes: Buffer, timestampMs: TimestampMs, start = 0): void {
  bytes.writeInt16BE(bytes.readInt16BE(start + at.ATTRIBUTES_AT) | at.LOG_APPEND_TIME_FLAG, start + at.ATTRIBUTES_AT);
  at.writeInt53(bytes, timestampMs, start + at.MAX_TIMESTAMP_AT);
  setChecksum(bytes, start);
}

export function checksumOf(bytes: Buffer, start = 0): number {
  return crc32c(bytes.subarray(start + at.ATTRIBUTES_AT, start + sizeOf(bytes, start)));
}

export function setChecksum(bytes: Buffer, start = 0): void {
  bytes.writeUInt32BE(checksumOf(bytes, start), start + at.CRC_AT);
}

/**
 * Checks that a whole, valid batch of the known format stands at `start` and ends at or before `end`.
 * @throws SluiceError LOG_CORRUPT
 */
export function checkBatch(bytes: Buffer, start = 0, end = bytes.length): void {
  if (end - start < at.HEADER_BYTES) throw corrupt(start, `${end - start} bytes are less than a batch header`);
  const magic = bytes[start + at.MAGIC_AT]!;
  if (magic !== at.MAGIC) throw corrupt(start, `format version ${magic} is not ${at.MAGIC}`);
  const size = sizeOf(bytes, start);
  if (size < at.HEADER_BYTES || start + size > end)
    throw corrupt(start, `a length of ${size} bytes where ${end - start} are left`);
  const stored = bytes.readUInt32BE(start + at.CRC_AT);
  const actual = checksumOf(bytes, start);
  if (stored !== actual) {
    throw corrupt(start, `checksum ${hex(actual)} is not ${hex(stored)}, at offset ${baseOffsetOf(bytes, start)}`);
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

function corrupt(position: number, what: string): SluiceError {
  return new SluiceError('LOG_CORRUPT', `Cannot read the record batch at byte ${position}: ${what}`);
}
