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
export function parseAssert(c: Cursor, start: Token): AssertionStatement {
  if (c.testStatements) {
    const test = testAssertion(c, start);
    if (test !== null) return test;
  }
  const exists = !c.acceptWords('NOT', 'EXISTS');
  if (c.acceptWord('TOPIC')) {
    const topic = parseBareName(c).written;
    const properties = c.acceptWord('WITH') ? parseProperties(c) : [];
    const timeout = parseTimeout(c);
    return { kind: 'AssertTopic', span: c.spanFrom(start), exists, topic, properties, timeout };
  }
  if (c.acceptWord('SCHEMA')) {
    const subject = c.acceptWord('SUBJECT') ? parseBareName(c).written : null;
    const id = c.acceptWord('ID') ? wholeNumber(c) : null;
    if (subject === null && id === null) throw c.failure();
    const timeout = parseTimeout(c);
    return { kind: 'AssertSchema', span: c.spanFrom(start), exists, subject, id, timeout };
  }
  // Not recorded as expected, so that the message lists the same words as ksqlDB's.
  if (c.token.kind === 'word' && c.token.text === 'CONNECTOR') {
    c.advance();
    const name = parseConnectorName(c);
    const state = exists ? acceptState(c) : null;
    const timeout = parseTimeout(c);
    return { kind: 'AssertConnector', span: c.spanFrom(start), exists, name, state, timeout };
  }
  throw c.failure();
}

function acceptState(c: Cursor): ConnectorState | null {
  return CONNECTOR_STATES.find((state) => c.acceptWord(state)) ?? null;
}

const CONNECTOR_STATES: readonly ConnectorState[] = ['RUNNING', 'PAUSED', 'STOPPED', 'FAILED'];

/** ASSERT VALUES, NULL VALUES, STREAM or TABLE; null when none of them follows. */
function testAssertion(c: Cursor, start: Token): AssertionStatement | null {
  if (c.acceptWord('VALUES')) {
    const source = c.identifier();
    const columns = c.accept('(') ? names(c) : [];
    c.expectWord('VALUES');
    const values = parseRow(c);
    checkCounts(c, start, columns.length, values.length);
    return { kind: 'AssertValues', span: c.spanFrom(start), source, columns, values };
  }
  if (c.acceptWords('NULL', 'VALUES')) {
    const source = c.identifier();
    const columns = c.accept('(') ? names(c) : [];
    c.expectWord('KEY');
    const values = parseRow(c);
    checkCounts(c, start, columns.length, values.length);
    return { kind: 'AssertTombstone', span: c.spanFrom(start), source, columns, values };
  }
  const sourceType = acceptSourceType(c);
  if (sourceType === null) return null;
  const name = c.identifier();
  const columns = c.is('(') ? parseColumns(c) : [];
  const properties = c.acceptWord('WITH') ? parseProperties(c) : [];
  return { kind: 'AssertSource', span: c.spanFrom(start), sourceType, name, columns, properties };
}

function checkCounts(c: Cursor, start: Token, columns: number, values: number): void {
  if (columns > 0 && columns !== values) {
    throw buildError(`Expected number columns and values to match: ${columns}, ${values}`, c.spanFrom(start));
  }
}
