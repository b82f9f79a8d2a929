import type { IntrospectionStatement, ListConnectors, PrintTopic } from '../ast/introspection.ts';
import type { ListConnectClusters } from '../ast/connect-clusters.ts';
import type { ListConnectorLogs } from '../ast/connectors.ts';
import type { ListSecrets } from '../ast/secrets.ts';
import type { Token } from '../lexer/token.ts';
import { endOfBareName, parseBareName } from './bare-name.ts';
import { parseConnectorName, parseDeadLettersOf, parseOffsetsOf } from './connectors.ts';
import type { Cursor } from './cursor.ts';
import { wholeNumber } from './literals.ts';
import { IDENTIFIER } from './syntax-error.ts';

/** Parses what follows SHOW or LIST. */
export function parseShow(
  cursor: Cursor,
  start: Token,
): IntrospectionStatement | ListConnectClusters | ListConnectorLogs | ListSecrets {
  if (cursor.acceptWord('STREAMS')) return listSources(cursor, start, 'STREAM');
  if (cursor.acceptWord('TABLES')) return listSources(cursor, start, 'TABLE');
  if (cursor.acceptWord('TOPICS')) return listTopics(cursor, start, false);
  if (cursor.acceptWord('ALL')) {
    cursor.expectWord('TOPICS');
    return listTopics(cursor, start, true);
  }
  if (cursor.acceptWord('QUERIES')) {
    const extended = cursor.acceptWord('EXTENDED');
    return { kind: 'ListQueries', span: cursor.spanFrom(start), extended };
  }
  if (cursor.acceptWord('PROPERTIES')) return { kind: 'ListProperties', span: cursor.spanFrom(start) };
  if (cursor.acceptWord('FUNCTIONS')) return { kind: 'ListFunctions', span: cursor.spanFrom(start) };
  if (cursor.acceptWord('TYPES')) return { kind: 'ListTypes', span: cursor.spanFrom(start) };
  if (cursor.acceptWord('LINEAGE')) {
    const of = cursor.acceptWord('OF') ? parseBareName(cursor).written : null;
    return { kind: 'ShowLineage', span: cursor.spanFrom(start), of };
  }
  if (cursor.acceptWord('HEALTH')) return { kind: 'ShowHealth', span: cursor.spanFrom(start) };
  if (cursor.acceptWords('CONNECT', 'CLUSTERS')) return { kind: 'ListConnectClusters', span: cursor.spanFrom(start) };
  if (cursor.acceptWord('SECRETS')) return { kind: 'ListSecrets', span: cursor.spanFrom(start) };
  if (cursor.acceptWord('VARIABLES')) return { kind: 'ListVariables', span: cursor.spanFrom(start) };
  if (cursor.acceptWord('SOURCE')) return listConnectors(cursor, start, 'SOURCE');
  if (cursor.acceptWord('SINK')) return listConnectors(cursor, start, 'SINK');
  if (cursor.isWord('CONNECTORS')) return listConnectors(cursor, start, 'ALL');
  if (cursor.acceptWord('CONNECTOR')) {
    if (cursor.isWord('OFFSETS')) {
      const name = parseOffsetsOf(cursor);
      return { kind: 'ListConnectorOffsets', span: cursor.spanFrom(start), name };
    }
    cursor.expectWord('PLUGINS');
    return { kind: 'ListConnectorPlugins', span: cursor.spanFrom(start) };
  }
  if (cursor.acceptWords('LOGS', 'OF')) {
    const name = parseConnectorName(cursor);
    const limit = cursor.acceptWord('LIMIT') ? wholeNumber(cursor) : null;
    return { kind: 'ListConnectorLogs', span: cursor.spanFrom(start), name, limit };
  }
  if (cursor.isWord('DEAD')) {
    const { name, where } = parseDeadLettersOf(cursor);
    const limit = cursor.acceptWord('LIMIT') ? wholeNumber(cursor) : null;
    return { kind: 'ListDeadLetters', span: cursor.spanFrom(start), name, where, limit };
  }
  if (cursor.acceptWords('CREATE', 'CONNECTOR')) {
    const name = parseConnectorName(cursor);
    const asJson = cursor.acceptWords('AS', 'JSON');
    return { kind: 'ShowCreateConnector', span: cursor.spanFrom(start), name, asJson };
  }
  throw cursor.failure();
}

