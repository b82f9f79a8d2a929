/**
 * Kafka's record batch, format v2 (https://kafka.apache.org/documentation/#recordbatch). All integers big-endian.
 *
 *     at  bytes  field
 *      0      8  base offset                  offset of record i = base offset + its offset delta
 *      8      4  length                       of all that follows this field
 *     12      4  partition leader epoch       the broker's; outside the checksum
 *     16      1  magic                        2
 *     17      4  CRC-32C                      of bytes [21, end)
 *     21      2  attributes                   see below
 *     23      4  last offset delta            kept by compaction, so that gaps at the end survive
 *     27      8  base timestamp               ms; of record i: base + its delta (or the maximum, with LogAppendTime)
 *     35      8  maximum timestamp            ms
 *     43      8  producer id                  -1: none
 *     51      2  producer epoch
 *     53      4  base sequence
 *     57      4  number of records
 *     61         records; compressed as one block when attributes say so
 *
 * One record:
 *
 *     varint   length of what follows
 *     int8     attributes (unused, 0)
 *     varlong  timestamp delta
 *     varint   offset delta
 *     varint   key length (-1: null), key
 *     varint   value length (-1: null), value
 *     varint   number of headers, each: varint key length, key (UTF-8), varint value length (-1: null), value
 *
 * Varints are zigzag encoded. Attributes: bits 0-2 codec, bit 3 timestamp is log append time, bit 4 transactional, bit
 * 5 control batch, bit 6 base timestamp is a delete horizon.
 */
export const BASE_OFFSET_AT = 0;
export const LENGTH_AT = 8;
export const LEADER_EPOCH_AT = 12;
export const MAGIC_AT = 16;
export const CRC_AT = 17;
export const ATTRIBUTES_AT = 21;
export const LAST_OFFSET_DELTA_AT = 23;
export const BASE_TIMESTAMP_AT = 27;
export const MAX_TIMESTAMP_AT = 35;
export const PRODUCER_ID_AT = 43;
export const PRODUCER_EPOCH_AT = 51;
export const BASE_SEQUENCE_AT = 53;
export const RECORD_COUNT_AT = 57;
/** Where the records begin. */
export const HEADER_BYTES = 61;
/** The base offset and the length field, which `length` does not include. */
export const PREFIX_BYTES = 12;

export const MAGIC = 2;

export const CODEC_MASK = 0x07;
export const LOG_APPEND_TIME_FLAG = 0x08;
export const TRANSACTIONAL_FLAG = 0x10;
export const CONTROL_FLAG = 0x20;
export const DELETE_HORIZON_FLAG = 0x40;

export const NO_PRODUCER_ID = -1n;

/** Reads a signed 64-bit integer that is known to be safe (an offset, a timestamp). */
export function readInt53(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 4294967296 + bytes.readUInt32BE(at + 4);
}

/** Writes a safe integer as a signed 64-bit one. */
export function writeInt53(bytes: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 4294967296);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * 4294967296, at + 4);
}
