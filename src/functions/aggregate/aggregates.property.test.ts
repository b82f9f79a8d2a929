import { UNLIMITED } from '../../base/budget/work.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalValues } from '../../types/compare.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  type SqlType,
  STRING,
  struct,
} from '../../types/sql-type.ts';
import type { AggregateFunction, Aggregator } from '../api.ts';
import { BUILT_IN, BUILT_IN_REGISTRY } from '../built-in.ts';
import { resolveSignature } from '../resolve.ts';

/** An aggregator of a call with these argument types; `literals` are the values of its last arguments. */
function aggregatorOf(
  name: string,
  types: readonly SqlType[],
  literals: readonly unknown[] = [],
  config: Readonly<Record<string, unknown>> = {},
): { aggregator: Aggregator; returns: SqlType } {
  const definition = BUILT_IN_REGISTRY.find(name) as AggregateFunction;
  const resolved = resolveSignature(definition, types);
  const constants = types.map((_, i) => literals[i - (types.length - literals.length)]);
  const aggregator = definition.signatures[resolved.signature]!.create({
    argTypes: resolved.argTypes,
    returnType: resolved.returnType,
    constants,
    env: { nowMs: () => 0, random: () => 0, uuid: () => '', config: (key) => config[key], work: UNLIMITED },
  });
  return { aggregator, returns: resolved.returnType };
}

/** Small domains, so that values repeat; integers, so that sums of doubles are exact in any order. */
function values(type: SqlType): fc.Arbitrary<unknown> {
  const some = ((): fc.Arbitrary<unknown> => {
    switch (type.kind) {
      case 'BOOLEAN':
        return fc.boolean();
      case 'STRING':
        return fc.constantFrom('a', 'b', 'c', '');
      case 'BYTES':
        return fc.constantFrom(new Uint8Array([1]), new Uint8Array([200]), new Uint8Array());
      case 'DECIMAL':
        return fc.bigInt({ min: -50n, max: 50n });
      case 'ARRAY':
        return fc.array(values(type.element), { maxLength: 3 });
      case 'STRUCT':
        return fc.tuple(...type.fields.map((f) => values(f.type)));
      default:
        return fc.integer({ min: -20, max: 20 });
    }
  })();
  return fc.option(some, { nil: null, freq: 5 });
}

const STRUCT = struct([
  { name: 'A', type: INTEGER },
  { name: 'B', type: STRING },
]);

interface Call {
  readonly name: string;
  readonly types: readonly SqlType[];
  readonly literals?: readonly unknown[];
}

const CALLS: readonly Call[] = [
  ...[INTEGER, STRING, BYTES, array(INTEGER), STRUCT].flatMap((type): Call[] =>
    ['ATTR', 'COLLECT_LIST', 'COLLECT_SET', 'COUNT', 'COUNT_DISTINCT'].map((name) => ({ name, types: [type] })),
  ),
  ...[INTEGER, BIGINT, DOUBLE].flatMap((type): Call[] => [
    ...['AVG', 'SUM', 'STDDEV_SAMP', 'STDDEV_SAMPLE', 'STDDEV_POP', 'MAX', 'MIN'].map((name) => ({
      name,
      types: [type],
    })),
    { name: 'SUM_LIST', types: [array(type)] },
    { name: 'CORRELATION', types: [type, type] },
  ]),
  { name: 'SUM', types: [decimal(10, 2)] },
  ...[decimal(4, 1), STRING, BYTES, DATE].flatMap((type): Call[] => [
    { name: 'MAX', types: [type] },
    { name: 'MIN', types: [type] },
    { name: 'TOPK', types: [type, INTEGER], literals: [3] },
    { name: 'TOPKDISTINCT', types: [type, INTEGER], literals: [3] },
  ]),
  { name: 'TOPK', types: [INTEGER, STRING, BOOLEAN, INTEGER], literals: [2] },
  { name: 'HISTOGRAM', types: [STRING] },
  ...['EARLIEST_BY_OFFSET', 'LATEST_BY_OFFSET'].flatMap((name): Call[] => [
    { name, types: [STRUCT] },
    { name, types: [INTEGER, BOOLEAN], literals: [false] },
    { name, types: [INTEGER, INTEGER], literals: [3] },
    { name, types: [INTEGER, INTEGER, BOOLEAN], literals: [2, false] },
  ]),
];

const titled = CALLS.map((call) => [`${call.name}(${call.types.map((t) => t.kind).join(', ')})`, call] as const);
const rowsOf = (call: Call, maxLength = 12) =>
  fc
    .array(fc.tuple(...call.types.slice(0, call.types.length - (call.literals?.length ?? 0)).map(values)), {
      maxLength,
    })
    .map((rows) => rows.map((row) => [...row, ...(call.literals ?? [])]));

/**
 * Compares results. Doubles that were added in different orders may differ in their last digits: in half of the digits
 * if the root of the remainder of a cancellation is taken, relative to the size of the values.
 */
function same(type: SqlType, a: unknown, b: unknown, rows: readonly unknown[][] = []): void {
  if (type.kind === 'DOUBLE' && typeof a === 'number' && typeof b === 'number' && Number.isFinite(a)) {
    const size = Math.max(1, ...rows.flat().map((value) => Math.abs(Number(value) || 0)));
    expect(Math.abs(a - b)).toBeLessThanOrEqual(5e-7 * size);
  } else expect(equalValues(type)(a, b), `${fc.stringify(a)} and ${fc.stringify(b)}`).toBe(true);
}

/** As multisets, for collections whose order depends on the rows that were undone. */
const sorted = (value: unknown): unknown =>
  value instanceof Map ? sorted([...value]) : Array.isArray(value) ? value.map((v) => JSON.stringify(v)).sort() : value;

