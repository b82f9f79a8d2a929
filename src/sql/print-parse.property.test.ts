import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rewriteExpression } from './ast/visit.ts';
import { parseExpression, parseStatement, parseStatements, parseType } from './parse.ts';
import { formatExpression } from './printer/expressions.ts';
import { formatStatement } from './printer/statement.ts';
import { formatTypeSyntax } from './printer/types.ts';
import { splitStatements } from './split.ts';
import { arbitraryExpression, arbitraryType } from './testing/arbitrary-expression.ts';
import { arbitraryStatement, STATEMENT_KINDS } from './testing/arbitrary-statement.ts';
import { stripSpans } from './testing/strip-spans.ts';

describe('what is printed reads back as the same tree', () => {
  test('types', () => {
    fc.assert(
      fc.property(arbitraryType, (type) => {
        expect(stripSpans(parseType(formatTypeSyntax(type)))).toEqual(stripSpans(type));
      }),
      { numRuns: 300 },
    );
  });

  test('expressions', () => {
    fc.assert(
      fc.property(arbitraryExpression, (expression) => {
        expect(stripSpans(parseExpression(formatExpression(expression)))).toEqual(stripSpans(expression));
      }),
      { numRuns: 1500 },
    );
  });

  test.each(STATEMENT_KINDS)('%s', (kind) => {
    fc.assert(
      fc.property(arbitraryStatement(kind), (statement) => {
        const text = formatStatement(statement);
        expect(stripSpans(parseStatement(text, { testStatements: true }))).toEqual(stripSpans(statement));
        // The splitter, which does not parse, must also find exactly one statement.
        const split = splitStatements(`${text};`);
        expect(split.statements.map((s) => s.text)).toEqual([`${text};`]);
        expect(split.state).toBe('complete');
      }),
      { numRuns: 80 },
    );
  });

  test('a script of many statements falls into the statements that it was made of', () => {
    const any = fc.oneof(...STATEMENT_KINDS.map((kind) => arbitraryStatement(kind)));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 5 }), (statements) => {
        // A DEFINE would change the statements after it.
        const script = statements.filter((s) => s.kind !== 'DefineVariable').map((s) => `${formatStatement(s)};`);
        const parsed = parseStatements(script.join('\n-- next\n'), { testStatements: true });
        expect(parsed.map((p) => p.text)).toEqual(script);
      }),
      { numRuns: 100 },
    );
  });
});

test('rewriting with the identity answers the very same tree', () => {
  fc.assert(
    fc.property(arbitraryExpression, (expression) => {
      expect(rewriteExpression(expression, (e) => e)).toBe(expression);
    }),
    { numRuns: 200 },
  );
});
