import type { EncodedHeaders } from '../../log/record-batch/headers.ts';

/**
 * The origin of the record in progress: one object per task, overwritten for each record. As in Kafka Streams, every
 * output carries the headers of the record that triggered it, whichever operator emits it.
 */
export class RecordContext {
  topic = '';
  partition = 0;
  offset = 0;
  /** The timestamp in the batch, which a timestamp column may override. */
  timestamp = 0;
  headerBytes: Buffer = EMPTY;
  headerFrom = 0;
  headerTo = 0;
  headerCount = 0;
  readonly #headers = { bytes: EMPTY as Uint8Array, from: 0, to: 0, count: 0 };

  /** Size of the headers in the record. */
  get headerLength(): number {
    return this.headerCount === 0 ? 0 : this.headerTo - this.headerFrom;
  }

  /** The headers as encoded in the record, valid until the next record; null when there are none. */
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
