import type {
  AlterConnector,
  AlterConnectorOffsets,
  ConnectorName,
  ConnectorProperty,
  CreateConnector,
  DropConnector,
  OffsetsPosition,
  PauseConnector,
  ResetConnectorOffsets,
  RestartConnector,
  ResumeConnector,
  RetryDeadLetters,
  SnapshotTables,
  StopConnector,
} from '../ast/connectors.ts';
import { spanOf } from '../../base/span.ts';
import { SluiceError } from '../../base/errors.ts';
import { scanProperties } from '../lexer/raw-properties.ts';
import type { Token } from '../lexer/token.ts';
import { substitute } from '../variables.ts';
import { parseBareName, resolveBareName } from './bare-name.ts';
import { connectorFromJson } from './connector-json.ts';
import { tokenSpan, type Cursor } from './cursor.ts';
import { parseExpression } from './expressions.ts';
import { wholeNumber } from './literals.ts';
import { buildError } from './syntax-error.ts';

/**
 * Parses a connector definition, beginning at SOURCE, SINK or CONNECTOR after CREATE. Without a direction, which the
 * settings then determine, only FROM may follow.
 */
export function parseCreateConnector(cursor: Cursor, start: Token, orReplace: boolean): CreateConnector {
  const type = cursor.acceptWord('SOURCE') ? 'SOURCE' : cursor.token.text === 'CONNECTOR' ? null : 'SINK';
  if (type === 'SINK') cursor.expectWord('SINK');
  cursor.expectWord('CONNECTOR');
  const ifNotExists =
    !orReplace && cursor.isWord('IF') && cursor.peek().text === 'NOT' && cursor.acceptWords('IF', 'NOT', 'EXISTS');
  if (cursor.isWord('FROM')) return fromJson(cursor, start, { type, orReplace, ifNotExists, name: null });
  const name = parseConnectorName(cursor);
  if (type === null || cursor.isWord('FROM')) return fromJson(cursor, start, { type, orReplace, ifNotExists, name });
  cursor.expectWord('WITH');
  const properties = connectorProperties(cursor);
  const initialState = parseInitialState(cursor);
  return {
    kind: 'CreateConnector',
    span: cursor.spanFrom(start),
    type,
    orReplace,
    ifNotExists,
    name,
    properties,
    initialState,
  };
}

/** Parses, beginning at FROM, a connector in the JSON format of Connect's REST API. */
function fromJson(
  cursor: Cursor,
  start: Token,
  head: Pick<CreateConnector, 'orReplace' | 'ifNotExists'> & {
    readonly type: CreateConnector['type'] | null;
    readonly name: ConnectorName | null;
  },
): CreateConnector {
  cursor.expectWord('FROM');
  const token = cursor.expectClass('string', 'STRING');
  const { type, name, properties, initialState } = connectorFromJson(token.text, tokenSpan(token));
  if (head.name === null && name === null)
    throw buildError('The connector has no name: neither the statement nor its JSON gives one.', tokenSpan(token));
  return {
    kind: 'CreateConnector',
    span: cursor.spanFrom(start),
    orReplace: head.orReplace,
    ifNotExists: head.ifNotExists,
    type: head.type ?? type,
    name: head.name ?? name!,
    properties,
    initialState: parseInitialState(cursor) ?? initialState,
  };
}

/** STOPPED or PAUSED, if one of them follows. */
export function parseInitialState(cursor: Cursor): CreateConnector['initialState'] {
  if (cursor.acceptWord('STOPPED')) return 'STOPPED';
  return cursor.acceptWord('PAUSED') ? 'PAUSED' : null;
}

