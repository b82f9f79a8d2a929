import type { ClusterStatement, CreateConnectCluster, DropConnectCluster, InCluster } from '../ast/connect-clusters.ts';
import type { Statement, StatementKind } from '../ast/statement.ts';
import type { Token } from '../lexer/token.ts';
import { parseBareName, resolveBareName } from './bare-name.ts';
import { connectorProperties } from './connectors.ts';
import type { Cursor } from './cursor.ts';

/** Parses what follows CREATE [OR REPLACE] CONNECT CLUSTER. */
export function parseCreateConnectCluster(c: Cursor, start: Token, orReplace: boolean): CreateConnectCluster {
  const ifNotExists = !orReplace && c.isWord('IF') && c.peek().text === 'NOT' && c.acceptWords('IF', 'NOT', 'EXISTS');
  const name = resolveBareName(parseBareName(c));
  c.expectWord('WITH');
  const properties = connectorProperties(c);
  return { kind: 'CreateConnectCluster', span: c.spanFrom(start), orReplace, ifNotExists, name, properties };
}

/** Parses what follows DROP CONNECT CLUSTER. */
export function parseDropConnectCluster(c: Cursor, start: Token): DropConnectCluster {
  const ifExists = c.isWord('IF') && c.peek().text === 'EXISTS' && c.acceptWords('IF', 'EXISTS');
  const name = resolveBareName(parseBareName(c));
  return { kind: 'DropConnectCluster', span: c.spanFrom(start), name, ifExists };
}

/** A statement with what may stand behind one of connectors: IN CLUSTER name. */
export function parseInCluster(c: Cursor, start: Token, statement: Statement): Statement {
  if (!isClusterStatement(statement) || !c.isWord('IN') || !c.acceptWords('IN', 'CLUSTER')) return statement;
  const cluster = resolveBareName(parseBareName(c));
  return { kind: 'InCluster', span: c.spanFrom(start), cluster, statement } satisfies InCluster;
}

const KINDS: ReadonlySet<StatementKind> = new Set<ClusterStatement['kind']>([
  'CreateConnector',
  'AlterConnector',
  'DropConnector',
  'RestartConnector',
  'PauseConnector',
  'ResumeConnector',
  'StopConnector',
  'AlterConnectorOffsets',
  'ResetConnectorOffsets',
  'RetryDeadLetters',
  'ValidateConnector',
  'CreateFromConnector',
  'AssertConnector',
  'DescribeConnector',
  'DescribeConnectorPlugin',
  'ListConnectorOffsets',
  'ListConnectorPlugins',
  'ListConnectors',
  'ListDeadLetters',
  'ShowCreateConnector',
]);

function isClusterStatement(statement: Statement): statement is ClusterStatement {
  return KINDS.has(statement.kind);
}
