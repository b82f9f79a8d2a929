import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fetched, Log } from '../../src/log/api.ts';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { partitionOfKey } from '../../src/log/partitioner.ts';
import { BatchBuilder } from '../../src/log/record-batch/builder.ts';
import { sizeOf } from '../../src/log/record-batch/batch-header.ts';
import type { CodecName } from '../../src/log/record-batch/compression.ts';
import { RecordCursor } from '../../src/log/record-batch/cursor.ts';
import { decodeHeaders, encodeHeaders } from '../../src/log/record-batch/headers.ts';
import { ATTRIBUTES_AT, CODEC_MASK, CRC_AT } from '../../src/log/record-batch/layout.ts';
import { testEnv } from '../support/env.ts';
import { byExtent } from '../support/extent.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { javaClient } from '../support/servers/java-client.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

const CODECS: CodecName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Record number i, as in Interop.java. */
const keyOf = (i: number): Buffer | null => (i % 7 === 3 ? null : Buffer.from(`key-${i}`));
const valueOf = (i: number): Buffer | null => (i % 11 === 5 ? null : Buffer.from(`value-${i}-${'äx'.repeat(i % 50)}`));
const timestampOf = (i: number): number => 1_700_000_000_000 + i * 37;
const headersOf = (i: number) =>
  i % 5 === 0
    ? [
        { key: 'n', value: Buffer.from(`${i}`) },
        { key: 'none', value: null },
      ]
    : [];

const hex = (bytes: Uint8Array | null): string => (bytes === null ? 'null' : `x${Buffer.from(bytes).toString('hex')}`);

/** Codecs whose framing Kafka defines itself; the others use the standard framing of their codec. */
const FRAMED: readonly CodecName[] = ['snappy', 'lz4'];

/** Record i at an offset, in the format of Interop's `consume`. */
function line(offset: number, i: number, timestamp = timestampOf(i), type = 'CreateTime'): string {
  const headers = headersOf(i).map(({ key, value }) => ` ${key}=${hex(value)}`);
  return `${offset} ${timestamp} ${type} ${hex(keyOf(i))} ${hex(valueOf(i))}${headers.join('')}`;
}

function build(n: number, codec: CodecName, from = 0): Buffer {
  const builder = new BatchBuilder();
  for (let i = from; i < from + n; i++)
    builder.add(timestampOf(i), keyOf(i), valueOf(i), headersOf(i).length > 0 ? encodeHeaders(headersOf(i)) : null);
  return builder.finish({ codec });
}

