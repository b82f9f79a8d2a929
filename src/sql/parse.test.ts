import { describe, expect, test } from 'vitest';
import type { Statement } from './ast/statement.ts';
import { collect } from './ast/visit.ts';
import { resolveType } from './ast/types.ts';
import { parseColumnList, parseExpression, parseStatement, parseStatements, parseType } from './parse.ts';
import { formatStatement } from './printer/statement.ts';
import { STATEMENT_KINDS } from './testing/arbitrary-statement.ts';
import { KITCHEN_SINK } from './testing/kitchen-sink.ts';
import { stripSpans } from './testing/strip-spans.ts';

describe('every statement', () => {
  test.each(KITCHEN_SINK)('%s', (written, printed) => {
    const parsed = parseStatements(written, { testStatements: true });
    expect(parsed).toHaveLength(1);
    expect(parsed[0]!.text).toBe(written);
    expect(formatStatement(parsed[0]!.statement)).toBe(printed);
  });

  test('as one script, where each statement knows its text and place', () => {
    const script = `-- all of them\n${KITCHEN_SINK.map(([written]) => `/* next */ ${written}`).join('\n\n')}\n`;
    const parsed = parseStatements(script.replace("DEFINE topicName = '''my_topic''';", ''), { testStatements: true });
    expect(parsed.map((p) => p.text)).toEqual(KITCHEN_SINK.map(([w]) => w).filter((w) => !w.startsWith('DEFINE')));
    for (const { text, span } of parsed) expect(span.end - span.start).toBe(text.length);
  });

  test('no kind is left out', () => {
    const kinds = new Set<string>(
      KITCHEN_SINK.map(([written]) => parseStatement(written, { testStatements: true }).kind),
    );
    expect(STATEMENT_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
  });
});

describe('spans', () => {
  test('stand on what was written, with line and column', () => {
    const text = 'SELECT a,\n  b + 1 AS x\nFROM s\nWHERE c IS NOT NULL;';
    const query = parseStatement(text);
    const at = (span: { start: number; end: number }): string => text.slice(span.start, span.end);
    expect(collect(query, 'ColumnReference').map((r) => at(r.span))).toEqual(['a', 'b', 'c']);
    const [sum] = collect(query, 'Arithmetic');
    expect(at(sum!.span)).toBe('b + 1');
    expect(sum!.span).toMatchObject({ line: 2, column: 2 });
    expect(at(collect(query, 'IsNull')[0]!.span)).toBe('c IS NOT NULL');
    expect(at(query.span)).toBe(text.slice(0, -1));
  });
});

describe('names', () => {
  test('unquoted are upper-cased, quoted are exact, and both tell which they were', () => {
    const s = parseStatement('DROP STREAM Foo') as Extract<Statement, { kind: 'DropSource' }>;
    expect(s.name).toMatchObject({ name: 'FOO', quoted: false });
    for (const quote of ['`', '"']) {
      const q = parseStatement(`DROP STREAM ${quote}Fo${quote}${quote}o${quote}`) as Extract<
        Statement,
        { kind: 'DropSource' }
      >;
      expect(q.name).toMatchObject({ name: `Fo${quote}o`, quoted: true });
    }
  });

  test('keywords that are not reserved are names', () => {
    const text =
      'SELECT date, time, timestamp, type, key, source, sink, topic, format, value, array, map, struct, `select` FROM session;';
    expect(collect(parseStatement(text), 'ColumnReference')).toHaveLength(14);
  });

  test('a name may start with a digit where a letter follows', () => {
    expect(parseExpression('1R')).toMatchObject({ kind: 'ColumnReference', name: '1R' });
    expect(parseExpression('1e3')).toMatchObject({ kind: 'DoubleLiteral', value: 1000 });
  });

  test('a hyphenated connector keeps its case, a plain one is upper-cased', () => {
    expect(parseStatement('DROP CONNECTOR my-Jdbc')).toMatchObject({
      name: { name: 'my-Jdbc', written: 'my-Jdbc', quoting: 'none' },
    });
    expect(parseStatement('DROP CONNECTOR jdbc')).toMatchObject({ name: { name: 'JDBC', written: 'jdbc' } });
    expect(parseStatement('DROP CONNECTOR `jdbc`')).toMatchObject({ name: { name: 'jdbc', quoting: 'back-quote' } });
    expect(parseStatement('DROP CONNECTOR my--jdbc')).toMatchObject({ name: { name: 'my--jdbc' } });
  });
});

describe('types', () => {
  test('resolve to plain SQL types, custom ones by look-up', () => {
    const type = parseType('MAP<VARCHAR, ARRAY<STRUCT<a INT, `b` address, c DECIMAL(4,2)>>>');
    expect(resolveType(type, (r) => ({ kind: r.name === 'ADDRESS' ? 'STRING' : 'BYTES' }))).toEqual({
      kind: 'MAP',
      key: { kind: 'STRING' },
      value: {
        kind: 'ARRAY',
        element: {
          kind: 'STRUCT',
          fields: [
            { name: 'A', type: { kind: 'INTEGER' } },
            { name: 'b', type: { kind: 'STRING' } },
            { name: 'C', type: { kind: 'DECIMAL', precision: 4, scale: 2 } },
          ],
        },
      },
    });
  });

  test('columns without parentheses, as post conditions write them', () => {
    const columns = parseColumnList("`K` STRING KEY, ID INT PRIMARY KEY, H BYTES HEADER('x'), V STRUCT< >");
    expect(columns.map((c) => [c.name.name, c.type.kind, c.role, c.headerKey])).toEqual([
      ['K', 'STRING', 'KEY', null],
      ['ID', 'INTEGER', 'PRIMARY KEY', null],
      ['H', 'BYTES', 'HEADER', 'x'],
      ['V', 'STRUCT', 'VALUE', null],
    ]);
    expect(parseColumnList('')).toEqual([]);
  });
});

describe('comments and blanks', () => {
  test('are skipped, directives and continued lines too', () => {
    const text = '--@type: foo\nSELECT /* a\n; */ a \\  \n , b -- ; not the end\nFROM\u00a0s;';
    expect(stripSpans(parseStatement(text))).toEqual(stripSpans(parseStatement('SELECT a, b FROM s')));
  });

  test('semicolons alone are no statements', () => {
    expect(parseStatements(';; SHOW TYPES;; ;').map((p) => p.statement.kind)).toEqual(['ListTypes']);
    expect(parseStatements('  -- nothing\n')).toEqual([]);
  });
});
