/**
 * The functions that the acceptance suite's cases of category `peer-test-udf` call (its README, section 8), as a
 * module of an extensions folder would export them.
 */
import {
  aggregateFunction,
  type AggregateSignature,
  type Aggregator,
  type FunctionDefinition,
  type Param,
  scalarFunction,
  tableFunction,
} from '../../../src/functions/api.ts';
import { ANY, ANY_DECIMAL, arrayOf, generic, mapOf, param } from '../../../src/functions/param.ts';
import { rescale } from '../../../src/types/decimal.ts';
import { displayValue } from '../../../src/types/display.ts';
import { addInt64, type Int64, subInt64 } from '../../../src/types/int64.ts';
import {
  array,
  type ArrayType,
  BIGINT,
  BOOLEAN,
  decimal,
  type DecimalType,
  DOUBLE,
  INTEGER,
  type MapType,
  STRING,
  struct,
  type SqlType,
} from '../../../src/types/sql-type.ts';

const STRUCT_A = struct([{ name: 'A', type: STRING }]);
const STRUCT_AB = struct([
  { name: 'A', type: INTEGER },
  { name: 'B', type: INTEGER },
]);

const params = (...types: readonly Param['type'][]): Param[] => types.map((type, i) => param(`arg${i}`, type));

const testUdf = scalarFunction({
  name: 'TEST_UDF',
  category: 'TEST',
  doc: 'Says which overload was chosen.',
  signatures: [
    { params: params(INTEGER, STRING), nulls: 'pass', returns: STRING, evaluate: () => 'doStuffIntString' },
    { params: params(BIGINT, STRING), nulls: 'pass', returns: STRING, evaluate: () => 'doStuffLongString' },
    { params: params(BIGINT, BIGINT, STRING), nulls: 'pass', returns: STRING, evaluate: () => 'doStuffLongLongString' },
    { params: params(BIGINT), variadic: 0, nulls: 'pass', returns: STRING, evaluate: () => 'doStuffLongVarargs' },
    { params: params(STRUCT_A), returns: STRING, evaluate: ([a]: [string | null]) => a },
    { params: [], returns: STRUCT_A, evaluate: () => ['foo'] },
  ],
});

const fail = (): never => {
  throw new Error('boom!');
};

const badUdf = scalarFunction({
  name: 'BAD_UDF',
  category: 'TEST',
  doc: 'Fails.',
  deterministic: false,
  signatures: [
    { params: params(INTEGER), returns: INTEGER, evaluate: fail },
    { params: params(BOOLEAN), returns: INTEGER, evaluate: (shouldThrow: boolean) => (shouldThrow ? fail() : 0) },
    {
      params: params(STRING),
      nulls: 'pass',
      returns: STRING,
      prepare() {
        let calls = 0;
        return (value: string | null) => (++calls % 2 === 1 ? null : value);
      },
    },
  ],
});

const whenCondition = scalarFunction({
  name: 'WHENCONDITION',
  category: 'TEST',
  doc: 'The condition of a CASE, which must not be evaluated when it is not reached.',
  signatures: [
    {
      params: params(BOOLEAN, BOOLEAN),
      returns: BOOLEAN,
      evaluate: (value: boolean, ok: boolean) => (ok ? value : fail()),
    },
  ],
});

const whenResult = scalarFunction({
  name: 'WHENRESULT',
  category: 'TEST',
  doc: 'The result of a CASE, which must not be evaluated when it is not chosen.',
  signatures: [
    {
      params: params(INTEGER, BOOLEAN),
      returns: INTEGER,
      evaluate: (value: number, ok: boolean) => (ok ? value : fail()),
    },
  ],
});

const toStruct = scalarFunction({
  name: 'TOSTRUCT',
  category: 'TEST',
  doc: 'Makes a struct of a text.',
  signatures: [{ params: params(STRING), returns: STRUCT_A, evaluate: (value: string) => [value] }],
});

const backwardConcat = scalarFunction({
  name: 'BACKWARD_CONCAT',
  category: 'TEST',
  doc: 'The second text, then the first.',
  signatures: [{ params: params(STRING, STRING), returns: STRING, evaluate: (a: string, b: string) => b + a }],
});

