import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CODECS, decompress, DECOMPRESSED_MAX, type CodecName } from './compression.ts';
import { lz4SizeMax, snappySize, zstdSizeMax } from './decompressed-size.ts';

const NAMES = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const PIECE = 16 << 20;
const zeros = Buffer.alloc(PIECE);
/** Each codec permits one stream or frame after the other. */
const repeated = (name: CodecName, times: number): Buffer => {
  const piece = CODECS[name].compress(zeros);
  return Buffer.concat(Array.from({ length: times }, () => piece));
};

describe.each(NAMES)('a record batch in %s', (name) => {
  test('that would not fit into memory is refused with the limit', () => {
    const bomb = repeated(name, DECOMPRESSED_MAX / PIECE + 1);
    expect(bomb.length).toBeLessThan(DECOMPRESSED_MAX / 10);
    expect(() => decompress(CODECS[name].id, bomb)).toThrow('it would have more than 256 MB');
  });

  test('that fits is read, however well it was compressed', () => {
    expect(decompress(CODECS[name].id, CODECS[name].compress(zeros)).equals(zeros)).toBe(true);
  });
});

test('raw snappy is refused by the size that it names, before that is allocated', () => {
  const bomb = Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07, 0x00]);
  expect(snappySize(bomb)).toBe(0x7fffffff);
  expect(() => decompress(CODECS.snappy.id, bomb)).toThrow('it would have more than 256 MB');
  expect(snappySize(Buffer.from([0x80]))).toBeNaN();
});

test('the bounds of zstd and LZ4 are above what there is, and not far', () => {
  const texts = Buffer.from(Array.from({ length: 40_000 }, (_, i) => `{"id":${i},"v":${(i * 7919) % 1e6}}`).join(','));
  let seed = 1;
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => (seed = (seed * 48_271) % 0x7fffffff) & 255));
  for (const bytes of [Buffer.alloc(0), Buffer.from('x'), zeros, texts, noise])
    for (const [codec, sizeMax] of [
      [CODECS.zstd, zstdSizeMax],
      [CODECS.lz4, lz4SizeMax],
    ] as const) {
      const most = sizeMax(codec.compress(bytes));
      expect(most).toBeGreaterThanOrEqual(bytes.length);
      expect(most).toBeLessThanOrEqual(bytes.length + (4 << 20));
    }
});

test('frames that break off are bounded by what is there of them', () => {
  for (const [codec, sizeMax] of [
    [CODECS.zstd, zstdSizeMax],
    [CODECS.lz4, lz4SizeMax],
  ] as const) {
    const whole = codec.compress(Buffer.from('abc'.repeat(1000)));
    for (let length = 0; length < whole.length; length++)
      expect(sizeMax(whole.subarray(0, length))).toBeLessThan(4 << 20);
  }
  // A frame of zstd that is skipped, and one whose length leads out of the batch.
  const skipped = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9]), CODECS.zstd.compress(zeros)]);
  expect(zstdSizeMax(skipped)).toBeGreaterThanOrEqual(PIECE);
  expect(zstdSizeMax(Buffer.from([0x50, 0x2a, 0x4d, 0x18, 255, 255, 255, 255, 9]))).toBe(0);
});

test('what is broken within gzip is no bomb', () => {
  const broken = gzipSync('x');
  broken[12] = 0xff;
  expect(() => decompress(CODECS.gzip.id, broken)).toThrow(/codec 1: (?!it would)/);
});
