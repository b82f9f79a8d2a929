import { assertNever } from '../../base/assert.ts';
import type { ConnectorName, ConnectorProperty, OffsetsPosition } from '../ast/connectors.ts';
import type { ColumnDefinition, Property } from '../ast/definition.ts';
import type { Identifier } from '../ast/node.ts';
import type { Duration } from '../ast/query.ts';
import type { Statement, StatementKind, StatementOf } from '../ast/statement.ts';
import { scanProperties } from '../lexer/raw-properties.ts';
import { escapeVariables, isVariableName } from '../variables.ts';
import { formatExpression } from './expressions.ts';
import { formatBareName, formatIdentifier, formatName, formatString, quoteName } from './names.ts';
import { formatDuration, formatQuery } from './query.ts';
import { formatTypeSyntax } from './types.ts';

/** SQL of any statement, in ksqlDB's layout, without a semicolon. It parses to the same tree, apart from spans. */
export function formatStatement(statement: Statement): string {
  return (PRINTERS[statement.kind] as (s: Statement) => string)(statement);
}

const PRINTERS: { readonly [K in StatementKind]: (statement: StatementOf<K>) => string } = {
  Query: formatQuery,
  // definitions
  CreateSource: (s) =>
    words(
      'CREATE',
      s.orReplace && 'OR REPLACE',
      s.readOnly && 'SOURCE',
      s.sourceType,
      s.ifNotExists && 'IF NOT EXISTS',
      formatIdentifier(s.name),
      s.columns.length > 0 && columnList(s.columns),
      withClause(s.properties),
    ),
  CreateSourceAs: (s) =>
    words(
      'CREATE',
      s.orReplace && 'OR REPLACE',
      s.sourceType,
      s.ifNotExists && 'IF NOT EXISTS',
      formatIdentifier(s.name),
      withClause(s.properties),
      'AS',
      formatQuery(s.query),
    ),
  AlterSource: (s) =>
    `ALTER ${s.sourceType} ${formatIdentifier(s.name)} ${s.columns.map((c) => `ADD COLUMN ${formatColumnDefinition(c)}`).join(', ')}`,
  DropSource: (s) =>
    words('DROP', s.sourceType, s.ifExists && 'IF EXISTS', formatIdentifier(s.name), s.deleteTopic && 'DELETE TOPIC'),
  CreateType: (s) =>
    words('CREATE TYPE', s.ifNotExists && 'IF NOT EXISTS', formatIdentifier(s.name), 'AS', formatTypeSyntax(s.type)),
  DropType: (s) => words('DROP TYPE', s.ifExists && 'IF EXISTS', formatIdentifier(s.name)),
  // insertions
  InsertInto: (s) => words('INSERT INTO', formatIdentifier(s.target), withClause(s.properties), formatQuery(s.query)),
  InsertValues: (s) =>
    words(
      'INSERT INTO',
      formatIdentifier(s.target),
      nameList(s.columns),
      `VALUES (${s.values.map((v) => formatExpression(v)).join(', ')})`,
    ),
  // introspection
  ListSources: (s) => words('LIST', `${s.sourceType}S`, s.extended && 'EXTENDED'),
  ListTopics: (s) => words('LIST', s.all && 'ALL', 'TOPICS', s.extended && 'EXTENDED'),
  ListQueries: (s) => words('LIST QUERIES', s.extended && 'EXTENDED'),
  ListProperties: () => 'LIST PROPERTIES',
  ListFunctions: () => 'LIST FUNCTIONS',
  ListTypes: () => 'LIST TYPES',
  ShowLineage: (s) => words('SHOW LINEAGE', s.of !== null && `OF ${formatBareName(s.of)}`),
  ShowHealth: () => 'SHOW HEALTH',
  ListVariables: () => 'LIST VARIABLES',
  ListConnectors: (s) => words('LIST', s.scope !== 'ALL' && s.scope, 'CONNECTORS', s.extended && 'EXTENDED'),
  ListConnectorPlugins: () => 'LIST CONNECTOR PLUGINS',
  ShowCreateConnector: (s) => words('SHOW CREATE CONNECTOR', formatConnectorName(s.name), s.asJson && 'AS JSON'),
  ListDeadLetters: (s) =>
    words(
      'LIST DEAD LETTERS OF',
      formatConnectorName(s.name),
      s.where !== null && `WHERE ${formatExpression(s.where)}`,
      s.limit !== null && `LIMIT ${s.limit}`,
    ),
  ListConnectorOffsets: (s) => `LIST CONNECTOR OFFSETS OF ${formatConnectorName(s.name)}`,
  DescribeSource: (s) => words('DESCRIBE', formatIdentifier(s.name), s.extended && 'EXTENDED'),
  DescribeSources: (s) => words('DESCRIBE', `${s.sourceType}S`, s.extended && 'EXTENDED'),
  DescribeFunction: (s) =>
    `DESCRIBE FUNCTION ${isVariableName(s.name) ? formatBareName(s.name) : formatString(s.name)}`,
  DescribeConnector: (s) => words('DESCRIBE CONNECTOR', formatConnectorName(s.name), s.extended && 'EXTENDED'),
  DescribeConnectorPlugin: (s) => `DESCRIBE CONNECTOR PLUGIN ${formatBareName(s.plugin)}`,
  Explain: (s) => `EXPLAIN ${s.statement === null ? formatName(s.queryId ?? '') : formatStatement(s.statement)}`,
  PrintTopic: (s) =>
    words(
      'PRINT',
      formatBareName(s.topic),
      s.fromBeginning && 'FROM BEGINNING',
      s.every !== null && `INTERVAL ${s.every}`,
      s.limit !== null && `LIMIT ${s.limit}`,
    ),
  // session
  SetProperty: (s) => `SET ${formatString(s.name)}=${formatString(s.value)}`,
  UnsetProperty: (s) => `UNSET ${formatString(s.name)}`,
  AlterSystem: (s) => `ALTER SYSTEM ${formatString(s.name)}=${formatString(s.value)}`,
  DefineVariable: (s) => `DEFINE ${variableName(s.name)}=${formatString(s.value)}`,
  UndefineVariable: (s) => `UNDEFINE ${variableName(s.name)}`,
  TerminateQuery: (s) => `TERMINATE ${queryOrAll(s.query)}`,
  TerminateCluster: () => 'TERMINATE CLUSTER',
  PauseQuery: (s) => `PAUSE ${queryOrAll(s.query)}`,
  ResumeQuery: (s) => `RESUME ${queryOrAll(s.query)}`,
  RunScript: (s) => `RUN SCRIPT ${formatString(s.path)}`,
  // assertions
  AssertTopic: (s) =>
    words(
      'ASSERT',
      !s.exists && 'NOT EXISTS',
      'TOPIC',
      formatBareName(s.topic),
      withClause(s.properties),
      timeout(s.timeout),
    ),
  AssertSchema: (s) =>
    words(
      'ASSERT',
      !s.exists && 'NOT EXISTS',
      'SCHEMA',
      s.subject !== null && `SUBJECT ${formatBareName(s.subject)}`,
      s.id !== null && `ID ${s.id}`,
      timeout(s.timeout),
    ),
  AssertConnector: (s) =>
    words('ASSERT', !s.exists && 'NOT EXISTS', 'CONNECTOR', formatConnectorName(s.name), s.state, timeout(s.timeout)),
  AssertValues: (s) =>
    words(
      'ASSERT VALUES',
      formatIdentifier(s.source),
      nameList(s.columns),
      `VALUES (${s.values.map((v) => formatExpression(v)).join(', ')})`,
    ),
  AssertTombstone: (s) =>
    words(
      'ASSERT NULL VALUES',
      formatIdentifier(s.source),
      nameList(s.columns),
      `KEY (${s.values.map((v) => formatExpression(v)).join(', ')})`,
    ),
  AssertSource: (s) =>
    words(
      'ASSERT',
      s.sourceType,
      formatIdentifier(s.name),
      s.columns.length > 0 && columnList(s.columns),
      withClause(s.properties),
    ),
  // connectors
  CreateConnector: (s) =>
    words(
      'CREATE',
      s.orReplace && 'OR REPLACE',
      s.type,
      'CONNECTOR',
      s.ifNotExists && 'IF NOT EXISTS',
      formatConnectorName(s.name),
      'WITH',
      connectorProperties(s.properties),
      s.initialState,
    ),
  AlterConnector: (s) =>
    words(
      'ALTER CONNECTOR',
      formatConnectorName(s.name),
      (s.properties.length > 0 || s.reset.length === 0) && `SET ${connectorProperties(s.properties)}`,
      s.reset.length > 0 && `RESET (${s.reset.map(formatString).join(', ')})`,
    ),
  CreateConnectCluster: (s) =>
    words(
      'CREATE',
      s.orReplace && 'OR REPLACE',
      'CONNECT CLUSTER',
      s.ifNotExists && 'IF NOT EXISTS',
      formatName(s.name),
      'WITH',
      connectorProperties(s.properties),
    ),
  DropConnectCluster: (s) => words('DROP CONNECT CLUSTER', s.ifExists && 'IF EXISTS', formatName(s.name)),
  ListConnectClusters: () => 'SHOW CONNECT CLUSTERS',
  InCluster: (s) => words(formatStatement(s.statement), 'IN CLUSTER', formatName(s.cluster)),
  CreateSecret: (s) =>
    words(
      'CREATE',
      s.orReplace && 'OR REPLACE',
      'SECRET',
      s.ifNotExists && 'IF NOT EXISTS',
      formatName(s.name),
      'WITH',
      connectorProperties(s.properties),
    ),
  AlterSecret: (s) =>
    words(
      'ALTER SECRET',
      formatName(s.name),
      s.reset.length > 0
        ? `RESET (${s.reset.map(formatString).join(', ')})`
        : `SET ${connectorProperties(s.properties)}`,
    ),
  DropSecret: (s) => words('DROP SECRET', s.ifExists && 'IF EXISTS', formatName(s.name)),
  ListSecrets: () => 'SHOW SECRETS',
  StopConnector: (s) => `STOP CONNECTOR ${formatConnectorName(s.name)}`,
  AlterConnectorOffsets: (s) =>
    `ALTER CONNECTOR OFFSETS OF ${formatConnectorName(s.name)} SET ${positionText(s.position)}`,
  SnapshotTables: (s) =>
    words(
      'ALTER CONNECTOR',
      formatConnectorName(s.name),
      s.action !== 'READ' && s.action,
      'SNAPSHOT',
      s.tables.length > 0 && `TABLES (${s.tables.map(formatString).join(', ')})`,
      s.where !== null && `WHERE ${formatString(s.where)}`,
    ),
  ValidateConnector: (s) => formatStatement(s.connector).replace(/^CREATE/, 'VALIDATE'),
  CreateFromConnector: (s) =>
    words(
      'CREATE',
      s.sourceType,
      s.ifNotExists && 'IF NOT EXISTS',
      formatIdentifier(s.name),
      'FROM CONNECTOR',
      formatConnectorName(s.connector),
      s.topic !== null && `TOPIC ${formatString(s.topic)}`,
    ),
  ListConnectorLogs: (s) => words('SHOW LOGS OF', formatConnectorName(s.name), s.limit !== null && `LIMIT ${s.limit}`),
  RetryDeadLetters: (s) =>
    words(
      'RETRY DEAD LETTERS OF',
      formatConnectorName(s.name),
      s.where !== null && `WHERE ${formatExpression(s.where)}`,
    ),
  ResetConnectorOffsets: (s) => `RESET CONNECTOR OFFSETS OF ${formatConnectorName(s.name)}`,
  DropConnector: (s) =>
    words(
      'DROP CONNECTOR',
      s.ifExists && 'IF EXISTS',
      formatConnectorName(s.name),
      s.terminate && 'TERMINATE',
      s.deleteTopics && 'DELETE TOPICS',
      s.cascade && 'CASCADE',
    ),
  RestartConnector: (s) =>
    words(
      'RESTART CONNECTOR',
      formatConnectorName(s.name),
      s.task !== null && `TASK ${s.task}`,
      s.onlyFailed && 'ONLY FAILED',
    ),
  PauseConnector: (s) => `PAUSE CONNECTOR ${formatConnectorName(s.name)}`,
  ResumeConnector: (s) => `RESUME CONNECTOR ${formatConnectorName(s.name)}`,
  // topics
  DropTopic: (s) => words('DROP TOPIC', s.ifExists && 'IF EXISTS', formatBareName(s.topic)),
};

