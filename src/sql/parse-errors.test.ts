import { describe, expect, test } from 'vitest';
import { growthByFour } from '../../test/support/cpu.ts';
import { isSluiceError, type SluiceError } from '../base/errors.ts';
import { parseExpression, parseStatement, parseStatements, type ParseOptions } from './parse.ts';

function errorOf(text: string, options: ParseOptions = {}): SluiceError {
  try {
    parseStatements(text, options);
  } catch (error) {
    if (isSluiceError(error)) return error;
    throw error;
  }
  throw new Error(`parsed: ${text}`);
}

/** `[text, message, line, column from 1, hint]`. */
const SYNTAX: readonly (readonly [string, string, number, number, string?])[] = [
  ["RUN SCRIPT 'foo';", "line 1:1: Syntax Error\nUnknown statement 'RUN'", 1, 1],
  ['SELCT * FROM a;', "line 1:1: Syntax Error\nUnknown statement 'SELCT'", 1, 1, 'Did you mean SELECT?'],
  ['12;', "line 1:1: Syntax Error\nUnknown statement '12'", 1, 1],
  [
    'ASSERT VALUES foo (id INT) VALUES (123);',
    "line 1:8: Syntax Error\nSyntax error at or near 'VALUES' at line 1:8\nExpecting {'NOT', 'TOPIC', 'SCHEMA'}",
    1,
    8,
  ],
  [
    "CREATE STREAM a (K STRING (KEY)) WITH (kafka_topic='a');",
    "line 1:28: Syntax Error\nExpecting {'STRING', INTEGER_VALUE}",
    1,
    28,
  ],
  ['CREATE STREAM a (K VARCHAR(STRING) (KEY));', "line 1:36: Syntax Error\nExpecting {',', ')'}", 1, 36],
  [
    'CREATE STREAM a (K INT);\nSELECT CAST(a AS NULL) FROM a;',
    "line 2:18: Syntax Error\nSyntax error at or near 'NULL' at line 2:18\n\"NULL\" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as 'NULL'\nExpecting TYPE",
    2,
    18,
    'in back-quotes it is a name: `NULL`',
  ],
  [
    'CREATE TABLE left (a INT PRIMARY KEY);',
    "line 1:14: Syntax Error\nSyntax error at or near 'left' at line 1:14\n\"left\" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as 'left'\nExpecting {'IF', IDENTIFIER}",
    1,
    14,
    'in back-quotes it is a name: `left`',
  ],
  ['SELECT a FROM s GROUP BY f3, (f2, f1);', "line 1:33: Syntax Error\nmissing ')' at ','", 1, 33],
  ['SELECT * FROM a WHERE b IN ();', 'line 1:29: Syntax Error\nExpecting EXPRESSION', 1, 29],
  ['SELECT * FORM a;', "line 1:10: Syntax Error\nExpecting {',', 'FROM'}", 1, 10, 'Did you mean FROM?'],
  ['SELECT b FORM a;', "line 1:15: Syntax Error\nExpecting {',', 'FROM'}", 1, 15, 'Did you mean FROM instead of FORM?'],
  ['SELECT * FROM a WERE b = 1;', '', 1, 22, 'Did you mean WHERE instead of WERE?'],
  ['CREATE STRAEM a AS SELECT * FROM b;', '', 1, 8, 'Did you mean STREAM?'],
  ['SHOW STREMS;', '', 1, 6, 'Did you mean STREAMS?'],
  ['DROP STREAM a', "line 1:14: Syntax Error\nExpecting {'DELETE', ';'}", 1, 14, 'a statement ends with a semicolon'],
  ['SHOW TYPES', "line 1:11: Syntax Error\nmissing ';' at '<EOF>'", 1, 11, 'a statement ends with a semicolon'],
  [
    "SELECT 'abc FROM s;",
    'line 1:8: Syntax Error\nUnterminated string',
    1,
    8,
    "The text that begins with 'abc is not closed: ' is missing behind it.",
  ],
  [
    'SELECT `abc FROM s;',
    'line 1:8: Syntax Error\nUnterminated quoted name',
    1,
    8,
    'The name that begins here is not closed: ` is missing behind it. Texts stand in single quotes.',
  ],
  [
    "SELECT\n 'a\ud83d\ude00b\ud83dc' FROM s;",
    'line 2:7: Syntax Error\nHalf of a surrogate pair, \\ud83d, in a text',
    2,
    7,
    'a character beyond \\uffff is two such escapes, the half from \\ud800 to \\udbff in front',
  ],
  ['SELECT `\ude00\ud83d`;', 'line 1:9: Syntax Error\nHalf of a surrogate pair, \\ude00, in a text', 1, 9],
  ['SELECT a\n/* never', 'line 2:1: Syntax Error\nUnterminated comment', 2, 1, 'close it with */'],
  ['SELECT a # b FROM s;', "line 1:10: Syntax Error\nUnexpected character '#'", 1, 10],
  ['SELECT `` FROM s;', 'line 1:8: Syntax Error\nEmpty quoted name', 1, 8],
  ['SELECT * FROM EXPLODE(a);', '', 1, 22],
  ['SELECT a b c FROM s;', "line 1:12: Syntax Error\nExpecting {',', 'FROM'}", 1, 12],
  [
    'SELECT k FROM s WINDOW TUMBLING (SIZE 3 PARSECS) GROUP BY k;',
    "line 1:41: Syntax Error\nExpecting {'MILLISECONDS', 'SECONDS', 'MINUTES', 'HOURS', 'DAYS'}",
    1,
    41,
  ],
  [
    'SELECT k FROM s WINDOW TUMBLING (SIZE 3 SECOND, ADVANCE BY 1 SECOND);',
    "line 1:49: Syntax Error\nExpecting {'RETENTION', 'GRACE'}",
    1,
    49,
  ],
  ["SET auto.offset.reset='earliest';", 'line 1:5: Syntax Error\nExpecting STRING', 1, 5],
  ['ASSERT SCHEMA TIMEOUT 1 SECOND;', "line 1:15: Syntax Error\nExpecting {'SUBJECT', 'ID'}", 1, 15],
  // properties of connectors
  [
    'CREATE SOURCE CONNECTOR c WITH (tables=users,orders);',
    "line 1:52: Syntax Error\nmissing '='",
    1,
    52,
    "a value that contains a comma stands in quotes: 'a,b'",
  ],
  ["CREATE SOURCE CONNECTOR c WITH ('a'='b' 'c'='d');", "line 1:41: Syntax Error\nExpecting {',', ')'}", 1, 41],
  [
    'CREATE SOURCE CONNECTOR c WITH (a=,b=1);',
    'line 1:35: Syntax Error\nExpecting a value',
    1,
    35,
    "an empty value is written ''",
  ],
  ['CREATE SOURCE CONNECTOR c WITH (a=1;', "line 1:36: Syntax Error\nExpecting {',', ')'}", 1, 36],
  ["CREATE SOURCE CONNECTOR c WITH (a='x);", 'line 1:35: Syntax Error\nExpecting a closing quote', 1, 35],
  ['CREATE SOURCE CONNECTOR c;', "line 1:26: Syntax Error\nExpecting 'WITH'", 1, 26],
  ['DROP CONECTOR c;', '', 1, 6, 'Did you mean CONNECTOR?'],
  [
    "ALTER CONNECTOR back SET insert.mode='insert';",
    '',
    1,
    26,
    "Settings stand in parentheses: ALTER CONNECTOR back SET ('key'='value');",
  ],
  ['SHOW LAG;', '', 1, 6, 'SHOW QUERIES; has the lag of each query, DESCRIBE name EXTENDED; by partition.'],
  [
    'SELECT * FROM wines w JOIN producers p USING (id);',
    '',
    1,
    40,
    'USING is not supported: ON W.ID = P.ID stands in its place.',
  ],
];

