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
export function acceptSourceType(c: Cursor): SourceType | null {
  if (c.acceptWord('STREAM')) return 'STREAM';
  if (c.acceptWord('TABLE')) return 'TABLE';
  return null;
}

/** Parses what follows CREATE [OR REPLACE], except connectors: streams, tables and types. */
export function parseCreate(c: Cursor, start: Token, orReplace: boolean): DefinitionStatement | CreateFromConnector {
  if (!orReplace && c.acceptWord('TYPE')) return createType(c, start);
  const readOnly = c.acceptWord('SOURCE');
  const sourceType = acceptSourceType(c);
  if (sourceType === null) throw c.failure();
  const ifNotExists = c.acceptWords('IF', 'NOT', 'EXISTS');
  const name = newSourceName(c);
  if (!orReplace && !readOnly && c.acceptWords('FROM', 'CONNECTOR')) {
    const connector = parseConnectorName(c);
    const topic = c.acceptWord('TOPIC') ? c.expectClass('string', 'STRING').text : null;
    return { kind: 'CreateFromConnector', span: c.spanFrom(start), sourceType, ifNotExists, name, connector, topic };
  }
  const columns = c.is('(') ? parseColumns(c) : noColumns(c);
  checkKeys(columns, sourceType);
  const properties = c.acceptWord('WITH') ? parseProperties(c) : [];
  if (columns.length === 0 && !readOnly && c.acceptWord('AS')) {
    const query = parseQuery(c);
    const create: CreateSourceAs = {
      kind: 'CreateSourceAs',
      span: c.spanFrom(start),
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
    span: c.spanFrom(start),
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

function noColumns(c: Cursor): [] {
  c.wish("'('");
  return [];
}

/** The name of a new stream or table: it becomes part of topic names, so only some characters are permitted. */
function newSourceName(c: Cursor): Identifier {
  const name = c.identifier();
  if (!/^[A-Za-z0-9_-]+$/.test(name.name)) {
    throw buildErrorAt(
      `Source names may only contain alphanumeric values, '_' or '-'. Got: '${name.name}'`,
      name.span,
      'KAFKA_TOPIC in the WITH clause names a topic with other characters',
    );
  }
  return name;
}

function createType(c: Cursor, start: Token): CreateType {
  const ifNotExists = c.acceptWords('IF', 'NOT', 'EXISTS');
  const name = c.identifier();
  c.expectWord('AS');
  const type = parseTypeSyntax(c);
  return { kind: 'CreateType', span: c.spanFrom(start), ifNotExists, name, type };
}

/** `(a INT KEY, b STRING)`. */
export function parseColumns(c: Cursor): ColumnDefinition[] {
  c.expect('(');
  const columns: ColumnDefinition[] = [];
  do columns.push(parseColumn(c));
  while (c.accept(','));
  c.expect(')');
  return columns;
}

/** `name type [KEY | PRIMARY KEY | HEADERS | HEADER('key')]`. */
export function parseColumn(c: Cursor): ColumnDefinition {
  const name = c.identifier();
  const type = parseTypeSyntax(c);
  let role: ColumnDefinition['role'] = 'VALUE';
  let headerKey: string | null = null;
  if (c.isWord('KEY')) {
    c.advance();
    role = 'KEY';
  } else if (c.isWord('PRIMARY')) {
    c.advance();
    c.expectWord('KEY');
    role = 'PRIMARY KEY';
  } else if (c.isWord('HEADERS')) {
    c.advance();
    role = 'HEADERS';
  } else if (c.isWord('HEADER')) {
    c.advance();
    c.expect('(');
    headerKey = c.expectClass('string', 'STRING').text;
    c.expect(')');
    role = 'HEADER';
  }
  return { kind: 'ColumnDefinition', span: c.spanFrom(name.span), name, type, role, headerKey };
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
export function parseProperties(c: Cursor): Property[] {
  c.expect('(');
  const properties: Property[] = [];
  if (c.accept(')')) return properties;
  do {
    const start = c.token;
    let name: string;
    if (start.kind === 'string') name = c.advance().text;
    else if (start.kind === 'word') name = identifierOf(c.advance()).name;
    else if (c.isName()) name = c.advance().text;
    else {
      c.wish(IDENTIFIER);
      c.wish('STRING');
      throw c.failure();
    }
    c.expect('=');
    const value = acceptLiteral(c);
    if (value === null) {
      for (const what of ['STRING', 'INTEGER_VALUE', "'TRUE'", "'FALSE'"]) c.wish(what);
      throw c.failure();
    }
    properties.push({ kind: 'Property', span: c.spanFrom(start), name, value });
  } while (c.accept(','));
  c.expect(')');
  return properties;
}

/** Parses what follows DROP, except connectors. */
export function parseDrop(c: Cursor, start: Token): DropSource | DropType {
  const sourceType = acceptSourceType(c);
  if (sourceType === null) {
    if (!c.acceptWord('TYPE')) {
      c.wish("'CONNECTOR'");
      throw c.failure();
    }
    const ifExists = c.acceptWords('IF', 'EXISTS');
    const name = c.identifier();
    return { kind: 'DropType', span: c.spanFrom(start), ifExists, name };
  }
  const ifExists = c.acceptWords('IF', 'EXISTS');
  const name = c.identifier();
  const deleteTopic = c.acceptWords('DELETE', 'TOPIC');
  return { kind: 'DropSource', span: c.spanFrom(start), sourceType, ifExists, name, deleteTopic };
}

/** Parses what follows ALTER STREAM|TABLE: `name ADD [COLUMN] a INT, [ADD] [COLUMN] b STRING`. */
export function parseAlterSource(c: Cursor, start: Token, sourceType: SourceType): AlterSource {
  const name = c.identifier();
  const columns: ColumnDefinition[] = [];
  do {
    if (columns.length === 0) c.expectWord('ADD');
    else if (c.isWord('ADD')) c.advance();
    // COLUMN is not a reserved word: `ADD COLUMN INT` adds a column of that name.
    if (c.isWord('COLUMN') && c.peek(2).kind !== ',' && c.peek(2).kind !== ';' && c.peek(2).kind !== 'end') c.advance();
    const columnName = c.identifier();
    const type = parseTypeSyntax(c);
    columns.push({
      kind: 'ColumnDefinition',
      span: c.spanFrom(columnName.span),
      name: columnName,
      type,
      role: 'VALUE',
      headerKey: null,
    });
  } while (c.accept(','));
  return { kind: 'AlterSource', span: c.spanFrom(start), sourceType, name, columns };
}