/** Parses what follows ALTER CONNECTOR. */
export function parseAlterConnector(
  cursor: Cursor,
  start: Token,
): AlterConnector | AlterConnectorOffsets | SnapshotTables {
  // OFFSETS may also be a connector's name: then SET or RESET follows.
  if (cursor.isWord('OFFSETS') && cursor.peek().text === 'OF') return parseAlterOffsets(cursor, start);
  const name = parseConnectorName(cursor);
  if (cursor.acceptWord('RESET')) {
    const reset = bareNames(cursor);
    return { kind: 'AlterConnector', span: cursor.spanFrom(start), name, properties: [], reset };
  }
  if (cursor.acceptWords('SNAPSHOT', 'TABLES')) {
    const tables = bareNames(cursor);
    const where = cursor.acceptWord('WHERE') ? cursor.expectClass('string', 'STRING').text : null;
    return { kind: 'SnapshotTables', span: cursor.spanFrom(start), name, action: 'READ', tables, where };
  }
  for (const action of ['PAUSE', 'RESUME', 'STOP'] as const) {
    if (!cursor.acceptWords(action, 'SNAPSHOT')) continue;
    const tables = cursor.acceptWord('TABLES') ? bareNames(cursor) : [];
    return { kind: 'SnapshotTables', span: cursor.spanFrom(start), name, action, tables, where: null };
  }
  cursor.expectWord('SET');
  const properties = connectorProperties(cursor);
  const reset = cursor.acceptWord('RESET') ? bareNames(cursor) : [];
  for (const { key, span } of properties)
    if (reset.includes(key)) throw buildError(`Property '${key}' is set and reset in one statement.`, span);
  return { kind: 'AlterConnector', span: cursor.spanFrom(start), name, properties, reset };
}

function parseAlterOffsets(cursor: Cursor, start: Token): AlterConnectorOffsets {
  const name = parseOffsetsOf(cursor);
  cursor.expectWord('SET');
  const position = parsePosition(cursor);
  return { kind: 'AlterConnectorOffsets', span: cursor.spanFrom(start), name, position };
}

function parsePosition(cursor: Cursor): OffsetsPosition {
  if (cursor.acceptWord('BEGINNING')) return { at: 'BEGINNING' };
  if (cursor.acceptWord('END')) return { at: 'END' };
  if (cursor.acceptWord('TIMESTAMP')) return { at: 'TIMESTAMP', text: cursor.expectClass('string', 'STRING').text };
  return { at: 'OFFSETS', json: cursor.expectClass('string', 'STRING').text };
}

/** Parses what follows RESET. */
export function parseResetOffsets(cursor: Cursor, start: Token): ResetConnectorOffsets {
  cursor.expectWord('CONNECTOR');
  const name = parseOffsetsOf(cursor);
  return { kind: 'ResetConnectorOffsets', span: cursor.spanFrom(start), name };
}

/** OFFSETS OF name. */
export function parseOffsetsOf(cursor: Cursor): ConnectorName {
  cursor.expectWord('OFFSETS');
  cursor.expectWord('OF');
  return parseConnectorName(cursor);
}

/** Parses what follows RETRY. */
export function parseRetryDeadLetters(cursor: Cursor, start: Token): RetryDeadLetters {
  const { name, where } = parseDeadLettersOf(cursor);
  return { kind: 'RetryDeadLetters', span: cursor.spanFrom(start), name, where };
}

/** DEAD LETTERS OF name [WHERE …]. */
export function parseDeadLettersOf(cursor: Cursor): Pick<RetryDeadLetters, 'name' | 'where'> {
  for (const word of ['DEAD', 'LETTERS', 'OF'] as const) cursor.expectWord(word);
  const name = parseConnectorName(cursor);
  return { name, where: cursor.acceptWord('WHERE') ? parseExpression(cursor) : null };
}

/** Parses what follows DROP CONNECTOR. */
export function parseDropConnector(cursor: Cursor, start: Token): DropConnector {
  const ifExists = cursor.isWord('IF') && cursor.peek().text === 'EXISTS' && cursor.acceptWords('IF', 'EXISTS');
  const name = parseConnectorName(cursor);
  const terminate = cursor.acceptWord('TERMINATE');
  const deleteTopics = terminate && cursor.acceptWords('DELETE', 'TOPICS');
  const cascade = terminate && cursor.acceptWord('CASCADE');
  return { kind: 'DropConnector', span: cursor.spanFrom(start), ifExists, name, terminate, deleteTopics, cascade };
}

