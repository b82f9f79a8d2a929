import { describe, expect, test } from 'vitest';
import { murmur2, NullKeyPartitioner, partitionOfKey } from './partitioner.ts';

describe('murmur2', () => {
  // From Kafka's unit test of Utils.murmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s is as in the Java client', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  test('reads a slice', () => {
    expect(murmur2(Buffer.from('xxfoobaryy'), 2, 8)).toBe(-790332482);
  });
});

test('partitionOfKey is never negative', () => {
  for (let i = 0; i < 500; i++) {
    const at = partitionOfKey(Buffer.from(`key-${i}`), 7);
    expect(at >= 0 && at < 7).toBe(true);
  }
});

test('NullKeyPartitioner stays with a partition, then moves on', () => {
  const partitioner = new NullKeyPartitioner(100);
  expect([60, 60, 60, 60, 60].map((bytes) => partitioner.next(2, bytes))).toEqual([0, 0, 1, 1, 0]);
});
