import { quoting, retold } from '../../base/quoting.ts';
import { ByteWriter } from '../../base/byte-writer.ts';
import { SluiceError } from '../../base/errors.ts';
import type { RowEncoder } from '../../formats/api.ts';
import type { KeyValueStore } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { TopicOutput } from '../task/output.ts';
import type { RecordProblems } from '../task/record-input.ts';
import type { StreamReceiver, TableReceiver } from '../receivers.ts';
import type { TimestampRange } from '../settings.ts';
import { TIME_MAX, type TimestampReader } from '../task/timestamps.ts';
import type { KeyWriter } from '../task/topic-codec.ts';

export interface SinkOptions {
  readonly keys: KeyWriter;
  readonly values: RowEncoder;
  /** Positions of the value columns in the row. */
  readonly columns: readonly number[];
  readonly output: TopicOutput;
  readonly timestamp?:
    | { readonly read: TimestampReader; readonly fromKey: boolean; readonly index: number }
    | undefined;
  readonly throwOnInvalidTimestamp: boolean;
  readonly maxRecordBytes: number;
  readonly problems: RecordProblems;
  /** Reports a record that is too large to be sent. */
  readonly tooLarge: (bytes: number, key: Key | null) => void;
  readonly timestampRange: TimestampRange;
  /** Wall clock. */
  readonly nowMs: () => number;
  /** Reports a record whose timestamp the topic does not accept. */
  readonly outOfRange: (timestamp: number, key: Key | null) => void;
  /** Stores the sink's rows for pull queries. */
  readonly store?: KeyValueStore | undefined;
}

/**
 * Writes rows to the sink topic; a null row becomes a tombstone. A row that cannot be encoded fails the query (as
 * ksqlDB's serializers do). One that is too large for the topic, or whose timestamp it does not accept, goes to the
 * processing log, or fails the query of a table.
 */
export class Sink implements StreamReceiver, TableReceiver {
  readonly retainsRow = false;
  readonly #options: SinkOptions;
  readonly #value = new ByteWriter(1024);
  /** The position of the first column when all are adjacent in order, otherwise -1. */
  readonly #offset: number;
  /** Timestamps between these two are certainly in range. */
  #latest = -Infinity;
  #earliest = Infinity;

  constructor(options: SinkOptions) {
    this.#options = options;
    const { columns } = options;
    const first = columns[0] ?? 0;
    this.#offset = columns.every((c, i) => c === first + i) ? first : -1;
  }

  change(key: Key, next: Row | null, _prev: Row | null, timestamp: number): void {
    this.push(key, next, timestamp);
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    const options = this.#options;
    let time = timestamp;
    if (options.timestamp !== undefined && row !== null) {
      time = this.#timeOf(key, row, options.timestamp);
      if (!(time >= 0)) return;
    }
    if (!(time <= this.#latest && time >= this.#earliest) && !this.#isInRange(time)) {
      options.outOfRange(time, key);
      return;
    }
    const value = this.#value;
    value.reset();
    let hasKey: boolean;
    let hasValue = false;
    try {
      hasKey = options.keys.write(key);
      if (row !== null) {
        hasValue =
          this.#offset >= 0
            ? options.values.encode(row, this.#offset, value)
            : options.values.encode(pick(row, options.columns), 0, value);
      }
    } catch (error) {
      throw new SluiceError(
        'SERIALIZATION',
        retold(
          error,
          (text) =>
            `Unable to serialize record. ProducerRecord(topic=[${options.output.topic}], partition=[null], timestamp=[${time}]): ${text}`,
        ),
        { cause: error },
      );
    }
    const size = (hasKey ? options.keys.out.length : 0) + value.length + options.output.headerLength;
    if (size > options.maxRecordBytes) {
      options.tooLarge(size, key);
      return;
    }
    options.output.add(time, options.keys, hasKey, hasValue ? value : null);
    if (options.store !== undefined && key !== null) {
      if (row === null) options.store.delete(key);
      else options.store.put(key, pick(row, options.columns), time);
    }
  }

  /** Consults the clock. */
  #isInRange(time: number): boolean {
    const nowMs = this.#options.nowMs();
    const { afterMs, beforeMs } = this.#options.timestampRange;
    this.#latest = nowMs + afterMs;
    // The lower limit moves with the clock, so it is checked for every record.
    this.#earliest = beforeMs > nowMs ? -Infinity : Infinity;
    return time <= this.#latest && time >= nowMs - beforeMs;
  }

  /** Returns -1 for a record that must be dropped. */
  #timeOf(key: Key | null, row: Row, column: NonNullable<SinkOptions['timestamp']>): number {
    let time: number;
    try {
      time = column.read(column.fromKey ? (key?.[column.index] ?? null) : row[column.index]);
    } catch (error) {
      if (this.#options.throwOnInvalidTimestamp) {
        throw new SluiceError(
          'QUERY_FAILED',
          `Failed to extract the timestamp of a row for ${this.#options.output.topic}`,
          {
            cause: error,
          },
        );
      }
      const message = retold(error, (text) => `Failed to extract the timestamp of a row: ${text}`);
      this.#options.problems.skipped(message, row);
      return -1;
    }
    if (time >= 0 && time <= TIME_MAX) return time;
    const fault = time < 0 ? 'negative' : `beyond ${TIME_MAX}`;
    const invalid = quoting(time, (t) => `The timestamp column's value is ${fault}: ${t}`);
    this.#options.problems.skipped(invalid, row);
    return -1;
  }
}

function pick(row: Row, columns: readonly number[]): Row {
  return columns.map((c) => row[c]);
}
