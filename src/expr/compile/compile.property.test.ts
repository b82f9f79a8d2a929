import { UNLIMITED } from '../../base/budget/work.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from '../../base/errors.ts';
import { equalValues } from '../../types/compare.ts';
import { exprFromJson, exprToJson } from '../json.ts';
import { foldConstants } from '../fold.ts';
import { holds, interpret } from '../testing/interpret.ts';
import { TEST_ENV, typed } from '../testing/evaluate.ts';
import { compilePredicate, compileProjection } from './compile.ts';
import { likeMatcher } from './like.ts';

const COLUMNS = {
  B0: 'BOOLEAN',
  B1: 'BOOLEAN',
  I0: 'INTEGER',
  I1: 'INTEGER',
  L0: 'BIGINT',
  L1: 'BIGINT',
  D0: 'DOUBLE',
  D1: 'DOUBLE',
  N0: 'DECIMAL(6, 2)',
  N1: 'DECIMAL(4, 0)',
  S0: 'STRING',
  S1: 'STRING',
  A0: 'ARRAY<INTEGER>',
  M0: 'MAP<STRING, INTEGER>',
};

const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 5 });
const int = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer());
const long = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.maxSafeInteger(),
  fc.constantFrom<number | bigint>(2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n),
);
const double = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double());
const text = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_', '7', '1'), maxLength: 4 });

const row = fc.tuple(
  nullable(fc.boolean()),
  nullable(fc.boolean()),
  nullable(int),
  nullable(int),
  nullable(long),
  nullable(long),
  nullable(double),
  nullable(double),
  nullable(fc.bigInt({ min: -999999n, max: 999999n })),
  nullable(fc.bigInt({ min: -3n, max: 3n })),
  nullable(text),
  nullable(text),
  nullable(fc.array(nullable(int), { maxLength: 3 })),
  nullable(fc.dictionary(fc.constantFrom('a', 'b', '1'), nullable(int)).map((o) => new Map(Object.entries(o)))),
);

/** SQL text of a type, so that the checker's casts and constant folding are tested as well. */
const sql = fc.letrec<Record<'bool' | 'int' | 'long' | 'double' | 'decimal' | 'str' | 'arr' | 'num', string>>((tie) => {
  const deep = { depthSize: 'small', withCrossShrink: true } as const;
  const op = (ops: string[]): fc.Arbitrary<string> => fc.constantFrom(...ops);
  const f = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
    fc.tuple(...parts.map((p) => (typeof p === 'string' ? fc.constant(p) : p))).map((texts) => texts.join(''));
  const arithmetic = op([' + ', ' - ', ' * ', ' / ', ' % ']);
  const comparison = op([' = ', ' <> ', ' < ', ' <= ', ' > ', ' >= ', ' IS DISTINCT FROM ', ' IS NOT DISTINCT FROM ']);
  const equality = op([' = ', ' <> ', ' IS DISTINCT FROM ', ' IS NOT DISTINCT FROM ']);
  const not = op(['', ' NOT']);
  const [bool, num, str, arr] = [tie('bool'), tie('num'), tie('str'), tie('arr')];
  const whole = tie('int');
  return {
    bool: fc.oneof(
      deep,
      op(['B0', 'B1', 'true', 'false', 'CAST(null AS BOOLEAN)']),
      f('(', num, comparison, num, ')'),
      f('(', str, comparison, str, ')'),
      f('(', arr, equality, arr, ')'),
      f('(', bool, equality, bool, ')'),
      f('(', bool, op([' AND ', ' OR ']), bool, ')'),
      f('(NOT ', bool, ')'),
      f('(', num, op([' IS NULL)', ' IS NOT NULL)'])),
      f('(', num, not, ' BETWEEN ', num, ' AND ', num, ')'),
      f('(', num, not, ' IN (', num, ', 1, ', num, '))'),
      f('(', whole, not, ' IN (1, 2, null, 3, -1, 0))'),
      f('(', str, not, ' IN (', str, ", 'a', 7))"),
      f(
        '(',
        str,
        ' LIKE ',
        op(["'%7'", "'a%'", "'%a%'", "'a_'", "'a%b'", "'%'", "''", "'a!%%' ESCAPE '!'", 'S1']),
        ')',
      ),
      f('CAST(', str, ' AS BOOLEAN)'),
    ),
    int: fc.oneof(
      deep,
      op(['I0', 'I1', '0', '1', '-2', '7', '2147483647', 'CAST(null AS INT)']),
      f('(', whole, arithmetic, whole, ')'),
      f('(- ', whole, ')'),
      f('CAST(', num, ' AS INT)'),
      f('CAST(', str, ' AS INT)'),
      f('LEN(', str, ')'),
      f(arr, '[', whole, ']'),
      f('M0[', str, ']'),
      f('(CASE WHEN ', bool, ' THEN ', whole, ' WHEN ', bool, ' THEN ', whole, ' ELSE ', whole, ' END)'),
      f('IFNULL(', whole, ', ', whole, ')'),
      f('REDUCE(', arr, ', ', whole, ', (s, x) => s + IFNULL(x, ', whole, '))'),
    ),
    long: fc.oneof(
      deep,
      op(['L0', 'L1', '9223372036854775807', '9007199254740993', 'CAST(1 AS BIGINT)']),
      f('(', tie('long'), arithmetic, tie('long'), ')'),
      f('(', tie('long'), arithmetic, whole, ')'),
      f('(- ', tie('long'), ')'),
      f('CAST(', num, ' AS BIGINT)'),
      f('(CASE WHEN ', bool, ' THEN ', tie('long'), ' END)'),
    ),
    double: fc.oneof(
      deep,
      op(['D0', 'D1', '1.5e0', '0e0']),
      f('(', tie('double'), arithmetic, num, ')'),
      f('CAST(', num, ' AS DOUBLE)'),
    ),
    decimal: fc.oneof(
      deep,
      op(['N0', 'N1', '1.50', '0.0', '-2.125']),
      f('(', tie('decimal'), op([' + ', ' - ', ' * ', ' % ']), tie('decimal'), ')'),
      f('(N0 / ', op(['N1', 'I0', '3.0']), ')'),
      f('(- ', tie('decimal'), ')'),
      f('CAST(', num, ' AS DECIMAL(5, 1))'),
    ),
    num: fc.oneof(whole, tie('long'), tie('double'), tie('decimal')),
    str: fc.oneof(
      deep,
      op(['S0', 'S1', "'a'", "'7'", "''", "'it''s'", 'CAST(null AS STRING)']),
      f('(', str, ' + ', str, ')'),
      f('UCASE(', str, ')'),
      f('CAST(', num, ' AS STRING)'),
      f('COALESCE(', str, ', ', str, ')'),
      f('(CASE ', whole, ' WHEN 1 THEN ', str, ' ELSE ', str, ' END)'),
    ),
    arr: fc.oneof(
      deep,
      op(['A0', 'ARRAY[1, 2]']),
      f('ARRAY[', whole, ', null, ', whole, ']'),
      f('TRANSFORM(', arr, ', x => x + ', whole, ')'),
      f('FILTER(', arr, ', x => x < ', whole, ')'),
      f('TRANSFORM(', arr, ', x => REDUCE(', arr, ', x, (a, b) => IFNULL(a, 0) - b))'),
    ),
  };
});

