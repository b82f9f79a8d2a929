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
export function parseInsert(c: Cursor, start: Token): InsertionStatement {
  c.expectWord('INTO');
  const target = c.identifier();
  if (c.acceptWord('WITH')) {
    const properties = parseProperties(c);
    const query = parseQuery(c);
    return { kind: 'InsertInto', span: c.spanFrom(start), target, properties, query };
  }
  if (c.isWord('SELECT')) {
    const query = parseQuery(c);
    return { kind: 'InsertInto', span: c.spanFrom(start), target, properties: [], query };
  }
  c.wish("'SELECT'");
  const columns = c.accept('(') ? names(c) : [];
  c.expectWord('VALUES');
  const values = parseRow(c);
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
  const insert: InsertValues = { kind: 'InsertValues', span: c.spanFrom(start), target, columns, values };
  return insert;
}

/** The names after an opening parenthesis, and the closing one. */
export function names(c: Cursor): Identifier[] {
  const list: Identifier[] = [];
  do list.push(c.identifier());
  while (c.accept(','));
  c.expect(')');
  return list;
}

/** `(1, 'a', ...)`. */
export function parseRow(c: Cursor): Expression[] {
  c.expect('(');
  const values: Expression[] = [];
  do values.push(parseExpression(c));
  while (c.accept(','));
  c.expect(')');
  return values;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