describe('syntax errors', () => {
  for (const [text, message, line, column, hint] of SYNTAX) {
    test(text, () => {
      const error = errorOf(text);
      expect(error.code).toBe('SYNTAX');
      if (message !== '') expect(error.message).toBe(message);
      expect(error.message).toMatch(new RegExp(`^line ${line}:${column}: Syntax Error\n`));
      // The message contains the position where the parser stopped; the caret is below the word to be corrected.
      const meant = / instead of (\w+)\?$/.exec(error.hint ?? '')?.[1];
      if (meant === undefined) expect(error.span).toMatchObject({ line, column: column - 1 });
      else expect(text.slice(error.span!.start, error.span!.end)).toBe(meant);
      if (hint !== undefined) expect(error.hint).toBe(hint);
    });
  }

  test('the statement that fails is told, and where, over a whole script', () => {
    const error = errorOf('SHOW TYPES;\n  SELECT a\n  FROM 5;\nSHOW STREAMS;');
    expect(error.statement).toBe('SELECT a\n  FROM 5;');
    expect(error.message).toBe('line 3:8: Syntax Error\nExpecting IDENTIFIER');
    expect(error.render('SHOW TYPES;\n  SELECT a\n  FROM 5;\nSHOW STREAMS;')).toContain('  FROM 5;\n       ^');
  });

  test('secrets of a statement that does not parse are not told', () => {
    expect(errorOf("CREATE SOURCE CONNECTOR c WITH (connection.password='secret' x);").statement).toBe(
      'CREATE SOURCE CONNECTOR c WITH (...);',
    );
    for (const text of [
      "SET 'ssl.key.password' 'secret';",
      "DEFINE db_password 'secret';",
      "ALTER SYSTEM 'a.token' 'secret';",
    ]) {
      const { statement, message, hint } = errorOf(text);
      expect(`${statement} ${message} ${hint}`).not.toContain('secret');
      expect(message).toContain("missing '=' at '[string]'");
    }
    expect(errorOf("INSERT INTO s (a) VALUES ('secret' x);").statement).toBe('INSERT INTO s (a) VALUES (...);');
  });
});

