import { quoting, retold } from '../../base/quoting.ts';
import { NeedsSchema, type RowDecoder } from '../../formats/api.ts';
import type { RecordColumns } from '../../log/record-batch/columns.ts';
import { decodeHeaders } from '../../log/record-batch/headers.ts';
import type { SourceStep } from '../../plan/steps/steps.ts';
import type { Key, Row } from '../../types/row.ts';
import type { RecordContext } from '../task/record-context.ts';
import { FatalRecord, type RecordInput, type RecordProblems } from '../task/record-input.ts';
import type { StreamReceiver } from '../receivers.ts';
import { TIME_MAX, type TimestampReader } from '../task/timestamps.ts';
import type { KeyReader } from '../task/topic-codec.ts';
import type { TableStore } from './table-store.ts';
import type { UnavailableValues } from './unavailable-values.ts';

export interface SourceOptions {
  readonly step: SourceStep;
  readonly keys: KeyReader;
  /**
   * Decodes value columns into their positions, and the timestamp column, if it is a value column, into
   * `timestampSlot`.
   */
  readonly values: RowDecoder;
  /**
   * The position after the row's columns for a timestamp column that is not in the row; otherwise its position in the
   * row; -1: none.
   */
  readonly timestampSlot: number;
  readonly timestamps: TimestampReader | undefined;
  readonly throwOnInvalidTimestamp: boolean;
  /** Reuses one row array for all records; allowed only when no receiver keeps it. */
  readonly reuseRow: boolean;
  readonly context: RecordContext;
  readonly problems: RecordProblems;
  /** Where unchanged values may be missing; undefined: nowhere. */
  readonly unavailable: UnavailableValues | undefined;
}

/**
 * Decodes records: the key and the columns that the plan reads, pseudo columns, and the time from the timestamp column.
 * A record that cannot be decoded, or whose time is invalid, is reported to the processing log and dropped.
 */
export class RecordDecoder {
  key: Key | null = null;
  row: Row | null = null;
  timestamp = 0;
  readonly #options: SourceOptions;
  readonly #blank: Row;
  readonly #scratch: Row;
  readonly #width: number;
  readonly #fill: ((row: Row, key: Key | null, timestamp: number) => void) | undefined;
  readonly #timestampKeyIndex: number;

  constructor(options: SourceOptions) {
    this.#options = options;
    const { columns, timestamp, schema } = options.step;
    this.#width = columns.length;
    const slots = Math.max(columns.length, options.timestampSlot + 1);
    this.#blank = Array.from({ length: slots }, () => null);
    this.#scratch = this.#blank.slice();
    this.#timestampKeyIndex = timestamp?.from === 'KEY' ? timestamp.index : -1;
    this.#fill = this.#filler(schema.key.length);
  }

