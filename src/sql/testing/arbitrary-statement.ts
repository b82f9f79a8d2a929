import fc from 'fast-check';
import { NO_SPAN } from '../../base/span.ts';
import type { ConnectorName } from '../ast/connectors.ts';
import type { ColumnDefinition, Property } from '../ast/definition.ts';
import type { Duration, Query } from '../ast/query.ts';
import type { Statement, StatementKind } from '../ast/statement.ts';
import {
  arbitraryExpression,
  arbitraryIdentifier,
  arbitraryLiteral,
  arbitraryName,
  arbitraryString,
  arbitraryType,
} from './arbitrary-expression.ts';

const span = NO_SPAN;

const sourceType = fc.constantFrom('STREAM' as const, 'TABLE' as const);
const flag = fc.boolean();
const count = fc.nat();
const UNIT_MS = { MILLISECONDS: 1, SECONDS: 1000, MINUTES: 60_000, HOURS: 3_600_000, DAYS: 86_400_000 } as const;
const duration = fc
  .tuple(fc.nat(100_000), fc.constantFrom(...(Object.keys(UNIT_MS) as (keyof typeof UNIT_MS)[])))
  .map(([value, unit]): Duration => ({ kind: 'Duration', span, value, unit, ms: value * UNIT_MS[unit] }));

const aliased = fc.record({
  kind: fc.constant('AliasedSource' as const),
  span: fc.constant(span),
  name: arbitraryIdentifier,
  alias: fc.option(arbitraryIdentifier),
});
const rest = { span: fc.constant(span), retention: fc.option(duration), grace: fc.option(duration) };

const arbitraryQuery: fc.Arbitrary<Query> = fc.record({
  kind: fc.constant('Query' as const),
  distinct: fc.boolean(),
  span: fc.constant(span),
  select: fc.array(
    fc.oneof(
      fc.option(arbitraryName).map((qualifier) => ({ kind: 'AllColumns', span, qualifier }) as const),
      arbitraryExpression.map((base) => ({ kind: 'StructAll', span, base }) as const),
      fc
        .tuple(arbitraryExpression, fc.option(arbitraryIdentifier))
        .map(([expression, alias]) => ({ kind: 'SingleColumn', span, expression, alias }) as const),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  from: fc.record({
    kind: fc.constant('From' as const),
    span: fc.constant(span),
    source: aliased,
    joins: fc.array(
      fc.record({
        kind: fc.constant('Join' as const),
        span: fc.constant(span),
        type: fc.constantFrom('INNER' as const, 'LEFT' as const, 'RIGHT' as const, 'OUTER' as const),
        source: aliased,
        within: fc.option(
          fc.record({
            kind: fc.constant('Within' as const),
            span: fc.constant(span),
            before: duration,
            after: duration,
            grace: fc.option(duration),
          }),
        ),
        on: arbitraryExpression,
      }),
      { maxLength: 2 },
    ),
  }),
  window: fc.option(
    fc.oneof(
      fc.record({ kind: fc.constant('TumblingWindow' as const), size: duration, ...rest }),
      fc.record({ kind: fc.constant('HoppingWindow' as const), size: duration, advance: duration, ...rest }),
      fc.record({ kind: fc.constant('SessionWindow' as const), gap: duration, ...rest }),
    ),
  ),
  where: fc.option(arbitraryExpression),
  partitionBy: fc.array(arbitraryExpression, { maxLength: 2 }),
  groupBy: fc.array(arbitraryExpression, { maxLength: 2 }),
  having: fc.option(arbitraryExpression),
  orderBy: fc.array(
    fc.record({
      kind: fc.constant('SortItem' as const),
      span: fc.constant(span),
      expression: arbitraryExpression,
      descending: fc.boolean(),
      nulls: fc.constantFrom('FIRST' as const, 'LAST' as const, null),
    }),
    { maxLength: 2 },
  ),
  emit: fc.constantFrom('CHANGES' as const, 'FINAL' as const, null),
  limit: fc.option(fc.integer({ min: -2_147_483_647 }).map((n) => (Object.is(n, -0) ? 0 : n))),
});

const sourceName = arbitraryIdentifier.filter((i) => /^[A-Za-z0-9_-]+$/.test(i.name));
const properties = fc.array(
  fc.tuple(arbitraryName, arbitraryLiteral).map(([name, value]): Property => ({ kind: 'Property', span, name, value })),
  { maxLength: 3 },
);
const valueColumn = fc.tuple(arbitraryIdentifier, arbitraryType).map(([name, type]): ColumnDefinition => ({
  kind: 'ColumnDefinition',
  span,
  name,
  type,
  role: 'VALUE',
  headerKey: null,
}));

const columnsFor = (type: 'STREAM' | 'TABLE'): fc.Arbitrary<ColumnDefinition[]> =>
  fc.array(
    fc
      .tuple(
        valueColumn,
        fc.constantFrom(
          'VALUE' as const,
          type === 'STREAM' ? ('KEY' as const) : ('PRIMARY KEY' as const),
          'HEADERS' as const,
          'HEADER' as const,
        ),
        arbitraryString,
      )
      .map(([column, role, headerKey]): ColumnDefinition => ({
        ...column,
        role,
        headerKey: role === 'HEADER' ? headerKey : null,
      })),
    { maxLength: 3 },
  );

const bareOrQuoted = fc.oneof(
  arbitraryString.filter((s) => s !== ''),
  fc.stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z0-9.]{1,4}){1,3}$/),
);
const connectorName = fc
  .tuple(bareOrQuoted, fc.constantFrom('none' as const, 'back-quote' as const, 'double' as const, 'string' as const))
  .map(([written, wished]): ConnectorName => {
    const bare = /^[A-Za-z][A-Za-z0-9.-]*$/.test(written);
    // Variables are replaced only in strings, so a name that contains one would be changed when it is written as a
    // string.
    const quoting = wished === 'none' && !bare ? 'back-quote' : wished;
    const name = quoting === 'none' && /^[A-Za-z][A-Za-z0-9]*$/.test(written) ? written.toUpperCase() : written;
    return { kind: 'ConnectorName', span, name, written, quoting };
  });
