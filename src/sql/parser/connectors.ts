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
export function parseCreateConnector(c: Cursor, start: Token, orReplace: boolean): CreateConnector {
  const type = c.acceptWord('SOURCE') ? 'SOURCE' : c.token.text === 'CONNECTOR' ? null : 'SINK';
  if (type === 'SINK') c.expectWord('SINK');
  c.expectWord('CONNECTOR');
  const ifNotExists = !orReplace && c.isWord('IF') && c.peek().text === 'NOT' && c.acceptWords('IF', 'NOT', 'EXISTS');
  if (c.isWord('FROM')) return fromJson(c, start, { type, orReplace, ifNotExists, name: null });
  const name = parseConnectorName(c);
  if (type === null || c.isWord('FROM')) return fromJson(c, start, { type, orReplace, ifNotExists, name });
  c.expectWord('WITH');
  const properties = connectorProperties(c);
  const initialState = parseInitialState(c);
  return {
    kind: 'CreateConnector',
    span: c.spanFrom(start),
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
  c: Cursor,
  start: Token,
  head: Pick<CreateConnector, 'orReplace' | 'ifNotExists'> & {
    readonly type: CreateConnector['type'] | null;
    readonly name: ConnectorName | null;
  },
): CreateConnector {
  c.expectWord('FROM');
  const token = c.expectClass('string', 'STRING');
  const { type, name, properties, initialState } = connectorFromJson(token.text, tokenSpan(token));
  if (head.name === null && name === null)
    throw buildError('The connector has no name: neither the statement nor its JSON gives one.', tokenSpan(token));
  return {
    kind: 'CreateConnector',
    span: c.spanFrom(start),
    orReplace: head.orReplace,
    ifNotExists: head.ifNotExists,
    type: head.type ?? type,
    name: head.name ?? name!,
    properties,
    initialState: parseInitialState(c) ?? initialState,
  };
}

/** STOPPED or PAUSED, if one of them follows. */
export function parseInitialState(c: Cursor): CreateConnector['initialState'] {
  if (c.acceptWord('STOPPED')) return 'STOPPED';
  return c.acceptWord('PAUSED') ? 'PAUSED' : null;
}

/** Parses what follows ALTER CONNECTOR. */
export function parseAlterConnector(c: Cursor, start: Token): AlterConnector | AlterConnectorOffsets | SnapshotTables {
  // OFFSETS may also be a connector's name: then SET or RESET follows.
  if (c.isWord('OFFSETS') && c.peek().text === 'OF') return parseAlterOffsets(c, start);
  const name = parseConnectorName(c);
  if (c.acceptWord('RESET')) {
    const reset = bareNames(c);
    return { kind: 'AlterConnector', span: c.spanFrom(start), name, properties: [], reset };
  }
  if (c.acceptWords('SNAPSHOT', 'TABLES')) {
    const tables = bareNames(c);
    const where = c.acceptWord('WHERE') ? c.expectClass('string', 'STRING').text : null;
    return { kind: 'SnapshotTables', span: c.spanFrom(start), name, action: 'READ', tables, where };
  }
  for (const action of ['PAUSE', 'RESUME', 'STOP'] as const) {
    if (!c.acceptWords(action, 'SNAPSHOT')) continue;
    const tables = c.acceptWord('TABLES') ? bareNames(c) : [];
    return { kind: 'SnapshotTables', span: c.spanFrom(start), name, action, tables, where: null };
  }
  c.expectWord('SET');
  const properties = connectorProperties(c);
  const reset = c.acceptWord('RESET') ? bareNames(c) : [];
  for (const { key, span } of properties)
    if (reset.includes(key)) throw buildError(`Property '${key}' is set and reset in one statement.`, span);
  return { kind: 'AlterConnector', span: c.spanFrom(start), name, properties, reset };
}

function parseAlterOffsets(c: Cursor, start: Token): AlterConnectorOffsets {
  const name = parseOffsetsOf(c);
  c.expectWord('SET');
  const position = parsePosition(c);
  return { kind: 'AlterConnectorOffsets', span: c.spanFrom(start), name, position };
}

function parsePosition(c: Cursor): OffsetsPosition {
  if (c.acceptWord('BEGINNING')) return { at: 'BEGINNING' };
  if (c.acceptWord('END')) return { at: 'END' };
  if (c.acceptWord('TIMESTAMP')) return { at: 'TIMESTAMP', text: c.expectClass('string', 'STRING').text };
  return { at: 'OFFSETS', json: c.expectClass('string', 'STRING').text };
}

/** Parses what follows RESET. */
export function parseResetOffsets(c: Cursor, start: Token): ResetConnectorOffsets {
  c.expectWord('CONNECTOR');
  const name = parseOffsetsOf(c);
  return { kind: 'ResetConnectorOffsets', span: c.spanFrom(start), name };
}

/** OFFSETS OF name. */
export function parseOffsetsOf(c: Cursor): ConnectorName {
  c.expectWord('OFFSETS');
  c.expectWord('OF');
  return parseConnectorName(c);
}

/** Parses what follows RETRY. */
export function parseRetryDeadLetters(c: Cursor, start: Token): RetryDeadLetters {
  const { name, where } = parseDeadLettersOf(c);
  return { kind: 'RetryDeadLetters', span: c.spanFrom(start), name, where };
}

/** DEAD LETTERS OF name [WHERE …]. */
export function parseDeadLettersOf(c: Cursor): Pick<RetryDeadLetters, 'name' | 'where'> {
  for (const word of ['DEAD', 'LETTERS', 'OF'] as const) c.expectWord(word);
  const name = parseConnectorName(c);
  return { name, where: c.acceptWord('WHERE') ? parseExpression(c) : null };
}

/** Parses what follows DROP CONNECTOR. */
export function parseDropConnector(c: Cursor, start: Token): DropConnector {
  const ifExists = c.isWord('IF') && c.peek().text === 'EXISTS' && c.acceptWords('IF', 'EXISTS');
  const name = parseConnectorName(c);
  const terminate = c.acceptWord('TERMINATE');
  const deleteTopics = terminate && c.acceptWords('DELETE', 'TOPICS');
  const cascade = terminate && c.acceptWord('CASCADE');
  return { kind: 'DropConnector', span: c.spanFrom(start), ifExists, name, terminate, deleteTopics, cascade };
}

/** Parses what follows RESTART. */
export function parseRestartConnector(c: Cursor, start: Token): RestartConnector {
  c.expectWord('CONNECTOR');
  const name = parseConnectorName(c);
  const task = c.acceptWord('TASK') ? wholeNumber(c) : null;
  const onlyFailed = c.acceptWords('ONLY', 'FAILED');
  return { kind: 'RestartConnector', span: c.spanFrom(start), name, task, onlyFailed };
}

/** Parses what follows PAUSE CONNECTOR, RESUME CONNECTOR and STOP. */
export function parsePauseConnector(c: Cursor, start: Token): PauseConnector {
  const name = parseConnectorName(c);
  return { kind: 'PauseConnector', span: c.spanFrom(start), name };
}
export function parseResumeConnector(c: Cursor, start: Token): ResumeConnector {
  const name = parseConnectorName(c);
  return { kind: 'ResumeConnector', span: c.spanFrom(start), name };
}
export function parseStopConnector(c: Cursor, start: Token): StopConnector {
  c.expectWord('CONNECTOR');
  const name = parseConnectorName(c);
  return { kind: 'StopConnector', span: c.spanFrom(start), name };
}

/** A connector's name, with the form in which it was written. */
export function parseConnectorName(c: Cursor): ConnectorName {
  const bare = parseBareName(c);
  return {
    kind: 'ConnectorName',
    span: bare.span,
    name: resolveBareName(bare),
    written: bare.written,
    quoting: bare.quoting,
  };
}

/** `(a, b)`: names as written. */
export function bareNames(c: Cursor): string[] {
  c.expect('(');
  const names: string[] = [];
  do names.push(parseBareName(c).written);
  while (c.accept(','));
  c.expect(')');
  return names;
}

/** At `(`: reads the properties by their own grammar (lexer/raw-properties.ts) and continues after them. */
export function connectorProperties(c: Cursor): ConnectorProperty[] {
  const open = c.token;
  if (open.kind !== '(') c.expect('(');
  const scanned = scanProperties(c.text, open.end);
  if (!scanned.ok) {
    const span = spanOf(c.text, scanned.at, Math.min(scanned.at + 1, c.text.length));
    const found = c.text.slice(scanned.at, scanned.at + 1);
    const problem =
      scanned.incomplete && found === '' ? `${expecting(scanned.expected)} at '<EOF>'` : expecting(scanned.expected);
    throw new SluiceError('SYNTAX', `line ${span.line}:${span.column + 1}: Syntax Error\n${problem}`, {
      span,
      hint: scanned.hint,
    });
  }
  const { variables, limits } = c.lexer;
  const properties: ConnectorProperty[] = [];
  const seen = new Set<string>();
  for (const entry of scanned.entries) {
    const key = substitute(entry.key, variables);
    const at = { start: entry.start, end: entry.end, line: 0, column: 0 };
    if (seen.has(key)) {
      throw buildError(`Property '${key}' is given twice.`, spanOf(c.text, entry.start, entry.end));
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
  c.resume(scanned.end, open);
  return withLines(c.text.slice(open.start, scanned.end), open, properties);
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
