import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSluiceError } from '../../src/base/errors.ts';
import { Fenced, type Log, OffsetOutOfRange } from '../../src/log/api.ts';
import type { CodecName } from '../../src/log/record-batch/compression.ts';
import { batchOf, readRecords, recordsOf } from './log-records.ts';

/** A log with what must be closed after the tests. */
export interface LogUnderTest {
  readonly log: Log;
  close(): Promise<void>;
}

/** The behaviour that every implementation of Log must have. `start` may be slow: it is called once. */
export function describeLog(name: string, start: () => Promise<LogUnderTest>): void {
  describe(name, () => {
    let under: LogUnderTest;
    let log: Log;
    let n = 0;
    const run = `${Date.now() % 1_000_000}`;
    const freshName = (what: string): string => `${what}-${run}-${++n}`;
    const freshTopic = async (partitions = 1, configs: Record<string, string> = {}): Promise<string> => {
      const topic = freshName('topic');
      await log.admin.createTopic({ name: topic, partitions, replicas: 1, configs });
      return topic;
    };
    const write = async (topic: string, partition: number, ...batches: Buffer[]): Promise<void> => {
      const writer = await log.createWriter({});
      for (const batch of batches) writer.append(topic, partition, batch, true);
      await writer.commit();
      await writer.close();
    };
    const code = async (action: () => Promise<unknown>): Promise<string> => {
      try {
        await action();
      } catch (error) {
        if (isSluiceError(error)) return error.code;
        throw error;
      }
      return 'no error';
    };

    beforeAll(async () => {
      under = await start();
      log = under.log;
    });
    afterAll(async () => {
      await under?.close();
    });

    describe('admin', () => {
      test('a topic is created, described, listed and deleted', async () => {
        const topic = freshName('orders');
        await log.admin.createTopic({
          name: topic,
          partitions: 3,
          replicas: 1,
          configs: { 'retention.ms': '1234567' },
        });
        const described = await log.admin.describeTopic(topic);
        expect(described).toMatchObject({ name: topic, partitions: 3, replicas: 1, internal: false });
        expect(described!.configs).toMatchObject({ 'retention.ms': '1234567', 'cleanup.policy': 'delete' });
        expect((await log.admin.listTopics()).map((t) => t.name)).toContain(topic);
        await log.admin.deleteTopic(topic);
        expect(await log.admin.describeTopic(topic)).toBeUndefined();
        expect((await log.admin.listTopics()).map((t) => t.name)).not.toContain(topic);
      });

      test('refusals have codes', async () => {
        const topic = await freshTopic();
        expect(await code(() => log.admin.createTopic({ name: topic, partitions: 1, replicas: 1 }))).toBe('CONFLICT');
        expect(await code(() => log.admin.deleteTopic(freshName('nope')))).toBe('NOT_FOUND');
        expect(await code(() => log.admin.createTopic({ name: 'a b', partitions: 1, replicas: 1 }))).toBe('REJECTED');
        const odd = { name: freshName('odd'), partitions: 1, replicas: 1, configs: { 'retention.ms': 'soon' } };
        expect(await code(() => log.admin.createTopic(odd))).toBe('REJECTED');
        const unknown = { name: freshName('odd'), partitions: 1, replicas: 1, configs: { 'retention.mss': '1' } };
        expect(await code(() => log.admin.createTopic(unknown))).toBe('REJECTED');
        expect(await code(() => log.admin.latestOffset({ topic: freshName('nope'), partition: 0 }))).toBe('NOT_FOUND');
      });

      test('configs are altered and reset; partitions are added, never taken', async () => {
        const topic = await freshTopic(1, { 'retention.ms': '5000' });
        await log.admin.alterTopicConfigs(topic, { 'retention.ms': null, 'cleanup.policy': 'compact' });
        expect((await log.admin.describeTopic(topic))!.configs).toMatchObject({
          'retention.ms': '604800000',
          'cleanup.policy': 'compact',
        });
        await log.admin.createPartitions(topic, 3);
        expect((await log.admin.describeTopic(topic))!.partitions).toBe(3);
        await write(topic, 2, batchOf([['k', 'v']]));
        expect(await log.admin.latestOffset({ topic, partition: 2 })).toBe(1);
        expect(await code(() => log.admin.createPartitions(topic, 2))).toBe('REJECTED');
      });

      test('deleteRecords moves the start, also into the middle of a batch', async () => {
        const topic = await freshTopic();
        await write(
          topic,
          0,
          batchOf([
            ['a', '1'],
            ['b', '2'],
            ['c', '3'],
          ]),
          batchOf([['d', '4']]),
        );
        await log.admin.deleteRecords({ topic, partition: 0 }, 2);
        expect(await log.admin.earliestOffset({ topic, partition: 0 })).toBe(2);
        expect(await log.admin.latestOffset({ topic, partition: 0 })).toBe(4);
        const reader = log.createReader({});
        reader.assign([{ topic, partition: 0, offset: 2 }]);
        expect((await readRecords(reader, 2)).map((r) => r.value)).toEqual(['3', '4']);
        await reader.close();
        await log.admin.deleteRecords({ topic, partition: 0 }, 4);
        expect(await log.admin.earliestOffset({ topic, partition: 0 })).toBe(4);
        await write(topic, 0, batchOf([['e', '5']]));
        expect(await log.admin.latestOffset({ topic, partition: 0 })).toBe(5);
      });

      test('offsetForTimestamp finds the first record at or after a time, though times go back and forth', async () => {
        const topic = await freshTopic();
        await write(
          topic,
          0,
          batchOf([
            ['a', '', 1000],
            ['b', '', 5000],
            ['c', '', 2000],
          ]),
          batchOf([['d', '', 3000]]),
          batchOf([['e', '', 6000]]),
        );
        const at = { topic, partition: 0 };
        expect(await log.admin.offsetForTimestamp(at, 0)).toBe(0);
        expect(await log.admin.offsetForTimestamp(at, 1001)).toBe(1);
        expect(await log.admin.offsetForTimestamp(at, 5000)).toBe(1);
        expect(await log.admin.offsetForTimestamp(at, 5001)).toBe(4);
        expect(await log.admin.offsetForTimestamp(at, 6001)).toBeUndefined();
      });
    });

    describe('records', () => {
      test('come back with offsets, times, nulls and headers', async () => {
        const topic = await freshTopic(2);
        await write(
          topic,
          0,
          batchOf([
            [
              'k',
              'v',
              1700,
              [
                ['h', 'x'],
                ['h', 'y'],
              ],
            ],
            [null, null, 1800],
          ]),
          batchOf([['', '', 1900]]),
        );
        await write(topic, 1, batchOf([['z', 'ü'.repeat(3000), 2000]]));
        const reader = log.createReader({});
        reader.assign([
          { topic, partition: 0, offset: 0 },
          { topic, partition: 1, offset: 0 },
        ]);
        const records = (await readRecords(reader, 4)).sort((a, b) => a.timestamp - b.timestamp);
        const at = (partition: number, offset: number) => ({ topic, partition, offset });
        expect(records).toEqual([
          {
            ...at(0, 0),
            timestamp: 1700,
            key: 'k',
            value: 'v',
            headers: [
              ['h', 'x'],
              ['h', 'y'],
            ],
          },
          { ...at(0, 1), timestamp: 1800, key: null, value: null, headers: [] },
          { ...at(0, 2), timestamp: 1900, key: '', value: '', headers: [] },
          { ...at(1, 0), timestamp: 2000, key: 'z', value: 'ü'.repeat(3000), headers: [] },
        ]);
        expect([reader.position({ topic, partition: 0 }), reader.position({ topic, partition: 1 })]).toEqual([3, 1]);
        await reader.close();
      });

      test.each<CodecName>(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('%s batches are kept and read', async (codec) => {
        const topic = await freshTopic();
        const records = Array.from({ length: 50 }, (_, i) => [`k${i}`, 'some value '.repeat(20) + i] as const);
        await write(topic, 0, batchOf(records, codec), batchOf(records));
        const reader = log.createReader({});
        reader.assign([{ topic, partition: 0, offset: 10 }]);
        const values = (await readRecords(reader, 90)).map((r) => r.value);
        expect(values).toEqual([...records.slice(10), ...records].map((r) => r[1]));
        await reader.close();
      });

      test('polls are bounded, lose nothing and repeat nothing', async () => {
        const topic = await freshTopic();
        const batches = Array.from({ length: 60 }, (_, i) =>
          batchOf([
            [`k${i}`, 'v'.repeat(2000)],
            [`l${i}`, 'w'],
          ]),
        );
        // The batches of one transaction may have been merged into one.
        for (let i = 0; i < batches.length; i += 2) await write(topic, 0, ...batches.slice(i, i + 2));
        const reader = log.createReader({ maxBytes: 20_000, maxPartitionBytes: 8_000 });
        reader.assign([{ topic, partition: 0, offset: 0 }]);
        const keys: (string | null)[] = [];
        for (let i = 0; keys.length < 120 && i < 200; i++) {
          const fetched = await reader.poll(200);
          expect(fetched.reduce((sum, f) => sum + f.to - f.from, 0)).toBeLessThan(25_000);
          keys.push(...recordsOf(fetched).map((r) => r.key));
        }
        expect(keys).toEqual(Array.from({ length: 60 }, (_, i) => [`k${i}`, `l${i}`]).flat());
        await reader.close();
      });

      test('a batch larger than the poll is handed out all the same', async () => {
        const topic = await freshTopic();
        await write(topic, 0, batchOf([['k', 'v'.repeat(100_000)]]), batchOf([['l', 'w']]));
        const reader = log.createReader({ maxBytes: 1000, maxPartitionBytes: 1000 });
        reader.assign([{ topic, partition: 0, offset: 0 }]);
        expect((await readRecords(reader, 2)).map((r) => r.key)).toEqual(['k', 'l']);
        await reader.close();
      });

      test('a batch beyond max.message.bytes is refused, and the writer goes on', async () => {
        const topic = await freshTopic(1, { 'max.message.bytes': '2000' });
        const writer = await log.createWriter({});
        expect(
          await code(async () => {
            writer.append(topic, 0, batchOf([['k', 'v'.repeat(5000)]]));
            await writer.commit();
          }),
        ).toBe('RECORD_TOO_LARGE');
        await writer.abort();
        writer.append(topic, 0, batchOf([['k', 'small']]));
        await writer.commit();
        expect(await log.admin.latestOffset({ topic, partition: 0 })).toBe(1);
        await writer.close();
      });

      test('the bytes of an append that is not owned may be changed at once', async () => {
        const topic = await freshTopic();
        const writer = await log.createWriter({});
        const batch = batchOf([['k', 'before']]);
        writer.append(topic, 0, batch);
        batch.fill(0);
        await writer.commit();
        await writer.close();
        const reader = log.createReader({});
        reader.assign([{ topic, partition: 0, offset: 0 }]);
        expect((await readRecords(reader, 1)).map((r) => r.value)).toEqual(['before']);
        await reader.close();
      });

      test('LogAppendTime replaces the times', async () => {
        const topic = await freshTopic(1, { 'message.timestamp.type': 'LogAppendTime' });
        const before = Date.now();
        await write(
          topic,
          0,
          batchOf([
            ['k', 'v', 5],
            ['l', 'w', 6],
          ]),
        );
        const reader = log.createReader({});
        reader.assign([{ topic, partition: 0, offset: 0 }]);
        const times = (await readRecords(reader, 2)).map((r) => r.timestamp);
        expect(times[0]).toBe(times[1]);
        expect(times[0]! >= before - 1000 && times[0]! <= Date.now() + 1000).toBe(true);
        await reader.close();
      });
    });

    describe('reader', () => {
      test('seeks, pauses and resumes', async () => {
        const topic = await freshTopic(2);
        await write(
          topic,
          0,
          batchOf([
            ['a', '1'],
            ['b', '2'],
            ['c', '3'],
          ]),
        );
        await write(topic, 1, batchOf([['x', '9']]));
        const reader = log.createReader({});
        reader.assign([
          { topic, partition: 0, offset: 1 },
          { topic, partition: 1, offset: 0 },
        ]);
        reader.pause({ topic, partition: 1 });
        expect((await readRecords(reader, 2)).map((r) => r.value)).toEqual(['2', '3']);
        expect(await readRecords(reader, 1, 300)).toEqual([]);
        reader.resume({ topic, partition: 1 });
        expect((await readRecords(reader, 1)).map((r) => r.value)).toEqual(['9']);
        reader.seek({ topic, partition: 0 }, 0);
        expect((await readRecords(reader, 3)).map((r) => r.value)).toEqual(['1', '2', '3']);
        await reader.close();
      });

      test('a position that does not exist is OffsetOutOfRange', async () => {
        const topic = await freshTopic();
        await write(
          topic,
          0,
          batchOf([
            ['a', '1'],
            ['b', '2'],
          ]),
        );
        await log.admin.deleteRecords({ topic, partition: 0 }, 1);
        const reader = log.createReader({});
        const pollAt = async (offset: number, forMs = 5000): Promise<unknown> => {
          reader.assign([{ topic, partition: 0, offset }]);
          for (const end = Date.now() + forMs; Date.now() < end;) await reader.poll(100);
          return 'no error';
        };
        await expect(pollAt(0)).rejects.toBeInstanceOf(OffsetOutOfRange);
        await expect(pollAt(3)).rejects.toMatchObject({ offset: 3, at: { topic, partition: 0 } });
        expect(await pollAt(2, 300)).toBe('no error');
        await reader.close();
      });

      test('a position that does not exist takes nothing of what other partitions have', async () => {
        const topic = await freshTopic(2);
        for (const partition of [0, 1]) await write(topic, partition, batchOf([['a', `${partition}`]]));
        await log.admin.deleteRecords({ topic, partition: 1 }, 1);
        const reader = log.createReader({});
        reader.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })));
        let bytes = 0;
        const poll = async (): Promise<never> => {
          for (;;) for (const part of await reader.poll(100)) bytes += part.to - part.from;
        };
        await expect(poll()).rejects.toMatchObject({ offset: 0, at: { topic, partition: 1 } });
        reader.seek({ topic, partition: 1 }, 1);
        if (bytes === 0) for (const part of await reader.poll(5000)) bytes += part.to - part.from;
        expect(bytes).toBeGreaterThan(0);
        await reader.close();
      });

      test('partitions with a backlog do not hold others back', async () => {
        const [busy, other] = [await freshTopic(4), await freshTopic(2)];
        const value = 'x'.repeat(40_000);
        for (let p = 0; p < 4; p++) await write(busy, p, ...Array.from({ length: 20 }, () => batchOf([['k', value]])));
        await write(other, 1, batchOf([['o', 'seen']]));
        const reader = log.createReader({ maxBytes: 160_000, maxPartitionBytes: 40_000 });
        reader.assign([
          ...[0, 1, 2, 3].map((partition) => ({ topic: busy, partition, offset: 0 })),
          ...[0, 1].map((partition) => ({ topic: other, partition, offset: 0 })),
        ]);
        const read = new Map<string, number>();
        for (let polls = 0; polls < 4; polls++) {
          for (const fetched of await reader.poll(5000)) {
            const at = `${fetched.topic}-${fetched.partition}`;
            read.set(at, (read.get(at) ?? 0) + recordsOf([fetched]).length);
          }
        }
        expect(read.get(`${other}-1`)).toBe(1);
        // Nor does one busy partition get more than its share.
        const shares = [0, 1, 2, 3].map((p) => read.get(`${busy}-${p}`) ?? 0);
        expect(Math.min(...shares)).toBeGreaterThan(0);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(2);
        await reader.close();
      });

      test('a waiting poll is ended by data, and by wakeup', async () => {
        const topic = await freshTopic();
        const reader = log.createReader({});
        reader.assign([{ topic, partition: 0, offset: 0 }]);
        // The first fetch may include requests for the topic's metadata.
        await reader.poll(500);
        const began = performance.now();
        const waiting = readRecords(reader, 1, 10_000);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await write(topic, 0, batchOf([['a', '1']]));
        expect((await waiting).map((r) => r.value)).toEqual(['1']);
        expect(performance.now() - began).toBeLessThan(5_000);
        const woken = reader.poll(30_000);
        setTimeout(() => reader.wakeup(), 50);
        const again = performance.now();
        expect(await woken).toEqual([]);
        expect(performance.now() - again).toBeLessThan(5_000);
        await reader.close();
      });

      test('a deleted topic ends in NOT_FOUND', async () => {
        const topic = await freshTopic();
        const reader = log.createReader({});
        reader.assign([{ topic, partition: 0, offset: 0 }]);
        await reader.poll(100);
        await log.admin.deleteTopic(topic);
        expect(
          await code(async () => {
            for (let i = 0; i < 200; i++) await reader.poll(100);
          }),
        ).toBe('NOT_FOUND');
        await reader.close();
      });
    });

    describe('transactions', () => {
      test('records and offsets of a commit appear together; aborted ones never', async () => {
        const [input, out, group, id] = [await freshTopic(), await freshTopic(2), freshName('group'), freshName('tx')];
        const writer = await log.createWriter({ transactionalId: id });
        const reader = log.createReader({});
        reader.assign([
          { topic: out, partition: 0, offset: 0 },
          { topic: out, partition: 1, offset: 0 },
        ]);
        writer.append(out, 0, batchOf([['a', '1']]));
        writer.append(out, 1, batchOf([['b', '2']]));
        writer.commitOffsets(group, [{ topic: input, partition: 0, offset: 7, metadata: 'm' }]);
        expect(await readRecords(reader, 1, 300)).toEqual([]);
        expect(await log.admin.committedOffsets(group)).toEqual([]);
        await writer.commit();
        expect(new Set((await readRecords(reader, 2)).map((r) => r.value))).toEqual(new Set(['1', '2']));
        expect(await log.admin.committedOffsets(group)).toEqual([
          { topic: input, partition: 0, offset: 7, metadata: 'm' },
        ]);

        writer.append(out, 0, batchOf([['c', 'aborted']]));
        writer.commitOffsets(group, [{ topic: input, partition: 0, offset: 8 }]);
        await writer.abort();
        writer.append(out, 0, batchOf([['d', '4']]));
        await writer.commit();
        expect((await readRecords(reader, 1)).map((r) => r.value)).toEqual(['4']);
        expect((await log.admin.committedOffsets(group))[0]!.offset).toBe(7);
        await writer.close();
        await reader.close();
      });

      test('offsets alone are a commit; a group is listed and deleted', async () => {
        const [input, group] = [await freshTopic(2), freshName('group')];
        const writer = await log.createWriter({ transactionalId: freshName('tx') });
        writer.commitOffsets(group, [
          { topic: input, partition: 0, offset: 3 },
          { topic: input, partition: 1, offset: 4 },
        ]);
        await writer.commit();
        writer.commitOffsets(group, [{ topic: input, partition: 0, offset: 5 }]);
        await writer.commit();
        const committed = [...(await log.admin.committedOffsets(group))].sort((a, b) => a.partition - b.partition);
        expect(committed).toEqual([
          { topic: input, partition: 0, offset: 5 },
          { topic: input, partition: 1, offset: 4 },
        ]);
        const partitions = [1, 2].map((partition) => ({ topic: input, partition }));
        expect(await log.admin.committedOffsets(group, { partitions })).toEqual([
          { topic: input, partition: 1, offset: 4 },
        ]);
        expect(await log.admin.committedOffsets(group, { partitions: [] })).toEqual([]);
        expect(await log.admin.listGroups()).toContain(group);
        await log.admin.deleteGroup(group);
        expect(await log.admin.committedOffsets(group)).toEqual([]);
        await writer.close();
      });

      test('offsets without a transactional id', async () => {
        const [input, group] = [await freshTopic(), freshName('group')];
        const writer = await log.createWriter({});
        writer.commitOffsets(group, [{ topic: input, partition: 0, offset: 11 }]);
        await writer.commit();
        expect(await log.admin.committedOffsets(group)).toEqual([{ topic: input, partition: 0, offset: 11 }]);
        await writer.close();
      });

      test('a younger writer of the same id fences the older one', async () => {
        const [out, id] = [await freshTopic(), freshName('tx')];
        const older = await log.createWriter({ transactionalId: id });
        older.append(out, 0, batchOf([['a', 'lost']]));
        const younger = await log.createWriter({ transactionalId: id });
        await expect(older.commit()).rejects.toBeInstanceOf(Fenced);
        younger.append(out, 0, batchOf([['b', 'kept']]));
        await younger.commit();
        const reader = log.createReader({});
        reader.assign([{ topic: out, partition: 0, offset: 0 }]);
        expect((await readRecords(reader, 1)).map((r) => r.value)).toEqual(['kept']);
        await Promise.all([older.close(), younger.close(), reader.close()]);
      });

      test('many small commits in a row keep order and count', async () => {
        const out = await freshTopic();
        const writer = await log.createWriter({ transactionalId: freshName('tx') });
        for (let i = 0; i < 30; i++) {
          writer.append(out, 0, batchOf([[`k${i}`, `${i}`]]));
          if (i % 7 === 6) await writer.abort();
          else await writer.commit();
        }
        const expected = Array.from({ length: 30 }, (_, i) => `${i}`).filter((_, i) => i % 7 !== 6);
        const reader = log.createReader({});
        reader.assign([{ topic: out, partition: 0, offset: 0 }]);
        expect((await readRecords(reader, expected.length)).map((r) => r.value)).toEqual(expected);
        await Promise.all([writer.close(), reader.close()]);
      });

      test('appends go on while earlier ones of the transaction are under way, to other partitions as well', async () => {
        const partitions = 16;
        const out = await freshTopic(partitions);
        const writer = await log.createWriter({ transactionalId: freshName('tx') });
        const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
        for (let round = 0; round < 5; round++) {
          for (let p = 0; p < partitions; p++) {
            writer.append(out, p, batchOf([[`${p}`, `${round}`]]));
            // The total delay ranges from a few turns of the event loop to some milliseconds; a request to the
            // coordinator takes about as long.
            for (let i = 0; i < p * 3; i++) await turn();
          }
          await writer.commit();
        }
        const reader = log.createReader({});
        reader.assign(Array.from({ length: partitions }, (_, partition) => ({ topic: out, partition, offset: 0 })));
        const records = await readRecords(reader, partitions * 5);
        for (let p = 0; p < partitions; p++)
          expect(records.filter((r) => r.key === `${p}`).map((r) => r.value)).toEqual(['0', '1', '2', '3', '4']);
        await Promise.all([writer.close(), reader.close()]);
      });

      test('writers side by side do not mix', async () => {
        const out = await freshTopic();
        const writers = await Promise.all([1, 2, 3].map(() => log.createWriter({ transactionalId: freshName('tx') })));
        await Promise.all(
          writers.map(async (writer, w) => {
            for (let i = 0; i < 5; i++) {
              writer.append(
                out,
                0,
                batchOf([
                  [`${w}`, `${i}a`],
                  [`${w}`, `${i}b`],
                ]),
              );
              await writer.commit();
            }
          }),
        );
        const reader = log.createReader({});
        reader.assign([{ topic: out, partition: 0, offset: 0 }]);
        const records = await readRecords(reader, 30);
        for (const w of ['0', '1', '2']) {
          expect(records.filter((r) => r.key === w).map((r) => r.value)).toEqual(
            [0, 1, 2, 3, 4].flatMap((i) => [`${i}a`, `${i}b`]),
          );
        }
        await Promise.all([...writers.map((w) => w.close()), reader.close()]);
      });
    });
  });
}
