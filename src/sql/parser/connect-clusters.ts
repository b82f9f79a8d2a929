import {
  CLUSTER_STATEMENTS,
  type ClusterStatement,
  type CreateConnectCluster,
  type DropConnectCluster,
  type InCluster,
} from '../ast/connect-clusters.ts';
import type { Statement, StatementOf } from '../ast/statement.ts';
import type { Token } from '../lexer/token.ts';
import { parseBareName, resolveBareName } from './bare-name.ts';
import { connectorProperties, parseInitialState } from './connectors.ts';
import type { Cursor } from './cursor.ts';

/** Parses what follows CREATE [OR REPLACE] CONNECT CLUSTER. */
export function parseCreateConnectCluster(cursor: Cursor, start: Token, orReplace: boolean): CreateConnectCluster {
  const ifNotExists =
    !orReplace && cursor.isWord('IF') && cursor.peek().text === 'NOT' && cursor.acceptWords('IF', 'NOT', 'EXISTS');
  const name = resolveBareName(parseBareName(cursor));
  cursor.expectWord('WITH');
  const properties = connectorProperties(cursor);
  return { kind: 'CreateConnectCluster', span: cursor.spanFrom(start), orReplace, ifNotExists, name, properties };
}

/** Parses what follows DROP CONNECT CLUSTER. */
export function parseDropConnectCluster(cursor: Cursor, start: Token): DropConnectCluster {
  const ifExists = cursor.isWord('IF') && cursor.peek().text === 'EXISTS' && cursor.acceptWords('IF', 'EXISTS');
  const name = resolveBareName(parseBareName(cursor));
  return { kind: 'DropConnectCluster', span: cursor.spanFrom(start), name, ifExists };
}

/** Adds IN CLUSTER name, if it follows, to a statement about connectors. */
export function parseInCluster(cursor: Cursor, start: Token, given: Statement): Statement {
  // DESCRIBE is rarely used for a connector, so IN is not listed there among the expected words.
  const isDescribed = given.kind === 'DescribeSource' && cursor.token.kind === 'word' && cursor.token.text === 'IN';
  const statement = isDescribed ? asConnector(given) : given;
  if (!isClusterStatement(statement) || !cursor.isWord('IN') || !cursor.acceptWords('IN', 'CLUSTER')) return given;
  const cluster = resolveBareName(parseBareName(cursor));
  // IN CLUSTER and the initial state may follow in either order.
  const state =
    statement.kind === 'CreateConnector' && statement.initialState === null ? parseInitialState(cursor) : null;
  const whole = state === null ? statement : ({ ...statement, initialState: state } as typeof statement);
  return { kind: 'InCluster', span: cursor.spanFrom(start), cluster, statement: whole } satisfies InCluster;
}

function isClusterStatement(statement: Statement): statement is ClusterStatement {
  return Object.hasOwn(CLUSTER_STATEMENTS, statement.kind);
}

/** DESCRIBE name IN CLUSTER describes a connector, because a cluster contains only connectors. */
function asConnector({ span, extended, name }: StatementOf<'DescribeSource'>): StatementOf<'DescribeConnector'> {
  const named = { kind: 'ConnectorName', span: name.span, name: name.name, written: name.name } as const;
  return {
    kind: 'DescribeConnector',
    span,
    extended,
    name: { ...named, quoting: name.quoted ? 'back-quote' : 'none' },
  };
}
