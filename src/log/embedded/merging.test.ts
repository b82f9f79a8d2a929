import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import { batchOf, recordsOf, type TestRecord } from '../../../test/support/log-records.ts';
import type { CodecName } from '../record-batch/compression.ts';
import { EmbeddedLog } from './embedded-log.ts';
import { BATCHES } from './keys.ts';
import { MemoryStore } from '../../store/memory-store.ts';

const T0 = 1_700_000_000_000;
const at = { topic: 't', partition: 0 };

async function open(configs: Record<string, string> = {}, store = new MemoryStore()): Promise<EmbeddedLog> {
  const log = new EmbeddedLog({ store, env: testEnv(), fsync: 'never' });
  if ((await log.admin.describeTopic('t')) === undefined)
    await log.admin.createTopic({
      name: 't',
      partitions: 1,
      replicas: 1,
      configs: { 'retention.ms': '-1', ...configs },
    });
  return log;
}

/** Writes each value in a separate transaction. */
async function write(
  log: EmbeddedLog,
  values: readonly string[],
  timestamp: (i: number) => number,
  codec: CodecName = 'none',
): Promise<void> {
  const writer = await log.createWriter({});
  for (const [i, value] of values.entries()) {
    writer.append('t', 0, batchOf([[`k${i}`, value, timestamp(i)]], codec), true);
    await writer.commit();
  }
}

async function readFrom(log: EmbeddedLog, offset: number): Promise<TestRecord[]> {
  const reader = log.createReader({});
  reader.assign([{ ...at, offset }]);
  const records: TestRecord[] = [];
  const end = await log.admin.latestOffset(at);
  while (reader.position(at) < end) records.push(...recordsOf(await reader.poll(0)));
  await reader.close();
  return records;
}

const batches = (log: EmbeddedLog): number => [...log.store.range(BATCHES)].length;

test('rows that came one by one become few batches, with offsets, times and contents as before', async () => {
  const store = new MemoryStore();
  const log = await open({}, store);
  const values = Array.from({ length: 600 }, (_, i) => `value ${i}`);
  await write(log, values, (i) => T0 + i);
  await log.maintain(T0);
  expect(batches(log)).toBeLessThan(5);
  const expected = values.map((value, i) => [i, value, T0 + i]);
  expect((await readFrom(log, 0)).map((r) => [r.offset, r.value, r.timestamp])).toEqual(expected);
  expect((await readFrom(log, 333)).map((r) => r.offset)).toEqual(expected.slice(333).map(([offset]) => offset));
  const again = await open({}, store);
  expect((await readFrom(again, 599)).map((r) => r.value)).toEqual(['value 599']);
  // Merged batches are not examined again; later ones are merged with the remaining small ones.
  await write(again, ['later', 'and later'], () => T0);
  expect((await readFrom(again, 598)).map((r) => r.value)).toEqual(['value 598', 'value 599', 'later', 'and later']);
});

test('many small commits are merged without waiting for the maintenance, and a reader that stands among them goes on', async () => {
  const log = await open();
  const reader = log.createReader({ maxBytes: 1000 });
  reader.assign([{ ...at, offset: 0 }]);
  const seen: (string | null)[] = [];
  const values = Array.from({ length: 1200 }, (_, i) => `v${i}`);
  for (let i = 0; i < values.length; i += 50) {
    await write(log, values.slice(i, i + 50), () => T0);
    // The reader is always behind: batches ahead of it are merged meanwhile.
    seen.push(...recordsOf(await reader.poll(0)).map((r) => r.value));
  }
  await testEnv().timers.sleep(5);
  expect(batches(log)).toBeLessThan(700);
  while (seen.length < values.length) seen.push(...recordsOf(await reader.poll(100)).map((r) => r.value));
  expect(seen).toEqual(values);
});

test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('compressed batches stay so: %s', async (codec) => {
  const log = await open();
  await write(
    log,
    Array.from({ length: 100 }, (_, i) => `value ${i}`),
    () => T0,
    codec,
  );
  await log.maintain(T0);
  // Records that do not fill a batch are not merged until there are more.
  await write(
    log,
    Array.from({ length: 100 }, () => 'x'.repeat(1000)),
    () => T0,
    'none',
  );
  await log.maintain(T0);
  const records = await readFrom(log, 0);
  expect(records).toHaveLength(200);
  expect(records[99]!.value).toBe('value 99');
});

test('one transaction is one batch for a partition', async () => {
  const log = await open();
  const writer = await log.createWriter({});
  for (let i = 0; i < 50; i++) writer.append('t', 0, batchOf([[`k${i}`, `${i}`, T0 + (i % 7)]]), true);
  await writer.commit();
  expect(batches(log)).toBe(1);
  expect((await readFrom(log, 0)).map((r) => [r.offset, r.value])).toEqual(
    Array.from({ length: 50 }, (_, i) => [i, `${i}`]),
  );
});

describe('whatever was written, merging changes nothing that can be read', () => {
  const row = fc.record({ size: fc.constantFrom(1, 50, 3000, 20_000), time: fc.integer({ min: 0, max: 50 }) });
  test('records from each offset, and offsets by time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 20 }),
        async (rows, deleted) => {
          const log = await open();
          await write(
            log,
            rows.map((r, i) => `${i}:`.padEnd(r.size, 'x')),
            (i) => T0 + rows[i]!.time,
          );
          await log.admin.deleteRecords(at, Math.min(deleted, rows.length));
          const look = async (): Promise<unknown> => ({
            records: (await readFrom(log, await log.admin.earliestOffset(at))).map((r) => [
              r.offset,
              r.value,
              r.timestamp,
            ]),
            times: await Promise.all(Array.from({ length: 52 }, (_, t) => log.admin.offsetForTimestamp(at, T0 + t))),
          });
          const before = await look();
          await log.maintain(T0);
          expect(await look()).toEqual(before);
          // The middle of a batch.
          await log.admin.deleteRecords(at, Math.min(deleted + 5, rows.length));
          expect((await readFrom(log, Math.min(deleted + 5, rows.length))).map((r) => r.offset)).toEqual(
            rows.map((_, i) => i).slice(deleted + 5),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
