import type { Expression } from '../ast/expressions.ts';
import type { InsertionStatement, InsertValues } from '../ast/insertion.ts';
import type { Identifier } from '../ast/node.ts';
import type { Token } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseProperties } from './definition.ts';
import { parseExpression } from './expressions.ts';
import { parseQuery } from './query.ts';
import { buildError } from './syntax-error.ts';

/** Parses what follows INSERT. */
export function parseInsert(cursor: Cursor, start: Token): InsertionStatement {
  cursor.expectWord('INTO');
  const target = cursor.identifier();
  if (cursor.acceptWord('WITH')) {
    const properties = parseProperties(cursor);
    const query = parseQuery(cursor);
    return { kind: 'InsertInto', span: cursor.spanFrom(start), target, properties, query };
  }
  if (cursor.isWord('SELECT')) {
    const query = parseQuery(cursor);
    return { kind: 'InsertInto', span: cursor.spanFrom(start), target, properties: [], query };
  }
  cursor.noteExpected("'SELECT'");
  const columns = cursor.accept('(') ? names(cursor) : [];
  cursor.expectWord('VALUES');
  const values = parseRow(cursor);
  if (columns.length > 0 && columns.length !== values.length) {
    throw buildError(
      `Expected number columns and values to match: ${columns.length}, ${values.length}`,
      { ...values[0]!.span, end: values.at(-1)!.span.end },
      values.length < columns.length
        ? `There are ${count(columns.length, 'column')} and ${count(values.length, 'value')}: ${columns
            .slice(values.length)
            .map((c) => c.name)
            .join(', ')} has none. NULL is a value, too.`
        : `There are ${count(columns.length, 'column')} and ${count(values.length, 'value')}. A number has a decimal point, 1.5, and a text its quotes.`,
    );
  }
  const insert: InsertValues = { kind: 'InsertValues', span: cursor.spanFrom(start), target, columns, values };
  return insert;
}

/** The names after an opening parenthesis, and the closing one. */
export function names(cursor: Cursor): Identifier[] {
  const list: Identifier[] = [];
  do list.push(cursor.identifier());
  while (cursor.accept(','));
  cursor.expect(')');
  return list;
}

/** `(1, 'a', ...)`. */
export function parseRow(cursor: Cursor): Expression[] {
  cursor.expect('(');
  const values: Expression[] = [];
  do values.push(parseExpression(cursor));
  while (cursor.accept(','));
  cursor.expect(')');
  return values;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
