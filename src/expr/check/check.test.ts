import { describe, expect, test } from 'vitest';
import { messageOf } from '../../base/errors.ts';
import { BUILT_IN_REGISTRY } from '../../functions/built-in.ts';
import { parseExpression } from '../../sql/parse.ts';
import { formatType, INTEGER } from '../../types/sql-type.ts';
import { typed } from '../testing/evaluate.ts';
import { checkCall, checkExpression, checkExpressionAs, checkNullable } from './check.ts';
import { inClause } from './errors.ts';
import { columnScope, EMPTY_SCOPE } from './scope.ts';

const COLUMNS = {
  ID: 'INTEGER',
  VAL: 'STRING',
  L: 'BIGINT',
  D: 'DOUBLE',
  N: 'DECIMAL(4, 2)',
  OK: 'BOOLEAN',
  B: 'ARRAY<INTEGER>',
  C: 'ARRAY<INTEGER>',
  AL: 'ARRAY<BIGINT>',
  M: 'MAP<STRING, INTEGER>',
  ML: 'MAP<STRING, BIGINT>',
  S: 'STRUCT<F0 BIGINT>',
  ROWTIME: 'BIGINT',
};

const fault = (text: string): string => {
  try {
    typed(text, COLUMNS);
  } catch (error) {
    return messageOf(error);
  }
  return 'no error';
};

