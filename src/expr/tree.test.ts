import { expect, test } from 'vitest';
import { readColumns, remapColumns, substituteColumns } from './columns.ts';
import { compileValue } from './compile/compile.ts';
import { foldConstants } from './fold.ts';
import { exprFromJson, exprToJson } from './json.ts';
import { TEST_ENV, typed } from './testing/evaluate.ts';
import { someNode } from './traverse.ts';
import type { TypedExpr } from './typed.ts';

const COLUMNS = { A: 'INTEGER', B: 'STRING', C: 'ARRAY<INTEGER>' };

test('says what columns it reads, also in lambdas and arguments', () => {
  expect(readColumns([typed('TRANSFORM(C, x => x + A)', COLUMNS), typed("'x'", COLUMNS)])).toEqual([0, 2]);
  expect(readColumns([typed("CASE WHEN B IN ('a', B) THEN MAP('k' := 1) END", COLUMNS)])).toEqual([1]);
});

test('moves columns to other positions', () => {
  const moved = remapColumns(typed('TRANSFORM(C, x => x + A)', COLUMNS), (i) => (i === 0 ? 1 : 0));
  expect(compileValue(moved, TEST_ENV)([[1, 2], 10])).toEqual([11, 12]);
});

test('puts expressions in the place of columns', () => {
  const inner = typed('A * 2', COLUMNS);
  const outer = substituteColumns(typed('A + 1', COLUMNS), () => inner);
  expect(compileValue(outer, TEST_ENV)([4])).toBe(9);
});

const fold = (text: string): TypedExpr => foldConstants(typed(text, COLUMNS), TEST_ENV);

test('folds the largest constant parts', () => {
  expect(fold('1 + 2 * 3')).toMatchObject({ kind: 'literal', value: 7 });
  expect(fold("UCASE('a') + B")).toMatchObject({ kind: 'arithmetic', left: { kind: 'literal', value: 'A' } });
  expect(fold('TRANSFORM(ARRAY[1, 2], x => x + 1)')).toMatchObject({ kind: 'literal', value: [2, 3] });
  expect(fold('TRANSFORM(ARRAY[1, 2], x => x + A)')).toMatchObject({
    kind: 'call',
    args: [{ kind: 'literal' }, { kind: 'lambda' }],
  });
});

test('leaves alone what differs or fails each time', () => {
  expect(fold('RANDOM()').kind).toBe('call');
  expect(fold('1 / 0').kind).toBe('arithmetic');
  expect(fold('COALESCE(1 / 0, 5)').kind).toBe('call');
  expect(someNode(fold("CAST('x' AS INT) + A"), (n) => n.kind === 'cast')).toBe(true);
});

test.each([
  '9223372036854775807',
  '12345678901234567890.12345',
  "CAST('NaN' AS DOUBLE)",
  '-0e0',
  "MAP('a' := ARRAY[1.5, null], 'b' := null)",
  "STRUCT(X := 'x', Y := 9007199254740993)",
  "TO_BYTES('ff00', 'hex')",
  "TIMESTAMPADD(DAYS, 1, CAST('2020-01-01' AS TIMESTAMP))",
  "CASE WHEN A BETWEEN 1 AND 2 THEN C[1] WHEN B LIKE '%x' ESCAPE '!' THEN -A ELSE LEN(B) END",
])('comes back from JSON: %s', (text) => {
  const whole = typed(text, COLUMNS);
  expect(exprFromJson(JSON.parse(JSON.stringify(exprToJson(whole))))).toEqual(whole);
  // A folded BYTES may be a Buffer and is restored as the same bytes in a Uint8Array.
  const stored = JSON.stringify(exprToJson(fold(text)));
  expect(JSON.stringify(exprToJson(exprFromJson(JSON.parse(stored))))).toBe(stored);
});