function listSources(cursor: Cursor, start: Token, sourceType: 'STREAM' | 'TABLE'): IntrospectionStatement {
  const extended = cursor.acceptWord('EXTENDED');
  return { kind: 'ListSources', span: cursor.spanFrom(start), sourceType, extended };
}

function listTopics(cursor: Cursor, start: Token, all: boolean): IntrospectionStatement {
  const extended = cursor.acceptWord('EXTENDED');
  return { kind: 'ListTopics', span: cursor.spanFrom(start), all, extended };
}

function listConnectors(cursor: Cursor, start: Token, scope: ListConnectors['scope']): ListConnectors {
  cursor.expectWord('CONNECTORS');
  const extended = cursor.acceptWord('EXTENDED');
  return { kind: 'ListConnectors', span: cursor.spanFrom(start), scope, extended };
}

/** Parses what follows DESCRIBE. */
export function parseDescribe(cursor: Cursor, start: Token): IntrospectionStatement {
  const first = cursor.token;
  if (cursor.acceptWord('STREAMS')) return describeSources(cursor, start, 'STREAM');
  const next = cursor.peek();
  const alone = next.kind === ';' || next.kind === 'end' || next.text === 'EXTENDED';
  if (alone && cursor.isWord('TABLES')) {
    cursor.advance();
    return describeSources(cursor, start, 'TABLE');
  }
  // FUNCTION and CONNECTOR may be names of streams, unless something follows them.
  if (!alone && cursor.acceptWord('FUNCTION')) {
    const name = cursor.rawText();
    if (cursor.is('string')) cursor.advance();
    else if (cursor.isName() || cursor.is('word')) cursor.advance();
    else cursor.identifier();
    return { kind: 'DescribeFunction', span: cursor.spanFrom(start), name };
  }
  if (!alone && cursor.acceptWord('CONNECTOR')) {
    if (cursor.isWord('PLUGIN') && cursor.peek().kind !== ';' && cursor.peek().kind !== 'end') {
      cursor.advance();
      const plugin = parseBareName(cursor).written;
      return { kind: 'DescribeConnectorPlugin', span: cursor.spanFrom(start), plugin };
    }
    const name = parseConnectorName(cursor);
    const extended = cursor.acceptWord('EXTENDED');
    return { kind: 'DescribeConnector', span: cursor.spanFrom(start), name, extended };
  }
  if (first.kind === 'word' && first.variable === null && endOfBareName(cursor, first) > first.end) {
    const name = parseConnectorName(cursor);
    const extended = cursor.acceptWord('EXTENDED');
    return { kind: 'DescribeConnector', span: cursor.spanFrom(start), name, extended };
  }
  if (first.kind === 'string') cursor.noteExpected(IDENTIFIER);
  const name = cursor.identifier();
  const extended = cursor.acceptWord('EXTENDED');
  return { kind: 'DescribeSource', span: cursor.spanFrom(start), name, extended };
}

function describeSources(cursor: Cursor, start: Token, sourceType: 'STREAM' | 'TABLE'): IntrospectionStatement {
  const extended = cursor.acceptWord('EXTENDED');
  return { kind: 'DescribeSources', span: cursor.spanFrom(start), sourceType, extended };
}

/** Parses what follows PRINT. */
export function parsePrint(cursor: Cursor, start: Token): PrintTopic {
  const topic = parseBareName(cursor).written;
  const fromBeginning = cursor.acceptWords('FROM', 'BEGINNING');
  const every = cursor.acceptWord('INTERVAL') || acceptSample(cursor) ? wholeNumber(cursor) : null;
  const limit = cursor.acceptWord('LIMIT') ? wholeNumber(cursor) : null;
  return { kind: 'PrintTopic', span: cursor.spanFrom(start), topic, fromBeginning, every, limit };
}

/** SAMPLE is the older keyword for INTERVAL. */
function acceptSample(cursor: Cursor): boolean {
  if (cursor.token.kind !== 'word' || cursor.token.text !== 'SAMPLE') return false;
  cursor.advance();
  return true;
}