describe('refusals in ksqlDB words', () => {
  test.each([
    ['B < C', 'Cannot compare B (ARRAY<INTEGER>) to C (ARRAY<INTEGER>) with LESS_THAN.'],
    ['M < M', 'Cannot compare M (MAP<STRING, INTEGER>) to M (MAP<STRING, INTEGER>) with LESS_THAN.'],
    ["ID >= 'not an int'", "Cannot compare ID (INTEGER) to 'not an int' (STRING) with GREATER_THAN_OR_EQUAL."],
    ['VAL BETWEEN 10 AND 20', 'Cannot compare VAL (STRING) to 10 (INTEGER) with GREATER_THAN_OR_EQUAL.'],
    ['OK < true', 'Cannot compare OK (BOOLEAN) to true (BOOLEAN) with LESS_THAN.'],
    ['NULL <> NULL', 'Comparison with NULL not supported: NULL <> NULL'],
    ['ID = null', "Comparison with NULL not supported: INTEGER = NULL\nUse 'IS NULL' or 'IS NOT NULL' instead."],
    ['true + 1.5', 'Error processing expression: (true + 1.5). Unsupported arithmetic types. BOOLEAN DECIMAL'],
    ['1 + NULL', 'Error processing expression: (1 + null). Arithmetic on types INTEGER and null are not supported.'],
    [
      "MAP(1 := 'cat') + NULL",
      "Error processing expression: (MAP(1:='cat') + null). Arithmetic on types MAP<INTEGER, STRING> and null are not supported.",
    ],
    [
      '5.0 / NULL',
      'Error processing expression: (5.0 / null). Arithmetic on types DECIMAL(2, 1) and null are not supported.',
    ],
    ['null * null', 'Error processing expression: (null * null). Arithmetic on types null and null are not supported.'],
    ['null', "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR)."],
    ['CASE WHEN OK THEN null ELSE null END', 'Invalid Case expression. All case branches have NULL type'],
    ['WONT_FIND_ME(ID)', "Can't find any functions with the name 'WONT_FIND_ME'"],
    ['NOPE', 'Unknown column NOPE.'],
    ['CAST(VAL AS MAP<VARCHAR, INTEGER>)', 'Cast of STRING to MAP<STRING, INTEGER> is not supported'],
    ['CAST(VAL AS STRUCT<F0 VARCHAR>)', 'Cast of STRING to STRUCT<`F0` STRING> is not supported'],
    ['ARRAY[]', 'Array constructor cannot be empty. Please supply at least one element'],
    ['ARRAY[NULL]', 'Cannot construct an array with all NULL elements'],
    ["ARRAY[1, 'not a number']", 'invalid input syntax for type INTEGER: "not a number"'],
    ["MAP('a' := ID, 'b' := 'hello')", 'invalid input syntax for type INTEGER: "hello".'],
    ['MAP(VAL := NULL)', 'Cannot construct a map with all NULL values'],
    ['MAP(null := ID)', 'Cannot construct a map with all NULL keys'],
    ['STRUCT(F := ID, F := ID)', 'Duplicate field names found in STRUCT'],
    ['ID LIKE 12', 'The column type for Like condition must be VARCHAR. The column type is INTEGER'],
    ["OK IN (true, 'Not a boolean')", 'invalid input syntax for type BOOLEAN: "Not a boolean".'],
    [
      'OK IN (true, 10)',
      'operator does not exist: BOOLEAN = INTEGER (10)\nHint: You might need to add explicit type casts.',
    ],
    ['OK IN (true, VAL)', 'operator does not exist: BOOLEAN = STRING (VAL)'],
    ['ID IN (10, true)', 'operator does not exist: INTEGER = BOOLEAN (true)'],
    ['ID IN (10, VAL)', 'operator does not exist: INTEGER = STRING (VAL)'],
    ["L IN (10, '10 - not a number')", 'invalid input syntax for type BIGINT: "10 - not a number".'],
    ["N IN (10.0, '10.0 - not a number')", 'invalid input syntax for type DECIMAL: "10.0 - not a number".'],
    ['VAL IN (10, D)', 'operator does not exist: STRING = DOUBLE (D)'],
    ['AL IN (AL, ARRAY[OK])', 'operator does not exist: ARRAY<BIGINT> = ARRAY<BOOLEAN> (ARRAY[OK])'],
    ["AL IN (AL, ARRAY['10', 'not 10'])", 'invalid input syntax for type BIGINT: "not 10"'],
    [
      "ML IN (ML, MAP('a' := OK))",
      "operator does not exist: MAP<STRING, BIGINT> = MAP<STRING, BOOLEAN> (MAP('a':=OK))",
    ],
    ["ML IN (ML, MAP('10' := 'not 10'))", 'invalid input syntax for type BIGINT: "not 10"'],
    ['ML IN (10)', 'operator does not exist: MAP<STRING, BIGINT> = INTEGER (10)'],
    [
      'S IN (S, STRUCT(F0 := OK))',
      'operator does not exist: STRUCT<`F0` BIGINT> = STRUCT<`F0` BOOLEAN> (STRUCT(F0:=OK))',
    ],
    ["S IN (STRUCT(F0 := 'not 10'))", 'invalid input syntax for type BIGINT: "not 10"'],
    ['S IN (STRUCT(F0 := 10), ARRAY[10])', 'operator does not exist: STRUCT<`F0` BIGINT> = ARRAY<INTEGER> (ARRAY[10])'],
    ["ROWTIME > 'yesterday'", "Failed to parse timestamp 'yesterday'."],
    ['S->NOPE', "Could not find field 'NOPE' in 'S'."],
    ['ID->X', "Can only dereference STRUCT types with '->', but ID is INTEGER."],
    ['ID[1]', 'Subscripts need an ARRAY or a MAP, but ID is INTEGER.'],
    ['B[VAL]', 'Array index must be an INTEGER, but is VAL (STRING).'],
    ['ID AND OK', 'AND needs BOOLEAN operands, but ID is INTEGER.'],
    ['-VAL', 'Error processing expression: -VAL. Unsupported arithmetic type. STRING'],
    ['SUM(ID) + 1', 'Aggregate function SUM cannot be used here: SUM(ID)'],
  ])('%s: %s', (text, message) => {
    expect(fault(text)).toContain(message);
  });

  test('the clause gives the first words', () => {
    const inWhere = (text: string): string => {
      try {
        typed(text, COLUMNS);
        return '';
      } catch (error) {
        return messageOf(inClause(error, 'WHERE'));
      }
    };
    expect(inWhere('ID = VAL')).toBe(
      'Error in WHERE expression: Cannot compare ID (INTEGER) to VAL (STRING) with EQUAL.',
    );
    expect(inWhere('ID IN (true)')).toMatch(/^Invalid Predicate: operator does not exist/);
  });
});

