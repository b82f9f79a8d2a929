import { describe, expect, test } from 'vitest';
import { parseExpression } from '../parse.ts';
import { formatExpression } from '../printer/expressions.ts';

const printed = (text: string): string => formatExpression(parseExpression(text));

describe('precedence, shown by the printer which parenthesises all', () => {
  test.each([
    ['a + b * c - d', '((A + (B * C)) - D)'],
    ['-a * b', '(-A * B)'],
    ['a OR b AND NOT c = d', '(A OR (B AND (NOT (C = D))))'],
    ['NOT a IS NULL', '(NOT (A IS NULL))'],
    ['a + 1 BETWEEN 1 AND 2 AND b', '(((A + 1) BETWEEN 1 AND 2) AND B)'],
    ['a NOT BETWEEN 1 AND 2', '(NOT (A BETWEEN 1 AND 2))'],
    ["a NOT LIKE 'x%' ESCAPE '!'", "(NOT (A LIKE 'x%' ESCAPE '!'))"],
    ['a NOT IN (1, 2 + 3)', '(NOT (A IN (1, (2 + 3))))'],
    ['a IS DISTINCT FROM b + 1', '(A IS DISTINCT FROM (B + 1))'],
    ['a IS NOT DISTINCT FROM NULL', '(A IS NOT DISTINCT FROM null)'],
    ['a != b', '(A <> B)'],
    ["a || 'x' || b", "CONCAT(CONCAT(A, 'x'), B)"],
    ['a->b->c[1]->d', 'A->B->C[1]->D'],
    ['s.a->b', 'S.A->B'],
    ['a[b + 1][2]', 'A[(B + 1)][2]'],
    ['-a->b', '-A->B'],
    ['(-a)->b', '(-A)->B'],
    ['a - -5', '(A - -5)'],
    ['-(5)', '-(5)'],
    ['- 5', '-5'],
    ['-(-a)', '-(-A)'],
    ['f1 * SUM(f2)', '(F1 * SUM(F2))'],
    ['COUNT(*) + count()', '(COUNT(*) + COUNT())'],
    ['cast(left_table.foreign_key as varchar)', 'CAST(LEFT_TABLE.FOREIGN_KEY AS STRING)'],
    ['CAST(a AS STRUCT<b INT, `c` DECIMAL(4,2)>)', 'CAST(A AS STRUCT<B INTEGER, `c` DECIMAL(4, 2)>)'],
    ['CASE WHEN a = 1 THEN 2 WHEN b THEN 3 ELSE 4 END', '(CASE WHEN (A = 1) THEN 2 WHEN B THEN 3 ELSE 4 END)'],
    ["CASE a WHEN 1 THEN 'x' END", "(CASE A WHEN 1 THEN 'x' END)"],
    ["MAP('a':=val1)", "MAP('a':=VAL1)"],
    ['STRUCT(f0 := val1, `f` := 1)', 'STRUCT(F0:=VAL1, `f`:=1)'],
    ['ARRAY[1, 2, 3]', 'ARRAY[1, 2, 3]'],
    ['ARRAY[]', 'ARRAY[]'],
    ["'it''s'", "'it''s'"],
    ['`size` + `Select` + "SIZE"', '((`size` + `Select`) + `SIZE`)'],
    ['TRANSFORM(m, (k, v) => UCASE(k), (k, v) => v + 1)', 'TRANSFORM(M, (K, V) => UCASE(K), (K, V) => (V + 1))'],
    ['FILTER(a, x => x > 5 AND y)', 'FILTER(A, X => ((X > 5) AND Y))'],
    ['TIMESTAMPADD(DAYS, 1, ts)', 'TIMESTAMPADD(DAYS, 1, TS)'],
    ['true AND False', '(true AND false)'],
  ])('%s', (text, expected) => {
    expect(printed(text)).toBe(expected);
  });
});

describe('literals', () => {
  test.each([
    ['5', { kind: 'IntegerLiteral', type: 'INTEGER', value: 5 }],
    ['-00002147483647', { kind: 'IntegerLiteral', type: 'INTEGER', value: -2147483647 }],
    ['-2147483648', { kind: 'IntegerLiteral', type: 'INTEGER', value: -2147483648 }],
    ['2147483648', { kind: 'IntegerLiteral', type: 'BIGINT', value: 2147483648 }],
    ['000009223372036854775807', { kind: 'IntegerLiteral', type: 'BIGINT', value: 9223372036854775807n }],
    ['-9223372036854775808', { kind: 'IntegerLiteral', type: 'BIGINT', value: -9223372036854775808n }],
    ['0', { kind: 'IntegerLiteral', type: 'INTEGER', value: 0 }],
    ['-0', { kind: 'IntegerLiteral', type: 'INTEGER', value: 0 }],
    ['1.50', { kind: 'DecimalLiteral', text: '1.50' }],
    ['007.10', { kind: 'DecimalLiteral', text: '7.10' }],
    ['-.5', { kind: 'DecimalLiteral', text: '-0.5' }],
    ['12345678987654321.2345678987654321', { kind: 'DecimalLiteral', text: '12345678987654321.2345678987654321' }],
    ['1e3', { kind: 'DoubleLiteral', value: 1000 }],
    ['04.90E-324', { kind: 'DoubleLiteral', value: 5e-324 }],
    ['-1.7976931348623157E308', { kind: 'DoubleLiteral', value: -Number.MAX_VALUE }],
    ["'a''b'", { kind: 'StringLiteral', value: "a'b" }],
    ['NULL', { kind: 'NullLiteral' }],
  ])('%s', (text, expected) => {
    expect(parseExpression(text)).toMatchObject(expected);
  });
});

describe('names inside of lambdas', () => {
  test('are variables where a lambda around them binds them, columns elsewhere', () => {
    const lambda = parseExpression('REDUCE(a, x, (x, y) => x + y + z + s.x)');
    expect(lambda).toMatchObject({
      args: [
        { kind: 'ColumnReference', name: 'A' },
        { kind: 'ColumnReference', name: 'X' },
        { kind: 'Lambda', params: ['X', 'Y'] },
      ],
    });
    const names: string[] = [];
    JSON.stringify(lambda, (_, n: { kind?: string; name?: string }) => {
      if (n?.kind === 'LambdaVariable') names.push(n.name!);
      return n;
    });
    expect(names).toEqual(['X', 'Y']);
  });

  test('an inner lambda ends, the outer goes on', () => {
    expect(printed('F(a, x => G(b, x => x) + x)')).toBe('F(A, X => (G(B, X => X) + X))');
    expect(parseExpression('F(a, x => G(b, x => x) + x)')).toMatchObject({
      args: [{}, { body: { right: { kind: 'LambdaVariable' } } }],
    });
  });
});

describe('interval units', () => {
  test('stand alone as the first of several arguments; elsewhere the word is a name', () => {
    expect(parseExpression('DATEADD(DAY, 1, d)')).toMatchObject({
      args: [{ kind: 'IntervalUnit', unit: 'DAYS', name: 'DAY' }, {}, {}],
    });
    expect(parseExpression('LEN(day)')).toMatchObject({ args: [{ kind: 'ColumnReference', name: 'DAY' }] });
    expect(parseExpression('F(`DAY`, 1)')).toMatchObject({ args: [{ kind: 'ColumnReference' }, {}] });
    expect(parseExpression('F(1, day)')).toMatchObject({ args: [{}, { kind: 'ColumnReference' }] });
  });
});
