import { describe, expect, test } from 'vitest';
import { threadCpuMs } from '../../../test/support/cpu.ts';
import { formatType } from '../../types/sql-type.ts';
import { evaluate, TEST_ENV, typed } from '../testing/evaluate.ts';
import { compilePredicate, compileProjection, compileValue } from './compile.ts';

const COLUMNS = {
  B: 'BOOLEAN',
  I: 'INTEGER',
  L: 'BIGINT',
  D: 'DOUBLE',
  N: 'DECIMAL(4, 2)',
  S: 'STRING',
  A: 'ARRAY<INTEGER>',
  M: 'MAP<STRING, INTEGER>',
  T: 'STRUCT<F INTEGER, G STRUCT<H STRING>>',
  TS: 'TIMESTAMP',
  DT: 'DATE',
};
const ROW = [true, 7, 10, 2.5, 1001n, 'foo', [1, null, 3], new Map([['k', 5]]), [1, ['x']], 86_400_005, 1];
const NULLS = ROW.map(() => null);

const run = (text: string, row: readonly unknown[] = ROW) => evaluate(text, COLUMNS, row);

describe('arithmetic', () => {
  test.each([
    ['I + 1', '8', 'INTEGER'],
    ['I / 2', '3', 'INTEGER'],
    ['-I % 4', '-3', 'INTEGER'],
    ['L + I', '17', 'BIGINT'],
    ['D * 2', '5.0', 'DOUBLE'],
    ['D / 0', 'Infinity', 'DOUBLE'],
    ['I + 2.5e0', '9.5', 'DOUBLE'],
    ['N + I', '17.01', 'DECIMAL(13, 2)'],
    ['N - N', '0.00', 'DECIMAL(5, 2)'],
    ['N * N', '100.2001', 'DECIMAL(9, 4)'],
    ['N / 3.0', '3.336667', 'DECIMAL(9, 6)'],
    ['N % 3', '1.01', 'DECIMAL(4, 2)'],
    ['-N', '-10.01', 'DECIMAL(4, 2)'],
    ["S + 'bar'", 'foobar', 'STRING'],
  ])('%s is %s (%s)', (text, shown, type) => {
    const result = run(text);
    expect(result.shown).toBe(shown);
    expect(formatType(result.type)).toBe(type);
    expect(result.errors).toEqual([]);
  });

  test.each([
    ['2147483647 + I', 'INTEGER: 2147483654'],
    ['-2147483647 - I', 'INTEGER: -2147483654'],
    ['65536 * (I * 10000)', 'INTEGER: 4587520000'],
    ['(I - 2147483647 - 8) / -1', 'INTEGER: 2147483648'],
    ['(I - 2147483647 - 8) / (6 - I)', 'INTEGER: 2147483648'],
    ['-(I - 2147483647 - 8)', 'INTEGER: 2147483648'],
    ['9223372036854775807 + L', 'BIGINT: 9223372036854775817'],
    ['-9223372036854775807 - L', 'BIGINT: -9223372036854775817'],
    ['L * 1000000000000000000', 'BIGINT: 10000000000000000000'],
    ['(L - 9223372036854775807 - 11) / -1', 'BIGINT: 9223372036854775808'],
    ['-(L - 9223372036854775807 - 11)', 'BIGINT: 9223372036854775808'],
    ['CAST(2147483641 + L - 3 AS INT)', 'INTEGER: 2147483648'],
    ['CAST(L - 9223372036854775807 - 11 AS INT)', 'INTEGER: -9223372036854775808'],
    ['2147483647 + 1', 'INTEGER: 2147483648'],
  ])('%s is beyond its type: an error and null', (text, value) => {
    expect(run(text)).toMatchObject({ value: null, errors: [`Not in the range of ${value}`] });
  });

  test.each([
    ['2147483640 + I', '2147483647'],
    ['-2147483641 - I', '-2147483648'],
    ['(I - 7) * -5', '0'],
    ['9223372036854775797 + L', '9223372036854775807'],
    ['-9223372036854775798 - L', '-9223372036854775808'],
    ['922337203685477580 * L', '9223372036854775800'],
    ['CAST(2147483637 + L AS INT)', '2147483647'],
    ['CAST(-2147483638 - L AS INT)', '-2147483648'],
  ])('%s is %s, the end of its type', (text, shown) => {
    expect(run(text)).toMatchObject({ shown, errors: [] });
  });

  test('is null where an operand is', () => {
    for (const text of ['I + 1', 'L - I', 'N * 2', 'D / 2', "S + 'x'", '-L', 'N % N']) {
      expect(run(text, NULLS).value).toBeNull();
    }
  });

  test('division by zero is an error and null', () => {
    expect(run('I / 0')).toMatchObject({ value: null, errors: ['/ by zero'] });
    expect(run('L % (I - 7)')).toMatchObject({ value: null, errors: ['/ by zero'] });
    expect(run('N % 0')).toMatchObject({ value: null, errors: ['Division by zero'] });
  });
});