const connectorProperties = fc
  .uniqueArray(fc.tuple(fc.oneof(arbitraryString, fc.stringMatching(/^[a-z]+(\.[a-z]+)*$/)), arbitraryString), {
    maxLength: 4,
    selector: ([key]) => key,
  })
  .map((entries) =>
    entries.map(([key, value]) => ({ kind: 'ConnectorProperty', span, key, value, valueStyle: 'string' }) as const),
  );
const createConnector = fc
  .record({
    type: fc.constantFrom('SOURCE' as const, 'SINK' as const),
    orReplace: flag,
    ifNotExists: flag,
    name: connectorName,
    properties: connectorProperties,
    initialState: fc.constantFrom('STOPPED' as const, 'PAUSED' as const, null),
  })
  .map((s) => ({ ...s, ifNotExists: s.ifNotExists && !s.orReplace }));
const query = fc.option(arbitraryIdentifier);
const insertColumns = fc
  .tuple(fc.array(fc.tuple(arbitraryIdentifier, arbitraryExpression), { minLength: 1, maxLength: 3 }), flag)
  .map(([pairs, named]) => ({
    columns: named ? pairs.map(([name]) => name) : [],
    values: pairs.map(([, value]) => value),
  }));
const variableName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);

type Fields<K extends StatementKind> = Omit<Extract<Statement, { kind: K }>, 'kind' | 'span'>;
type Arbitraries = { readonly [K in StatementKind]: fc.Arbitrary<Fields<K>> };

const none = fc.constant({});

