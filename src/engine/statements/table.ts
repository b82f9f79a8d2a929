import { SluiceError } from '../../base/errors.ts';
import type { Statement, StatementKind, StatementOf } from '../../sql/ast/statement.ts';
import { lineage } from '../lineage/lineage.ts';
import { assertConnector, assertSchema, assertTopic } from './assertions.ts';
import { ALTER_SYSTEM, CHANGE, TERMINATE_QUERY } from './change.ts';
import { createConnectCluster, dropConnectCluster, inCluster, listConnectClusters } from './connect-clusters.ts';
import { alterConnector } from './connectors/alter.ts';
import { CREATE_CONNECTOR } from './connectors/create.ts';
import { listDeadLetters, retryLetters } from './connectors/dead-letters.ts';
import { describeConnector, describePlugin } from './connectors/describe.ts';
import { dropConnector } from './connectors/drop.ts';
import { pauseConnector, restartConnector, resumeConnector, stopConnector } from './connectors/lifecycle.ts';
import { snapshotTables } from './connectors/snapshot.ts';
import { alterOffsets, listOffsets, resetOffsets } from './connectors/offsets.ts';
import { showCreateConnector } from './connectors/show-create.ts';
import { createFromConnector } from './connectors/from-connector.ts';
import { listLogs } from './connectors/logs.ts';
import { validateConnector } from './connectors/validate.ts';
import { listConnectors, listPlugins } from './connectors/show.ts';
import { describeName, describeSources } from './describe.ts';
import { dropTopic } from './drop-topic.ts';
import { refused, unchecked, type Executor } from './executor.ts';
import { explain } from './explain.ts';
import { INSERT_VALUES } from './insert-values.ts';
import { alterSecret, createSecret, dropSecret, listSecrets } from './secrets.ts';
import { SESSION_STATEMENT, SET_PROPERTY } from './session-statements.ts';
import { describeFunction, listFunctions, listProperties, listTypes, listVariables } from './show-catalog.ts';
import { listQueries } from './show-queries.ts';
import { listSources } from './show-sources.ts';
import { listTopics } from './show-topics.ts';

/** SELECT and PRINT return rows without an end, so they are not allowed in a script. */
const answeredInRows = refused(
  ({ span }: Statement) =>
    new SluiceError(
      'WRONG_ENDPOINT',
      "The following statement types should be issued to the websocket endpoint '/query':\n\t* PRINT\n\t* SELECT",
      { span, hint: `Rows are answered by POST /query-stream with {"sql": "SELECT …;"}.` },
    ),
);

/** Statements of test scripts, and those that a single server of a service may not execute. */
const unsupported = refused(
  ({ kind, span }: Statement) =>
    new SluiceError('STATEMENT', `Statement type \`${kind}' not supported for this resource`, { span }),
);

/** How each kind of statement is checked and executed; a missing kind does not compile. */
const EXECUTORS: { readonly [K in StatementKind]: Executor<StatementOf<K>> } = {
  CreateSource: CHANGE,
  CreateSourceAs: CHANGE,
  AlterSource: CHANGE,
  DropSource: CHANGE,
  CreateType: CHANGE,
  DropType: CHANGE,
  InsertInto: CHANGE,
  PauseQuery: CHANGE,
  ResumeQuery: CHANGE,
  TerminateQuery: TERMINATE_QUERY,
  AlterSystem: ALTER_SYSTEM,

  SetProperty: SET_PROPERTY,
  UnsetProperty: SESSION_STATEMENT,
  DefineVariable: SESSION_STATEMENT,
  UndefineVariable: SESSION_STATEMENT,

  InsertValues: INSERT_VALUES,

  CreateConnector: CREATE_CONNECTOR,
  AlterConnector: { ...unchecked(alterConnector), catchesUp: () => true, unforeseen: () => 'SOURCES' },
  DropConnector: { ...unchecked(dropConnector), unforeseen: () => 'SOURCES' },
  RestartConnector: unchecked(restartConnector),
  PauseConnector: unchecked(pauseConnector),
  ResumeConnector: { ...unchecked(resumeConnector), catchesUp: () => true, unforeseen: () => 'SOURCES' },
  StopConnector: unchecked(stopConnector),
  AlterConnectorOffsets: unchecked(alterOffsets),
  SnapshotTables: unchecked(snapshotTables),
  ResetConnectorOffsets: unchecked(resetOffsets),
  RetryDeadLetters: unchecked(retryLetters),
  ListConnectors: unchecked(listConnectors),
  ListConnectorPlugins: unchecked((_, call) => listPlugins(call)),
  ShowCreateConnector: unchecked(showCreateConnector),
  ListConnectorOffsets: unchecked(listOffsets),
  ListDeadLetters: unchecked(listDeadLetters),
  DescribeConnector: unchecked(({ name, extended }, call) => describeConnector(name, extended, call)),
  DescribeConnectorPlugin: unchecked(describePlugin),

  CreateConnectCluster: { ...unchecked(createConnectCluster), unforeseen: () => 'CLUSTER' },
  DropConnectCluster: { ...unchecked(dropConnectCluster), unforeseen: () => 'CLUSTER' },
  ListConnectClusters: unchecked((_, call) => listConnectClusters(call)),
  InCluster: inCluster((statement) => executorOf(statement)),

  ValidateConnector: unchecked(validateConnector),
  CreateFromConnector: { ...unchecked(createFromConnector), catchesUp: () => true, unforeseen: () => 'SOURCES' },
  ListConnectorLogs: unchecked(listLogs),

  CreateSecret: unchecked(createSecret),
  AlterSecret: unchecked(alterSecret),
  DropSecret: unchecked(dropSecret),
  ListSecrets: unchecked((_, call) => listSecrets(call)),

  DropTopic: unchecked((statement, { services }) => dropTopic(statement, services)),
  AssertTopic: unchecked((statement, { services }) => assertTopic(statement, services)),
  AssertSchema: unchecked((statement, { services }) => assertSchema(statement, services)),
  AssertConnector: unchecked((statement, { services }) => assertConnector(statement, services)),

  ListSources: unchecked((statement, { services }) => listSources(statement, services)),
  ListTopics: unchecked((statement, { services }) => listTopics(statement, services)),
  ListQueries: unchecked((statement, { services }) => listQueries(statement, services)),
  ListProperties: unchecked((_, { services, session }) => listProperties(services, session)),
  ListFunctions: unchecked((_, { services }) => listFunctions(services)),
  ShowLineage: unchecked(async ({ of }, { services }) => ({
    kind: 'lineage' as const,
    lineage: await lineage(services, of ?? undefined),
  })),
  ShowHealth: unchecked(async (_, { services }) => ({ kind: 'health' as const, parts: await services.health() })),
  ListTypes: unchecked((_, { services }) => listTypes(services)),
  ListVariables: unchecked((_, { session }) => listVariables(session)),
  DescribeSource: unchecked(describeName),
  DescribeSources: unchecked((statement, { services }) => describeSources(statement, services)),
  DescribeFunction: unchecked(({ name }, { services }) => describeFunction(name, services)),
  Explain: unchecked(explain),

  Query: answeredInRows,
  PrintTopic: answeredInRows,

  AssertValues: unsupported,
  AssertTombstone: unsupported,
  AssertSource: unsupported,
  TerminateCluster: unsupported,
  RunScript: unsupported,
};

export function executorOf<S extends Statement>(statement: S): Executor<S> {
  return EXECUTORS[statement.kind] as unknown as Executor<S>;
}
