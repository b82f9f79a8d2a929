import type {
  AlterSource,
  ColumnDefinition,
  CreateSource,
  CreateSourceAs,
  CreateType,
  DefinitionStatement,
  DropSource,
  DropType,
  Property,
  SourceType,
} from '../ast/definition.ts';
import type { CreateFromConnector } from '../ast/connectors.ts';
import type { Identifier } from '../ast/node.ts';
import { parseConnectorName } from './connectors.ts';
import type { Token } from '../lexer/token.ts';
import { identifierOf, type Cursor } from './cursor.ts';
import { acceptLiteral } from './literals.ts';
import { parseQuery } from './query.ts';
import { buildErrorAt, IDENTIFIER } from './syntax-error.ts';
import { parseTypeSyntax } from './types.ts';

/** Consumes STREAM or TABLE; null when neither follows. */
export function acceptSourceType(cursor: Cursor): SourceType | null {
  if (cursor.acceptWord('STREAM')) return 'STREAM';
  if (cursor.acceptWord('TABLE')) return 'TABLE';
  return null;
}

/** Parses what follows CREATE [OR REPLACE], except connectors: streams, tables and types. */
export function parseCreate(
  cursor: Cursor,
  start: Token,
  orReplace: boolean,
): DefinitionStatement | CreateFromConnector {
  if (!orReplace && cursor.acceptWord('TYPE')) return createType(cursor, start);
  const readOnly = cursor.acceptWord('SOURCE');
  const sourceType = acceptSourceType(cursor);
  if (sourceType === null) throw cursor.failure();
  const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
  const name = newSourceName(cursor);
  if (!orReplace && !readOnly && cursor.acceptWords('FROM', 'CONNECTOR')) {
    const connector = parseConnectorName(cursor);
    const topic = cursor.acceptWord('TOPIC') ? cursor.expectClass('string', 'STRING').text : null;
    return {
      kind: 'CreateFromConnector',
      span: cursor.spanFrom(start),
      sourceType,
      ifNotExists,
      name,
      connector,
      topic,
    };
  }
  const columns = cursor.is('(') ? parseColumns(cursor) : noColumns(cursor);
  checkKeys(columns, sourceType);
  const properties = cursor.acceptWord('WITH') ? parseProperties(cursor) : [];
  if (columns.length === 0 && !readOnly && cursor.acceptWord('AS')) {
    const query = parseQuery(cursor);
    const create: CreateSourceAs = {
      kind: 'CreateSourceAs',
      span: cursor.spanFrom(start),
      sourceType,
      orReplace,
      ifNotExists,
      name,
      properties,
      query,
    };
    return create;
  }
  const create: CreateSource = {
    kind: 'CreateSource',
    span: cursor.spanFrom(start),
    sourceType,
    orReplace,
    ifNotExists,
    readOnly,
    name,
    columns,
    properties,
  };
  return create;
}

function noColumns(cursor: Cursor): [] {
  cursor.noteExpected("'('");
  return [];
}

/** The name of a new stream or table: it becomes part of topic names, so only some characters are permitted. */
function newSourceName(cursor: Cursor): Identifier {
  const name = cursor.identifier();
  if (!/^[A-Za-z0-9_-]+$/.test(name.name)) {
    throw buildErrorAt(
      `Source names may only contain alphanumeric values, '_' or '-'. Got: '${name.name}'`,
      name.span,
      'KAFKA_TOPIC in the WITH clause names a topic with other characters',
    );
  }
  return name;
}

function createType(cursor: Cursor, start: Token): CreateType {
  const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
  const name = cursor.identifier();
  cursor.expectWord('AS');
  const type = parseTypeSyntax(cursor);
  return { kind: 'CreateType', span: cursor.spanFrom(start), ifNotExists, name, type };
}

/** `(a INT KEY, b STRING)`. */
export function parseColumns(cursor: Cursor): ColumnDefinition[] {
  cursor.expect('(');
  const columns: ColumnDefinition[] = [];
  do columns.push(parseColumn(cursor));
  while (cursor.accept(','));
  cursor.expect(')');
  return columns;
}

