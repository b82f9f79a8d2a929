import fc from 'fast-check';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Lexer } from '../lexer/lexer.ts';
import { parseStatements } from '../parse.ts';
import { formatStatement } from '../printer/statement.ts';
import { arbitraryStatement, STATEMENT_KINDS } from '../testing/arbitrary-statement.ts';
import { KITCHEN_SINK } from '../testing/kitchen-sink.ts';
import { stripSpans } from '../testing/strip-spans.ts';
import { formatSql } from './format.ts';

const lines = (...all: readonly string[]): string => all.join('\n');

test.each<[what: string, written: string, formatted: string]>([
  ['what fits on a line is one', 'select * from t\n emit   changes ;', 'SELECT * FROM t EMIT CHANGES;'],
  [
    'names stay as they are written, also those that are words of the language elsewhere',
    'select key, a.final, s->type, `Limit` from changes a where value>3;',
    'SELECT key, a.final, s->type, `Limit` FROM changes a WHERE value > 3;',
  ],
  [
    'a clause a line, a column a line where they do not fit',
    'create table views_by_region as select u.regionid as region, count(*) as views, max(viewtime) as newest_of_them from pageviews p left join people u within 1 hour on p.userid = u.userid window tumbling(size 30 seconds) group by u.regionid emit changes;',
    lines(
      'CREATE TABLE views_by_region AS',
      '  SELECT',
      '    u.regionid AS region,',
      '    count(*) AS views,',
      '    max(viewtime) AS newest_of_them',
      '  FROM pageviews p',
      '  LEFT JOIN people u WITHIN 1 HOUR ON p.userid = u.userid',
      '  WINDOW TUMBLING (SIZE 30 SECONDS)',
      '  GROUP BY u.regionid',
      '  EMIT CHANGES;',
    ),
  ],
  [
    'conditions break in front of AND and OR, not within BETWEEN',
    "select a from t where first_column between 1 and 2 and second_column = 'some text' or not third_column is null;",
    lines(
      'SELECT a',
      'FROM t',
      'WHERE first_column BETWEEN 1 AND 2',
      "  AND second_column = 'some text'",
      '  OR NOT third_column IS NULL;',
    ),
  ],
  [
    'branches of CASE',
    "select case when a > 1 then 'some long text' when b is null then 'another long text' else '' end as c from t;",
    lines(
      'SELECT',
      '  CASE',
      "    WHEN a > 1 THEN 'some long text'",
      "    WHEN b IS NULL THEN 'another long text'",
      "    ELSE ''",
      '  END AS c',
      'FROM t;',
    ),
  ],
  [
    'signs, brackets and types',
    "select - a, a - -1, - - 3, (a+b)*c, d [ 1 ] -> e, cast(a as decimal(4,2)), array[1,2], map('a':=1), f(x=>x+1), x< -1 from t;",
    lines(
      'SELECT',
      '  -a,',
      '  a - -1,',
      '  - -3,',
      '  (a + b) * c,',
      '  d[1]->e,',
      '  CAST(a AS DECIMAL(4, 2)),',
      '  ARRAY[1, 2],',
      "  MAP('a' := 1),",
      '  f(x => x + 1),',
      '  x < -1',
      'FROM t;',
    ),
  ],
  [
    'columns, and settings without blanks around the sign',
    "create stream if not exists s(id int key, tags array<struct<key string,v map<string,int>>>, h bytes header('trace')) with(kafka_topic = 's', value_format='JSON');",
    lines(
      'CREATE STREAM IF NOT EXISTS s (',
      '  id INT KEY,',
      '  tags ARRAY<STRUCT<key STRING, v MAP<STRING, INT>>>,',
      "  h BYTES HEADER('trace')",
      ") WITH (kafka_topic='s', value_format='JSON');",
    ),
  ],
  [
    'a connector, its settings as they are written',
    "create source connector my-postgres--jdbc with ( \\\n  connector.class = \"io.confluent.X\", connection.url= jdbc:postgresql://h:5432/shop?a=b--c, \\\n mode=timestamp -- how\n, 'tables' = 'a,b');",
    lines(
      'CREATE SOURCE CONNECTOR my-postgres--jdbc WITH (',
      '  connector.class="io.confluent.X",',
      '  connection.url=jdbc:postgresql://h:5432/shop?a=b--c,',
      '  mode=timestamp, -- how',
      "  'tables'='a,b'",
      ');',
    ),
  ],
  ['statements without a layout', 'show   streams\n;  describe key extended;', 'SHOW STREAMS;\nDESCRIBE key EXTENDED;'],
  [
    'comments stay where they are',
    '-- what it is\n\n\nselect a, -- the first\n  -- about b\n  b /* inside */ + 1 from t; -- behind\n/* last */',
    lines(
      '-- what it is',
      '',
      'SELECT',
      '  a, -- the first',
      '  -- about b',
      '  b /* inside */ + 1',
      'FROM t; -- behind',
      '/* last */',
    ),
  ],
  [
    'what does not parse stays as it is, and what is beside it does not',
    'selct  a from b ;\nselect  a from b ;\nselect  c,',
    'selct  a from b ;\nSELECT a FROM b;\nselect  c,',
  ],
  [
    'variables',
    "define x = 'y'; select  * from ${x}; select  * from ${unknown};",
    "DEFINE x = 'y';\nSELECT * FROM ${x};\nselect  * from ${unknown};",
  ],
  ['nothing', '', ''],
  ['only comments', '  -- a\n\n\n-- b\n', '-- a\n\n-- b\n'],
])('%s', (_, written, formatted) => {
  expect(formatSql(written)).toBe(formatted);
  expect(formatSql(formatted)).toBe(formatted);
});