describe('generated code means what the interpreter means', () => {
  const agrees = (expressionText: string, values: readonly unknown[]): void => {
    const expression = typed(expressionText, COLUMNS);
    let expected: unknown;
    let failed = false;
    let nullArithmetic = false;
    try {
      expected = interpret(expression, values, TEST_ENV);
    } catch (error) {
      expected = null;
      failed = true;
      nullArithmetic = messageOf(error) === 'arithmetic on null';
    }
    let reported = 0;
    const context = { onError: () => void reported++ };
    const [actual] = compileProjection([expression], TEST_ENV)([...values], context);
    const same = equalValues(expression.type);
    expect(same(actual, expected), `${expressionText}: ${String(actual)}, not ${String(expected)}`).toBe(true);
    // Arithmetic on null may be null without a report if the difference cannot be observed.
    if (failed && !nullArithmetic) expect(reported).toBeGreaterThan(0);
    // Neither storing it in the command log and reading it back nor folding it first changes anything.
    const stored = exprFromJson(JSON.parse(JSON.stringify(exprToJson(foldConstants(expression, TEST_ENV)))));
    const [again] = compileProjection([stored], TEST_ENV)([...values]);
    expect(same(again, expected)).toBe(true);
    if (expression.type.kind === 'BOOLEAN') {
      let expectedTrue = false;
      try {
        expectedTrue = holds(expression, values, TEST_ENV);
      } catch {
        // A failure is false.
      }
      expect(compilePredicate(expression, TEST_ENV)([...values])).toBe(expectedTrue);
    }
  };

  test.each(['bool', 'int', 'long', 'double', 'decimal', 'str', 'arr'] as const)('%s', (kind) => {
    fc.assert(
      fc.property(sql[kind], row, (expressionText, values) => agrees(expressionText, values)),
      { numRuns: 150 },
    );
  });
});

test('LIKE plans match what backtracking matches', () => {
  const unit = fc.constantFrom('a', 'b', '%', '_', '!', '.', '\n', '😀');
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 6 }),
      fc.string({ unit, maxLength: 5 }),
      fc.constantFrom(null, '!'),
      (value, pattern, escape) => {
        const node = { kind: 'literal', type: { kind: 'STRING' } } as const;
        const like = {
          kind: 'like',
          value: { ...node, value },
          pattern: { ...node, value: pattern },
          escape,
          type: { kind: 'BOOLEAN' },
        } as const;
        expect(likeMatcher(escape, UNLIMITED)(value, pattern)).toBe(interpret(like, [], TEST_ENV));
      },
    ),
    { numRuns: 1000 },
  );
});
