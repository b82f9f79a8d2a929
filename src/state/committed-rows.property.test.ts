import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BIGINT, STRING } from '../types/sql-type.ts';
import type { KeyedRow } from './api.ts';
import { CommittedRows } from './committed-rows.ts';
import { TaskState } from './provider.ts';
import { MemoryDisk } from './testing/memory-disk.ts';

const SPEC = { name: 's', keyTypes: [STRING, BIGINT], valueTypes: [BIGINT, STRING] };

test('committed rows: what the task has committed, in pages, whatever their number and the length of their keys', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'c'),
    // Longer than a key may be as it is.
    fc.constantFrom('x', 'y').map((c) => c.repeat(2000)),
  );
  const key = fc.tuple(name, fc.integer({ min: -300, max: 300 }));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 700 }), key, key, (keys, one, other) => {
      const disk = new MemoryDisk();
      const state = new TaskState({ disk, prefix: 'q/0_0' });
      const store = state.keyValue(SPEC);
      keys.forEach(([text, n], i) => store.put([text, n], [i, null], i));
      state.flush(disk);
      disk.commit();
      state.afterCommit();
      store.put(['unseen', 0], [1, null], 1);

      const rows = new CommittedRows(SPEC).of(disk, 'q/0_0');
      const shown = (pages: Iterable<readonly KeyedRow[]>): unknown[] =>
        [...pages].flatMap((page) => page.map(({ key: k, row, timestamp }) => [k, row, timestamp]));
      const held = new Map(keys.map(([text, n], i) => [JSON.stringify([text, n]), [[text, n], [i, null], i] as const]));
      const kept = (f: (k: readonly [string, number]) => boolean): unknown[] =>
        [...held.values()].filter(([k]) => f(k as [string, number])).toSorted(([a], [b]) => order(a, b));
      const order = (a: readonly unknown[], b: readonly unknown[]): number =>
        a[0]! < b[0]! ? -1 : a[0]! > b[0]! ? 1 : (a[1] as number) - (b[1] as number);
      const isShort = (k: readonly unknown[]): boolean => (k[0] as string).length === 1;

      expect(shown(rows.all()).toSorted(byKey)).toEqual(kept(() => true).toSorted(byKey));
      const short = shown(rows.all()).filter((row) => isShort((row as [unknown[]])[0]));
      expect(short).toEqual(kept(isShort));
      if (isShort(one)) expect(shown(rows.prefix([one[0]]))).toEqual(kept((k) => k[0] === one[0]));
      if (isShort(one) && isShort(other))
        expect(shown(rows.range(one, other))).toEqual(kept((k) => order(k, one) >= 0 && order(k, other) <= 0));
      const found = held.get(JSON.stringify(one));
      expect(rows.get(one)).toEqual(found && { row: found[1], timestamp: found[2] });
      expect(rows.get(['unseen', 0])).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});

function byKey(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
