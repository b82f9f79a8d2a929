import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SentLetters } from './sent-letters.ts';

test('knows what was sent, whatever the order, also after it was kept and read back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 5 })), { maxLength: 30 }),
      fc.nat(20),
      (parts, offset) => {
        let sent = new SentLetters({ offset });
        const model = new Set(Array.from({ length: offset }, (_, i) => i));
        for (const [from, count] of parts) {
          sent.add(from, from + count);
          for (let i = from; i < from + count; i++) model.add(i);
          sent = new SentLetters(sent.committed());
          expect(Array.from({ length: 70 }, (_, i) => i).filter((i) => sent.has(i))).toEqual(
            [...model].toSorted((a, b) => a - b),
          );
        }
        let first = 0;
        while (model.has(first)) first++;
        expect(sent.first).toBe(first);
        for (const from of [first, first + 3])
          expect(sent.behindFirst(from)).toBe([...model].filter((i) => i >= from).length);
      },
    ),
  );
});

test('more gaps than a commit can tell are refused, with the way out', () => {
  const sent = new SentLetters(undefined);
  for (let i = 1; i < 4000; i += 2) sent.add(i, i + 1);
  expect(() => sent.committed()).toThrow(/1999|2000/);
  sent.add(0, 4000);
  expect(sent.committed()).toEqual({ offset: 4000, metadata: '' });
});
