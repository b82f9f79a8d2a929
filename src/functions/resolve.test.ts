import { describe, expect, test } from 'vitest';
import {
  array,
  BIGINT,
  BOOLEAN,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  type SqlType,
  STRING,
} from '../types/sql-type.ts';
import { type Param, type ParamType, scalarFunction, type ScalarSignature, tableFunction } from './api.ts';
import { createRegistry, findFunction } from './registry.ts';
import { type ArgType, beginResolution, lambdaArg, literalRequired, NULL_ARG, resolveSignature } from './resolve.ts';

const T: ParamType = { kind: 'GENERIC', name: 'T' };
const S: ParamType = { kind: 'GENERIC', name: 'S' };
const p = (type: ParamType, name = 'x'): Param => ({ name, type });
const sig = (
  params: readonly ParamType[],
  returns: ScalarSignature['returns'] = STRING,
  variadic?: number,
): ScalarSignature => ({
  params: params.map((type, i) => p(type, `p${i}`)),
  returns,
  ...(variadic === undefined ? {} : { variadic }),
  evaluate: () => null,
});
const fn = (...signatures: ScalarSignature[]) => scalarFunction({ name: 'F', category: 'OTHER', doc: '', signatures });

const largest = fn(
  ...([INTEGER, BIGINT, { kind: 'ANY_DECIMAL' }, DOUBLE, STRING, DATE] as ParamType[]).map((t) =>
    sig([t, t], STRING, 1),
  ),
);
const chosen = (definition: ReturnType<typeof fn>, ...args: ArgType[]) => resolveSignature(definition, args).signature;

