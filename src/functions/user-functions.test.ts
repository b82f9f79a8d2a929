import { UNLIMITED } from '../base/budget/work.ts';
import { describe, expect, test } from 'vitest';
import { TEST_FUNCTIONS } from '../../test/cases/udf/test-functions.ts';
import { BIGINT, INTEGER, STRING, type SqlType } from '../types/sql-type.ts';
import type { AggregateFunction, CallSite, ScalarFunction, TableFunction } from './api.ts';
import { BUILT_IN_REGISTRY } from './built-in.ts';
import { loadUserFunctions } from './user-functions.ts';

const site = (
  returnType: SqlType,
  argTypes: readonly SqlType[] = [],
  constants: readonly unknown[] = [],
): CallSite => ({
  argTypes,
  returnType,
  constants,
  env: { nowMs: () => 0, random: () => 0, uuid: () => '', work: UNLIMITED },
});

const load = (...exports: unknown[]) =>
  loadUserFunctions(
    BUILT_IN_REGISTRY,
    exports.map((e, i) => ({ path: `ext/m${i}.js`, exports: e })),
  );
const problems = (...exports: unknown[]) => load(...exports).problems.map((p) => p.message);

const scalar = (over: object = {}, signature: object = {}) => ({
  kind: 'SCALAR',
  name: 'Twice',
  signatures: [
    { params: [{ name: 'x', type: BIGINT }], returns: BIGINT, evaluate: (x: number) => x * 2, ...signature },
  ],
  ...over,
});

describe('loadUserFunctions', () => {
  test('finds definitions by themselves, in arrays and in the default export', () => {
    const one = scalar();
    const two = scalar({ name: 'THRICE' });
    for (const exports of [{ one, two }, { default: [one, two] }, { functions: [one], default: { two } }]) {
      const { registry, loaded, problems: none } = load(exports);
      expect(none).toEqual([]);
      expect(loaded.map((d) => d.name).sort()).toEqual(['THRICE', 'TWICE']);
      expect(registry.find('twice')).toMatchObject({ name: 'TWICE', path: 'ext/m0.js', category: 'OTHER' });
      expect(registry.find('LEN')).toBe(BUILT_IN_REGISTRY.find('LEN'));
    }
  });

  test('takes the functions of the acceptance suite', () => {
    const { loaded, problems: none } = load({ TEST_FUNCTIONS });
    expect(none).toEqual([]);
    expect(loaded).toHaveLength(TEST_FUNCTIONS.length);
  });

  test.each<[string, unknown, string]>([
    ['no entries', {}, 'ext/m0.js: exports no function definitions'],
    [
      'a bad name',
      scalar({ name: '1x' }),
      'ext/m0.js: name must be a text of letters, digits and _, not starting with a digit',
    ],
    ['a bad kind', scalar({ kind: 'UDF' }), "ext/m0.js: function Twice: kind must be 'SCALAR', 'AGGREGATE' or 'TABLE'"],
    ['no signatures', scalar({ signatures: [] }), 'ext/m0.js: function Twice: signatures must not be empty'],
    [
      'an unknown type',
      scalar({}, { params: [{ name: 'x', type: { kind: 'INT' } }] }),
      "ext/m0.js: function Twice, signature 1: the type of parameter x: unknown kind 'INT'",
    ],
    [
      'no body',
      scalar({}, { evaluate: undefined }),
      'ext/m0.js: function Twice, signature 1: exactly one of evaluate and prepare must be given',
    ],
    [
      'a bad variadic',
      scalar({}, { variadic: 1 }),
      'ext/m0.js: function Twice, signature 1: variadic must be a whole number from 0 to 0',
    ],
    [
      'a bad null rule',
      scalar({}, { nulls: 'skip' }),
      "ext/m0.js: function Twice, signature 1: nulls must be 'pass' or 'propagate'",
    ],
    [
      'no aggregator',
      scalar({ kind: 'AGGREGATE' }),
      'ext/m0.js: function Twice, signature 1: create must be a function that makes an aggregator',
    ],
    ['the name of a built-in', scalar({ name: 'len' }), 'ext/m0.js: the name LEN is taken by a function that exists'],
    [
      'a synonym that is taken',
      scalar({ synonyms: ['Upper'] }),
      'ext/m0.js: the name UPPER is taken by a function that exists',
    ],
  ])('refuses %s', (_, exports, message) => {
    expect(problems(exports)).toEqual([message]);
  });

  test('a name that an earlier module has is refused, and the earlier one stays', () => {
    expect(problems(scalar(), scalar({ name: 'TWICE' }))).toEqual([
      'ext/m1.js: the name TWICE is taken by TWICE of ext/m0.js',
    ]);
    expect(load(scalar(), scalar()).loaded).toHaveLength(1);
  });

  test('one bad entry does not keep the others out', () => {
    const { loaded, problems: bad } = load({ good: scalar(), bad: scalar({ name: 'LEN' }) });
    expect([loaded.length, bad.length]).toEqual([1, 1]);
  });
});

