import type { Need, Right } from '../../base/rights.ts';
import type { CreateSource, CreateSourceAs } from '../../sql/ast/definition.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { ConnectorName } from '../../sql/ast/connectors.ts';
import type { Statement, StatementKind, StatementOf } from '../../sql/ast/statement.ts';

/** What a kind of statement asks of its caller, and what it is done to: for refusals and the audit log. */
interface Class<S> {
  readonly needs: (statement: S) => readonly Need[];
  readonly target: (statement: S) => string | undefined;
}

type Named = { readonly name: { readonly name: string } };

const SEE: readonly Need[] = [{ right: 'see' }];
const READ: readonly Need[] = [{ right: 'read' }];
const WRITE: readonly Need[] = [{ right: 'write' }];
const ADMINISTER: readonly Need[] = [{ right: 'administer' }];

const nameOf = ({ name }: Named): string => name.name;

function of<S>(needs: readonly Need[], target: (statement: S) => string | undefined = () => undefined): Class<S> {
  return { needs: () => needs, target };
}

/** The streams and tables that a query reads. */
function reads({ from }: Query): readonly Need[] {
  const all = [from.source, ...from.joins.map((join) => join.source)];
  return all.map(({ name }) => ({ right: 'read', source: name.name }));
}

const writes = (source: string): Need => ({ right: 'write', source });

/**
 * What a declaration calls its topic is a name of its own: whoever may have the stream may not have any topic for it.
 */
function declares({ name, properties }: Pick<CreateSource, 'name' | 'properties'>): readonly Need[] {
  const topics = properties.filter((p) => p.name.toUpperCase() === 'KAFKA_TOPIC');
  return [writes(name.name), ...topics.map(({ value }) => writes('value' in value ? String(value.value) : ''))];
}

/** Of rows: what is needed for those that the statement names. */
function rows<S>(needs: (statement: S) => readonly Need[], target: (statement: S) => string | undefined): Class<S> {
  return { needs, target };
}

/** Of connectors: the right over the one that is named, and maybe more. */
function connector<S extends { readonly name: ConnectorName }>(more: (statement: S) => readonly Right[] = () => []) {
  return {
    needs: (statement: S): readonly Need[] => [
      { right: 'connectors', connector: statement.name.name },
      ...more(statement).map((right) => ({ right })),
    ],
    target: nameOf,
  };
}

