import type { AssertionStatement } from './assertions.ts';
import type { ConnectClusterStatement } from './connect-clusters.ts';
import type { ConnectorStatement } from './connectors.ts';
import type { DefinitionStatement } from './definition.ts';
import type { InsertionStatement } from './insertion.ts';
import type { IntrospectionStatement } from './introspection.ts';
import type { Node } from './node.ts';
import type { Query } from './query.ts';
import type { SecretStatement } from './secrets.ts';
import type { SessionStatement } from './session.ts';
import type { TopicStatement } from './topics.ts';

/** Every statement of the language. The compiler shows every place that must handle a new kind. */
export type Statement =
  | Query
  | DefinitionStatement
  | InsertionStatement
  | IntrospectionStatement
  | SessionStatement
  | AssertionStatement
  | ConnectorStatement
  | ConnectClusterStatement
  | SecretStatement
  | TopicStatement
  | Explain;

export type StatementKind = Statement['kind'];
export type StatementOf<K extends StatementKind> = Extract<Statement, { readonly kind: K }>;

/** EXPLAIN query-id, or EXPLAIN statement: exactly one is set. */
export interface Explain extends Node {
  readonly kind: 'Explain';
  readonly queryId: string | null;
  readonly statement: Statement | null;
}
