import { expect, test } from 'vitest';
import { formatType } from '../../../../types/sql-type.ts';
import { parseColumns } from './column-text.ts';

const shown = (text: string): string[] =>
  parseColumns(text).map(({ name, type, key, rule, nulls }) =>
    [name, formatType(type), key, JSON.stringify(rule), nulls === 0 ? undefined : `nulls ${nulls}`]
      .filter((part) => part !== undefined)
      .join(' '),
  );

test('columns with their types and rules', () => {
  expect(
    shown(`id BIGINT PRIMARY KEY SEQUENCE(100, 10), \`the name\` VARCHAR(20) MATCHING 'It''s [a-z]{3}',
      price decimal(9, 2) Normal(40, 25.5, 1, 5e2), at TIMESTAMP EVENT_TIME NULLS(0.1),
      tags ARRAY<STRUCT<a INT, b MAP<STRING, DOUBLE>>>, ok BOOLEAN IN (TRUE 3, false 1),
      who BIGINT REFERENCES customers(id) ZIPF(1.1), other BIGINT references customers, n INT ZIPF(2, 10),
      day DATE UNIFORM('2024-01-01', '2024-12-31'), code STRING SEQUENCE('C-'), u STRING UUID`),
  ).toEqual([
    'id BIGINT PRIMARY KEY {"kind":"sequence","prefix":"","start":100,"step":10}',
    'the name STRING {"kind":"matching","pattern":"It\'s [a-z]{3}"}',
    'price DECIMAL(9, 2) {"kind":"normal","mean":40,"deviation":25.5,"min":1,"max":500}',
    'at TIMESTAMP {"kind":"event time"} nulls 0.1',
    'tags ARRAY<STRUCT<`a` INTEGER, `b` MAP<STRING, DOUBLE>>> {"kind":"default"}',
    'ok BOOLEAN {"kind":"in","options":[true,false],"weights":[3,1]}',
    'who BIGINT {"kind":"references","table":"customers","column":"id","zipf":1.1}',
    'other BIGINT {"kind":"references","table":"customers"}',
    'n INTEGER {"kind":"zipf","exponent":2,"count":10}',
    'day DATE {"kind":"uniform","min":"2024-01-01","max":"2024-12-31"}',
    'code STRING {"kind":"sequence","prefix":"C-","start":1,"step":1}',
    'u STRING {"kind":"uuid"}',
  ]);
});

test.each([
  ['', 'expected the name of a column at the end'],
  ['id', 'expected a type at the end'],
  ['id STRNG', "such as STRING, BIGINT, DECIMAL(9, 2) or TIMESTAMP, at position 4 ('STRNG')"],
  ['id INT PRIMARY', 'expected KEY at the end'],
  ['id INT SEQUENSE', "Did you mean SEQUENCE? at position 8 ('SEQUENSE')"],
  ['id INT,', 'expected the name of a column at the end'],
  ['id INT name STRING', "at position 8 ('name STRING')"],
  ['a INT, A STRING', 'column A at position 8 is there twice'],
  ['a INT UNIFORM(1)', "expected 2 in the brackets at position 14 ('(1)')"],
  ['a INT UNIFORM(1, 2', "expected ')' at the end"],
  ['a INT NORMAL(1, -2)', 'a standard deviation of at least 0'],
  ['a INT NORMAL(1, 2, 3)', 'min ≤ mean ≤ max'],
  ['a INT ZIPF(0, 10)', 'an exponent above 0'],
  ['a INT UNIFORM(1, 2) NORMAL(1, 2)', 'one rule for a column'],
  ["a STRING IN ('a' 1, 'b')", 'a proportion behind each option or behind none'],
  ["a STRING IN ('a' 0)", 'one above'],
  ["a STRING IN ('a' 1) ZIPF(1)", 'weights or ZIPF, not both'],
  ["a STRING IN ('a", "expected a text with its closing quote at position 14 (''a')"],
  ['a INT NULLS(2)', 'a proportion from 0 to 1'],
  ['a INT KEY NULLS(0.5)', 'no NULLS on a key'],
  ['a DECIMAL(9, 2', "expected ')' or '>' at the end"],
])('%s: %s', (text, message) => {
  expect(() => parseColumns(text)).toThrow(message);
});
