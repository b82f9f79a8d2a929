import type { EncodedHeaders } from '../../log/record-batch/headers.ts';

/**
 * Where the record that is being processed came from: one object per task, overwritten for each record. Outputs take
 * its headers, whatever operator they leave, as in Kafka Streams: headers travel with the record that triggered the
 * output.
 */
export class RecordContext {
  topic = '';
  partition = 0;
  offset = 0;
  /** As in the batch, before any timestamp column. */
  timestamp = 0;
  headerBytes: Buffer = EMPTY;
  headerFrom = 0;
  headerTo = 0;
  headerCount = 0;
  readonly #headers = { bytes: EMPTY as Uint8Array, from: 0, to: 0, count: 0 };

  /** Their size in the record. */
  get headerLength(): number {
    return this.headerCount === 0 ? 0 : this.headerTo - this.headerFrom;
  }

  /** The headers as they stand in the record, valid until the next record; null when there are none. */
  get headers(): EncodedHeaders | null {
    if (this.headerCount === 0) return null;
    const headers = this.#headers;
    headers.bytes = this.headerBytes;
    headers.from = this.headerFrom;
    headers.to = this.headerTo;
    headers.count = this.headerCount;
    return headers;
  }
}

const EMPTY = Buffer.alloc(0);
