import { expect, expectTypeOf, test } from 'vitest';
import type { DurationMs, Offset, PartitionNumber, TimestampMs } from './quantities.ts';

const place = (partition: PartitionNumber, offset: Offset): string => `${partition}@${offset}`;

test('plain numbers are taken for quantities, and quantities for plain numbers', () => {
  const offset: Offset = 5;
  expect(place(0, offset)).toBe('0@5');
  expectTypeOf(offset + 1).toEqualTypeOf<number>();
});

test('one quantity is not taken for another', () => {
  const [partition, offset]: [PartitionNumber, Offset] = [1, 7];
  // @ts-expect-error the two are the wrong way round
  expect(place(offset, partition)).toBe('7@1');
  expectTypeOf<TimestampMs>().not.toExtend<DurationMs>();
});
