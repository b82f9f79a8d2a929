import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KeyValueStore, StoredRow } from '../../state/api.ts';
import type { Key, Row } from '../../types/row.ts';
import type { TableNode } from '../receivers.ts';
import { ForeignKeyLeft, ForeignKeyRight, type Subscription } from './foreign-key-join.ts';

/** A table in memory with the parts of a store and a node that both halves of the join use. */
class Rows {
  readonly map = new Map<string, [Key, StoredRow]>();
  get(key: Key): StoredRow | undefined {
    return this.map.get(JSON.stringify(key))?.[1];
  }
  put(key: Key, row: Row, timestamp: number): StoredRow {
    const stored = { row, timestamp };
    this.map.set(JSON.stringify(key), [key, stored]);
    return stored;
  }
  delete(key: Key): void {
    this.map.delete(JSON.stringify(key));
  }
  *prefix(prefix: Key): Iterable<readonly [Key, StoredRow]> {
    for (const [key, stored] of this.map.values()) if (prefix.every((part, i) => part === key[i])) yield [key, stored];
  }
  requireView(): void {}
  enableSendOld(): boolean {
    return true;
  }
}

const RIGHT_PARTITIONS = 2;

type Step =
  | { readonly do: 'left'; readonly key: number; readonly row: readonly [number | null, number] | null }
  | { readonly do: 'right'; readonly key: number; readonly row: readonly [number] | null }
  | { readonly do: 'ask' | 'answer'; readonly partition: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('left' as const),
    key: fc.nat(1),
    row: fc.option(fc.tuple(fc.option(fc.nat(2)), fc.nat(1))),
  }),
  fc.record({ do: fc.constant('right' as const), key: fc.nat(2), row: fc.option(fc.tuple(fc.nat(9))) }),
  fc.record({ do: fc.constantFrom('ask' as const, 'answer' as const), partition: fc.nat(RIGHT_PARTITIONS - 1) }),
);

test('however late questions and answers are, the last result is that of the last rows', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), (isLeftJoin, steps) => {
      const questions: Subscription[][] = [[], []];
      const answers: (() => void)[][] = [[], []];
      const result = new Map<number, Row>();
      const leftRows = new Rows();
      const partitionOf = (key: unknown): number => (key as number) % RIGHT_PARTITIONS;
      const left = new ForeignKeyLeft({
        isLeftJoin,
        foreignKey: (row) => row[0],
        sameForeignKey: (a, b) => a === b,
        hash: (row) => Buffer.from(JSON.stringify(row)),
        partition: 0,
        out: { send: (question) => questions[partitionOf(question.foreignKey[0])]!.push(question) },
        join: (l, r) => [...l, ...r],
        rightWidth: 1,
        next: {
          change(key, row) {
            if (row === null) result.delete(key[0] as number);
            else result.set(key[0] as number, row);
          },
        },
        openResults: () => new Rows() as unknown as KeyValueStore,
      });
      left.connect(leftRows as TableNode);
      const rights = [0, 1].map((partition) => {
        const rows = new Rows();
        const node = new ForeignKeyRight(new Rows() as unknown as KeyValueStore, {
          send: (_to, key, hash, row, timestamp) =>
            answers[partition]!.push(() => left.answer(key, hash, row, timestamp)),
        });
        node.connect(rows as TableNode);
        return { rows, node };
      });
      const ask = (partition: number): void => {
        const question = questions[partition]!.shift();
        if (question !== undefined) rights[partition]!.node.subscribe(question, 0);
      };
      const store = (rows: Rows, key: number, row: Row | null): Row | null => {
        const prev = rows.get([key])?.row ?? null;
        if (row === null) rows.delete([key]);
        else rows.put([key], row, 0);
        return prev;
      };
      for (const s of steps) {
        if (s.do === 'left') {
          const row = s.row === null ? null : [...s.row];
          left.change([s.key], row, store(leftRows, s.key, row), 0);
        } else if (s.do === 'right') {
          const { rows, node } = rights[partitionOf(s.key)]!;
          const row = s.row === null ? null : [...s.row];
          node.change([s.key], row, store(rows, s.key, row), 0);
        } else if (s.do === 'ask') ask(s.partition);
        else answers[s.partition]!.shift()?.();
      }
      while ([...questions, ...answers].some((waiting) => waiting.length > 0)) {
        for (const partition of [0, 1]) {
          ask(partition);
          answers[partition]!.shift()?.();
        }
      }
      const expected = new Map<number, Row>();
      for (const [key, { row }] of leftRows.map.values()) {
        const right = row[0] === null ? undefined : rights[partitionOf(row[0])]!.rows.get([row[0]])?.row;
        if (right !== undefined || isLeftJoin) expected.set(key[0] as number, [...row, ...(right ?? [null])]);
      }
      expect(result).toEqual(expected);
    }),
    { numRuns: 3000 },
  );
});