test('every aggregate takes part', () => {
  const all = BUILT_IN.filter((d) => d.kind === 'AGGREGATE').map((d) => d.name);
  expect([...new Set(CALLS.map((call) => call.name))].sort()).toEqual(all.sort());
});

describe.each(titled)('%s', (_, call) => {
  const { aggregator, returns } = aggregatorOf(call.name, call.types, call.literals);
  const over = (rows: readonly unknown[][], from: unknown = aggregator.initialize()) =>
    rows.reduce((aggregate, row) => aggregator.add(aggregate, row), from);

  test('undo takes back what add did', () => {
    const { undo } = aggregator;
    if (undo === undefined) return;
    fc.assert(
      fc.property(rowsOf(call), fc.infiniteStream(fc.boolean()), (rows, drops) => {
        let aggregate = over(rows);
        const left = rows.filter((row) => {
          const drop = drops.next().value;
          if (drop) aggregate = undo(aggregate, row);
          return !drop;
        });
        const result = aggregator.result(aggregate);
        const fresh = aggregator.result(over(left));
        if (returns.kind === 'ARRAY' || returns.kind === 'MAP') expect(sorted(result)).toEqual(sorted(fresh));
        else same(returns, result, fresh, rows);
      }),
      { numRuns: 60 },
    );
  });

  test('merge is the aggregate of both, the elder first', () => {
    const merge = aggregator.merge!;
    expect(merge).toBeDefined();
    fc.assert(
      fc.property(rowsOf(call), rowsOf(call), (elder, younger) => {
        const merged = merge(over(elder), over(younger));
        same(returns, aggregator.result(merged), aggregator.result(over([...elder, ...younger])));
      }),
      { numRuns: 60 },
    );
  });

  test('results that were handed out do not change', () => {
    fc.assert(
      fc.property(rowsOf(call), rowsOf(call, 4), (rows, more) => {
        const aggregate = over(rows);
        const result = aggregator.result(aggregate);
        const before = structuredClone(result);
        over(more, aggregate);
        expect(result).toEqual(before);
      }),
      { numRuns: 30 },
    );
  });
});

describe('merge of sessions by offset', () => {
  test('takes the value that came last, not the session that is younger', () => {
    const { aggregator } = aggregatorOf('LATEST_BY_OFFSET', [INTEGER]);
    const younger = aggregator.add(aggregator.initialize(), [1]);
    const elder = aggregator.add(aggregator.initialize(), [2]);
    expect(aggregator.result(aggregator.merge!(elder, younger))).toBe(2);
    expect(aggregator.result(aggregator.merge!(younger, elder))).toBe(2);
    const first = aggregatorOf('EARLIEST_BY_OFFSET', [INTEGER]).aggregator;
    const a = first.add(first.initialize(), [1]);
    const b = first.add(first.initialize(), [2]);
    expect(first.result(first.merge!(b, a))).toBe(1);
  });
});

describe('limits', () => {
  const collect = (name: string, limit: unknown, ...rows: unknown[]) => {
    const { aggregator } = aggregatorOf(name, [INTEGER], [], { [`ksql.functions.${name.toLowerCase()}.limit`]: limit });
    return aggregator.result(
      rows.reduce<unknown>((aggregate, value) => aggregator.add(aggregate, [value]), aggregator.initialize()),
    );
  };

  test('collections end at the configured limit', () => {
    expect(collect('COLLECT_LIST', 2, 1, 1, 3)).toEqual([1, 1]);
    expect(collect('COLLECT_SET', '2', 1, 1, 3, 4)).toEqual([1, 3]);
    expect(collect('COLLECT_LIST', undefined, 1, 2, 3)).toEqual([1, 2, 3]);
    expect(() => collect('COLLECT_LIST', 'many')).toThrow('Invalid value "many"');
  });

  test('a count of values must be positive', () => {
    expect(() => aggregatorOf('TOPK', [INTEGER, INTEGER], [0])).toThrow('k must be 1 or greater');
    expect(() => aggregatorOf('LATEST_BY_OFFSET', [INTEGER, INTEGER], [-1])).toThrow('latestN must be 1 or greater');
  });

  test('a histogram counts 1000 values', () => {
    const { aggregator } = aggregatorOf('HISTOGRAM', [STRING]);
    let counts = aggregator.initialize();
    for (let i = 0; i < 1010; i++) counts = aggregator.add(counts, [`k${i % 1005}`]);
    expect(counts.size).toBe(1000);
    expect(counts.get('k0')).toBe(2);
  });

  test('COUNT_DISTINCT stays near the truth', () => {
    const { aggregator } = aggregatorOf('COUNT_DISTINCT', [INTEGER]);
    let sketch = aggregator.initialize();
    for (let i = 0; i < 20_000; i++) {
      sketch = aggregator.add(sketch, [i]);
      if (i === 255) expect(aggregator.result(sketch)).toBe(256);
    }
    expect(Math.abs((aggregator.result(sketch) as number) / 20_000 - 1)).toBeLessThan(0.05);
    expect(aggregator.result(aggregator.merge!(sketch, sketch))).toBe(aggregator.result(sketch));
  });

  test('a DECIMAL sum that does not fit stops the query', () => {
    const { aggregator } = aggregatorOf('SUM', [decimal(4, 1)]);
    expect(() => aggregator.add(8017n, [4008n])).toThrow(
      expect.objectContaining({ code: 'QUERY_FAILED', message: expect.stringMatching(/^Numeric field overflow/) }),
    );
  });
});