describe('comparison and logic', () => {
  test.each([
    ['I = 7', true],
    ['I = L', false],
    ['L > I', true],
    ['D = 2.50', true],
    ['N = 10.010', true],
    ['N >= I', true],
    ["S < 'foobar'", true],
    ["S <> 'foo'", false],
    ['A = ARRAY[1, null, 3]', true],
    ["M = MAP('k' := 5)", true],
    ["T->G = STRUCT(H := 'x')", true],
    ["TS > '1970-01-02'", true],
    ["TS = '1970-01-02T00:00:00.005'", true],
    ["DT = '1970-01-02'", true],
    ['TS > DT', true],
    ['I BETWEEN 5 AND 7.5', true],
    ['I NOT BETWEEN 5 AND 6', true],
    ["S BETWEEN 'a' AND 'g'", true],
    ['I IN (1, 2, 3, 7)', true],
    ['I IN (1, L)', false],
    ["I IN ('7')", true],
    ['N IN (10.01, 2)', true],
    ["S IN (true, 10, 'foo')", true],
    ['A IN (ARRAY[1], ARRAY[1, null, 3])', true],
    ['I NOT IN (7, null)', false],
    ['B AND I > 1', true],
    ['NOT B OR I > 1', true],
    ['I IS NULL', false],
    ['NULL IS NULL', true],
    ['I IS DISTINCT FROM 7', false],
    ['A IS NOT DISTINCT FROM ARRAY[1, null, 3]', true],
    ["S LIKE 'f%'", true],
    ["S LIKE '%oo'", true],
    ["S LIKE '%7'", false],
    ["S LIKE 'f_o'", true],
    ["S LIKE '%o%'", true],
    ["S LIKE 'f%o'", true],
    ["S LIKE 'fo%oo'", false],
    ["'a%b' LIKE 'a!%b' ESCAPE '!'", true],
    ["'axb' LIKE 'a!%b' ESCAPE '!'", false],
    ["'a.c' LIKE 'a_c'", true],
    ["'abc' LIKE 'a.c'", false],
    ["'' LIKE '%'", true],
    ['S LIKE S', true],
  ])('%s is %s', (text, expected) => {
    expect(run(text)).toMatchObject({ value: expected, errors: [] });
  });

  test.each([
    ['I = 7', false],
    ['I <> 7', false],
    ['NOT (I = 7)', true],
    ['I < 7', false],
    ['I BETWEEN 1 AND 9', false],
    ['I IN (1, 2)', false],
    ['I IN (1, 2, 3, 4, 5)', false],
    ['I IS DISTINCT FROM 7', true],
    ['I IS NOT DISTINCT FROM L', true],
    ['B', null],
    ['NOT B', null],
    ['B AND true', null],
    ['B AND false', false],
    ['B OR true', true],
    ['false OR B', null],
    ["S LIKE '%'", null],
  ])('of nulls: %s is %s', (text, expected) => {
    expect(run(text, NULLS).value).toBe(expected);
  });

  test('a predicate is true only where the expression is', () => {
    const errors: unknown[] = [];
    const holds = (text: string, row: readonly unknown[] = ROW): boolean =>
      compilePredicate(typed(text, COLUMNS), TEST_ENV)([...row], { onError: (_, e) => errors.push(e) });
    expect(holds('B AND I > 1')).toBe(true);
    expect(holds('B', NULLS)).toBe(false);
    expect(holds('B OR I = 7', NULLS)).toBe(false);
    expect(holds('NOT (I = 7)', NULLS)).toBe(true);
    expect(errors).toEqual([]);
    expect(holds('NOT (I / 0 = 7)')).toBe(false);
    expect(errors).toHaveLength(1);
    expect(holds('I + 1 > 0 AND B', NULLS)).toBe(false);
    expect(errors).toHaveLength(1);
    expect(holds('NOT (I + 1 > 0)', NULLS)).toBe(false);
    expect(holds('I + 1 > 0 OR true', NULLS)).toBe(false);
    expect(errors).toHaveLength(3);
  });
});

