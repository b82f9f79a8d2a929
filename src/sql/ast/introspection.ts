import type { SourceType } from './definition.ts';
import type { ConnectorName } from './connectors.ts';
import type { Expression } from './expressions.ts';
import type { Identifier, Node } from './node.ts';

/** Statements that show something and change nothing. SHOW and LIST are one. */
export type IntrospectionStatement =
  | ListSources
  | ListTopics
  | ListQueries
  | ListProperties
  | ListFunctions
  | ListTypes
  | ShowLineage
  | ShowHealth
  | ListVariables
  | ListConnectors
  | ListConnectorPlugins
  | ShowCreateConnector
  | ListConnectorOffsets
  | ListDeadLetters
  | DescribeSource
  | DescribeSources
  | DescribeFunction
  | DescribeConnector
  | DescribeConnectorPlugin
  | PrintTopic;

export interface ListSources extends Node {
  readonly kind: 'ListSources';
  readonly sourceType: SourceType;
  readonly extended: boolean;
}
export interface ListTopics extends Node {
  readonly kind: 'ListTopics';
  /** Internal topics too. */
  readonly all: boolean;
  readonly extended: boolean;
}
export interface ListQueries extends Node {
  readonly kind: 'ListQueries';
  readonly extended: boolean;
}
export interface ListProperties extends Node {
  readonly kind: 'ListProperties';
}
export interface ListFunctions extends Node {
  readonly kind: 'ListFunctions';
}
/** SHOW LINEAGE [OF name]. */
export interface ShowLineage extends Node {
  readonly kind: 'ShowLineage';
  /** Exactly as written, since a topic's name keeps its case. Null: the whole lineage. */
  readonly of: string | null;
}
/** SHOW HEALTH: the condition of the server's parts. */
export interface ShowHealth extends Node {
  readonly kind: 'ShowHealth';
}
export interface ListTypes extends Node {
  readonly kind: 'ListTypes';
}
export interface ListVariables extends Node {
  readonly kind: 'ListVariables';
}
export interface ListConnectors extends Node {
  readonly kind: 'ListConnectors';
  /** EXTENDED: shows the progress of initial snapshots too. */
  readonly extended: boolean;
  readonly scope: 'SOURCE' | 'SINK' | 'ALL';
}
export interface ListConnectorPlugins extends Node {
  readonly kind: 'ListConnectorPlugins';
}
/**
 * SHOW CREATE CONNECTOR name [AS JSON]: the statement, or the JSON of Connect's REST API, that makes such a connector.
 */
export interface ShowCreateConnector extends Node {
  readonly kind: 'ShowCreateConnector';
  readonly name: ConnectorName;
  readonly asJson: boolean;
}
/** SHOW DEAD LETTERS OF name [WHERE …] [LIMIT n]: the last ones. */
export interface ListDeadLetters extends Node {
  readonly kind: 'ListDeadLetters';
  readonly name: ConnectorName;
  readonly where: Expression | null;
  readonly limit: number | null;
}
/** SHOW CONNECTOR OFFSETS OF name. */
export interface ListConnectorOffsets extends Node {
  readonly kind: 'ListConnectorOffsets';
  readonly name: ConnectorName;
}

/** DESCRIBE name [EXTENDED]. A hyphenated bare name can only be a connector's: that is DescribeConnector. */
export interface DescribeSource extends Node {
  readonly kind: 'DescribeSource';
  readonly name: Identifier;
  readonly extended: boolean;
}
/** DESCRIBE STREAMS|TABLES [EXTENDED]. */
export interface DescribeSources extends Node {
  readonly kind: 'DescribeSources';
  readonly sourceType: SourceType;
  readonly extended: boolean;
}
/** `name` is as written: a name, or the text of a string literal. */
export interface DescribeFunction extends Node {
  readonly kind: 'DescribeFunction';
  readonly name: string;
}
export interface DescribeConnector extends Node {
  readonly kind: 'DescribeConnector';
  readonly name: ConnectorName;
  /** EXTENDED: shows whole stack traces. */
  readonly extended: boolean;
}
export interface DescribeConnectorPlugin extends Node {
  readonly kind: 'DescribeConnectorPlugin';
  /** Class name or alias, as written. */
  readonly plugin: string;
}
export interface PrintTopic extends Node {
  readonly kind: 'PrintTopic';
  /** Exactly as written: topics' names keep their case, quoted or not. */
  readonly topic: string;
  readonly fromBeginning: boolean;
  readonly every: number | null;
  readonly limit: number | null;
}
