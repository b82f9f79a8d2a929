import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BatchBuilder } from './builder.ts';
import type { CodecName } from './compression.ts';
import { RecordCursor } from './cursor.ts';
import { decodeHeaders, encodeHeaders } from './headers.ts';

const bytes = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null });
const record = fc.record({
  timestamp: fc.integer({ min: -1, max: 2 ** 48 }),
  key: bytes,
  value: bytes,
  headers: fc.array(fc.record({ key: fc.string({ maxLength: 10 }), value: bytes }), { maxLength: 3 }),
});
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 20 }),
  codec: fc.constantFrom<CodecName>('none', 'gzip', 'snappy', 'lz4', 'zstd'),
});

test('decode of encode is identity', () => {
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1, maxLength: 5 }), fc.nat(2 ** 45), (batches, firstOffset) => {
      const builder = new BatchBuilder(64);
      let offset = firstOffset;
      const encoded = batches.map(({ records, codec }) => {
        for (const r of records)
          builder.add(r.timestamp, r.key, r.value, r.headers.length > 0 ? encodeHeaders(r.headers) : null);
        const out = builder.finish({ baseOffset: offset, codec });
        offset += records.length;
        return out;
      });
      const cursor = new RecordCursor();
      const all = Buffer.concat(encoded);
      cursor.open(all, 0, all.length, 0);
      const expected = batches.flatMap((b) => b.records);
      let n = 0;
      while (cursor.next()) {
        const c = cursor.columns;
        for (let i = 0; i < c.count; i++, n++) {
          const r = expected[n]!;
          expect(c.offset[i]).toBe(firstOffset + n);
          expect(c.timestamp[i]).toBe(r.timestamp);
          expect(same(c.key(i), r.key) && same(c.value(i), r.value)).toBe(true);
          const headers = decodeHeaders(c.buffer, c.headersStart[i]!, c.headerCount[i]!);
          expect(headers.map((h) => h.key)).toEqual(r.headers.map((h) => Buffer.from(h.key).toString()));
          expect(headers.every((h, k) => same(h.value, r.headers[k]!.value))).toBe(true);
        }
      }
      expect(n).toBe(expected.length);
      expect(cursor.nextOffset).toBe(offset);
    }),
    { numRuns: 150 },
  );
});

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}
