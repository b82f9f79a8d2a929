import { isSluiceError, type SluiceError } from '../base/errors.ts';
import type { Span } from '../base/span.ts';
import { withAdvice } from './advice/advice.ts';
import type { ColumnDefinition } from './ast/definition.ts';
import type { Expression } from './ast/expressions.ts';
import type { Statement } from './ast/statement.ts';
import type { TypeSyntax } from './ast/types.ts';
import { Cursor, type ParseOptions } from './parser/cursor.ts';
import { isTooMuch, tooMuch } from './limits.ts';
import { parseColumn } from './parser/definition.ts';
import { parseExpression as expressionAt } from './parser/expressions.ts';
import { parseStatementAt } from './parser/statement.ts';
import { parseTypeSyntax } from './parser/types.ts';
import { maskProblem, maskUnparsed } from './printer/mask.ts';
import { statementEnd } from './split.ts';

export type { ParseOptions } from './parser/cursor.ts';

/** One statement of a script, with its text and position. */
export interface ParsedStatement {
  readonly statement: Statement;
  /** The statement as written, from its first word to its semicolon, inclusive. */
  readonly text: string;
  /** The position of `text` in the script. */
  readonly span: Span;
}

/**
 * Parses a script of statements that each end with a semicolon. Positions are relative to the whole script. A DEFINE
 * takes effect for the statements after it. Throws SYNTAX or AST; the error contains the text of its statement.
 */
export function parseStatements(text: string, options: ParseOptions = {}): ParsedStatement[] {
  return [...eachStatement(text, options)];
}

/**
 * Like `parseStatements`, but yields the statements one by one, so that a script of megabytes need not be parsed at
 * once.
 */
export function* eachStatement(text: string, options: ParseOptions = {}): Generator<ParsedStatement, void> {
  for (const parsed of statementsAndPauses(text, options)) if (parsed !== undefined) yield parsed;
}

/** The number of consecutive semicolons after which `statementsAndPauses` yields a pause. */
const SEMICOLONS = 1000;

/** Like `eachStatement`, but also yields `undefined` after each SEMICOLONS consecutive semicolons. */
export function* statementsAndPauses(
  text: string,
  options: ParseOptions = {},
): Generator<ParsedStatement | undefined, void> {
  const variables = new Map(options.variables);
  const most = options.limits?.characters;
  let held = 0;
  for (const value of variables.values()) held += value.length;
  let semicolons = 0;
  let start = 0;
  try {
    const cursor = new Cursor(text, { ...options, variables });
    while (!cursor.is('end')) {
      const first = cursor.token;
      start = first.start;
      // A semicolon alone is an empty statement, which is ignored.
      if (cursor.is(';')) {
        cursor.lexer.beginStatement();
        cursor.advance();
        if (++semicolons % SEMICOLONS === 0) yield undefined;
        continue;
      }
      const statement = parseStatementAt(cursor);
      if (!cursor.is(';')) cursor.expect(';');
      const end = cursor.token.end;
      // Done before the next token is read, which may be the variable that is defined here.
      if (statement.kind === 'DefineVariable') {
        held += statement.value.length;
        if (most !== undefined && held > most.most) tooMuch('All variables together have', 'characters', most);
        variables.set(statement.name.toUpperCase(), statement.value);
      } else if (statement.kind === 'UndefineVariable') variables.delete(statement.name.toUpperCase());
      cursor.lexer.beginStatement();
      cursor.advance();
      const span = { start, end, line: first.line, column: first.column };
      yield { statement, text: text.slice(start, end), span };
    }
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    if (isTooMuch(error) || text.length - start > LOOKED_AT) {
      // Finding the end of the statement, masking it and searching it for advice would cost more than the limit
      // permits.
      error.statement ??= `${maskUnparsed(text.slice(start, start + SHOWN).trim())} …`;
      throw error;
    }
    const end = statementEnd(text, start) ?? text.length;
    hideValues(error, text.slice(start, end).trim());
    throw withAdvice(error, text, start, end);
  }
}

/** The maximum length of a text that is searched for the end of a failed statement and for advice, in characters. */
const LOOKED_AT = 1 << 18;
/** How much of a too large statement is shown, in characters. */
const SHOWN = 200;

/** Parses exactly one statement; its semicolon is optional. Throws SYNTAX or AST. */
export function parseStatement(text: string, options: ParseOptions = {}): Statement {
  return whole(text, options, (c) => {
    const statement = parseStatementAt(c);
    if (c.is(';')) c.advance();
    return statement;
  });
}

/** Parses one expression, and nothing else. Throws SYNTAX or AST. */
export function parseExpression(text: string, options: ParseOptions = {}): Expression {
  return whole(text, options, expressionAt);
}

/** Parses one type, such as `ARRAY<STRUCT<A INT>>`. Throws SYNTAX or AST. */
export function parseType(text: string): TypeSyntax {
  return whole(text, {}, parseTypeSyntax);
}

/**
 * Parses columns without parentheses around them: `A INT KEY, B STRING`. An empty text has none. Throws SYNTAX or AST.
 */
export function parseColumnList(text: string): ColumnDefinition[] {
  return whole(text, {}, (c) => {
    const columns: ColumnDefinition[] = [];
    if (c.is('end')) return columns;
    do columns.push(parseColumn(c));
    while (c.accept(','));
    return columns;
  });
}

function whole<T>(text: string, options: ParseOptions, parse: (c: Cursor) => T): T {
  try {
    const cursor = new Cursor(text, options);
    const result = parse(cursor);
    if (!cursor.is('end')) throw cursor.failure();
    return result;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    hideValues(error, text.trim());
    throw withAdvice(error, text, 0, text.length);
  }
}

/** Removes values that may be secrets from what the error contains of its statement. */
function hideValues(error: SluiceError, statement: string): void {
  error.message = maskProblem(error.message, statement);
  error.statement ??= maskUnparsed(statement);
}