/** Errors of the second kind: the text parses, but no statement can be built from it. */
const BUILD: readonly (readonly [string, string])[] = [
  [
    'CREATE TABLE a (ID INT KEY, b INT);',
    "Failed to prepare statement: Line: 1, Col: 17: Column `ID` is a 'KEY' column: please use 'PRIMARY KEY' for tables.",
  ],
  [
    'CREATE STREAM a (ID INT PRIMARY KEY);',
    "Failed to prepare statement: Line: 1, Col: 18: Column `ID` is a 'PRIMARY KEY' column: please use 'KEY' for streams.",
  ],
  [
    'CREATE STREAM a (b INT);\nSELECT 9223372036854775808 FROM a;',
    'Failed to prepare statement: line 2:9: Invalid numeric literal: 9223372036854775808',
  ],
  [
    'SELECT 1.7976931348623159E308 FROM a;',
    'Failed to prepare statement: line 1:9: Number overflows DOUBLE: 1.7976931348623159E308',
  ],
  [
    'SELECT -1.7976931348623160E308 FROM a;',
    'Failed to prepare statement: line 1:9: Number overflows DOUBLE: -1.7976931348623160E308',
  ],
  ['SELECT * FROM a LIMIT 2.5;', 'Failed to prepare statement: Value must be integer for command: LIMIT'],
  [
    "INSERT INTO a (b, c) VALUES ('10');",
    'Failed to prepare statement: Expected number columns and values to match: 2, 1',
  ],
  [
    'CREATE STREAM `a b` AS SELECT * FROM c;',
    "Failed to prepare statement: Line: 1, Col: 15: Source names may only contain alphanumeric values, '_' or '-'. Got: 'a b'",
  ],
  [
    'CREATE STREAM a (b DECIMAL(2, 3));',
    'Failed to prepare statement: DECIMAL precision must be >= scale: DECIMAL(2,3)',
  ],
  ['CREATE STREAM a (b DECIMAL(0, 0));', 'Failed to prepare statement: DECIMAL precision must be >= 1: DECIMAL(0,0)'],
  ['CREATE STREAM a (b DECIMAL);', 'Failed to prepare statement: DECIMAL requires a precision and a scale'],
  [
    "SELECT a LIKE 'x' ESCAPE '!!' FROM s;",
    'Failed to prepare statement: line 1:27: Expected single character escape but got: !!',
  ],
  ["CREATE SOURCE CONNECTOR c WITH (a=1, 'a'=2);", "Failed to prepare statement: Property 'a' is given twice."],
  [
    "DEFINE `1x` = 'a';",
    "Failed to prepare statement: Illegal variable name: '1x'. It starts with a letter or _, and holds letters, digits and _.",
  ],
];

