import { expect, test } from 'vitest';
import type { SqlType } from '../../types/sql-type.ts';
import { readingOf } from './declared-columns.ts';

const decimal = (precision: number, scale: number): SqlType => ({ kind: 'DECIMAL', precision, scale });

test.each<[SqlType, SqlType, string]>([
  // A wider type only writes the same value with different digits.
  [decimal(10, 2), decimal(38, 18), 'whole'],
  [{ kind: 'INTEGER' }, decimal(38, 18), 'whole'],
  [{ kind: 'BIGINT' }, decimal(19, 0), 'whole'],
  [{ kind: 'INTEGER' }, { kind: 'BIGINT' }, 'whole'],
  // There is no room for some digits before or after the decimal point.
  [decimal(10, 2), decimal(10, 4), 'in part'],
  [decimal(10, 2), decimal(5, 2), 'in part'],
  [{ kind: 'BIGINT' }, decimal(10, 2), 'in part'],
  [{ kind: 'BIGINT' }, { kind: 'INTEGER' }, 'in part'],
])('JSON of %o read as %o: %s', (written, declared, reading) => {
  expect(readingOf('JSON', false, written, declared)).toBe(reading);
});
