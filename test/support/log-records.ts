import type { Fetched, LogReader } from '../../src/log/api.ts';
import { BatchBuilder } from '../../src/log/record-batch/builder.ts';
import type { CodecName } from '../../src/log/record-batch/compression.ts';
import { RecordCursor } from '../../src/log/record-batch/cursor.ts';
import { decodeHeaders, encodeHeaders } from '../../src/log/record-batch/headers.ts';

/** A record as strings, for tests only. */
export interface TestRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

/** A record to be written; `timestamp` in ms since the epoch. */
export type NewRecord = readonly [
  key: string | null,
  value: string | null,
  timestamp?: number,
  headers?: readonly (readonly [string, string])[],
];

/** A record batch in Kafka's format; the default timestamp of a record is 1000. */
export function batchOf(records: readonly NewRecord[], codec: CodecName = 'none'): Buffer {
  const builder = new BatchBuilder(256);
  for (const [key, value, timestamp = 1_000, headers] of records) {
    const encoded = headers ? encodeHeaders(headers.map(([k, v]) => ({ key: k, value: Buffer.from(v) }))) : null;
    builder.add(timestamp, key === null ? null : Buffer.from(key), value === null ? null : Buffer.from(value), encoded);
  }
  return builder.finish({ codec });
}

/** The records of fetched batches. */
export function recordsOf(fetched: readonly Fetched[]): TestRecord[] {
  const records: TestRecord[] = [];
  const cursor = new RecordCursor();
  for (const one of fetched) {
    cursor.openFetched(one);
    while (cursor.next()) {
      const c = cursor.columns;
      for (let i = 0; i < c.count; i++) {
        records.push({
          topic: one.topic,
          partition: one.partition,
          offset: c.offset[i]!,
          timestamp: c.timestamp[i]!,
          key: c.key(i)?.toString() ?? null,
          value: c.value(i)?.toString() ?? null,
          headers: decodeHeaders(c.buffer, c.headersStart[i]!, c.headerCount[i]!).map(({ key, value }) => [
            key,
            value === null ? null : Buffer.from(value).toString(),
          ]),
        });
      }
    }
  }
  return records;
}

/** Polls until `count` records arrived, or until none arrived for `waitMs`. */
export async function readRecords(reader: LogReader, count: number, waitMs = 3000): Promise<TestRecord[]> {
  const records: TestRecord[] = [];
  let quietSince = Date.now();
  while (records.length < count && Date.now() - quietSince < waitMs) {
    const some = recordsOf(await reader.poll(100));
    if (some.length > 0) quietSince = Date.now();
    records.push(...some);
  }
  return records;
}
