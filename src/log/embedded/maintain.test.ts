import { describe, expect, test } from 'vitest';
import { testEnv } from '../../../test/support/env.ts';
import { batchOf, type NewRecord, readRecords, recordsOf, type TestRecord } from '../../../test/support/log-records.ts';
import { isSluiceError } from '../../base/errors.ts';
import type { CodecName } from '../record-batch/compression.ts';
import { EmbeddedLog } from './embedded-log.ts';
import { MemoryStore } from '../../store/memory-store.ts';

const DAY = 86_400_000;
const T0 = 1_700_000_000_000;

async function logWith(configs: Record<string, string>, store = new MemoryStore()): Promise<EmbeddedLog> {
  const log = new EmbeddedLog({ store, env: testEnv() });
  await log.admin.createTopic({ name: 't', partitions: 1, replicas: 1, configs });
  return log;
}

async function write(log: EmbeddedLog, records: readonly NewRecord[], codec: CodecName = 'none'): Promise<void> {
  const writer = await log.createWriter({});
  writer.append('t', 0, batchOf(records, codec), true);
  await writer.commit();
}

async function contents(log: EmbeddedLog): Promise<(readonly [number, string | null, string | null])[]> {
  const at = { topic: 't', partition: 0 };
  const reader = log.createReader({});
  reader.assign([{ ...at, offset: await log.admin.earliestOffset(at) }]);
  const records: TestRecord[] = [];
  const end = await log.admin.latestOffset(at);
  while (reader.position(at) < end) records.push(...recordsOf(await reader.poll(0)));
  await reader.close();
  return records.map((r) => [r.offset, r.key, r.value]);
}

const at = { topic: 't', partition: 0 };

describe('retention', () => {
  test('retention.ms deletes old batches from the front, and survives reopening', async () => {
    const store = new MemoryStore();
    const log = await logWith({ 'retention.ms': `${DAY}` }, store);
    await write(log, [['a', '1', T0]]);
    await write(log, [['b', '2', T0 + DAY]]);
    await write(log, [['c', '3', T0]]);
    expect(await log.maintain(T0 + DAY + 1)).toEqual({ batchesDeleted: 1, recordsCompacted: 0 });
    expect(await contents(log)).toEqual([
      [1, 'b', '2'],
      [2, 'c', '3'],
    ]);
    expect(await log.maintain(T0 + 3 * DAY)).toEqual({ batchesDeleted: 2, recordsCompacted: 0 });
    const again = new EmbeddedLog({ store, env: testEnv() });
    expect([await again.admin.earliestOffset(at), await again.admin.latestOffset(at)]).toEqual([3, 3]);
    await write(again, [['d', '4', T0]]);
    expect(await contents(again)).toEqual([[3, 'd', '4']]);
  });

  test('many batches go in pieces, and one that goes beyond stays', async () => {
    const log = await logWith({ 'retention.ms': '-1' });
    for (let i = 0; i < 300; i++) await write(log, [[`k${i}`, 'v', T0 + i]]);
    await write(log, [
      ['x', '1', T0],
      ['y', '2', T0],
    ]);
    await write(log, [['z', '3', T0 + 1000]]);
    await log.admin.deleteRecords(at, 301);
    expect(await contents(log)).toEqual([
      [301, 'y', '2'],
      [302, 'z', '3'],
    ]);
    expect(await log.admin.offsetForTimestamp(at, T0 + 500)).toBe(302);
    expect(await log.admin.earliestOffset(at)).toBe(301);
  });

  test('retention.bytes keeps at least the last bytes', async () => {
    const log = await logWith({ 'retention.bytes': '5000', 'retention.ms': '-1' });
    for (let i = 0; i < 10; i++) await write(log, [['k', 'v'.repeat(1000)]]);
    await log.maintain(T0);
    expect((await contents(log)).map(([offset]) => offset)).toEqual([5, 6, 7, 8, 9]);
  });

  test('offsetForTimestamp is right after the batch with the highest time has gone', async () => {
    const log = await logWith({ 'retention.ms': '-1' });
    for (const t of [9000, 2000, 1000, 3000, 9500]) await write(log, [['k', `${t}`, t]]);
    expect(await log.admin.offsetForTimestamp(at, 2500)).toBe(0);
    await log.admin.deleteRecords(at, 1);
    expect(await log.admin.offsetForTimestamp(at, 2500)).toBe(3);
    expect(await log.admin.offsetForTimestamp(at, 100)).toBe(1);
    expect(await log.admin.offsetForTimestamp(at, 9100)).toBe(4);
  });
});

