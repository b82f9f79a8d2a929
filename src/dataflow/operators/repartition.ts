import { ByteWriter } from '../../base/byte-writer.ts';
import { NeedsSchema, type RowDecoder, type RowEncoder } from '../../formats/api.ts';
import type { RecordColumns } from '../../log/record-batch/columns.ts';
import { createRowCodec, type RowCodec } from '../../state/row-codec.ts';
import type { Key, Row } from '../../types/row.ts';
import type { SqlType } from '../../types/sql-type.ts';
import type { TopicOutput } from '../task/output.ts';
import type { RecordInput, RecordProblems } from '../task/record-input.ts';
import type { StreamReceiver, TableReceiver } from '../receivers.ts';
import type { KeyReader, KeyWriter } from '../task/topic-codec.ts';
import type { TableStore } from './table-store.ts';

/**
 * Values of internal topics use the row codec, at a fraction of the cost, if their declared format returns each value
 * unchanged; otherwise (for example, where a null is read back as a default) their own format. Only the query reads
 * these topics. The key always has the declared format, since it determines the partition, where it must meet records
 * of other topics.
 */
export function internalEncoder(types: readonly SqlType[]): RowEncoder {
  const codec = createRowCodec(types);
  return {
    encode(row, offset, out) {
      codec.write(offset === 0 ? row : row.slice(offset), out);
      return true;
    },
  };
}

export function internalDecoder(types: readonly SqlType[]): RowDecoder {
  const codec = createRowCodec(types);
  return {
    decode(bytes, from, _to, row) {
      // Inputs pass the fetched Buffer itself.
      codec.readInto(bytes as Buffer, from, row);
      return true;
    },
  };
}

/** Writes stream records to the repartition topic, including records without a key, which an outer join may need. */
export class RepartitionSink implements StreamReceiver {
  readonly retainsRow = false;
  readonly #keys: KeyWriter;
  readonly #values: RowEncoder;
  readonly #output: TopicOutput;
  readonly #value = new ByteWriter(1024);

  constructor(keys: KeyWriter, values: RowEncoder, output: TopicOutput) {
    this.#keys = keys;
    this.#values = values;
    this.#output = output;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    const value = this.#value;
    value.reset();
    const hasKey = this.#keys.write(key);
    const hasValue = row !== null && this.#values.encode(row, 0, value);
    this.#output.add(timestamp, this.#keys, hasKey, hasValue ? value : null);
  }
}

/** Reads what RepartitionSink wrote, in the next task. */
export class RepartitionSource implements RecordInput {
  readonly #keys: KeyReader;
  readonly #values: RowDecoder;
  readonly #blank: Row;
  readonly #scratch: Row;
  readonly #reuseRow: boolean;
  readonly #next: StreamReceiver;
  readonly #problems: RecordProblems;

  constructor(keys: KeyReader, values: RowDecoder, width: number, next: StreamReceiver, problems: RecordProblems) {
    this.#keys = keys;
    this.#values = values;
    this.#blank = Array.from({ length: width }, () => null);
    this.#scratch = this.#blank.slice();
    this.#reuseRow = !next.retainsRow;
    this.#next = next;
    this.#problems = problems;
  }

  process(columns: RecordColumns, i: number): void {
    let key: Key | null;
    let row: Row | null = null;
    let side: 'key' | 'value' = 'key';
    try {
      key = this.#keys.read(columns.buffer, columns.keyStart[i]!, columns.keyLength[i]!);
      side = 'value';
      const length = columns.valueLength[i]!;
      if (length >= 0) {
        const start = columns.valueStart[i]!;
        row = this.#reuseRow ? this.#scratch : this.#blank.slice();
        if (!this.#values.decode(columns.buffer, start, start + length, row)) row = null;
      }
    } catch (error) {
      if (error instanceof NeedsSchema) throw error;
      this.#problems.undecodable(error, columns, i, side);
      return;
    }
    this.#next.push(key, row, columns.timestamp[i]!);
  }
}

/** The reading end of a repartitioned table: each record replaces its key's row. */
export class TableEntry implements StreamReceiver {
  readonly retainsRow = true;
  readonly #table: TableStore;

  constructor(table: TableStore) {
    this.#table = table;
  }

  push(key: Key | null, row: Row | null, timestamp: number): void {
    if (key !== null) this.#table.upsert(key, row, timestamp);
  }
}

const HAS_NEXT = 1;
const HAS_PREV = 2;

/** Writes changes of groups (new row, old row) to the repartition topic: flags, followed by the rows that exist. */
export class ChangeSink implements TableReceiver {
  readonly #keys: KeyWriter;
  readonly #rows: RowCodec;
  readonly #output: TopicOutput;
  readonly #value = new ByteWriter(1024);

  constructor(keys: KeyWriter, types: readonly SqlType[], output: TopicOutput) {
    this.#keys = keys;
    this.#rows = createRowCodec(types);
    this.#output = output;
  }

  change(key: Key, next: Row | null, prev: Row | null, timestamp: number): void {
    const value = this.#value;
    value.reset();
    value.writeByte((next === null ? 0 : HAS_NEXT) | (prev === null ? 0 : HAS_PREV));
    if (next !== null) this.#rows.write(next, value);
    if (prev !== null) this.#rows.write(prev, value);
    this.#output.add(timestamp, this.#keys, this.#keys.write(key), value);
  }
}

/** Reads what ChangeSink wrote. */
export class ChangeSource implements RecordInput {
  readonly #keys: KeyReader;
  readonly #rows: RowCodec;
  readonly #width: number;
  readonly #next: TableReceiver;
  readonly #problems: RecordProblems;

  constructor(keys: KeyReader, types: readonly SqlType[], next: TableReceiver, problems: RecordProblems) {
    this.#keys = keys;
    this.#rows = createRowCodec(types);
    this.#width = types.length;
    this.#next = next;
    this.#problems = problems;
  }

  process(columns: RecordColumns, i: number): void {
    let key: Key | null;
    let next: Row | null = null;
    let prev: Row | null = null;
    let side: 'key' | 'value' = 'key';
    try {
      key = this.#keys.read(columns.buffer, columns.keyStart[i]!, columns.keyLength[i]!);
      side = 'value';
      let at = columns.valueStart[i]!;
      const flags = columns.buffer[at++]!;
      if ((flags & HAS_NEXT) !== 0) at = this.#rows.readInto(columns.buffer, at, (next = this.#blank()));
      if ((flags & HAS_PREV) !== 0) this.#rows.readInto(columns.buffer, at, (prev = this.#blank()));
    } catch (error) {
      if (error instanceof NeedsSchema) throw error;
      this.#problems.undecodable(error, columns, i, side);
      return;
    }
    if (key !== null) this.#next.change(key, next, prev, columns.timestamp[i]!);
  }

  #blank(): Row {
    return Array.from({ length: this.#width }, () => null);
  }
}
