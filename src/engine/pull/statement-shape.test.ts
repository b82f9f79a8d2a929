import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bareText, headOf, literalsOf, StatementShape } from './statement-shape.ts';

function shapeOf(text: string, ...which: number[]): StatementShape {
  const literals = literalsOf(text)!;
  return new StatementShape(
    text,
    which.map((i) => literals[i]!),
  );
}

test('a text of the same shape has literals in the same places, one of another has none', () => {
  const one = shapeOf('SELECT n + 1 FROM t2 WHERE id = 7', 1);
  expect(one.literalsIn('SELECT n + 1 FROM t2 WHERE id = 123')).toEqual(['123']);
  expect(one.literalsIn(`SELECT n + 1 FROM t2 WHERE id = 'it''s; -- "so"'`)).toEqual([`'it''s; -- "so"'`]);
  for (const other of [
    'SELECT n + 2 FROM t2 WHERE id = 7',
    'SELECT n + 1 FROM t2 WHERE id = 7 AND n = 1',
    'SELECT n + 1 FROM t2 WHERE id = 7a',
    'SELECT n + 1 FROM t2 WHERE id = 7.5',
    'SELECT n + 1 FROM t2 WHERE id = -7',
    'SELECT n + 1 FROM t2 WHERE id = ',
    `SELECT n + 1 FROM t2 WHERE id = 'a`,
    `SELECT n + 1 FROM t2 WHERE id = 'a''`,
    `SELECT n + 1 FROM t2 WHERE id = 'a' || 'b'`,
    `SELECT n + 1 FROM t2 WHERE id = '\${name}'`,
    'select n + 1 FROM t2 WHERE id = 7',
  ])
    expect(one.literalsIn(other), other).toBeUndefined();
  const two = shapeOf(`SELECT * FROM t WHERE a = 'x' AND b = 2 LIMIT 1`, 0, 1);
  expect(two.literalsIn(`SELECT * FROM t WHERE a = '' AND b = 30 LIMIT 1`)).toEqual([`''`, '30']);
  expect(two.literalsIn(`SELECT * FROM t WHERE a = 'x' AND b = 2 LIMIT 2`)).toBeUndefined();
});

test('the head is what stands before the first literal; names with digits are none', () => {
  expect(headOf('SELECT * FROM t2 WHERE id = 7 AND b = 8')).toBe('SELECT * FROM t2 WHERE id = ');
  expect(headOf('SELECT * FROM t2')).toBe('SELECT * FROM t2');
  expect(bareText(' SELECT 1 ;\n')).toBe('SELECT 1 ');
});

test('where literals are not so easily told there are none', () => {
  expect(literalsOf(`SELECT '--', '"', '/*' FROM t`)?.map((l) => l.text)).toEqual([`'--'`, `'"'`, `'/*'`]);
  for (const text of [
    'SELECT 1 -- 2',
    'SELECT /* 1 */ 2',
    'SELECT "A1", 1',
    'SELECT `a 1`',
    `SELECT '\${x}'`,
    'SELECT $1',
  ])
    expect(literalsOf(text), text).toBeUndefined();
});

test('whatever literals are put in, they are found again', () => {
  const literal = fc.oneof(
    fc.nat().map(String),
    fc.string({ unit: fc.constantFrom('a', "'", ' ', ';', '-', '1', '"') }).map((s) => `'${s.replaceAll("'", "''")}'`),
  );
  const shape = shapeOf(`SELECT a FROM t WHERE a = 'x' AND b = 2`, 0, 1);
  fc.assert(
    fc.property(literal, literal, (a, b) => {
      expect(shape.literalsIn(`SELECT a FROM t WHERE a = ${a} AND b = ${b}`)).toEqual([a, b]);
    }),
  );
});