function words(...parts: readonly (string | false | null)[]): string {
  return parts.filter((part) => part !== false && part !== null).join(' ');
}

/** `ID INTEGER KEY`. */
export function formatColumnDefinition(column: ColumnDefinition): string {
  const role =
    column.role === 'VALUE'
      ? false
      : column.role === 'HEADER'
        ? `HEADER(${formatString(column.headerKey ?? '')})`
        : column.role;
  return words(formatIdentifier(column.name), formatTypeSyntax(column.type), role);
}

function columnList(columns: readonly ColumnDefinition[]): string {
  return `(${columns.map(formatColumnDefinition).join(', ')})`;
}

function nameList(names: readonly Identifier[]): string | null {
  return names.length === 0 ? null : `(${names.map(formatIdentifier).join(', ')})`;
}

function withClause(properties: readonly Property[]): string | null {
  if (properties.length === 0) return null;
  const entries = properties.map((p) => {
    const name = /^[A-Z_][A-Z0-9_]*$/.test(p.name) ? p.name : formatString(p.name);
    return `${name}=${formatExpression(p.value)}`;
  });
  return `WITH (${entries.join(', ')})`;
}

function timeout(duration: Duration | null): string | null {
  return duration === null ? null : `TIMEOUT ${formatDuration(duration)}`;
}

