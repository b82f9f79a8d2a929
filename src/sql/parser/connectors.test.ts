import { describe, expect, test } from 'vitest';
import type { CreateConnector } from '../ast/connectors.ts';
import { parseStatement, parseStatements } from '../parse.ts';

const propertiesOf = (text: string): Record<string, string> =>
  Object.fromEntries((parseStatement(text) as CreateConnector).properties.map((p) => [p.key, p.value]));

const values = (list: string): Record<string, string> => propertiesOf(`CREATE SOURCE CONNECTOR c WITH (${list})`);

describe('a connector as the console takes it', () => {
  test('dotted keys, bare values, double quotes, continued lines', () => {
    const text = [
      'CREATE SOURCE CONNECTOR my-postgres-jdbc WITH ( \\',
      '    connector.class="io.confluent.connect.jdbc.JdbcSourceConnector", \\  ',
      '    tasks.max=1, \\',
      '    connection.url=jdbc:postgresql://localhost:5432/my-db?user=a&ssl=true, \\',
      '    validate.non.null=false, \\',
      '    topic.prefix=test-postgres-jdbc-);',
    ].join('\n');
    expect(parseStatement(text)).toMatchObject({
      kind: 'CreateConnector',
      type: 'SOURCE',
      name: { name: 'my-postgres-jdbc' },
    });
    expect(propertiesOf(text)).toEqual({
      'connector.class': 'io.confluent.connect.jdbc.JdbcSourceConnector',
      'tasks.max': '1',
      'connection.url': 'jdbc:postgresql://localhost:5432/my-db?user=a&ssl=true',
      'validate.non.null': 'false',
      'topic.prefix': 'test-postgres-jdbc-',
    });
  });

  test("ksqlDB's spelling", () => {
    expect(values(`"connector.class"='x.Y', 'mode' = 'bulk', key='it''s'`)).toEqual({
      'connector.class': 'x.Y',
      mode: 'bulk',
      key: "it's",
    });
  });

  test.each([
    ['two hyphens are no comment without a blank', 'a=x--y, b=1', { a: 'x--y', b: '1' }],
    ['with a blank they are', 'a=x --y, b=2\n, c=3', { a: 'x', c: '3' }],
    ['slashes and stars', 'a=http://h/*, b=1 /* c */, c=2', { a: 'http://h/*', b: '1', c: '2' }],
    ['a comma inside of brackets', 'a=f(x, y), b=[1, {2, 3}]', { a: 'f(x, y)', b: '[1, {2, 3}]' }],
    ['a pattern', 'topics.regex=(foo|bar)_.*, b=1', { 'topics.regex': '(foo|bar)_.*', b: '1' }],
    [
      'semicolons of a URL',
      'url=jdbc:sqlserver://h:1433;databaseName=x;encrypt=true, b=1',
      { url: 'jdbc:sqlserver://h:1433;databaseName=x;encrypt=true', b: '1' },
    ],
    ['quotes inside', 'a=it\'s, b=say "x"', { a: "it's", b: 'say "x"' }],
    ['blanks inside and around', 'a =  two words  , b= 1 ', { a: 'two words', b: '1' }],
    [
      'config providers stay',
      'a=${file:/s/x.properties:pw}, b=${env:PW}',
      { a: '${file:/s/x.properties:pw}', b: '${env:PW}' },
    ],
    ['empty strings', 'a=\'\', b=""', { a: '', b: '' }],
    ['quotes hold everything', `a='x, y) -- ; /* "', b="'"`, { a: 'x, y) -- ; /* "', b: "'" }],
    ['nothing', '', {}],
    ['only a comment', ' -- none\n', {}],
  ])('%s', (_, list, expected) => {
    expect(values(list)).toEqual(expected);
  });

  test('a bare value ends at the end of its line, so a forgotten comma is told', () => {
    expect(() => values('a=1\nb=2')).toThrow("Expecting {',', ')'}");
  });

  test('session variables are replaced in quoted and bare values', () => {
    const [first] = parseStatements(
      "CREATE SINK CONNECTOR c WITH (url=jdbc:postgresql://${host}:${port}/d, a='${host}', b='$${host}');",
      {
        variables: new Map([
          ['HOST', 'db'],
          ['PORT', '5432'],
        ]),
      },
    );
    expect((first!.statement as CreateConnector).properties.map((p) => p.value)).toEqual([
      'jdbc:postgresql://db:5432/d',
      'db',
      '${host}',
    ]);
  });

  test('properties know their places', () => {
    const text = "SHOW TYPES;\nCREATE SINK CONNECTOR c WITH (\n  a=1,\n  'b' = '2');";
    const [, connector] = parseStatements(text);
    const spans = (connector!.statement as CreateConnector).properties.map((p) => [
      p.span.line,
      p.span.column,
      text.slice(p.span.start, p.span.end),
    ]);
    expect(spans).toEqual([
      [3, 2, 'a=1'],
      [4, 2, "'b' = '2'"],
    ]);
  });

  test('statements go on behind the properties', () => {
    const parsed = parseStatements(
      'CREATE SOURCE CONNECTOR a WITH (x=--1); DESCRIBE a-b; DROP CONNECTOR a-b; SELECT a-b FROM s;',
    );
    expect(parsed.map((p) => p.statement.kind)).toEqual([
      'CreateConnector',
      'DescribeConnector',
      'DropConnector',
      'Query',
    ]);
  });
});

test('words of the connector statements are names elsewhere', () => {
  expect(parseStatement('PAUSE connector')).toMatchObject({ kind: 'PauseQuery', query: { name: 'CONNECTOR' } });
  expect(parseStatement('DESCRIBE connector')).toMatchObject({ kind: 'DescribeSource', name: { name: 'CONNECTOR' } });
  expect(parseStatement('CREATE SOURCE STREAM s (a INT)')).toMatchObject({ kind: 'CreateSource', readOnly: true });
  expect(parseStatement('DROP CONNECTOR if TERMINATE')).toMatchObject({
    name: { written: 'if' },
    terminate: true,
    ifExists: false,
  });
});
