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
  c: Cursor,
  start: Token,
): IntrospectionStatement | ListConnectClusters | ListConnectorLogs | ListSecrets {
  if (c.acceptWord('STREAMS')) return listSources(c, start, 'STREAM');
  if (c.acceptWord('TABLES')) return listSources(c, start, 'TABLE');
  if (c.acceptWord('TOPICS')) return listTopics(c, start, false);
  if (c.acceptWord('ALL')) {
    c.expectWord('TOPICS');
    return listTopics(c, start, true);
  }
  if (c.acceptWord('QUERIES')) {
    const extended = c.acceptWord('EXTENDED');
    return { kind: 'ListQueries', span: c.spanFrom(start), extended };
  }
  if (c.acceptWord('PROPERTIES')) return { kind: 'ListProperties', span: c.spanFrom(start) };
  if (c.acceptWord('FUNCTIONS')) return { kind: 'ListFunctions', span: c.spanFrom(start) };
  if (c.acceptWord('TYPES')) return { kind: 'ListTypes', span: c.spanFrom(start) };
  if (c.acceptWord('LINEAGE')) {
    const of = c.acceptWord('OF') ? parseBareName(c).written : null;
    return { kind: 'ShowLineage', span: c.spanFrom(start), of };
  }
  if (c.acceptWord('HEALTH')) return { kind: 'ShowHealth', span: c.spanFrom(start) };
  if (c.acceptWords('CONNECT', 'CLUSTERS')) return { kind: 'ListConnectClusters', span: c.spanFrom(start) };
  if (c.acceptWord('SECRETS')) return { kind: 'ListSecrets', span: c.spanFrom(start) };
  if (c.acceptWord('VARIABLES')) return { kind: 'ListVariables', span: c.spanFrom(start) };
  if (c.acceptWord('SOURCE')) return listConnectors(c, start, 'SOURCE');
  if (c.acceptWord('SINK')) return listConnectors(c, start, 'SINK');
  if (c.isWord('CONNECTORS')) return listConnectors(c, start, 'ALL');
  if (c.acceptWord('CONNECTOR')) {
    if (c.isWord('OFFSETS')) {
      const name = parseOffsetsOf(c);
      return { kind: 'ListConnectorOffsets', span: c.spanFrom(start), name };
    }
    c.expectWord('PLUGINS');
    return { kind: 'ListConnectorPlugins', span: c.spanFrom(start) };
  }
  if (c.acceptWords('LOGS', 'OF')) {
    const name = parseConnectorName(c);
    const limit = c.acceptWord('LIMIT') ? wholeNumber(c) : null;
    return { kind: 'ListConnectorLogs', span: c.spanFrom(start), name, limit };
  }
  if (c.isWord('DEAD')) {
    const { name, where } = parseDeadLettersOf(c);
    const limit = c.acceptWord('LIMIT') ? wholeNumber(c) : null;
    return { kind: 'ListDeadLetters', span: c.spanFrom(start), name, where, limit };
  }
  if (c.acceptWords('CREATE', 'CONNECTOR')) {
    const name = parseConnectorName(c);
    const asJson = c.acceptWords('AS', 'JSON');
    return { kind: 'ShowCreateConnector', span: c.spanFrom(start), name, asJson };
  }
  throw c.failure();
}

function listSources(c: Cursor, start: Token, sourceType: 'STREAM' | 'TABLE'): IntrospectionStatement {
  const extended = c.acceptWord('EXTENDED');
  return { kind: 'ListSources', span: c.spanFrom(start), sourceType, extended };
}

function listTopics(c: Cursor, start: Token, all: boolean): IntrospectionStatement {
  const extended = c.acceptWord('EXTENDED');
  return { kind: 'ListTopics', span: c.spanFrom(start), all, extended };
}

function listConnectors(c: Cursor, start: Token, scope: ListConnectors['scope']): ListConnectors {
  c.expectWord('CONNECTORS');
  const extended = c.acceptWord('EXTENDED');
  return { kind: 'ListConnectors', span: c.spanFrom(start), scope, extended };
}

/** Parses what follows DESCRIBE. */
export function parseDescribe(c: Cursor, start: Token): IntrospectionStatement {
  const first = c.token;
  if (c.acceptWord('STREAMS')) return describeSources(c, start, 'STREAM');
  const next = c.peek();
  const alone = next.kind === ';' || next.kind === 'end' || next.text === 'EXTENDED';
  if (alone && c.isWord('TABLES')) {
    c.advance();
    return describeSources(c, start, 'TABLE');
  }
  // FUNCTION and CONNECTOR may be names of streams, unless something follows them.
  if (!alone && c.acceptWord('FUNCTION')) {
    const name = c.rawText();
    if (c.is('string')) c.advance();
    else if (c.isName() || c.is('word')) c.advance();
    else c.identifier();
    return { kind: 'DescribeFunction', span: c.spanFrom(start), name };
  }
  if (!alone && c.acceptWord('CONNECTOR')) {
    if (c.isWord('PLUGIN') && c.peek().kind !== ';' && c.peek().kind !== 'end') {
      c.advance();
      const plugin = parseBareName(c).written;
      return { kind: 'DescribeConnectorPlugin', span: c.spanFrom(start), plugin };
    }
    const name = parseConnectorName(c);
    const extended = c.acceptWord('EXTENDED');
    return { kind: 'DescribeConnector', span: c.spanFrom(start), name, extended };
  }
  if (first.kind === 'word' && first.variable === null && endOfBareName(c, first) > first.end) {
    const name = parseConnectorName(c);
    const extended = c.acceptWord('EXTENDED');
    return { kind: 'DescribeConnector', span: c.spanFrom(start), name, extended };
  }
  if (first.kind === 'string') c.wish(IDENTIFIER);
  const name = c.identifier();
  const extended = c.acceptWord('EXTENDED');
  return { kind: 'DescribeSource', span: c.spanFrom(start), name, extended };
}

function describeSources(c: Cursor, start: Token, sourceType: 'STREAM' | 'TABLE'): IntrospectionStatement {
  const extended = c.acceptWord('EXTENDED');
  return { kind: 'DescribeSources', span: c.spanFrom(start), sourceType, extended };
}

/** Parses what follows PRINT. */
export function parsePrint(c: Cursor, start: Token): PrintTopic {
  const topic = parseBareName(c).written;
  const fromBeginning = c.acceptWords('FROM', 'BEGINNING');
  const every = c.acceptWord('INTERVAL') || acceptSample(c) ? wholeNumber(c) : null;
  const limit = c.acceptWord('LIMIT') ? wholeNumber(c) : null;
  return { kind: 'PrintTopic', span: c.spanFrom(start), topic, fromBeginning, every, limit };
}

/** SAMPLE is the older keyword for INTERVAL. */
function acceptSample(c: Cursor): boolean {
  if (c.token.kind !== 'word' || c.token.text !== 'SAMPLE') return false;
  c.advance();
  return true;
}