function queryOrAll(query: Identifier | null): string {
  if (query === null) return 'ALL';
  // Plain words, and ids of transient queries with hyphens and lower case, need no quotes here.
  return !query.quoted && /^[A-Za-z_][A-Za-z0-9_@.-]*$/.test(query.name) ? query.name : formatIdentifier(query);
}

function variableName(name: string): string {
  return formatName(name.toUpperCase()).startsWith('`') ? quoteName(name) : name;
}

function formatConnectorName(name: ConnectorName): string {
  switch (name.quoting) {
    case 'none':
      return name.written;
    case 'back-quote':
      return quoteName(name.written);
    case 'double':
      return `"${name.written.replaceAll('"', '""')}"`;
    case 'string':
      return formatString(name.written);
    default:
      return assertNever(name.quoting);
  }
}

function positionText(position: OffsetsPosition): string {
  switch (position.at) {
    case 'OFFSETS':
      return formatString(position.json);
    case 'TIMESTAMP':
      return `TIMESTAMP ${formatString(position.text)}`;
    default:
      return position.at;
  }
}

function connectorProperties(properties: readonly ConnectorProperty[]): string {
  return `(${properties.map((p) => `${formatString(p.key)}=${connectorValue(p)}`).join(', ')})`;
}

/** Unquoted if it was unquoted and still parses to the same value; the value of a variable may have added a comma. */
function connectorValue(property: ConnectorProperty): string {
  const bare = escapeVariables(property.value);
  if (property.valueStyle === 'bare') {
    // A value with an unclosed bracket ends only at the end of its line.
    for (const candidate of [bare, `${bare}\n`]) {
      const scanned = scanProperties(`k=${candidate})`, 0);
      const entry = scanned.ok && scanned.end === candidate.length + 3 ? scanned.entries[0] : undefined;
      if (entry?.valueStyle === 'bare' && entry.value === bare) return candidate;
    }
  }
  return formatString(property.value);
}