describeWithServers('with the Java client', () => {
  let kafka: KafkaServer;
  let log: Log;
  beforeAll(async () => {
    kafka = await startKafka({
      properties: {
        'log.cleaner.backoff.ms': '100',
        'log.retention.check.interval.ms': '100',
        'log.initial.task.delay.ms': '100',
      },
    });
    log = new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: testEnv() });
  });
  afterAll(async () => {
    await log?.close();
    await kafka?.remove();
  });

  const create = (name: string, configs: Record<string, string> = {}): Promise<void> =>
    log.admin.createTopic({ name, partitions: 1, replicas: 1, configs: { 'retention.ms': '-1', ...configs } });

  /** All that a reader returns of partition 0 up to its end, as lines, and the raw batches. */
  const read = async (
    topic: string,
    isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
    type = 'CreateTime',
  ) => {
    const at = { topic, partition: 0 };
    const reader = log.createReader({ isolation });
    const fetched: Fetched[] = [];
    const lines: string[] = [];
    const cursor = new RecordCursor();
    const end = await log.admin.latestOffset(at);
    reader.assign([{ ...at, offset: await log.admin.earliestOffset(at) }]);
    while (reader.position(at) < end) {
      for (const one of await reader.poll(1000)) {
        fetched.push(one);
        cursor.openFetched(one);
        while (cursor.next()) {
          const c = cursor.columns;
          for (let i = 0; i < c.count; i++) {
            const headers = decodeHeaders(c.buffer, c.headersStart[i]!, c.headerCount[i]!).map(
              ({ key, value }) => ` ${key}=${hex(value)}`,
            );
            lines.push(
              `${c.offset[i]} ${c.timestamp[i]} ${type} ${hex(c.key(i))} ${hex(c.value(i))}${headers.join('')}`,
            );
          }
        }
      }
    }
    await reader.close();
    return { lines, fetched };
  };

  const javaLines = async (topic: string, isolation = 'read_committed'): Promise<string[]> =>
    (await javaClient('consume', kafka.bootstrap, topic, isolation, '0')).split('\n').filter((l) => l !== '');

  const N = 500;

  describe.each(byExtent(FRAMED, CODECS))('%s', (codec) => {
    test('we read what Java wrote', async () => {
      const topic = `java-${codec}`;
      await create(topic);
      await javaClient('produce', kafka.bootstrap, topic, codec, `${N}`, 'true');
      const { lines, fetched } = await read(topic);
      expect(lines).toEqual(Array.from({ length: N }, (_, i) => line(i, i)));
      const codecs = new Set(fetched.map((f) => f.buffer.readInt16BE(f.from + ATTRIBUTES_AT) & CODEC_MASK));
      expect([...codecs]).toEqual([CODECS.indexOf(codec)]);
    });

    test('Java reads what we wrote', async () => {
      const topic = `ours-${codec}`;
      await create(topic);
      const writer = await log.createWriter({});
      writer.append(topic, 0, build(N, codec), true);
      writer.append(topic, 0, build(3, codec, N), true);
      await writer.commit();
      await writer.close();
      expect(await javaLines(topic)).toEqual(Array.from({ length: N + 3 }, (_, i) => line(i, i)));
    });
  });

  test('an uncompressed batch is the same to the byte', async () => {
    await create('bytes');
    await javaClient('produce', kafka.bootstrap, 'bytes', 'none', '200', 'false');
    const { fetched } = await read('bytes');
    const one = fetched[0]!;
    expect(one.to - one.from).toBe(sizeOf(one.buffer, one.from));
    const theirs = one.buffer.subarray(one.from, one.to);
    const ours = build(200, 'none');
    // Everything except base offset and leader epoch, which the broker sets: checksum, attributes, records.
    expect(ours.length).toBe(theirs.length);
    expect(ours.subarray(CRC_AT).equals(theirs.subarray(CRC_AT))).toBe(true);
  });

  test('transactions of Java: several aborts of one producer in one fetch', async () => {
    await create('java-tx');
    await javaClient('transactions', kafka.bootstrap, 'java-tx', 'ssassscsascsaa');
    const java = await javaLines('java-tx');
    expect(java.map((l) => l.split(' ')[0])).toEqual(['3', '4', '5', '9']);
    expect((await read('java-tx')).lines).toEqual(java);
    expect((await read('java-tx', 'read_uncommitted')).lines).toEqual(await javaLines('java-tx', 'read_uncommitted'));
  });

  test('transactions of ours, read by Java', async () => {
    await create('our-tx');
    const writer = await log.createWriter({ transactionalId: 'our-tx' });
    for (const [i, step] of [...'cacaac'].entries()) {
      writer.append('our-tx', 0, build(2, 'lz4', i * 2), true);
      if (step === 'c') await writer.commit();
      else await writer.abort();
    }
    await writer.close();
    const java = await javaLines('our-tx');
    const numbers = [0, 1, 4, 5, 10, 11];
    expect(java.map((l) => l.split(' ').slice(1).join(' '))).toEqual(
      numbers.map((i) => line(0, i).split(' ').slice(1).join(' ')),
    );
    expect((await read('our-tx')).lines).toEqual(java);
  });

  test('LogAppendTime', async () => {
    await create('append-time', { 'message.timestamp.type': 'LogAppendTime' });
    await javaClient('produce', kafka.bootstrap, 'append-time', 'lz4', '20', 'true');
    const java = await javaLines('append-time');
    expect(java[0]).toContain('LogAppendTime');
    expect((await read('append-time', 'read_committed', 'LogAppendTime')).lines).toEqual(java);
  });

  test('gaps and horizons of compaction', async () => {
    await create('compacted', {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '600000',
      'max.compaction.lag.ms': '200',
    });
    const writer = await log.createWriter({});
    for (let round = 0; round < 8; round++) {
      const builder = new BatchBuilder();
      for (let k = 0; k < 10; k++)
        builder.add(Date.now(), Buffer.from(`k${k}`), k === 4 ? null : Buffer.from(`${round}`));
      builder.add(Date.now(), Buffer.from(`once-${round}`), Buffer.from('x'));
      writer.append('compacted', 0, builder.finish(), true);
      await writer.commit();
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await writer.close();
    // The cleaner runs in the background, so this waits until it has run.
    let lines: string[] = [];
    for (let i = 0; i < 200; i++) {
      ({ lines } = await read('compacted'));
      if (lines.length < 60) break;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(lines.length).toBeLessThan(60);
    const offsets = lines.map((l) => Number(l.split(' ')[0]));
    expect(offsets.some((offset, i) => i > 0 && offset !== offsets[i - 1]! + 1)).toBe(true);
    // The cleaner may run between the two readings, so they are repeated until they are equal.
    let java = await javaLines('compacted');
    for (let i = 0; i < 5 && JSON.stringify(java) !== JSON.stringify(lines); i++) {
      ({ lines } = await read('compacted'));
      java = await javaLines('compacted');
    }
    expect(lines).toEqual(java);
  });

  test('keys go where the Java client puts them', async () => {
    const keys = Array.from({ length: 200 }, (_, i) => `${'k'.repeat(i % 17)}ö${i * 7919}`);
    const java = (await javaClient('partition', '13', ...keys)).trim().split('\n').map(Number);
    expect(keys.map((key) => partitionOfKey(Buffer.from(key), 13))).toEqual(java);
  });
});