describe('what user code does stays its own', () => {
  const body = (evaluate: (x: number) => unknown, returns: SqlType = BIGINT) => {
    const { registry } = load(scalar({}, { evaluate, returns }));
    return (registry.find('TWICE') as ScalarFunction).signatures[0]!.prepare!(site(returns, [BIGINT]));
  };

  test('a throw is an evaluation error', () => {
    const twice = body(() => {
      throw new TypeError('no');
    });
    expect(() => twice(1)).toThrow(
      expect.objectContaining({ code: 'EVALUATION', message: 'Failed to invoke function TWICE: no' }),
    );
  });

  test.each<[SqlType, unknown, string]>([
    [STRING, 1, 'Function TWICE returned a number where STRING is declared'],
    [INTEGER, 1.5, 'Function TWICE returned a number where INTEGER is declared'],
    [BIGINT, 1.5, 'Function TWICE returned a number where BIGINT is declared'],
    [
      STRING,
      Promise.resolve(''),
      'Function TWICE returned a promise (functions are synchronous) where STRING is declared',
    ],
    [{ kind: 'ARRAY', element: STRING }, new Map(), 'Function TWICE returned a object where ARRAY<STRING> is declared'],
  ])('a result that is no %j is an evaluation error', (returns, value, message) => {
    expect(() => body(() => value, returns)(1)).toThrow(expect.objectContaining({ code: 'EVALUATION', message }));
  });

  test('undefined is null, and BIGINTs are normalised', () => {
    expect(body(() => undefined)(1)).toBeNull();
    expect(body(() => 5n)(1)).toBe(5);
    expect(body((x) => x * 2)(4)).toBe(8);
  });

  test('rows of a table function are checked', () => {
    const rows = (evaluate: () => unknown) => {
      const signatures = [{ params: [], returns: INTEGER, evaluate }];
      const { registry } = load({ kind: 'TABLE', name: 'ROWS_OF', signatures });
      return (registry.find('ROWS_OF') as TableFunction).signatures[0]!.prepare!(site(INTEGER));
    };
    expect(rows(() => [1, null, 2])()).toEqual([1, null, 2]);
    expect(rows(() => undefined)()).toBeNull();
    expect(() => rows(() => ['a'])()).toThrow('returned a string where INTEGER is declared');
    expect(() => rows(() => 5)()).toThrow('Function ROWS_OF must return an array of rows');
  });

  test('an aggregate that fails stops its query', () => {
    const aggregator = {
      intermediate: BIGINT,
      initialize: () => 0,
      add: () => JSON.parse('{'),
      result: (a: number) => a,
    };
    const signatures = [{ params: [{ name: 'x', type: BIGINT }], returns: BIGINT, create: () => aggregator }];
    const { registry } = load({ kind: 'AGGREGATE', name: 'BAD_SUM', signatures });
    const made = (registry.find('BAD_SUM') as AggregateFunction).signatures[0]!.create(site(BIGINT, [BIGINT]));
    expect(made.undo).toBeUndefined();
    expect(() => made.add(0, [1])).toThrow(expect.objectContaining({ code: 'QUERY_FAILED' }));
    expect(made.result(made.initialize())).toBe(0);
  });
});
