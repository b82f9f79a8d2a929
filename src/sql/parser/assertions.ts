import type { AssertionStatement, ConnectorState } from '../ast/assertions.ts';
import type { Token } from '../lexer/token.ts';
import { parseBareName } from './bare-name.ts';
import { parseConnectorName } from './connectors.ts';
import type { Cursor } from './cursor.ts';
import { acceptSourceType, parseColumns, parseProperties } from './definition.ts';
import { names, parseRow } from './insertion.ts';
import { wholeNumber } from './literals.ts';
import { buildError } from './syntax-error.ts';
import { parseTimeout } from './windows.ts';

/** Parses what follows ASSERT. */
export function parseAssert(cursor: Cursor, start: Token): AssertionStatement {
  if (cursor.testStatements) {
    const test = testAssertion(cursor, start);
    if (test !== null) return test;
  }
  const exists = !cursor.acceptWords('NOT', 'EXISTS');
  if (cursor.acceptWord('TOPIC')) {
    const topic = parseBareName(cursor).written;
    const properties = cursor.acceptWord('WITH') ? parseProperties(cursor) : [];
    const timeout = parseTimeout(cursor);
    return { kind: 'AssertTopic', span: cursor.spanFrom(start), exists, topic, properties, timeout };
  }
  if (cursor.acceptWord('SCHEMA')) {
    const subject = cursor.acceptWord('SUBJECT') ? parseBareName(cursor).written : null;
    const id = cursor.acceptWord('ID') ? wholeNumber(cursor) : null;
    if (subject === null && id === null) throw cursor.failure();
    const timeout = parseTimeout(cursor);
    return { kind: 'AssertSchema', span: cursor.spanFrom(start), exists, subject, id, timeout };
  }
  // Not recorded as expected, so that the message lists the same words as ksqlDB's.
  if (cursor.token.kind === 'word' && cursor.token.text === 'CONNECTOR') {
    cursor.advance();
    const name = parseConnectorName(cursor);
    const state = exists ? acceptState(cursor) : null;
    const timeout = parseTimeout(cursor);
    return { kind: 'AssertConnector', span: cursor.spanFrom(start), exists, name, state, timeout };
  }
  throw cursor.failure();
}

function acceptState(cursor: Cursor): ConnectorState | null {
  return CONNECTOR_STATES.find((state) => cursor.acceptWord(state)) ?? null;
}

const CONNECTOR_STATES: readonly ConnectorState[] = ['RUNNING', 'PAUSED', 'STOPPED', 'FAILED'];

/** ASSERT VALUES, NULL VALUES, STREAM or TABLE; null when none of them follows. */
function testAssertion(cursor: Cursor, start: Token): AssertionStatement | null {
  if (cursor.acceptWord('VALUES')) {
    const source = cursor.identifier();
    const columns = cursor.accept('(') ? names(cursor) : [];
    cursor.expectWord('VALUES');
    const values = parseRow(cursor);
    checkCounts(cursor, start, columns.length, values.length);
    return { kind: 'AssertValues', span: cursor.spanFrom(start), source, columns, values };
  }
  if (cursor.acceptWords('NULL', 'VALUES')) {
    const source = cursor.identifier();
    const columns = cursor.accept('(') ? names(cursor) : [];
    cursor.expectWord('KEY');
    const values = parseRow(cursor);
    checkCounts(cursor, start, columns.length, values.length);
    return { kind: 'AssertTombstone', span: cursor.spanFrom(start), source, columns, values };
  }
  const sourceType = acceptSourceType(cursor);
  if (sourceType === null) return null;
  const name = cursor.identifier();
  const columns = cursor.is('(') ? parseColumns(cursor) : [];
  const properties = cursor.acceptWord('WITH') ? parseProperties(cursor) : [];
  return { kind: 'AssertSource', span: cursor.spanFrom(start), sourceType, name, columns, properties };
}

function checkCounts(cursor: Cursor, start: Token, columns: number, values: number): void {
  if (columns > 0 && columns !== values) {
    throw buildError(`Expected number columns and values to match: ${columns}, ${values}`, cursor.spanFrom(start));
  }
}