describe('types', () => {
  test.each([
    ['1', 'INTEGER'],
    ['2147483648', 'BIGINT'],
    ['1.50', 'DECIMAL(3, 2)'],
    ['0.05', 'DECIMAL(2, 2)'],
    ['1e3', 'DOUBLE'],
    ['N + N + N', 'DECIMAL(6, 2)'],
    ['N * L', 'DECIMAL(24, 2)'],
    ['N + D', 'DOUBLE'],
    ["ARRAY['10', 10]", 'ARRAY<STRING>'],
    ["ARRAY[1, '3e2']", 'ARRAY<DECIMAL(10, 0)>'],
    ["ARRAY[null, 10, '2e1', ID, L]", 'ARRAY<DECIMAL(19, 0)>'],
    ["AL IN (ARRAY['3', null], ARRAY[null, 4])", 'BOOLEAN'],
    ["ML IN (MAP('a' := '3', 'b' := null))", 'BOOLEAN'],
    [
      'ARRAY[null, STRUCT(X := ID, Y := L), STRUCT(Y := ID, Z := L)]',
      'ARRAY<STRUCT<`X` INTEGER, `Y` BIGINT, `Z` BIGINT>>',
    ],
    ['STRUCT()', 'STRUCT< >'],
    ['CASE WHEN OK THEN ID ELSE L END', 'BIGINT'],
    ['TRANSFORM(B, x => x + L)', 'ARRAY<BIGINT>'],
    ['TRANSFORM(M, (k, v) => k, (k, v) => v * 2.0)', 'MAP<STRING, DECIMAL(13, 1)>'],
    ["ROWTIME >= '2018'", 'BOOLEAN'],
  ])('%s is %s', (text, type) => {
    expect(formatType(typed(text, COLUMNS).type)).toBe(type);
  });

  test('NULL takes the type of its context', () => {
    const ast = parseExpression('NULL');
    expect(checkNullable(ast, EMPTY_SCOPE, BUILT_IN_REGISTRY)).toBeNull();
    expect(checkExpressionAs(ast, INTEGER, EMPTY_SCOPE, BUILT_IN_REGISTRY)).toEqual({
      kind: 'literal',
      value: null,
      type: INTEGER,
    });
  });

  test('a scope may hold whole expressions as columns', () => {
    const held = { index: 3, name: 'KSQL_AGG_VARIABLE_0', type: INTEGER };
    const scope = {
      column: () => undefined,
      replace: (e: { kind: string }) => (e.kind === 'FunctionCall' ? held : undefined),
    };
    expect(checkExpression(parseExpression('SUM(X) + 1'), scope, BUILT_IN_REGISTRY)).toMatchObject({
      kind: 'arithmetic',
      left: { kind: 'column', index: 3 },
    });
  });

  test('calls of aggregates are resolved for the planner', () => {
    const call = parseExpression('SUM(ID)');
    if (call.kind !== 'FunctionCall') throw new Error('not a call');
    const checked = checkCall(call, columnScope([{ name: 'ID', type: INTEGER }]), BUILT_IN_REGISTRY);
    expect(checked.definition.name).toBe('SUM');
    expect(formatType(checked.resolved.returnType)).toBe('INTEGER');
    expect(checked.args).toEqual([{ kind: 'column', index: 0, name: 'ID', type: INTEGER }]);
  });

  test('a unit word is a column where no unit is taken', () => {
    const scope = columnScope([{ name: 'DAYS', type: INTEGER }]);
    expect(checkExpression(parseExpression('GREATEST(DAYS, 3)'), scope, BUILT_IN_REGISTRY)).toMatchObject({
      args: [{ kind: 'column', name: 'DAYS' }, { kind: 'literal' }],
    });
  });
});
