import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { isSluiceError } from '../../base/errors.ts';
import {
  lastOffsetOf,
  maxTimestampOf,
  recordCountOf,
  setBaseOffset,
  setLogAppendTime,
  setProducer,
} from './batch-header.ts';
import { BatchBuilder } from './builder.ts';
import type { CodecName } from './compression.ts';
import { CODECS } from './compression.ts';
import { RecordCursor, type CursorOptions } from './cursor.ts';
import { decodeHeaders, encodeHeaders } from './headers.ts';
import { ATTRIBUTES_AT, CONTROL_FLAG } from './layout.ts';

const require = createRequire(import.meta.url);

interface Plain {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly [string, string | null][];
}

function read(bytes: Buffer, startOffset = 0, options?: CursorOptions): Plain[] {
  const cursor = new RecordCursor();
  cursor.open(bytes, 0, bytes.length, startOffset, options);
  const records: Plain[] = [];
  while (cursor.next()) {
    const c = cursor.columns;
    for (let i = 0; i < c.count; i++) {
      records.push({
        offset: c.offset[i]!,
        timestamp: c.timestamp[i]!,
        key: c.key(i)?.toString() ?? null,
        value: c.value(i)?.toString() ?? null,
        headers: decodeHeaders(c.buffer, c.headersStart[i]!, c.headerCount[i]!).map((h) => [
          h.key,
          h.value === null ? null : Buffer.from(h.value).toString(),
        ]),
      });
    }
  }
  return records;
}

function batchOf(values: readonly string[], baseOffset = 0, codec: CodecName = 'none'): Buffer {
  const builder = new BatchBuilder();
  for (const [i, value] of values.entries()) builder.add(1000 + i, Buffer.from(`k${i}`), Buffer.from(value));
  return builder.finish({ baseOffset, codec });
}

function controlBatch(producerId: bigint, baseOffset: number, type: 0 | 1): Buffer {
  const builder = new BatchBuilder();
  builder.add(0, Buffer.from([0, 0, 0, type]), Buffer.from([0, 0, 0, 0, 0, 0]));
  const batch = builder.finish({ baseOffset });
  batch.writeInt16BE(CONTROL_FLAG, ATTRIBUTES_AT);
  setProducer(batch, { producerId, epoch: 0, sequence: -1, transactional: true });
  return batch;
}

function transactional(batch: Buffer, producerId: bigint): Buffer {
  setProducer(batch, { producerId, epoch: 0, sequence: 0, transactional: true });
  return batch;
}