describe('compaction', () => {
  test('keeps the last record of each key at its offset, in every codec', async () => {
    for (const codec of ['none', 'zstd'] as CodecName[]) {
      const log = await logWith({ 'cleanup.policy': 'compact' });
      await write(
        log,
        [
          ['a', '1'],
          ['b', '1'],
          ['c', '1'],
        ],
        codec,
      );
      await write(
        log,
        [
          ['a', '2'],
          ['b', '2'],
        ],
        codec,
      );
      await write(
        log,
        [
          [null, 'no key'],
          ['a', '3'],
        ],
        codec,
      );
      await log.maintain(T0);
      expect(await contents(log)).toEqual([
        [2, 'c', '1'],
        [4, 'b', '2'],
        [5, null, 'no key'],
        [6, 'a', '3'],
      ]);
      const reader = log.createReader({});
      reader.assign([{ ...at, offset: 1 }]);
      expect((await readRecords(reader, 4)).map((r) => r.offset)).toEqual([2, 4, 5, 6]);
    }
  });

  test('a tombstone goes delete.retention.ms after the pass that met it', async () => {
    const store = new MemoryStore();
    const log = await logWith({ 'cleanup.policy': 'compact', 'delete.retention.ms': '1000' }, store);
    await write(log, [
      ['a', '1', T0],
      ['b', '1', T0 + 5],
    ]);
    await write(log, [['a', null, T0 + 10]]);
    await log.maintain(T0 + 2000);
    expect(await contents(log)).toEqual([
      [1, 'b', '1'],
      [2, 'a', null],
    ]);
    await log.maintain(T0 + 2999);
    expect((await contents(log)).length).toBe(2);
    const reader = log.createReader({});
    reader.assign([{ ...at, offset: 0 }]);
    expect((await readRecords(reader, 2)).map((r) => r.timestamp)).toEqual([T0 + 5, T0 + 10]);
    await log.maintain(T0 + 3000);
    expect(await contents(log)).toEqual([[1, 'b', '1']]);
    const again = new EmbeddedLog({ store, env: testEnv() });
    expect(await again.admin.latestOffset(at)).toBe(3);
  });

  test('waits for enough dirt, and leaves what is younger than the lag', async () => {
    const log = await logWith({
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.9',
      'min.compaction.lag.ms': '100',
    });
    for (let i = 0; i < 10; i++) await write(log, [['a', `${i}`, T0 + i]]);
    await log.maintain(T0 + 105);
    expect((await contents(log)).map(([offset]) => offset)).toEqual(Array.from({ length: 10 }, (_, i) => i));
    await log.maintain(T0 + 1000);
    expect((await contents(log)).map(([offset]) => offset)).toEqual([9]);
    await write(log, [['a', '10', T0]]);
    await log.maintain(T0 + 1000);
    expect((await contents(log)).length).toBe(2);
  });
});

test('a full log refuses, keeps what was committed, and goes on when there is room', async () => {
  const store = new MemoryStore({ maxBytes: 20_000 });
  const log = await logWith({ 'retention.bytes': '5000' }, store);
  const writer = await log.createWriter({ transactionalId: 'w' });
  let committed = 0;
  let refused: unknown;
  while (refused === undefined) {
    writer.append('t', 0, batchOf([['k', 'v'.repeat(3000)]]), true);
    writer.commitOffsets('g', [{ topic: 't', partition: 0, offset: committed + 1 }]);
    await writer.commit().then(
      () => committed++,
      (error: unknown) => (refused = error),
    );
  }
  expect(isSluiceError(refused, 'LOG_FULL')).toBe(true);
  expect(await log.admin.latestOffset(at)).toBe(committed);
  expect((await log.admin.committedOffsets('g'))[0]!.offset).toBe(committed);
  await log.maintain(0);
  // The refused records and offsets are still queued.
  await writer.commit();
  expect(await log.admin.latestOffset(at)).toBe(committed + 1);
  expect((await log.admin.committedOffsets('g'))[0]!.offset).toBe(committed + 1);
});

test('of commits that wait together, one that does not fit does not take the others down', async () => {
  const store = new MemoryStore({ maxBytes: 10_000 });
  const log = await logWith({}, store);
  const [large, small] = [await log.createWriter({}), await log.createWriter({})];
  large.append('t', 0, batchOf([['k', 'v'.repeat(20_000)]]), true);
  small.append('t', 0, batchOf([['k', 'v']]), true);
  const outcomes = await Promise.allSettled([large.commit(), small.commit()]);
  expect(outcomes.map((o) => o.status)).toEqual(['rejected', 'fulfilled']);
  expect(await contents(log)).toEqual([[0, 'k', 'v']]);
});

test('state is committed with records and offsets, or not at all', async () => {
  const store = new MemoryStore();
  const log = await logWith({}, store);
  const writer = await log.createWriter({});
  writer.append('t', 0, batchOf([['k', 'v']]), true);
  writer.putState('counts', Buffer.from('k'), Buffer.from('1'));
  expect(log.store.get('counts', Buffer.from('k'))).toBeUndefined();
  await writer.commit();
  expect(log.store.get('counts', Buffer.from('k'))!.toString()).toBe('1');
  writer.putState('counts', Buffer.from('k'), null);
  await writer.abort();
  writer.putState('counts', Buffer.from('l'), Buffer.from('2'));
  await writer.commit();
  expect([...log.store.range('counts')].map((e) => `${e.key.toString()}=${e.value.toString()}`)).toEqual([
    'k=1',
    'l=2',
  ]);
});