describe('CASE', () => {
  test.each([
    ["CASE WHEN I < 5 THEN 'small' WHEN I < 10 THEN 'medium' ELSE 'large' END", 'medium'],
    ['CASE WHEN I < 5 THEN 1 END', 'null'],
    ["CASE I WHEN 7 THEN 'seven' ELSE 'other' END", 'seven'],
    ['CASE WHEN I > 5 THEN 1 ELSE 2.50 END', '1.00'],
    ['CASE WHEN I > 5 THEN null ELSE 2 END', 'null'],
    // The branch that is not taken is not evaluated.
    ['CASE WHEN I > 5 THEN 1 ELSE I / 0 END', '1'],
  ])('%s is %s', (text, shown) => {
    expect(run(text)).toMatchObject({ shown, errors: [] });
  });
});

test('a CASE of thousands of branches', () => {
  const branches = Array.from({ length: 5000 }, (_, i) => `WHEN I = ${i} THEN S + '${i}'`).join(' ');
  for (const [i, expected] of [
    [0, 'foo0'],
    [4999, 'foo4999'],
    [5000, 'none'],
    [null, 'none'],
  ] as const)
    expect(
      run(
        `CASE ${branches} ELSE 'none' END`,
        ROW.map((v, at) => (at === 1 ? i : v)),
      ).value,
    ).toBe(expected);
});

describe('what takes too many steps', () => {
  test.each([
    'REDUCE(GENERATE_SERIES(1, 60), ARRAY[I], (s, x) => ARRAY_CONCAT(s, s))',
    'REDUCE(GENERATE_SERIES(1, 60), S, (s, x) => s + s)',
    "REDUCE(GENERATE_SERIES(1, 60), S, (s, x) => REPLACE(s, 'o', 'ooo'))",
    'REDUCE(GENERATE_SERIES(I, 9999), 0, (s, x) => s + REDUCE(GENERATE_SERIES(x, 9999), 0, (p, q) => p + q))',
    'TRANSFORM(GENERATE_SERIES(I, 9999), x => ARRAY_LENGTH(ARRAY_DISTINCT(GENERATE_SERIES(x, 9999))))',
    'GENERATE_SERIES(I, 9000000)',
    "SPLIT(LPAD(S, 1000000, ','), ',')",
    "LPAD(S, 2000000000, 'b')",
    "LPAD(TO_BYTES(S, 'utf8'), 2000000000, TO_BYTES('b', 'utf8'))",
    "RPAD(S, 20000, 'a') LIKE '%_' + LPAD('b', 5000, 'a')",
    "REPLACE(LPAD(S, 100000, 'a'), 'a', LPAD('b', 100000, 'b'))",
    "INSTR(LPAD(S, 100000, 'a'), 'b' + LPAD('a', 50000, 'a'), -1)",
    "JSON_ITEMS('[' + LPAD(S, 2000000, '1,') + '1]')",
    'TO_JSON_STRING(GENERATE_SERIES(I, 400000))',
    "REGEXP_REPLACE(LPAD(S, 100000, 'ab'), 'a', 'b')",
    "REGEXP_EXTRACT('(a|b|ab)*(a*)*\\1\\2x', LPAD(S, 2000, 'a'))",
  ])('%s: an error that names the limit', (text) => {
    const from = threadCpuMs();
    const { value, errors } = run(text);
    expect(errors[0]).toMatch(/^Computing one row takes more than 1000000 steps \(ksql\.row\.max\.steps\)/);
    expect(value ?? null).toBeNull();
    // Takes some tenths of a second; without counting all steps it would take minutes.
    expect(threadCpuMs() - from).toBeLessThan(10_000);
  });

  test('each row counts anew', () => {
    const f = compileValue(typed('GENERATE_SERIES(I, 400000)', COLUMNS), TEST_ENV);
    for (let i = 0; i < 3; i++) expect((f([...ROW]) as unknown[]).length).toBe(399_994);
  });
});