const sumOfNumbers: Aggregator<Int64> = {
  intermediate: BIGINT,
  initialize: () => 0,
  add: (sum, [value]) => (value === null ? sum : addInt64(sum, value as Int64)),
  undo: (sum, [value]) => (value === null ? sum : subInt64(sum, value as Int64)),
  merge: addInt64,
  result: (sum) => sum,
};

const testUdaf = aggregateFunction({
  name: 'TEST_UDAF',
  category: 'TEST',
  doc: 'Sums.',
  signatures: [
    { params: params(BIGINT), returns: BIGINT, create: () => sumOfNumbers },
    { params: params(INTEGER), returns: BIGINT, create: () => sumOfNumbers },
    {
      params: params(DOUBLE),
      returns: DOUBLE,
      create: (): Aggregator<number> => ({
        intermediate: DOUBLE,
        initialize: () => 0,
        add: (sum, [value]) => sum + ((value as number | null) ?? 0),
        merge: (a, b) => a + b,
        result: (sum) => sum,
      }),
    },
    {
      params: params(STRING, STRING),
      literals: 1,
      returns: BIGINT,
      create: (site): Aggregator<number> => ({
        intermediate: BIGINT,
        initialize: () => (site.constants[1] as string).length,
        add: (sum, [value]) => sum + lengthOf(value),
        merge: (a, b) => a + b,
        result: (sum) => sum,
      }),
    },
    {
      params: params(STRUCT_AB),
      returns: STRUCT_AB,
      create: (): Aggregator<readonly [number, number]> => ({
        intermediate: STRUCT_AB,
        initialize: () => [0, 0],
        add: (sum, [value]) => (value === null ? sum : plus(sum, value as [number | null, number | null])),
        merge: plus,
        result: (sum) => sum,
      }),
    },
  ],
});

function plus(a: readonly [number, number], b: readonly [number | null, number | null]): [number, number] {
  return [(a[0] + (b[0] ?? 0)) | 0, (a[1] + (b[1] ?? 0)) | 0];
}

const lengthOf = (value: unknown): number => (value === null ? 0 : (value as string).length);
const sizeOf = (value: unknown): Int64 => (typeof value === 'string' ? value.length : ((value as Int64 | null) ?? 0));

/** Adds numbers and lengths of the first `count` arguments to `initial`. */
function sizes(initial: Int64, count: number): Aggregator<Int64> {
  const total = (args: readonly unknown[]): Int64 => args.slice(0, count).map(sizeOf).reduce(addInt64, 0);
  return {
    intermediate: BIGINT,
    initialize: () => initial,
    add: (sum, args) => addInt64(sum, total(args)),
    undo: (sum, args) => subInt64(sum, total(args)),
    merge: (a, b) => subInt64(addInt64(a, b), initial),
    result: (sum) => sum,
  };
}

const varArg = aggregateFunction({
  name: 'VAR_ARG',
  category: 'TEST',
  doc: 'Sums numbers and lengths.',
  signatures: [
    { params: params(BIGINT, STRING), variadic: 1, returns: BIGINT, create: (site) => sizes(0, site.argTypes.length) },
  ],
});

/** The middle argument may repeat; two literals raise the result. */
const midVarArg = aggregateFunction({
  name: 'MID_VAR_ARG',
  category: 'TEST',
  doc: 'Sums numbers and lengths, and two literals.',
  signatures: [
    {
      params: params(BIGINT, STRING, INTEGER, INTEGER),
      variadic: 1,
      literals: 2,
      returns: BIGINT,
      create(site) {
        const columns = site.argTypes.length - 2;
        return sizes((site.constants[columns] as number) + (site.constants[columns + 1] as number), columns);
      },
    },
  ],
});

