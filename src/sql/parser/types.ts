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
export function parseTypeSyntax(cursor: Cursor): TypeSyntax {
  cursor.enter();
  const type = anyType(cursor);
  cursor.leave();
  return type;
}

function anyType(cursor: Cursor): TypeSyntax {
  const start = cursor.token;
  if (start.kind === 'word' && cursor.peek().kind === '<') {
    switch (start.text) {
      case 'ARRAY': {
        open(cursor);
        const element = parseTypeSyntax(cursor);
        cursor.expect('>');
        return { kind: 'ARRAY', span: cursor.spanFrom(start), element };
      }
      case 'MAP': {
        open(cursor);
        const key = parseTypeSyntax(cursor);
        cursor.expect(',');
        const value = parseTypeSyntax(cursor);
        cursor.expect('>');
        return { kind: 'MAP', span: cursor.spanFrom(start), key, value };
      }
      case 'STRUCT':
        return structType(cursor, start);
    }
  }
  if (start.kind === 'word' && start.text === 'STRUCT' && cursor.peek().kind === '<>') {
    cursor.advance();
    cursor.advance();
    return { kind: 'STRUCT', span: cursor.spanFrom(start), fields: [] };
  }
  return namedType(cursor, start);
}

function open(cursor: Cursor): void {
  cursor.advance();
  cursor.advance();
}

function structType(cursor: Cursor, start: Token): TypeSyntax {
  open(cursor);
  const fields: StructFieldSyntax[] = [];
  if (!cursor.is('>')) {
    do {
      const name = cursor.identifier();
      const type = parseTypeSyntax(cursor);
      fields.push({ kind: 'StructField', span: cursor.spanFrom(name.span), name: name.name, type });
    } while (cursor.accept(','));
  }
  cursor.expect('>');
  return { kind: 'STRUCT', span: cursor.spanFrom(start), fields };
}

function namedType(cursor: Cursor, start: Token): TypeSyntax {
  if (!cursor.isName()) {
    cursor.noteExpected(TYPE);
    throw cursor.failure();
  }
  const name = cursor.identifier();
  const params = cursor.is('(') ? typeParams(cursor) : null;
  const span = cursor.spanFrom(start);
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
    cursor.expect('<');
  }
  return { kind: 'TypeReference', span, name: name.name };
}

/** `(10, 2)`, `(STRING)`: for each parameter its number, or null for a word. */
function typeParams(cursor: Cursor): (number | null)[] {
  cursor.expect('(');
  const params: (number | null)[] = [];
  do {
    if (cursor.token.kind === 'word' && cursor.token.text === 'STRING') {
      cursor.advance();
      params.push(null);
    } else {
      cursor.noteExpected("'STRING'");
      params.push(Number(cursor.expectClass('integer', 'INTEGER_VALUE').text));
    }
  } while (cursor.accept(','));
  cursor.expect(')');
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
