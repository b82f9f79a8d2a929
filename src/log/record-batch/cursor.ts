import type { Offset } from '../../base/quantities.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Fetched } from '../api.ts';
import { checkBatch } from './batch-header.ts';
import { RecordColumns } from './columns.ts';
import { decompress } from './compression.ts';
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_TIMESTAMP_AT,
  CODEC_MASK,
  CONTROL_FLAG,
  HEADER_BYTES,
  LAST_OFFSET_DELTA_AT,
  LENGTH_AT,
  LOG_APPEND_TIME_FLAG,
  MAGIC,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PREFIX_BYTES,
  PRODUCER_ID_AT,
  readInt53,
  RECORD_COUNT_AT,
  TRANSACTIONAL_FLAG,
} from './layout.ts';

/** A run is returned when it has this many records, so that the columns fit the processor's cache. */
const RUN_RECORDS = 1 << 13;

const ABORT_MARKER = 0;

export interface CursorOptions {
  /** Whether to verify each batch's checksum; true by default. */
  readonly verify?: boolean;
  /** As in a Fetch answer: producer `producerId` has an aborted transaction that begins at `firstOffset`. */
  readonly aborted?: Fetched['aborted'] | undefined;
}

/**
 * Walks the record batches of a buffer and returns runs of records as columns:
 *
 *     cursor.openFetched(fetched);
 *     while (cursor.next()) { const c = cursor.columns; for (let i = 0; i < c.count; i++) ... }
 *
 * Uncompressed batches are read in place, several to a run; a compressed batch is a run of its own. Control batches,
 * records of aborted transactions and records before the start offset are skipped. A batch that is cut off at the end,
 * as a Fetch response may contain, is ignored.
 */
export class RecordCursor {
  readonly columns = new RecordColumns();
  /** The offset after the last batch that was walked, including control batches and skipped ones. */
  nextOffset = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #to = 0;
  #startOffset = 0;
  #verify = true;
  /** Aborted transactions that begin later, by first offset. */
  #aborted: { readonly producerId: bigint; readonly firstOffset: Offset }[] = [];
  #abortedAt = 0;
  /** Producers that are inside an aborted transaction at this position. */
  readonly #aborting = new Set<bigint>();

  open(bytes: Buffer, from: number, to: number, startOffset: Offset, options?: CursorOptions): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
    this.#startOffset = startOffset;
    this.#verify = options?.verify ?? true;
    this.nextOffset = startOffset;
    this.columns.count = 0;
    const aborted = options?.aborted;
    this.#aborted =
      aborted === undefined || aborted.length === 0 ? [] : [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
    this.#abortedAt = 0;
    this.#aborting.clear();
  }

  openFetched(fetched: Fetched, options?: { readonly verify?: boolean }): void {
    this.open(fetched.buffer, fetched.from, fetched.to, fetched.startOffset, {
      verify: options?.verify ?? true,
      aborted: fetched.aborted,
    });
  }

  /**
   * Fills `columns` with the next run; false at the end.
   * @throws SluiceError LOG_CORRUPT, with the position
   */
  next(): boolean {
    const { columns } = this;
    const bytes = this.#bytes;
    const to = this.#to;
    columns.count = 0;
    columns.buffer = bytes;
    let at = this.#at;
    while (to - at > MAGIC_AT) {
      const magic = bytes[at + MAGIC_AT]!;
      if (magic !== MAGIC) {
        throw new SluiceError(
          'LOG_CORRUPT',
          `Cannot read the record batch at byte ${at}: format version ${magic} is not ${MAGIC}`,
        );
      }
      const length = bytes.readInt32BE(at + LENGTH_AT);
      if (length < HEADER_BYTES - PREFIX_BYTES) {
        throw new SluiceError('LOG_CORRUPT', `Cannot read the record batch at byte ${at}: its length is ${length}`);
      }
      const end = at + PREFIX_BYTES + length;
      if (end > to) break;
      const attributes = bytes.readInt16BE(at + ATTRIBUTES_AT);
      const codec = attributes & CODEC_MASK;
      if (codec !== 0 && columns.count > 0) break;
      const base = readInt53(bytes, at + BASE_OFFSET_AT);
      const last = base + bytes.readInt32BE(at + LAST_OFFSET_DELTA_AT);
      const start = at;
      at = end;
      if (last < this.#startOffset) continue;
      if (this.#verify) checkBatch(bytes, start, end);
      this.nextOffset = last + 1;
      if (this.#isHidden(start, last, attributes)) continue;
      const appendTime = (attributes & LOG_APPEND_TIME_FLAG) === 0 ? NaN : readInt53(bytes, start + MAX_TIMESTAMP_AT);
      const records = bytes.readInt32BE(start + RECORD_COUNT_AT);
      const baseTimestamp = readInt53(bytes, start + BASE_TIMESTAMP_AT);
      if (codec === 0) {
        columns.decode(bytes, start + HEADER_BYTES, end, records, base, baseTimestamp, appendTime, this.#startOffset);
        if (columns.count >= RUN_RECORDS) break;
      } else if (records > 0) {
        const plain = decompress(codec, bytes.subarray(start + HEADER_BYTES, end));
        columns.buffer = plain;
        columns.decode(plain, 0, plain.length, records, base, baseTimestamp, appendTime, this.#startOffset);
        if (columns.count > 0) break;
        columns.buffer = bytes;
      }
    }
    this.#at = at;
    return columns.count > 0;
  }

  /**
   * Whether a batch is a control batch or belongs to an aborted transaction. As in Kafka's consumer, a producer is
   * aborting from the first offset of each of its aborted transactions to the abort marker that ends it; a producer may
   * have several in one response.
   */
  #isHidden(start: number, last: number, attributes: number): boolean {
    const control = (attributes & CONTROL_FLAG) !== 0;
    if (this.#aborted.length === 0) return control;
    while (this.#abortedAt < this.#aborted.length && this.#aborted[this.#abortedAt]!.firstOffset <= last) {
      this.#aborting.add(this.#aborted[this.#abortedAt++]!.producerId);
    }
    const producerId = this.#bytes.readBigInt64BE(start + PRODUCER_ID_AT);
    if (control) {
      if (controlType(this.#bytes, start) === ABORT_MARKER) this.#aborting.delete(producerId);
      return true;
    }
    return (attributes & TRANSACTIONAL_FLAG) !== 0 && this.#aborting.has(producerId);
  }
}

/**
 * The control record's key is (int16 version, int16 type: 0 abort, 1 commit). Control batches hold one record and are
 * never compressed.
 */
function controlType(bytes: Buffer, start: number): number {
  if (bytes.readInt32BE(start + RECORD_COUNT_AT) < 1) return -1;
  const columns = new RecordColumns();
  columns.decode(
    bytes,
    start + HEADER_BYTES,
    start + PREFIX_BYTES + bytes.readInt32BE(start + LENGTH_AT),
    bytes.readInt32BE(start + RECORD_COUNT_AT),
    0,
    0,
    NaN,
    0,
  );
  return columns.keyLength[0]! < 4 ? -1 : bytes.readInt16BE(columns.keyStart[0]! + 2);
}