describe('nested values', () => {
  test.each([
    ['A[1]', '1'],
    ['A[2]', 'null'],
    ['A[-1]', '3'],
    ['A[0]', 'null'],
    ['A[4]', 'null'],
    ['A[-4]', 'null'],
    ["M['k']", '5'],
    ["M['none']", 'null'],
    ['T->F', '1'],
    ['T->G->H', 'x'],
    ['ARRAY[I, null, 3]', '[7, null, 3]'],
    ['ARRAY[1, 2.5]', '[1.0, 2.5]'],
    ['MAP(S := I, 10 := null)', '{foo=7, 10=null}'],
    ['STRUCT(X := I, Y := S)', 'Struct{X=7,Y=foo}'],
    ['ARRAY[STRUCT(X := I), STRUCT(Y := S)]', '[Struct{X=7}, Struct{Y=foo}]'],
    ['ARRAY[I / 0, 3]', '[null, 3]'],
    ["MAP('boo' := I / 0, 'shoe' := 3)", '{boo=null, shoe=3}'],
  ])('%s is %s', (text, shown) => {
    expect(run(text).shown).toBe(shown);
  });

  test('of null they are null', () => {
    for (const text of ['A[1]', "M['k']", 'T->F', 'T->G->H'])
      expect(run(text, NULLS)).toMatchObject({ value: null, errors: [] });
  });
});

describe('CAST', () => {
  test.each([
    ['CAST(I AS STRING)', '7'],
    ['CAST(D AS STRING)', '2.5'],
    ['CAST(N AS INT)', '10'],
    ['CAST(N AS DOUBLE)', '10.01'],
    ['CAST(N AS DECIMAL(5, 3))', '10.010'],
    ['CAST(0.99 AS DECIMAL(2, 1))', '1.0'],
    ["CAST('12' AS BIGINT)", '12'],
    ["CAST('tr' AS BOOLEAN)", 'true'],
    ["CAST('2022-04-28T21:44:47.943Z' AS TIMESTAMP)", '2022-04-28T21:44:47.943'],
    ['CAST(TS AS DATE)', '1970-01-02'],
    ['CAST(TS AS TIME)', '00:00:00.005'],
    ['CAST(A AS ARRAY<STRING>)', '[1, null, 3]'],
    ['CAST(T AS STRUCT<G STRUCT<H STRING>, Z INT>)', 'Struct{G=Struct{H=x}}'],
    ['CAST(null AS INT)', 'null'],
  ])('%s is %s', (text, shown) => {
    expect(run(text)).toMatchObject({ shown, errors: [] });
  });

  test('that fails is an error and null', () => {
    expect(run('CAST(S AS INT)')).toMatchObject({ value: null, errors: ['For input string: "foo"'] });
    expect(run("CAST('foo' AS DATE)").value).toBeNull();
    expect(run('CAST(I * 100 AS DECIMAL(2, 1))').errors[0]).toContain('Numeric field overflow');
  });
});

describe('calls', () => {
  test.each([
    ['UCASE(S)', 'FOO'],
    ['IFNULL(CAST(S AS INT), -1)', '-1'],
    ["COALESCE(null, S, 'x')", 'foo'],
    ['TRANSFORM(FILTER(A, x => x IS NOT NULL), x => x + I)', '[8, 10]'],
    ['TRANSFORM(A, x => IFNULL(x, 0) + I)', '[8, 7, 10]'],
    // Arithmetic on null fails where it cannot simply be null.
    ['TRANSFORM(A, x => x + I)', 'null'],
    ['FILTER(A, x => x > 1)', '[3]'],
    ['REDUCE(A, 0, (s, x) => s + IFNULL(x, 10))', '14'],
    ['TRANSFORM(ARRAY[ARRAY[1, 2], ARRAY[3]], x => TRANSFORM(x, y => y * 10))', '[[10, 20], [30]]'],
    ['TRANSFORM(M, (k, v) => UCASE(k), (k, v) => v + 1)', '{K=6}'],
    ['TIMESTAMPADD(DAYS, 1, TS)', '1970-01-03T00:00:00.005'],
  ])('%s is %s', (text, shown) => {
    expect(run(text).shown).toBe(shown);
  });
});

test('a projection makes a row, failing columns are null and reported by position', () => {
  const errors: number[] = [];
  const project = compileProjection(
    ['I', 'I / 0', 'LEN(S) + CAST(S AS INT)', 'L + 1'].map((text) => typed(text, COLUMNS)),
    TEST_ENV,
  );
  expect(project([...ROW], { onError: (column) => errors.push(column) })).toEqual([7, null, null, 11]);
  expect(errors).toEqual([1, 2]);
});

test('statements cannot smuggle code into the generated source', () => {
  const evil = "'); throw 1; //";
  const text = `CASE WHEN S = '${evil.replaceAll("'", "''")}' THEN 1 ELSE 0 END`;
  expect(run(text, [...ROW.slice(0, 5), evil]).value).toBe(1);
  const scope = { ['`x; throw 1`']: 'INTEGER' };
  expect(() => compileValue(typed('1', scope), TEST_ENV)([])).not.toThrow();
});
