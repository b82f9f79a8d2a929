import { MAX_DIGITS } from '../limits.ts';
import type { PrimitiveTypeName, StructFieldSyntax, TypeSyntax } from '../ast/types.ts';
import type { Token } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { buildError, TYPE } from './syntax-error.ts';

const PRIMITIVES: ReadonlyMap<string, PrimitiveTypeName> = new Map([
  ['BOOLEAN', 'BOOLEAN'],
  ['INT', 'INTEGER'],
  ['INTEGER', 'INTEGER'],
  ['BIGINT', 'BIGINT'],
  ['DOUBLE', 'DOUBLE'],
  ['VARCHAR', 'STRING'],
  ['STRING', 'STRING'],
  ['BYTES', 'BYTES'],
  ['DATE', 'DATE'],
  ['TIME', 'TIME'],
  ['TIMESTAMP', 'TIMESTAMP'],
]);

/** `INT`, `DECIMAL(4, 2)`, `ARRAY<..>`, `MAP<..>`, `STRUCT<..>`, or the name of a custom type. */
export function parseTypeSyntax(c: Cursor): TypeSyntax {
  c.enter();
  const type = anyType(c);
  c.leave();
  return type;
}

function anyType(c: Cursor): TypeSyntax {
  const start = c.token;
  if (start.kind === 'word' && c.peek().kind === '<') {
    switch (start.text) {
      case 'ARRAY': {
        open(c);
        const element = parseTypeSyntax(c);
        c.expect('>');
        return { kind: 'ARRAY', span: c.spanFrom(start), element };
      }
      case 'MAP': {
        open(c);
        const key = parseTypeSyntax(c);
        c.expect(',');
        const value = parseTypeSyntax(c);
        c.expect('>');
        return { kind: 'MAP', span: c.spanFrom(start), key, value };
      }
      case 'STRUCT':
        return structType(c, start);
    }
  }
  if (start.kind === 'word' && start.text === 'STRUCT' && c.peek().kind === '<>') {
    c.advance();
    c.advance();
    return { kind: 'STRUCT', span: c.spanFrom(start), fields: [] };
  }
  return namedType(c, start);
}

function open(c: Cursor): void {
  c.advance();
  c.advance();
}

function structType(c: Cursor, start: Token): TypeSyntax {
  open(c);
  const fields: StructFieldSyntax[] = [];
  if (!c.is('>')) {
    do {
      const name = c.identifier();
      const type = parseTypeSyntax(c);
      fields.push({ kind: 'StructField', span: c.spanFrom(name.span), name: name.name, type });
    } while (c.accept(','));
  }
  c.expect('>');
  return { kind: 'STRUCT', span: c.spanFrom(start), fields };
}

function namedType(c: Cursor, start: Token): TypeSyntax {
  if (!c.isName()) {
    c.wish(TYPE);
    throw c.failure();
  }
  const name = c.identifier();
  const params = c.is('(') ? typeParams(c) : null;
  const span = c.spanFrom(start);
  if (name.name === 'DECIMAL') {
    const [precision, scale] = params ?? [];
    if (params === null || params.length !== 2 || precision === null || scale === null) {
      throw buildError('DECIMAL requires a precision and a scale', span, 'such as DECIMAL(10, 2)');
    }
    return decimalType(precision!, scale!, span);
  }
  const primitive = PRIMITIVES.get(name.name);
  if (primitive !== undefined) {
    const sizes = params?.filter((size) => size !== null) ?? [];
    return sizes.length === 0
      ? { kind: primitive, span }
      : { kind: primitive, span, sized: `${name.name}(${sizes.join(', ')})` };
  }
  if (params === null && !name.quoted && (name.name === 'ARRAY' || name.name === 'MAP' || name.name === 'STRUCT')) {
    c.expect('<');
  }
  return { kind: 'TypeReference', span, name: name.name };
}

/** `(10, 2)`, `(STRING)`: for each parameter its number, or null for a word. */
function typeParams(c: Cursor): (number | null)[] {
  c.expect('(');
  const params: (number | null)[] = [];
  do {
    if (c.token.kind === 'word' && c.token.text === 'STRING') {
      c.advance();
      params.push(null);
    } else {
      c.wish("'STRING'");
      params.push(Number(c.expectClass('integer', 'INTEGER_VALUE').text));
    }
  } while (c.accept(','));
  c.expect(')');
  return params;
}

function decimalType(precision: number, scale: number, span: TypeSyntax['span']): TypeSyntax {
  if (precision < 1) throw buildError(`DECIMAL precision must be >= 1: DECIMAL(${precision},${scale})`, span);
  if (scale > precision) throw buildError(`DECIMAL precision must be >= scale: DECIMAL(${precision},${scale})`, span);
  if (precision > MAX_DIGITS)
    throw buildError(`DECIMAL precision must be <= ${MAX_DIGITS}: DECIMAL(${precision},${scale})`, span);
  if (!Number.isSafeInteger(precision)) throw buildError(`Invalid DECIMAL precision: ${precision}`, span);
  return { kind: 'DECIMAL', span, precision, scale };
}
