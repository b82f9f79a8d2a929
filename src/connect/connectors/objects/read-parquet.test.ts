import { parquetWriteBuffer } from 'hyparquet-writer';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parquetRowsOf } from './read-parquet.ts';

describe.each(['SNAPPY', 'GZIP'] as const)('Parquet in %s', (codec) => {
  const bytes = Buffer.from(
    parquetWriteBuffer({
      codec,
      compressors: { GZIP: (input: Uint8Array) => gzipSync(input) },
      columnData: [{ name: 'a', data: Array.from({ length: 1000 }, (_, i) => 'x'.repeat(100) + i), type: 'STRING' }],
    }),
  );
  const read = async (most?: { readonly rows: number; readonly bytes: number }): Promise<number> => {
    let count = 0;
    const slice = async (from: number, length: number): Promise<Buffer> => bytes.subarray(from, from + length);
    for await (const _ of parquetRowsOf({ size: bytes.length, slice, hasBytes: false }, 0, () => undefined, most))
      count++;
    return count;
  };

  test('is read within its limits, which are above what it holds', async () => {
    expect(bytes.length).toBeLessThan(30_000);
    expect(await read()).toBe(1000);
    expect(await read({ rows: 1000, bytes: 200_000 })).toBe(1000);
  });

  test('is an error where a row group has more rows or bytes', async () => {
    await expect(read({ rows: 999, bytes: 200_000 })).rejects.toThrow('a row group has 1000 rows, more than 999');
    await expect(read({ rows: 1000, bytes: 50_000 })).rejects.toThrow('a row group has more than 50000 bytes');
  });
});