/** Each kind of statement has its class: one that is forgotten does not compile. */
const CLASSES: { readonly [K in StatementKind]: Class<StatementOf<K>> } = {
  CreateSource: rows<CreateSource>(declares, nameOf),
  CreateSourceAs: rows((s: CreateSourceAs) => [...reads(s.query), ...declares(s)], nameOf),
  AlterSource: rows((s) => [writes(s.name.name)], nameOf),
  DropSource: rows((s) => [writes(s.name.name)], nameOf),
  CreateType: of(WRITE, nameOf),
  DropType: of(WRITE, nameOf),
  InsertInto: rows(
    (s) => [...reads(s.query), writes(s.target.name)],
    ({ target }) => target.name,
  ),
  InsertValues: rows(
    (s) => [writes(s.target.name)],
    ({ target }) => target.name,
  ),
  PauseQuery: of(WRITE, queryOf),
  ResumeQuery: of(WRITE, queryOf),
  TerminateQuery: of(WRITE, queryOf),

  // The server's own topics are kept from SQL; any other may be somebody's whom we do not know.
  DropTopic: of(ADMINISTER, ({ topic }) => topic),
  AlterSystem: of(ADMINISTER, ({ name }) => name),
  TerminateCluster: of(ADMINISTER),
  RunScript: of(ADMINISTER, ({ path }) => path),

  CreateConnector: connector(),
  AlterConnector: connector(),
  // TERMINATE, CASCADE and DELETE TOPICS end queries and take rows away.
  DropConnector: connector(({ terminate, cascade, deleteTopics }) =>
    terminate || cascade || deleteTopics ? ['write'] : [],
  ),
  RestartConnector: connector(),
  PauseConnector: connector(),
  ResumeConnector: connector(),
  StopConnector: connector(),
  AlterConnectorOffsets: connector(),
  ResetConnectorOffsets: connector(),
  SnapshotTables: connector(),
  RetryDeadLetters: connector(),

  // It asks the source, as CREATE does.
  ValidateConnector: { needs: (s) => needsOfStatement(s.connector), target: (s) => s.connector.name.name },
  CreateFromConnector: of(WRITE, nameOf),

  // The server will call any address.
  CreateConnectCluster: of(ADMINISTER, ({ name }) => name),
  DropConnectCluster: of(ADMINISTER, ({ name }) => name),
  ListConnectClusters: of(SEE),
  InCluster: { needs: ({ statement }) => needsOfStatement(statement), target: ({ statement }) => targetOf(statement) },

  // Any connector may refer to any secret.
  CreateSecret: of(ADMINISTER, ({ name }) => name),
  AlterSecret: of(ADMINISTER, ({ name }) => name),
  DropSecret: of(ADMINISTER, ({ name }) => name),

  Query: rows(reads, () => undefined),
  PrintTopic: rows(
    ({ topic }) => [{ right: 'read', source: topic }],
    ({ topic }) => topic,
  ),
  // They show records.
  ListDeadLetters: of(READ, nameOf),

  SetProperty: of(SEE),
  UnsetProperty: of(SEE),
  DefineVariable: of(SEE),
  UndefineVariable: of(SEE),
  ListSources: of(SEE),
  ListTopics: of(SEE),
  ListQueries: of(SEE),
  ListProperties: of(SEE),
  ListFunctions: of(SEE),
  ListTypes: of(SEE),
  ListVariables: of(SEE),
  ListConnectors: of(SEE),
  ListConnectorPlugins: of(SEE),
  ListSecrets: of(SEE),
  ListConnectorLogs: of(SEE),
  ListConnectorOffsets: of(SEE),
  ShowCreateConnector: of(SEE),
  ShowLineage: of(SEE),
  ShowHealth: of(SEE),
  DescribeSource: of(SEE),
  DescribeSources: of(SEE),
  DescribeFunction: of(SEE),
  DescribeConnector: of(SEE),
  DescribeConnectorPlugin: of(SEE),
  // Of a connector it asks its source: that would be a way to make the server call any address.
  Explain: {
    needs: ({ statement }) => {
      const inner = statement === null ? SEE : needsOfStatement(statement);
      return inner.some(({ right }) => right === 'connectors' || right === 'administer') ? inner : SEE;
    },
    target: () => undefined,
  },
  AssertTopic: of(SEE),
  AssertSchema: of(SEE),
  AssertConnector: of(SEE),
  // Statements of test scripts, which no server carries out.
  AssertValues: of(READ),
  AssertTombstone: of(READ),
  AssertSource: of(READ),
};

function queryOf({ query }: { readonly query: { readonly name: string } | null }): string {
  return query?.name ?? 'ALL';
}

/** What a statement asks of its caller. */
export function needsOfStatement<S extends Statement>(statement: S): readonly Need[] {
  return (CLASSES[statement.kind] as unknown as Class<S>).needs(statement);
}

/** What a statement is done to, by name. */
export function targetOf<S extends Statement>(statement: S): string | undefined {
  return (CLASSES[statement.kind] as unknown as Class<S>).target(statement);
}

/** As a refusal names it: `DROP CONNECTOR orders`. */
export function describeAction(statement: Statement): string {
  const target = targetOf(statement);
  const words = statement.kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase();
  return target === undefined ? words : `${words} ${target}`;
}

/** Whether a statement changes something. */
export function isChange(statement: Statement): boolean {
  if (statement.kind === 'Explain' || statement.kind === 'ValidateConnector') return false;
  if (statement.kind === 'InCluster') return isChange(statement.statement);
  return needsOfStatement(statement).some(({ right }) => right !== 'see' && right !== 'read');
}