/** Parses what follows RESTART. */
export function parseRestartConnector(cursor: Cursor, start: Token): RestartConnector {
  cursor.expectWord('CONNECTOR');
  const name = parseConnectorName(cursor);
  const task = cursor.acceptWord('TASK') ? wholeNumber(cursor) : null;
  const onlyFailed = cursor.acceptWords('ONLY', 'FAILED');
  return { kind: 'RestartConnector', span: cursor.spanFrom(start), name, task, onlyFailed };
}

/** Parses what follows PAUSE CONNECTOR, RESUME CONNECTOR and STOP. */
export function parsePauseConnector(cursor: Cursor, start: Token): PauseConnector {
  const name = parseConnectorName(cursor);
  return { kind: 'PauseConnector', span: cursor.spanFrom(start), name };
}
export function parseResumeConnector(cursor: Cursor, start: Token): ResumeConnector {
  const name = parseConnectorName(cursor);
  return { kind: 'ResumeConnector', span: cursor.spanFrom(start), name };
}
export function parseStopConnector(cursor: Cursor, start: Token): StopConnector {
  cursor.expectWord('CONNECTOR');
  const name = parseConnectorName(cursor);
  return { kind: 'StopConnector', span: cursor.spanFrom(start), name };
}

/** A connector's name, with the form in which it was written. */
export function parseConnectorName(cursor: Cursor): ConnectorName {
  const bare = parseBareName(cursor);
  return {
    kind: 'ConnectorName',
    span: bare.span,
    name: resolveBareName(bare),
    written: bare.written,
    quoting: bare.quoting,
  };
}

/** `(a, b)`: names as written. */
export function bareNames(cursor: Cursor): string[] {
  cursor.expect('(');
  const names: string[] = [];
  do names.push(parseBareName(cursor).written);
  while (cursor.accept(','));
  cursor.expect(')');
  return names;
}

/** At `(`: reads the properties by their own grammar (lexer/raw-properties.ts) and continues after them. */
export function connectorProperties(cursor: Cursor): ConnectorProperty[] {
  const open = cursor.token;
  if (open.kind !== '(') cursor.expect('(');
  const scanned = scanProperties(cursor.text, open.end);
  if (!scanned.ok) {
    const span = spanOf(cursor.text, scanned.at, Math.min(scanned.at + 1, cursor.text.length));
    const found = cursor.text.slice(scanned.at, scanned.at + 1);
    const problem =
      scanned.incomplete && found === '' ? `${expecting(scanned.expected)} at '<EOF>'` : expecting(scanned.expected);
    throw new SluiceError('SYNTAX', `line ${span.line}:${span.column + 1}: Syntax Error\n${problem}`, {
      span,
      hint: scanned.hint,
    });
  }
  const { variables, limits } = cursor.lexer;
  const properties: ConnectorProperty[] = [];
  const seen = new Set<string>();
  for (const entry of scanned.entries) {
    const key = substitute(entry.key, variables);
    const at = { start: entry.start, end: entry.end, line: 0, column: 0 };
    if (seen.has(key)) {
      throw buildError(`Property '${key}' is given twice.`, spanOf(cursor.text, entry.start, entry.end));
    }
    seen.add(key);
    properties.push({
      kind: 'ConnectorProperty',
      span: at,
      key,
      value: substitute(entry.value, variables, limits?.characters),
      valueStyle: entry.valueStyle,
    });
  }
  cursor.resume(scanned.end, open);
  return withLines(cursor.text.slice(open.start, scanned.end), open, properties);
}

/** Sets lines and columns in one pass over `part`, the text from the opening parenthesis to the closing one. */
function withLines(part: string, open: Token, properties: readonly ConnectorProperty[]): ConnectorProperty[] {
  let line = open.line;
  let lineStart = open.start - open.column;
  let newline = part.indexOf('\n');
  return properties.map((property) => {
    while (newline !== -1 && open.start + newline < property.span.start) {
      line++;
      lineStart = open.start + newline + 1;
      newline = part.indexOf('\n', newline + 1);
    }
    return { ...property, span: { ...property.span, line, column: property.span.start - lineStart } };
  });
}

function expecting(expected: string): string {
  return /^'[^A-Za-z]'$/.test(expected) ? `missing ${expected}` : `Expecting ${expected}`;
}