/** Columns, followed by a literal number and any number of literal strings. */
function severalArgs(name: string, columns: readonly SqlType[]): FunctionDefinition {
  const signature: AggregateSignature = {
    params: params(...columns, INTEGER, STRING),
    variadic: columns.length + 1,
    literals: 2,
    returns: BIGINT,
    create(site) {
      const literals = site.constants.slice(columns.length).map(sizeOf).reduce(addInt64, 0);
      return sizes(literals, columns.length);
    },
  };
  return aggregateFunction({
    name,
    category: 'TEST',
    doc: 'Sums numbers and lengths, and literals.',
    signatures: [signature],
  });
}

/** The first arguments of the rows in which no argument is null. */
function firstOfComplete(type: SqlType): Aggregator<readonly unknown[]> {
  return {
    intermediate: array(type),
    initialize: () => [],
    add: (list, args) => (args.includes(null) ? list : [...list, args[0]]),
    merge: (a, b) => [...a, ...b],
    result: (list) => list,
  };
}

const genericVarArg = aggregateFunction({
  name: 'GENERIC_VAR_ARG',
  category: 'TEST',
  doc: 'Collects the first arguments of complete rows.',
  signatures: [
    {
      params: params(generic('A'), generic('B'), generic('C')),
      variadic: 2,
      returns: arrayOf(generic('A')),
      create: (site) => firstOfComplete(site.argTypes[0]!),
    },
  ],
});

const objColArg = aggregateFunction({
  name: 'OBJ_COL_ARG',
  category: 'TEST',
  doc: 'Collects the first arguments of complete rows; the others may be of any types.',
  signatures: [
    { params: params(INTEGER, ANY), variadic: 1, returns: array(INTEGER), create: () => firstOfComplete(INTEGER) },
  ],
});

const SEVEN = [INTEGER, BIGINT, DOUBLE, BOOLEAN, STRING, ANY_DECIMAL, STRUCT_A];

const testUdtf = tableFunction({
  name: 'TEST_UDTF',
  category: 'TEST',
  doc: 'Shows its arguments.',
  signatures: [
    {
      params: params(...SEVEN),
      returns: STRING,
      prepare:
        (site) =>
        (...args: unknown[]) =>
          args.map((value, i) => displayValue(site.argTypes[i]!, value)),
    },
    {
      params: params(...SEVEN.map(arrayOf)),
      returns: STRING,
      prepare:
        (site) =>
        (...args: unknown[][]) =>
          args.map((values, i) => displayValue((site.argTypes[i] as ArrayType).element, values[0])),
    },
    {
      params: params(...SEVEN.map((type) => mapOf(STRING, type))),
      returns: STRING,
      prepare:
        (site) =>
        (...args: Map<unknown, unknown>[]) =>
          args.map((map, i) => displayValue((site.argTypes[i] as MapType).value, map.values().next().value)),
    },
    ...[INTEGER, BIGINT, DOUBLE, BOOLEAN, STRING, STRUCT_A].map((type) => ({
      params: params(type),
      returns: type,
      evaluate: (value: unknown) => [value],
    })),
    {
      params: params(ANY_DECIMAL),
      returns: decimal(30, 10),
      prepare: (site) => (value: bigint) => [rescale(value, (site.argTypes[0] as DecimalType).scale, 10)],
    },
  ],
});

const throwingUdtf = tableFunction({
  name: 'THROWING_UDTF',
  category: 'TEST',
  doc: 'Fails, or returns one row.',
  signatures: [
    { params: params(BOOLEAN), returns: BOOLEAN, evaluate: (shouldThrow: boolean) => (shouldThrow ? fail() : [false]) },
  ],
});

export const TEST_FUNCTIONS: readonly FunctionDefinition[] = [
  backwardConcat,
  badUdf,
  severalArgs('FIVE_ARG', [BIGINT, STRING, STRING, STRING, INTEGER]),
  severalArgs('FOUR_ARG', [BIGINT, STRING, STRING, STRING]),
  genericVarArg,
  midVarArg,
  severalArgs('MULTI_ARG', [BIGINT, STRING]),
  objColArg,
  testUdaf,
  testUdf,
  testUdtf,
  throwingUdtf,
  toStruct,
  varArg,
  whenCondition,
  whenResult,
];