/** `name type [KEY | PRIMARY KEY | HEADERS | HEADER('key')]`. */
export function parseColumn(cursor: Cursor): ColumnDefinition {
  const name = cursor.identifier();
  const type = parseTypeSyntax(cursor);
  let role: ColumnDefinition['role'] = 'VALUE';
  let headerKey: string | null = null;
  if (cursor.isWord('KEY')) {
    cursor.advance();
    role = 'KEY';
  } else if (cursor.isWord('PRIMARY')) {
    cursor.advance();
    cursor.expectWord('KEY');
    role = 'PRIMARY KEY';
  } else if (cursor.isWord('HEADERS')) {
    cursor.advance();
    role = 'HEADERS';
  } else if (cursor.isWord('HEADER')) {
    cursor.advance();
    cursor.expect('(');
    headerKey = cursor.expectClass('string', 'STRING').text;
    cursor.expect(')');
    role = 'HEADER';
  }
  return { kind: 'ColumnDefinition', span: cursor.spanFrom(name.span), name, type, role, headerKey };
}

/** Streams have KEY columns, tables PRIMARY KEY columns. */
function checkKeys(columns: readonly ColumnDefinition[], sourceType: SourceType): void {
  const wrong = sourceType === 'TABLE' ? 'KEY' : 'PRIMARY KEY';
  const right = sourceType === 'TABLE' ? 'PRIMARY KEY' : 'KEY';
  for (const column of columns) {
    if (column.role === wrong) {
      throw buildErrorAt(
        `Column \`${column.name.name}\` is a '${wrong}' column: please use '${right}' for ${sourceType.toLowerCase()}s.`,
        column.name.span,
      );
    }
  }
}

/** Parses what follows WITH: `(name = literal, ...)`. */
export function parseProperties(cursor: Cursor): Property[] {
  cursor.expect('(');
  const properties: Property[] = [];
  if (cursor.accept(')')) return properties;
  do {
    const start = cursor.token;
    let name: string;
    if (start.kind === 'string') name = cursor.advance().text;
    else if (start.kind === 'word') name = identifierOf(cursor.advance()).name;
    else if (cursor.isName()) name = cursor.advance().text;
    else {
      cursor.noteExpected(IDENTIFIER);
      cursor.noteExpected('STRING');
      throw cursor.failure();
    }
    cursor.expect('=');
    const value = acceptLiteral(cursor);
    if (value === null) {
      for (const what of ['STRING', 'INTEGER_VALUE', "'TRUE'", "'FALSE'"]) cursor.noteExpected(what);
      throw cursor.failure();
    }
    properties.push({ kind: 'Property', span: cursor.spanFrom(start), name, value });
  } while (cursor.accept(','));
  cursor.expect(')');
  return properties;
}

/** Parses what follows DROP, except connectors. */
export function parseDrop(cursor: Cursor, start: Token): DropSource | DropType {
  const sourceType = acceptSourceType(cursor);
  if (sourceType === null) {
    if (!cursor.acceptWord('TYPE')) {
      cursor.noteExpected("'CONNECTOR'");
      throw cursor.failure();
    }
    const ifExists = cursor.acceptWords('IF', 'EXISTS');
    const name = cursor.identifier();
    return { kind: 'DropType', span: cursor.spanFrom(start), ifExists, name };
  }
  const ifExists = cursor.acceptWords('IF', 'EXISTS');
  const name = cursor.identifier();
  const deleteTopic = cursor.acceptWords('DELETE', 'TOPIC');
  return { kind: 'DropSource', span: cursor.spanFrom(start), sourceType, ifExists, name, deleteTopic };
}

/** Parses what follows ALTER STREAM|TABLE: `name ADD [COLUMN] a INT, [ADD] [COLUMN] b STRING`. */
export function parseAlterSource(cursor: Cursor, start: Token, sourceType: SourceType): AlterSource {
  const name = cursor.identifier();
  const columns: ColumnDefinition[] = [];
  do {
    if (columns.length === 0) cursor.expectWord('ADD');
    else if (cursor.isWord('ADD')) cursor.advance();
    // COLUMN is not a reserved word: `ADD COLUMN INT` adds a column of that name.
    if (
      cursor.isWord('COLUMN') &&
      cursor.peek(2).kind !== ',' &&
      cursor.peek(2).kind !== ';' &&
      cursor.peek(2).kind !== 'end'
    )
      cursor.advance();
    const columnName = cursor.identifier();
    const type = parseTypeSyntax(cursor);
    columns.push({
      kind: 'ColumnDefinition',
      span: cursor.spanFrom(columnName.span),
      name: columnName,
      type,
      role: 'VALUE',
      headerKey: null,
    });
  } while (cursor.accept(','));
  return { kind: 'AlterSource', span: cursor.spanFrom(start), sourceType, name, columns };
}
