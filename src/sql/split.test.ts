import { describe, expect, test } from 'vitest';
import { splitStatements } from './split.ts';

describe('splitStatements', () => {
  test('cuts at semicolons, and leaves comments out', () => {
    const text = '-- first\nSHOW TYPES; /* ; */ SELECT \';\', `;`, ";" -- ;\nFROM s;;\n';
    const split = splitStatements(text);
    expect(split.statements.map((s) => s.text)).toEqual(['SHOW TYPES;', 'SELECT \';\', `;`, ";" -- ;\nFROM s;']);
    for (const s of split.statements) expect(text.slice(s.start, s.end)).toBe(s.text);
    expect(split.state).toBe('complete');
  });

  test.each([
    ['', 'complete', ''],
    ['-- just a comment', 'complete', '-- just a comment'],
    ['SHOW TYPES; SELECT a', 'unfinished', ' SELECT a'],
    ["SELECT 'a;", 'in-string', "SELECT 'a;"],
    ["SELECT 'it''s;", 'in-string', "SELECT 'it''s;"],
    ['SELECT `a;', 'in-quoted-name', 'SELECT `a;'],
    ['SELECT "a;', 'in-quoted-name', 'SELECT "a;'],
    ['SELECT a /* ;', 'in-comment', 'SELECT a /* ;'],
    ['/* ;', 'in-comment', '/* ;'],
    [
      'CREATE SOURCE CONNECTOR my-c WITH ( \\\n a=b;c, \\',
      'in-properties',
      'CREATE SOURCE CONNECTOR my-c WITH ( \\\n a=b;c, \\',
    ],
    ["CREATE SINK CONNECTOR c WITH (a='b;", 'in-properties', "CREATE SINK CONNECTOR c WITH (a='b;"],
    ['ALTER CONNECTOR c SET (a=b', 'in-properties', 'ALTER CONNECTOR c SET (a=b'],
    ['SELECT a \\', 'unfinished', 'SELECT a \\'],
  ] as const)('%s is %s', (text, state, rest) => {
    const split = splitStatements(text);
    expect([split.state, split.rest]).toEqual([state, rest]);
    expect(text.slice(split.restStart)).toBe(rest);
  });

  test('bare values of connectors may hold what would end a statement or a string elsewhere', () => {
    const one = "CREATE SOURCE CONNECTOR a--b WITH (url=jdbc:x://h;db=y--z, p=it's, q=http://h/*);";
    expect(splitStatements(`${one}\nSHOW TYPES;`).statements.map((s) => s.text)).toEqual([one, 'SHOW TYPES;']);
  });

  test('a list that is wrong does not swallow the statements behind it', () => {
    const split = splitStatements('CREATE SOURCE CONNECTOR a WITH (b c); SHOW TYPES;');
    expect(split.statements.map((s) => s.text)).toEqual(['CREATE SOURCE CONNECTOR a WITH (b c);', 'SHOW TYPES;']);
  });
});