describe('build errors', () => {
  test.each(BUILD)('%s', (text, message) => {
    const error = errorOf(text);
    expect(error.code).toBe('AST');
    expect(error.message).toBe(message);
    expect(error.span).toBeDefined();
  });
});

describe('what is too deep is refused, not a stack overflow', () => {
  const deep = (n: number): readonly string[] => [
    `${'('.repeat(n)}a${')'.repeat(n)}`,
    `${'NOT '.repeat(n)}a`,
    `${'- '.repeat(n)}a`,
    `${'F('.repeat(n)}a${')'.repeat(n)}`,
    `${'ARRAY['.repeat(n)}a${']'.repeat(n)}`,
    `${'F(x => '.repeat(n)}a${')'.repeat(n)}`,
    `${'CASE WHEN a THEN '.repeat(n)}a${' END'.repeat(n)}`,
    `a${'[a'.repeat(n)}${']'.repeat(n)}`,
    `CAST(a AS ${'ARRAY<'.repeat(n)}INT${'>'.repeat(n)})`,
    `a${' OR a'.repeat(n)}`,
    `a${' + a'.repeat(n)}`,
    `a${'->b'.repeat(n)}`,
    `a${'[1]'.repeat(n)}`,
  ];

  test.each(deep(20_000).map((text) => [text.slice(0, 12), text]))('%s...', (_, text) => {
    expect(() => parseExpression(text)).toThrow(
      /Failed to prepare statement: The statement (is nested deeper than|has more than)/,
    );
  });

  test('EXPLAIN of EXPLAIN', () => {
    expect(() => parseStatement(`${'EXPLAIN '.repeat(60_000)}SHOW TYPES`)).toThrow(/nested deeper/);
  });

  test.each(deep(150).map((text) => [text.slice(0, 12), text]))('%s... is fine at 150', (_, text) => {
    expect(() => parseExpression(text)).not.toThrow();
  });

  test('long lists are not deep', () => {
    expect(parseExpression(`a IN (${'1,'.repeat(100_000)}1)`)).toMatchObject({ kind: 'In' });
  });
});

describe('time grows with the text, not faster', () => {
  const cases: readonly (readonly [string, (n: number) => string])[] = [
    ['one long line of statements', (n) => 'SELECT a, b FROM s WHERE c = 1;'.repeat(n)],
    ['connectors on one line', (n) => 'CREATE SOURCE CONNECTOR my-c WITH (a=b, c=d);'.repeat(n)],
    ['a group list', (n) => `SELECT a FROM s GROUP BY (a${', a'.repeat(n)});`],
    ['arguments that look like a lambda', (n) => `SELECT F((a${', a'.repeat(n)})) FROM s;`],
    ['digits', (n) => `SELECT ${'9'.repeat(n)} FROM s;`],
    ['quotes', (n) => `SELECT '${"''".repeat(n)}' FROM s;`],
    ['comments', (n) => '/* */--\n'.repeat(n)],
    ['open comments', (n) => `SELECT ${'/*'.repeat(n)}`],
    ['variables', (n) => `SELECT '${'${a}$'.repeat(n)}' FROM s;`],
    ['brackets in a bare value', (n) => `CREATE SOURCE CONNECTOR c WITH (a=${'('.repeat(n)});`],
  ];
  test.each(cases)('%s', (_, make) => {
    const parse = (n: number): void => {
      try {
        parseStatements(make(n));
      } catch (error) {
        if (!isSluiceError(error)) throw error;
      }
    };
    expect(growthByFour(parse, 5000, 10)).toBeLessThan(10);
  });
});