/** Formatting keeps the syntax tree, and formatting again changes nothing. */
function expectKept(text: string, width: number): string {
  const formatted = formatSql(text, { width });
  const trees = (script: string): unknown =>
    parseStatements(script, { testStatements: true }).map((p) => stripSpans(p.statement));
  expect(trees(formatted), formatted).toEqual(trees(text));
  expect(formatSql(formatted, { width }), text).toBe(formatted);
  return formatted;
}

/** Query plans are built from these trees. */
describe('what a statement means stays, and what is formatted stays as it is', () => {
  test('every statement of the language', () => {
    for (const [written] of KITCHEN_SINK) for (const width of [20, 80]) expectKept(written, width);
  });

  test.each(STATEMENT_KINDS)('%s', (kind) => {
    fc.assert(
      fc.property(arbitraryStatement(kind), fc.constantFrom(10, 40, 80), (statement, width) => {
        expectKept(`${formatStatement(statement)};`, width);
      }),
      { numRuns: 25 },
    );
  });

  const SUITE = path.join(import.meta.dirname, '../../../../shared/suite');
  test.skipIf(!existsSync(SUITE))('the statements of the shared suite', () => {
    let count = 0;
    for (const folder of ['qtt', 'rest', 'sql'])
      for (const file of readdirSync(path.join(SUITE, folder))) {
        const { cases } = JSON.parse(readFileSync(path.join(SUITE, folder, file), 'utf8')) as {
          cases: { readonly kind: string; readonly statements: readonly string[] }[];
        };
        for (const { kind, statements } of cases) {
          if (kind !== 'positive') continue;
          expectKept(statements.join('\n'), 80);
          count += statements.length;
        }
      }
    expect(count).toBeGreaterThan(3000);
  });
});

const COMMENTS = /--[^\n]*|\/\*[\s\S]*?\*\//g;

test('comments between any two words stay, in their order', () => {
  const kinds = ['Query', 'CreateSource', 'CreateSourceAs', 'InsertInto', 'InsertValues', 'AlterSource'] as const;
  const statements = fc.oneof(...kinds.map((kind) => arbitraryStatement(kind)));
  const gaps = fc.infiniteStream(fc.constantFrom(' ', ' ', '\n', ' /* c */ ', ' -- c\n', '\n-- c\n  ', '/* c\n d */'));
  fc.assert(
    fc.property(statements, gaps, fc.constantFrom(20, 80), (statement, gap, width) => {
      const written = `${formatStatement(statement)};`;
      // A comment of the statement itself can only be inside a string or a quoted name.
      fc.pre(!/--|\/\*/.test(written));
      const lexer = new Lexer(written);
      let text = '';
      let n = 0;
      for (let token = lexer.next(); token.kind !== 'end'; token = lexer.next()) {
        const between = gap.next().value;
        text += between.replace('c', `c${n++}`) + written.slice(token.start, token.end);
      }
      const formatted = expectKept(text, width);
      const found = (t: string): readonly string[] => (t.match(COMMENTS) ?? []).map((c) => c.trim());
      expect(found(formatted).join(' '), formatted).toBe(found(text).join(' '));
    }),
    { numRuns: 200 },
  );
});
