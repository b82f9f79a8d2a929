import type {
  AlterConnector,
  ConnectorName,
  ConnectorProperty,
  CreateConnector,
  DropConnector,
  PauseConnector,
  RestartConnector,
  ResumeConnector,
} from '../ast/connectors.ts';
import { spanOf } from '../../base/span.ts';
import { SluiceError } from '../../base/errors.ts';
import { scanProperties } from '../lexer/raw-properties.ts';
import type { Token } from '../lexer/token.ts';
import { substitute } from '../variables.ts';
import { parseBareName, resolveBareName } from './bare-name.ts';
import type { Cursor } from './cursor.ts';
import { wholeNumber } from './literals.ts';
import { buildError } from './syntax-error.ts';

/** At SOURCE or SINK behind CREATE, with CONNECTOR next. */
export function parseCreateConnector(c: Cursor, start: Token, orReplace: boolean): CreateConnector {
  const type = c.acceptWord('SOURCE') ? 'SOURCE' : 'SINK';
  if (type === 'SINK') c.expectWord('SINK');
  c.expectWord('CONNECTOR');
  const ifNotExists = !orReplace && c.isWord('IF') && c.peek().text === 'NOT' && c.acceptWords('IF', 'NOT', 'EXISTS');
  const name = parseConnectorName(c);
  c.expectWord('WITH');
  const properties = connectorProperties(c);
  return { kind: 'CreateConnector', span: c.spanFrom(start), type, orReplace, ifNotExists, name, properties };
}

/** Behind ALTER CONNECTOR. */
export function parseAlterConnector(c: Cursor, start: Token): AlterConnector {
  const name = parseConnectorName(c);
  c.expectWord('SET');
  const properties = connectorProperties(c);
  return { kind: 'AlterConnector', span: c.spanFrom(start), name, properties };
}

/** Behind DROP CONNECTOR. */
export function parseDropConnector(c: Cursor, start: Token): DropConnector {
  const ifExists = c.isWord('IF') && c.peek().text === 'EXISTS' && c.acceptWords('IF', 'EXISTS');
  const name = parseConnectorName(c);
  const terminate = c.acceptWord('TERMINATE');
  const deleteTopics = terminate && c.acceptWords('DELETE', 'TOPICS');
  return { kind: 'DropConnector', span: c.spanFrom(start), ifExists, name, terminate, deleteTopics };
}

/** Behind RESTART. */
export function parseRestartConnector(c: Cursor, start: Token): RestartConnector {
  c.expectWord('CONNECTOR');
  const name = parseConnectorName(c);
  const task = c.acceptWord('TASK') ? wholeNumber(c) : null;
  return { kind: 'RestartConnector', span: c.spanFrom(start), name, task };
}

/** Behind PAUSE CONNECTOR and RESUME CONNECTOR. */
export function parsePauseConnector(c: Cursor, start: Token): PauseConnector {
  const name = parseConnectorName(c);
  return { kind: 'PauseConnector', span: c.spanFrom(start), name };
}
export function parseResumeConnector(c: Cursor, start: Token): ResumeConnector {
  const name = parseConnectorName(c);
  return { kind: 'ResumeConnector', span: c.spanFrom(start), name };
}

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

/** At `(`: reads the properties by their own rules (lexer/raw-properties.ts) and goes on behind them. */
function connectorProperties(c: Cursor): ConnectorProperty[] {
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
  const variables = c.lexer.variables;
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
      value: substitute(entry.value, variables),
      valueStyle: entry.valueStyle,
    });
  }
  c.resume(scanned.end, open);
  return withLines(c.text.slice(open.start, scanned.end), open, properties);
}

/** Fills in lines and columns in one pass over `part`, the text from the opening parenthesis to the closing one. */
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