/** The possible fields of each kind of statement; a new kind does not compile until it is added here. */
const FIELDS: Arbitraries = {
  Query: arbitraryQuery,
  CreateSource: sourceType.chain((type) =>
    fc.record({
      sourceType: fc.constant(type),
      orReplace: flag,
      ifNotExists: flag,
      readOnly: flag,
      name: sourceName,
      columns: columnsFor(type),
      properties,
    }),
  ),
  CreateSourceAs: fc.record({
    sourceType,
    orReplace: flag,
    ifNotExists: flag,
    name: sourceName,
    properties,
    query: arbitraryQuery,
  }),
  AlterSource: fc.record({
    sourceType,
    name: arbitraryIdentifier,
    columns: fc.array(valueColumn, { minLength: 1, maxLength: 3 }),
  }),
  DropSource: fc.record({ sourceType, ifExists: flag, name: arbitraryIdentifier, deleteTopic: flag }),
  CreateType: fc.record({ ifNotExists: flag, name: arbitraryIdentifier, type: arbitraryType }),
  DropType: fc.record({ ifExists: flag, name: arbitraryIdentifier }),
  InsertInto: fc.record({ target: arbitraryIdentifier, properties, query: arbitraryQuery }),
  InsertValues: fc.tuple(arbitraryIdentifier, insertColumns).map(([target, row]) => ({ target, ...row })),
  ListSources: fc.record({ sourceType, extended: flag }),
  ListTopics: fc.record({ all: flag, extended: flag }),
  ListQueries: fc.record({ extended: flag }),
  ListProperties: none,
  ListFunctions: none,
  ListTypes: none,
  ShowHealth: none,
  ShowLineage: fc.record({ of: fc.option(bareOrQuoted) }),
  ListVariables: none,
  ListConnectors: fc.record({
    scope: fc.constantFrom('SOURCE' as const, 'SINK' as const, 'ALL' as const),
    extended: fc.boolean(),
  }),
  ListConnectorPlugins: none,
  ShowCreateConnector: fc.record({ name: connectorName, asJson: flag }),
  ListDeadLetters: fc.record({ name: connectorName, where: fc.option(arbitraryExpression), limit: fc.option(count) }),
  ListConnectorOffsets: fc.record({ name: connectorName }),
  DescribeSource: fc.record({ name: arbitraryIdentifier, extended: flag }),
  DescribeSources: fc.record({ sourceType, extended: flag }),
  DescribeFunction: fc.record({ name: arbitraryString.filter((s) => s !== '') }),
  DescribeConnector: fc.record({ name: connectorName, extended: flag }),
  DescribeConnectorPlugin: fc.record({ plugin: bareOrQuoted }),
  Explain: fc.oneof(
    fc.record({ queryId: arbitraryName, statement: fc.constant(null) }),
    fc.record({ queryId: fc.constant(null), statement: arbitraryQuery }),
  ),
  PrintTopic: fc.record({
    topic: bareOrQuoted,
    fromBeginning: flag,
    every: fc.option(count),
    limit: fc.option(count),
  }),
  SetProperty: fc.record({ name: arbitraryString, value: arbitraryString }),
  UnsetProperty: fc.record({ name: arbitraryString }),
  AlterSystem: fc.record({ name: arbitraryString, value: arbitraryString }),
  DefineVariable: fc.record({ name: variableName, value: arbitraryString }),
  UndefineVariable: fc.record({ name: variableName }),
  TerminateQuery: fc.record({ query }),
  TerminateCluster: none,
  PauseQuery: fc.record({ query }),
  ResumeQuery: fc.record({ query }),
  RunScript: fc.record({ path: arbitraryString }),
  AssertTopic: fc.record({ exists: flag, topic: bareOrQuoted, properties, timeout: fc.option(duration) }),
  AssertSchema: fc
    .tuple(flag, bareOrQuoted, count, fc.constantFrom(1, 2, 3), fc.option(duration))
    .map(([exists, subject, id, which, timeout]) => ({
      exists,
      subject: which & 1 ? subject : null,
      id: which & 2 ? id : null,
      timeout,
    })),
  AssertConnector: fc
    .record({
      exists: flag,
      name: connectorName,
      state: fc.constantFrom('RUNNING' as const, 'PAUSED' as const, 'STOPPED' as const, 'FAILED' as const, null),
      timeout: fc.option(duration),
    })
    .map((s) => ({ ...s, state: s.exists ? s.state : null })),
  AssertValues: fc.tuple(arbitraryIdentifier, insertColumns).map(([source, row]) => ({ source, ...row })),
  AssertTombstone: fc.tuple(arbitraryIdentifier, insertColumns).map(([source, row]) => ({ source, ...row })),
  AssertSource: sourceType.chain((type) =>
    fc.record({ sourceType: fc.constant(type), name: arbitraryIdentifier, columns: columnsFor(type), properties }),
  ),
  CreateConnector: createConnector,
  AlterConnector: fc.oneof(
    fc
      .record({
        name: connectorName,
        properties: connectorProperties,
        reset: fc.array(arbitraryString, { maxLength: 3 }),
      })
      .filter((s) => !s.properties.some((p) => s.reset.includes(p.key))),
    fc.record({
      name: connectorName,
      properties: fc.constant([]),
      reset: fc.array(arbitraryString, { minLength: 1, maxLength: 3 }),
    }),
  ),
  CreateSecret: fc
    .record({ name: arbitraryName, orReplace: flag, ifNotExists: flag, properties: connectorProperties })
    .map((s) => ({ ...s, ifNotExists: s.ifNotExists && !s.orReplace })),
  AlterSecret: fc.oneof(
    fc.record({ name: arbitraryName, properties: connectorProperties, reset: fc.constant([]) }),
    fc.record({
      name: arbitraryName,
      properties: fc.constant([]),
      reset: fc.array(arbitraryString, { minLength: 1, maxLength: 3 }),
    }),
  ),
  DropSecret: fc.record({ name: arbitraryName, ifExists: flag }),
  ListSecrets: fc.record({}),
  CreateConnectCluster: fc
    .record({ name: arbitraryName, orReplace: flag, ifNotExists: flag, properties: connectorProperties })
    .map((s) => ({ ...s, ifNotExists: s.ifNotExists && !s.orReplace })),
  DropConnectCluster: fc.record({ name: arbitraryName, ifExists: flag }),
  ListConnectClusters: fc.record({}),
  InCluster: fc.record({
    cluster: arbitraryName,
    statement: fc.record({ kind: fc.constant('StopConnector' as const), span: fc.constant(span), name: connectorName }),
  }),
  ValidateConnector: fc.record({
    connector: createConnector.map((c) => ({ ...c, kind: 'CreateConnector', span }) as const),
  }),
  ListConnectorLogs: fc.record({ name: connectorName, limit: fc.option(fc.nat()) }),
  CreateFromConnector: fc.record({
    sourceType: fc.constantFrom('STREAM' as const, 'TABLE' as const),
    ifNotExists: flag,
    name: sourceName,
    connector: connectorName,
    topic: fc.option(arbitraryString),
  }),
  StopConnector: fc.record({ name: connectorName }),
  AlterConnectorOffsets: fc.record({
    name: connectorName,
    position: fc.oneof(
      fc.record({ at: fc.constantFrom('BEGINNING' as const, 'END' as const) }),
      fc.record({ at: fc.constant('TIMESTAMP' as const), text: arbitraryString }),
      fc.record({ at: fc.constant('OFFSETS' as const), json: arbitraryString }),
    ),
  }),
  SnapshotTables: fc.oneof(
    fc.record({
      name: connectorName,
      action: fc.constant('READ' as const),
      tables: fc.array(arbitraryString, { minLength: 1, maxLength: 3 }),
      where: fc.option(arbitraryString),
    }),
    fc.record({
      name: connectorName,
      action: fc.constantFrom('PAUSE' as const, 'RESUME' as const, 'STOP' as const),
      tables: fc.array(arbitraryString, { maxLength: 3 }),
      where: fc.constant(null),
    }),
  ),
  RetryDeadLetters: fc.record({ name: connectorName, where: fc.option(arbitraryExpression) }),
  ResetConnectorOffsets: fc.record({ name: connectorName }),
  DropConnector: fc
    .record({ ifExists: flag, name: connectorName, terminate: flag, deleteTopics: flag, cascade: flag })
    .map((s) => ({ ...s, deleteTopics: s.terminate && s.deleteTopics, cascade: s.terminate && s.cascade })),
  RestartConnector: fc.record({ name: connectorName, task: fc.option(count), onlyFailed: flag }),
  PauseConnector: fc.record({ name: connectorName }),
  ResumeConnector: fc.record({ name: connectorName }),
  DropTopic: fc.record({ ifExists: flag, topic: bareOrQuoted }),
};

export const STATEMENT_KINDS = Object.keys(FIELDS) as StatementKind[];

/** Any statement of one kind that can be written as text. */
export function arbitraryStatement(kind: StatementKind): fc.Arbitrary<Statement> {
  return (FIELDS[kind] as fc.Arbitrary<object>).map((fields) => ({ ...fields, kind, span }) as unknown as Statement);
}