describe('resolveSignature', () => {
  test('takes the exact overload before one that needs a cast', () => {
    const f = fn(sig([BIGINT, STRING]), sig([INTEGER, STRING]));
    expect(chosen(f, INTEGER, STRING)).toBe(1);
    expect(chosen(f, BIGINT, STRING)).toBe(0);
  });

  test('takes the shortest cast among fixed overloads', () => {
    const f = fn(sig([DOUBLE]), sig([BIGINT]));
    expect(resolveSignature(f, [INTEGER])).toMatchObject({ signature: 1, argTypes: [BIGINT] });
  });

  test('prefers a fixed overload to a variadic one', () => {
    const f = fn(sig([BIGINT], STRING, 0), sig([BIGINT, BIGINT, STRING]), sig([BIGINT, STRING]));
    expect(chosen(f, BIGINT, NULL_ARG)).toBe(2);
    expect(chosen(f, BIGINT, BIGINT, NULL_ARG)).toBe(1);
    expect(chosen(f, BIGINT, BIGINT, BIGINT)).toBe(0);
  });

  test('variadic overloads that all need casts are ambiguous', () => {
    expect(() => chosen(largest, INTEGER, BIGINT)).toThrow(
      "Function 'f' cannot be resolved due to ambiguous method parameters (INTEGER, BIGINT).",
    );
    expect(() => chosen(largest, NULL_ARG, NULL_ARG)).toThrow('ambiguous method parameters (null, null).');
    expect(chosen(largest, INTEGER, BIGINT, decimal(30, 18), DOUBLE, NULL_ARG)).toBe(3);
    expect(chosen(largest, DATE, NULL_ARG, STRING)).toBe(5);
    expect(() => chosen(largest)).toThrow("Function 'f' does not accept parameters ().");
    expect(() => chosen(largest, STRING, INTEGER)).toThrow(
      "Function 'f' does not accept parameters (STRING, INTEGER).",
    );
  });

  test('a variadic parameter may stand in the middle', () => {
    const f = fn(sig([BIGINT, STRING, INTEGER], STRING, 1));
    expect(resolveSignature(f, [BIGINT, STRING, STRING, INTEGER]).paramIndexes).toEqual([0, 1, 1, 2]);
    expect(resolveSignature(f, [BIGINT, INTEGER]).paramIndexes).toEqual([0, 2]);
    expect(() => chosen(f, BIGINT, INTEGER, INTEGER)).toThrow('does not accept');
  });

  test('a type variable is the common type of its arguments', () => {
    const f = fn(sig([T, T], T));
    expect(resolveSignature(f, [INTEGER, DOUBLE])).toMatchObject({ argTypes: [DOUBLE, DOUBLE], returnType: DOUBLE });
    expect(resolveSignature(f, [BIGINT, decimal(4, 2)])).toMatchObject({ returnType: decimal(21, 2) });
    expect(resolveSignature(f, [NULL_ARG, array(STRING)])).toMatchObject({ returnType: array(STRING) });
    expect(() => chosen(f, STRING, INTEGER)).toThrow('does not accept');
    const contains = fn(sig([{ kind: 'ARRAY_OF', element: T }, T], BOOLEAN));
    expect(resolveSignature(contains, [array(BIGINT), INTEGER]).argTypes).toEqual([array(BIGINT), BIGINT]);
  });

  test('lambdas are typed between the two phases', () => {
    const transform = fn(
      sig(
        [
          { kind: 'ARRAY_OF', element: T },
          { kind: 'LAMBDA', params: [T], returns: S },
        ],
        { kind: 'ARRAY_OF', element: S },
      ),
    );
    const pending = beginResolution(transform, [array(INTEGER), lambdaArg(1)]);
    expect(pending.lambdaInputs(1)).toEqual([INTEGER]);
    expect(pending.finish([undefined, STRING])).toMatchObject({
      returnType: array(STRING),
      argTypes: [array(INTEGER), STRING],
    });
    expect(() => beginResolution(transform, [array(INTEGER), lambdaArg(2)])).toThrow(
      'does not accept parameters (ARRAY<INTEGER>, LAMBDA)',
    );
    const reduce = fn(sig([{ kind: 'ARRAY_OF', element: T }, S, { kind: 'LAMBDA', params: [S, T], returns: S }], S));
    const state = beginResolution(reduce, [array(INTEGER), BIGINT, lambdaArg(2)]);
    expect(state.lambdaInputs(2)).toEqual([BIGINT, INTEGER]);
    expect(state.finish([undefined, undefined, INTEGER]).argTypes[2]).toEqual(BIGINT);
    expect(() => state.finish([undefined, undefined, DOUBLE])).toThrow(
      'does not accept parameters (ARRAY<INTEGER>, BIGINT, DOUBLE)',
    );
  });

  test('the refusal lists the alternatives', () => {
    const explode = tableFunction({
      name: 'EXPLODE',
      category: 'TABLE',
      doc: '',
      signatures: [
        { params: [p({ kind: 'ARRAY_OF', element: T }, 'list')], returns: T },
        {
          params: [p({ kind: 'ARRAY_OF', element: { kind: 'ANY_DECIMAL' } }, 'input')],
          returns: (t: readonly SqlType[]) => t[0]!,
        },
      ],
    });
    expect(() => resolveSignature(explode, [map(STRING, INTEGER)])).toThrow(
      "Function 'explode' does not accept parameters (MAP<STRING, INTEGER>).\nValid alternatives are:\nexplode(ARRAY<DECIMAL> input)\nexplode(ARRAY<T> list)",
    );
    expect(resolveSignature(explode, [array(decimal(4, 2))]).signature).toBe(1);
    expect(resolveSignature(explode, [array(INTEGER)]).signature).toBe(0);
  });

  test('a parameter that must be a literal is named by position and text', () => {
    expect(literalRequired('earliest_by_offset', 2, 'F0').message).toBe(
      "Parameter 2 passed to function EARLIEST_BY_OFFSET must be a literal constant, but was expression: 'F0'",
    );
  });
});

describe('registry', () => {
  const registry = createRegistry([
    scalarFunction({ name: 'LEN', synonyms: ['LENGTH'], category: '', doc: '', signatures: [] }),
  ]);

  test('finds names and synonyms in any case', () => {
    expect(registry.find('len')).toBe(registry.find('LENGTH'));
    expect(registry.find('nope')).toBeUndefined();
  });

  test('an unknown name gets a suggestion', () => {
    try {
      findFunction(registry, 'LENGHT');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        message: "Can't find any functions with the name 'LENGHT'",
        hint: 'Did you mean LENGTH?',
      });
    }
  });

  test('two functions of one name are refused', () => {
    const one = scalarFunction({ name: 'ONE', category: '', doc: '', signatures: [] });
    const other = scalarFunction({ name: 'TWO', synonyms: ['one'], category: '', doc: '', signatures: [] });
    expect(() => createRegistry([one, other])).toThrow('Function name ONE is claimed by ONE and by TWO');
  });
});
