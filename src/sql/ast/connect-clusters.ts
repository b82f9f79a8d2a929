import type { ConnectorProperty, ConnectorStatement } from './connectors.ts';
import type { AssertConnector } from './assertions.ts';
import type {
  DescribeConnector,
  DescribeConnectorPlugin,
  ListConnectorOffsets,
  ListConnectorPlugins,
  ListConnectors,
  ListDeadLetters,
  ShowCreateConnector,
} from './introspection.ts';
import type { Node } from './node.ts';

export type ConnectClusterStatement = CreateConnectCluster | DropConnectCluster | ListConnectClusters | InCluster;

/** CREATE [OR REPLACE] CONNECT CLUSTER [IF NOT EXISTS] name WITH (url='…', user='…', password='…'). */
export interface CreateConnectCluster extends Node {
  readonly kind: 'CreateConnectCluster';
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly name: string;
  readonly properties: readonly ConnectorProperty[];
}
/** DROP CONNECT CLUSTER [IF EXISTS] name: its connectors are left alone. */
export interface DropConnectCluster extends Node {
  readonly kind: 'DropConnectCluster';
  readonly name: string;
  readonly ifExists: boolean;
}
/** SHOW CONNECT CLUSTERS. */
export interface ListConnectClusters extends Node {
  readonly kind: 'ListConnectClusters';
}
/** A statement that may be meant for another cluster than the one of the server. */
export type ClusterStatement =
  | ConnectorStatement
  | AssertConnector
  | DescribeConnector
  | DescribeConnectorPlugin
  | ListConnectorOffsets
  | ListConnectorPlugins
  | ListConnectors
  | ListDeadLetters
  | ShowCreateConnector;
/** Their kinds: one that is forgotten does not compile. */
export const CLUSTER_STATEMENTS: Readonly<Record<ClusterStatement['kind'], true>> = {
  CreateConnector: true,
  AlterConnector: true,
  DropConnector: true,
  RestartConnector: true,
  PauseConnector: true,
  ResumeConnector: true,
  StopConnector: true,
  AlterConnectorOffsets: true,
  ResetConnectorOffsets: true,
  SnapshotTables: true,
  RetryDeadLetters: true,
  ValidateConnector: true,
  CreateFromConnector: true,
  ListConnectorLogs: true,
  AssertConnector: true,
  DescribeConnector: true,
  DescribeConnectorPlugin: true,
  ListConnectorOffsets: true,
  ListConnectorPlugins: true,
  ListConnectors: true,
  ListDeadLetters: true,
  ShowCreateConnector: true,
};

/** … IN CLUSTER name, behind a statement of connectors. */
export interface InCluster extends Node {
  readonly kind: 'InCluster';
  readonly cluster: string;
  readonly statement: ClusterStatement;
}
