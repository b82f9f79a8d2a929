import type { Need, Right } from '../../base/rights.ts';
import type { CreateSource, CreateSourceAs } from '../../sql/ast/definition.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { ConnectorName } from '../../sql/ast/connectors.ts';
import type { Statement, StatementKind, StatementOf } from '../../sql/ast/statement.ts';

/** What a kind of statement requires of its caller, and the object that it affects: for refusals and the audit log. */
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

/** A declaration may name any topic: the right to a stream does not include the right to its topic. */
function declares({ name, properties }: Pick<CreateSource, 'name' | 'properties'>): readonly Need[] {
  const topics = properties.filter((p) => p.name.toUpperCase() === 'KAFKA_TOPIC');
  return [writes(name.name), ...topics.map(({ value }) => writes('value' in value ? String(value.value) : ''))];
}

/** For rows: the needs of the sources that the statement names. */
function rows<S>(needs: (statement: S) => readonly Need[], target: (statement: S) => string | undefined): Class<S> {
  return { needs, target };
}

/** For connectors: the right to the named connector, and possibly more. */
function connector<S extends { readonly name: ConnectorName }>(more: (statement: S) => readonly Right[] = () => []) {
  return {
    needs: (statement: S): readonly Need[] => [
      { right: 'connectors', connector: statement.name.name },
      ...more(statement).map((right) => ({ right })),
    ],
    target: nameOf,
  };
}

/** The class of each kind of statement; a missing kind does not compile. */
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

  // SQL cannot use the server's own topics; any other topic may belong to somebody unknown.
  DropTopic: of(ADMINISTER, ({ topic }) => topic),
  AlterSystem: of(ADMINISTER, ({ name }) => name),
  TerminateCluster: of(ADMINISTER),
  RunScript: of(ADMINISTER, ({ path }) => path),

  CreateConnector: connector(),
  AlterConnector: connector(),
  // TERMINATE, CASCADE and DELETE TOPICS end queries and remove rows.
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

  // It contacts the source, as CREATE does.
  ValidateConnector: { needs: (s) => needsOfStatement(s.connector), target: (s) => s.connector.name.name },
  CreateFromConnector: of(WRITE, nameOf),

  // The server will call any given address.
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
  // For a connector it contacts the source, which could make the server call any address.
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
  // Statements of test scripts, which a server does not execute.
  AssertValues: of(READ),
  AssertTombstone: of(READ),
  AssertSource: of(READ),
};

function queryOf({ query }: { readonly query: { readonly name: string } | null }): string {
  return query?.name ?? 'ALL';
}

/** What a statement requires of its caller. */
export function needsOfStatement<S extends Statement>(statement: S): readonly Need[] {
  return (CLASSES[statement.kind] as unknown as Class<S>).needs(statement);
}

/** The name of the object that a statement affects. */
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