  /**
   * Decodes key, row and timestamp; false when the record must be dropped. `before` returns the current row of a key
   * where rows are stored.
   */
  decode(columns: RecordColumns, i: number, before?: (key: Key) => Row | null): boolean {
    const { keys, values, reuseRow, problems } = this.#options;
    const { buffer } = columns;
    let side: 'key' | 'value' = 'key';
    try {
      this.key = keys.read(buffer, columns.keyStart[i]!, columns.keyLength[i]!);
      side = 'value';
      const length = columns.valueLength[i]!;
      if (length < 0) {
        this.row = null;
      } else {
        const row = reuseRow ? this.#scratch : this.#blank.slice();
        const start = columns.valueStart[i]!;
        this.row = values.decode(buffer, start, start + length, row) ? row : null;
      }
    } catch (error) {
      if (error instanceof NeedsSchema) throw error;
      problems.undecodable(error, columns, i, side);
      return false;
    }
    const { key, row } = this;
    if (this.#options.unavailable !== undefined && row !== null)
      this.#options.unavailable.replace(row, key === null || before === undefined ? undefined : () => before(key));
    this.timestamp = columns.timestamp[i]!;
    if (this.#options.timestamps !== undefined && this.row !== null && !this.#extractTime(this.#options.timestamps))
      return false;
    if (!(this.timestamp >= 0)) {
      const message = quoting(this.timestamp, (t) => `Skipping record due to negative extracted timestamp: ${t}`);
      problems.skipped(message, this.row);
      return false;
    }
    if (this.timestamp > TIME_MAX) {
      const message = quoting(this.timestamp, (t) => `Skipping record due to a timestamp beyond ${TIME_MAX}: ${t}`);
      problems.skipped(message, this.row);
      return false;
    }
    if (this.row !== null && this.#fill !== undefined) this.#fill(this.row, this.key, this.timestamp);
    return true;
  }

  #extractTime(read: TimestampReader): boolean {
    const row = this.row!;
    const slot = this.#options.timestampSlot;
    try {
      this.timestamp = read(this.#timestampKeyIndex >= 0 ? (this.key?.[this.#timestampKeyIndex] ?? null) : row[slot]);
    } catch (error) {
      const { context } = this.#options;
      const at = `${context.topic}-${context.partition}@${context.offset}`;
      if (this.#options.throwOnInvalidTimestamp) {
        throw new FatalRecord(`Fatal user code error in TimestampExtractor callback for record ${at}.`, error);
      }
      const message = retold(error, (text) => `Failed to extract the timestamp of record ${at}: ${text}`);
      this.#options.problems.skipped(message, row);
      return false;
    }
    // Operators expect exactly the columns of the plan.
    if (slot >= this.#width && !this.#options.reuseRow) row.length = this.#width;
    return true;
  }

  /** A function that writes key columns, pseudo columns and headers into the row; undefined when there are none. */
  #filler(keyWidth: number): ((row: Row, key: Key | null, timestamp: number) => void) | undefined {
    const { context } = this.#options;
    const parts: ((row: Row, key: Key | null, timestamp: number) => void)[] = [];
    this.#options.step.columns.forEach((column, at) => {
      switch (column.from) {
        case 'VALUE':
          return;
        case 'KEY': {
          const { index } = column;
          parts.push((row, key) => (row[at] = key === null ? null : key[index]));
          return;
        }
        case 'ROWTIME':
          parts.push((row, _, timestamp) => (row[at] = timestamp));
          return;
        case 'ROWPARTITION':
          parts.push((row) => (row[at] = context.partition));
          return;
        case 'ROWOFFSET':
          parts.push((row) => (row[at] = context.offset));
          return;
        case 'WINDOWSTART':
          parts.push((row, key) => (row[at] = key === null ? null : key[keyWidth]));
          return;
        case 'WINDOWEND':
          parts.push((row, key) => (row[at] = key === null ? null : key[keyWidth + 1]));
          return;
        case 'HEADERS':
          parts.push(
            (row) => (row[at] = headersOf(context).map((h) => [h.key, h.value === null ? null : Buffer.from(h.value)])),
          );
          return;
        case 'HEADER': {
          const { header } = column;
          parts.push((row) => {
            const value = headersOf(context).findLast((h) => h.key === header)?.value ?? null;
            row[at] = value === null ? null : Buffer.from(value);
          });
          return;
        }
      }
    });
    if (parts.length === 0) return undefined;
    if (parts.length === 1) return parts[0];
    return (row, key, timestamp) => {
      for (let i = 0; i < parts.length; i++) parts[i]!(row, key, timestamp);
    };
  }
}

function headersOf(context: RecordContext): ReturnType<typeof decodeHeaders> {
  return context.headerCount === 0 ? [] : decodeHeaders(context.headerBytes, context.headerFrom, context.headerCount);
}

export class StreamSource implements RecordInput {
  readonly #decoder: RecordDecoder;
  readonly #next: StreamReceiver;

  constructor(decoder: RecordDecoder, next: StreamReceiver) {
    this.#decoder = decoder;
    this.#next = next;
  }

  process(columns: RecordColumns, i: number): void {
    const decoder = this.#decoder;
    if (decoder.decode(columns, i)) this.#next.push(decoder.key, decoder.row, decoder.timestamp);
  }
}

/** A record without a key cannot be a row of a table, so it is dropped. */
export class TableSource implements RecordInput {
  readonly #decoder: RecordDecoder;
  readonly #table: TableStore;
  readonly #problems: RecordProblems;
  readonly #before = (key: Key): Row | null => this.#table.known(key);

  constructor(decoder: RecordDecoder, table: TableStore, problems: RecordProblems) {
    this.#decoder = decoder;
    this.#table = table;
    this.#problems = problems;
  }

  process(columns: RecordColumns, i: number): void {
    const decoder = this.#decoder;
    if (!decoder.decode(columns, i, this.#before)) return;
    if (decoder.key === null) this.#problems.skipped('Skipping record due to null key', decoder.row);
    else this.#table.upsert(decoder.key, decoder.row, decoder.timestamp);
  }
}
