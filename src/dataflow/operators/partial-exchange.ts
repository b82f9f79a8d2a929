import { ByteWriter } from '../../base/byte-writer.ts';
import { NeedsSchema } from '../../formats/api.ts';
import type { RecordColumns } from '../../log/record-batch/columns.ts';
import { createRowCodec, type RowCodec } from '../../state/row-codec.ts';
import type { Key, Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { PartialReceiver } from '../receivers.ts';
import type { TopicOutput } from '../task/output.ts';
import type { RecordInput, RecordProblems } from '../task/record-input.ts';
import type { KeyReader, KeyWriter } from '../task/topic-codec.ts';

/**
 * Values of the repartition topic of a two-phase aggregation (docs/formats/state.md): ROW and the row, or PARTIAL, the
 * number of rows (int32) and their aggregate's state.
 */
const ROW = 0;
const PARTIAL = 1;
const STATE_AT = 5;

/** Writes rows, and aggregates of several rows, to the repartition topic. */
export class PartialSink implements PartialReceiver {
  readonly retainsRow = false;
  readonly #keys: KeyWriter;
  readonly #rows: RowCodec;
  readonly #partials: RowCodec;
  readonly #output: TopicOutput;
  readonly #value = new ByteWriter(1024);

  /** Types of the row's columns and of the state's. */
  constructor(keys: KeyWriter, row: readonly SqlType[], state: readonly SqlType[], output: TopicOutput) {
    this.#keys = keys;
    this.#rows = createRowCodec(row);
    this.#partials = createRowCodec(state);
    this.#output = output;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (key === null || row === null) return;
    const value = this.#value;
    value.reset();
    value.writeByte(ROW);
    this.#rows.write(row, value);
    this.#output.add(timestamp, this.#keys, this.#keys.write(key), value);
  }

  pushPartial(key: Key, state: Row, timestamp: number, rows: number): void {
    const value = this.#value;
    value.reset();
    value.writeByte(PARTIAL);
    value.writeInt32BE(rows);
    this.#partials.write(state, value);
    this.#output.add(timestamp, this.#keys, this.#keys.write(key), value);
  }
}

/** Reads what PartialSink wrote, in the next task. */
export class PartialSource implements RecordInput {
  readonly #keys: KeyReader;
  readonly #rows: RowCodec;
  readonly #partials: RowCodec;
  readonly #row: Row;
  readonly #state: Row;
  readonly #next: PartialReceiver;
  readonly #problems: RecordProblems;

  /** `next` keeps neither rows nor states. */
  constructor(
    keys: KeyReader,
    row: readonly SqlType[],
    state: readonly SqlType[],
    next: PartialReceiver,
    problems: RecordProblems,
  ) {
    this.#keys = keys;
    this.#rows = createRowCodec(row);
    this.#partials = createRowCodec(state);
    this.#row = row.map(() => null);
    this.#state = state.map(() => null);
    this.#next = next;
    this.#problems = problems;
  }

  process(columns: RecordColumns, i: number): void {
    let key: Key | null;
    let rows = 0;
    let side: 'key' | 'value' = 'key';
    try {
      key = this.#keys.read(columns.buffer, columns.keyStart[i]!, columns.keyLength[i]!);
      side = 'value';
      const at = columns.valueStart[i]!;
      if (columns.buffer[at] === PARTIAL) {
        rows = columns.buffer.readInt32BE(at + 1);
        this.#partials.readInto(columns.buffer, at + STATE_AT, this.#state);
      } else {
        this.#rows.readInto(columns.buffer, at + 1, this.#row);
      }
    } catch (error) {
      if (error instanceof NeedsSchema) throw error;
      this.#problems.undecodable(error, columns, i, side);
      return;
    }
    if (key === null) return;
    const timestamp = columns.timestamp[i]!;
    if (rows > 0) this.#next.pushPartial(key, this.#state, timestamp, rows);
    else this.#next.push(key, this.#row, timestamp);
  }
}