describe('BatchBuilder and RecordCursor', () => {
  test.each(Object.keys(CODECS) as CodecName[])('%s: what was appended comes back', (codec) => {
    const builder = new BatchBuilder(64);
    const headers = encodeHeaders([
      { key: 'trace', value: Buffer.from('abc') },
      { key: 'none', value: null },
    ]);
    builder.add(5_000_000_000_000, Buffer.from('k'), Buffer.from('v'.repeat(100_000)), headers);
    builder.add(4_999_999_999_000, null, Buffer.from(''));
    builder.add(5_000_000_000_007, Buffer.from(''), null);
    const batch = builder.finish({ baseOffset: 2 ** 40, codec });
    expect(read(batch)).toEqual([
      {
        offset: 2 ** 40,
        timestamp: 5_000_000_000_000,
        key: 'k',
        value: 'v'.repeat(100_000),
        headers: [
          ['trace', 'abc'],
          ['none', null],
        ],
      },
      { offset: 2 ** 40 + 1, timestamp: 4_999_999_999_000, key: null, value: '', headers: [] },
      { offset: 2 ** 40 + 2, timestamp: 5_000_000_000_007, key: '', value: null, headers: [] },
    ]);
    expect(maxTimestampOf(batch)).toBe(5_000_000_000_007);
    expect(lastOffsetOf(batch)).toBe(2 ** 40 + 2);
    expect(builder.count).toBe(0);
  });

  test('raw snappy, as librdkafka writes it, is read too', () => {
    const snappy = require('snappy') as typeof import('snappy');
    const plain = batchOf(['one', 'two'], 0);
    const packed = snappy.compressSync(plain.subarray(61));
    const batch = Buffer.concat([plain.subarray(0, 61), packed]);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt16BE(2, ATTRIBUTES_AT);
    expect(read(batch, 0, { verify: false }).map((r) => r.value)).toEqual(['one', 'two']);
  });

  test('several batches, compressed and not, in one buffer; the start offset cuts', () => {
    const bytes = Buffer.concat([
      batchOf(['a', 'b'], 0),
      batchOf(['c'], 2),
      batchOf(['d', 'e'], 3, 'lz4'),
      batchOf(['f'], 9),
    ]);
    expect(read(bytes).map((r) => [r.offset, r.value])).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [3, 'd'],
      [4, 'e'],
      [9, 'f'],
    ]);
    expect(read(bytes, 4).map((r) => r.value)).toEqual(['e', 'f']);
    expect(read(bytes, 5).map((r) => r.value)).toEqual(['f']);
  });

  test('a batch cut off at the end is left for the next fetch', () => {
    const whole = batchOf(['a'], 0);
    const cut = batchOf(['b'], 1);
    for (const n of [1, 12, 30, 61, cut.length - 1]) {
      expect(read(Buffer.concat([whole, cut.subarray(0, n)])).map((r) => r.value)).toEqual(['a']);
    }
  });

  test('gaps left by compaction keep their offsets, and nextOffset counts them', () => {
    const builder = new BatchBuilder();
    const v = Buffer.from('v');
    builder.appendAt(3, 1, null, 0, 0, v, 0, 1);
    builder.appendAt(7, 2, null, 0, 0, v, 0, 1);
    const batch = builder.finish({ baseOffset: 100, lastOffsetDelta: 9 });
    expect(read(batch).map((r) => r.offset)).toEqual([103, 107]);
    const cursor = new RecordCursor();
    cursor.open(batch, 0, batch.length, 0);
    cursor.next();
    expect(cursor.nextOffset).toBe(110);
    const empty = new BatchBuilder().finish({ baseOffset: 110, lastOffsetDelta: 4 });
    expect(recordCountOf(empty)).toBe(0);
    cursor.open(empty, 0, empty.length, 110);
    expect(cursor.next()).toBe(false);
    expect(cursor.nextOffset).toBe(115);
  });

  test('LogAppendTime gives all records the time of the batch', () => {
    const batch = batchOf(['a', 'b']);
    setLogAppendTime(batch, 777);
    expect(read(batch).map((r) => r.timestamp)).toEqual([777, 777]);
  });

  test('a timestamp of -1 (none) survives', () => {
    const builder = new BatchBuilder();
    builder.add(-1, null, Buffer.from('x'));
    expect(read(builder.finish())[0]!.timestamp).toBe(-1);
  });

  test('a run ends before the columns grow without bound', () => {
    const batches = Array.from({ length: 40 }, (_, i) =>
      batchOf(
        Array.from({ length: 500 }, () => 'x'),
        i * 500,
      ),
    );
    const bytes = Buffer.concat(batches);
    const cursor = new RecordCursor();
    cursor.open(bytes, 0, bytes.length, 0);
    let runs = 0;
    let records = 0;
    while (cursor.next()) {
      runs++;
      records += cursor.columns.count;
      expect(cursor.columns.count).toBeLessThan(9000);
    }
    expect(records).toBe(20_000);
    expect(runs).toBe(3);
  });
});

