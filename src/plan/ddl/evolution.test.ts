import { expect, test } from 'vitest';
import type { Column } from '../../types/schema.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  decimal,
  DOUBLE,
  INTEGER,
  STRING,
  typesEqual,
  type SqlType,
} from '../../types/sql-type.ts';
import { canWiden, changedColumns } from './evolution.ts';

const column = (name: string, type: SqlType, role: Column['role'] = 'VALUE'): Column => ({ name, type, role });
const names = (columns: readonly Column[]): string[] => columns.map((c) => c.name);

const A = column('A', INTEGER);
const B = column('B', STRING);

test('columns may be added at the end, and nowhere else', () => {
  expect(changedColumns([A], [A, B])).toEqual([]);
  expect(names(changedColumns([A, B], [A]))).toEqual(['B']);
  expect(names(changedColumns([A], [B, A]))).toEqual(['A']);
  expect(names(changedColumns([A, B], [B, A]))).toEqual(['A', 'B']);
});

test('a column of another type, role or name is another column', () => {
  expect(names(changedColumns([A], [column('A', BIGINT)]))).toEqual(['A']);
  expect(names(changedColumns([A], [column('A', INTEGER, 'KEY')]))).toEqual(['A']);
  expect(names(changedColumns([A], [column('a', INTEGER)]))).toEqual(['A']);
});

test('a wider type is accepted where the caller allows it', () => {
  const isAnyNumber = (from: SqlType, to: SqlType): boolean => typesEqual(from, INTEGER) && typesEqual(to, BIGINT);
  expect(changedColumns([A], [column('A', BIGINT)], isAnyNumber)).toEqual([]);
  expect(names(changedColumns([A], [column('A', DOUBLE)], isAnyNumber))).toEqual(['A']);
});

test.each([
  ['JSON', INTEGER, BIGINT, true],
  ['JSON', INTEGER, STRING, true],
  ['JSON', BOOLEAN, STRING, true],
  ['JSON', BIGINT, INTEGER, false],
  ['JSON', STRING, INTEGER, false],
  ['JSON', array(INTEGER), STRING, false],
  ['DELIMITED', INTEGER, decimal(12, 2), true],
  ['AVRO', INTEGER, BIGINT, true],
  ['AVRO', INTEGER, DOUBLE, true],
  ['AVRO', INTEGER, STRING, false],
  ['AVRO', BIGINT, INTEGER, false],
  ['PROTOBUF', INTEGER, BIGINT, false],
] as const)('%s: %o to %o: %s', (format, from, to, isWider) => {
  expect(canWiden(format, from, to)).toBe(isWider);
});