describe('read_committed', () => {
  test('hides several aborted transactions of one producer and keeps the committed one between them', () => {
    const bytes = Buffer.concat([
      transactional(batchOf(['aborted-1'], 0), 7n),
      transactional(batchOf(['other'], 1), 8n),
      controlBatch(7n, 2, 0),
      transactional(batchOf(['committed'], 3), 7n),
      controlBatch(7n, 4, 1),
      transactional(batchOf(['aborted-2'], 5), 7n),
      batchOf(['plain'], 6),
      controlBatch(7n, 7, 0),
      controlBatch(8n, 8, 1),
    ]);
    const aborted = [
      { producerId: 7n, firstOffset: 5 },
      { producerId: 7n, firstOffset: 0 },
    ];
    expect(read(bytes, 0, { aborted }).map((r) => r.value)).toEqual(['other', 'committed', 'plain']);
    expect(read(bytes, 3, { aborted: [aborted[0]!] }).map((r) => r.value)).toEqual(['committed', 'plain']);
    expect(read(bytes).map((r) => r.value)).toEqual(['aborted-1', 'other', 'committed', 'aborted-2', 'plain']);
  });
});

describe('corruption', () => {
  test('any flipped byte under the checksum is LOG_CORRUPT', () => {
    const batch = batchOf(['some value', 'another'], 5);
    for (let i = 16; i < batch.length; i++) {
      const bad = Buffer.from(batch);
      bad[i] = bad[i]! ^ 0x41;
      expect(() => read(bad), `byte ${i}`).toThrow(/Cannot read the record batch at/);
    }
  });

  test('without the checksum, malformed records are found out or read as other records, never beyond the batch', () => {
    const batch = Buffer.concat([batchOf(['some value', 'another'], 5), Buffer.alloc(100, 0xff)]).subarray(0, -100);
    for (let i = 57; i < batch.length; i++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bad = Buffer.from(batch);
        bad[i] = bad[i]! ^ flip;
        try {
          read(bad, 0, { verify: false });
        } catch (error) {
          expect(isSluiceError(error, 'LOG_CORRUPT')).toBe(true);
        }
      }
    }
  });

  test('names old formats and unknown codecs', () => {
    const old = batchOf(['a']);
    old[16] = 1;
    expect(() => read(old)).toThrow('format version 1 is not 2');
    const odd = batchOf(['a']);
    odd.writeInt16BE(6, ATTRIBUTES_AT);
    expect(() => read(odd, 0, { verify: false })).toThrow('unknown codec 6');
    const garbled = batchOf(['a'.repeat(100)], 0, 'gzip');
    garbled.fill(7, 61);
    expect(() => read(garbled, 0, { verify: false })).toThrow(/Cannot decompress a record batch: codec 1/);
  });
});

describe('header changes', () => {
  test('setBaseOffset moves the records and leaves the checksum right', () => {
    const batch = batchOf(['a', 'b']);
    setBaseOffset(batch, 2 ** 33 + 5);
    expect(read(batch).map((r) => r.offset)).toEqual([2 ** 33 + 5, 2 ** 33 + 6]);
  });

  test('setProducer leaves the checksum right, also inside a larger buffer', () => {
    const bytes = Buffer.concat([batchOf(['x']), batchOf(['a', 'b'], 1)]);
    setProducer(bytes, { producerId: 4711n, epoch: 3, sequence: 99, transactional: true }, batchOf(['x']).length);
    expect(read(bytes).map((r) => r.value)).toEqual(['x', 'a', 'b']);
  });
});

describe('against kafkajs, an independent codec', () => {
  test('reads ours', async () => {
    const Decoder = require('kafkajs/src/protocol/decoder') as new (b: Buffer) => unknown;
    const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (d: unknown) => Promise<{
      records: { offset: string; timestamp: string; key: Buffer; value: Buffer; headers: Record<string, Buffer> }[];
    }>;
    const builder = new BatchBuilder();
    builder.add(
      1_700_000_000_000,
      Buffer.from('k1'),
      Buffer.from('v1'),
      encodeHeaders([{ key: 'h', value: Buffer.from('x') }]),
    );
    builder.add(1_700_000_000_900, null, Buffer.from('v2'));
    const { records } = await decode(new Decoder(builder.finish({ baseOffset: 12 })));
    expect(records.map((r) => [r.offset, r.timestamp, r.key?.toString(), r.value.toString()])).toEqual([
      ['12', '1700000000000', 'k1', 'v1'],
      ['13', '1700000000900', undefined, 'v2'],
    ]);
    expect(records[0]!.headers['h']!.toString()).toBe('x');
  });
});
