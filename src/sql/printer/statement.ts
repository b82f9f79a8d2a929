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
  CreateSource: (statement) =>
    words(
      'CREATE',
      statement.orReplace && 'OR REPLACE',
      statement.readOnly && 'SOURCE',
      statement.sourceType,
      statement.ifNotExists && 'IF NOT EXISTS',
      formatIdentifier(statement.name),
      statement.columns.length > 0 && columnList(statement.columns),
      withClause(statement.properties),
    ),
  CreateSourceAs: (statement) =>
    words(
      'CREATE',
      statement.orReplace && 'OR REPLACE',
      statement.sourceType,
      statement.ifNotExists && 'IF NOT EXISTS',
      formatIdentifier(statement.name),
      withClause(statement.properties),
      'AS',
      formatQuery(statement.query),
    ),
  AlterSource: (statement) =>
    `ALTER ${statement.sourceType} ${formatIdentifier(statement.name)} ${statement.columns.map((c) => `ADD COLUMN ${formatColumnDefinition(c)}`).join(', ')}`,
  DropSource: (statement) =>
    words(
      'DROP',
      statement.sourceType,
      statement.ifExists && 'IF EXISTS',
      formatIdentifier(statement.name),
      statement.deleteTopic && 'DELETE TOPIC',
    ),
  CreateType: (statement) =>
    words(
      'CREATE TYPE',
      statement.ifNotExists && 'IF NOT EXISTS',
      formatIdentifier(statement.name),
      'AS',
      formatTypeSyntax(statement.type),
    ),
  DropType: (statement) => words('DROP TYPE', statement.ifExists && 'IF EXISTS', formatIdentifier(statement.name)),
  // insertions
  InsertInto: (statement) =>
    words(
      'INSERT INTO',
      formatIdentifier(statement.target),
      withClause(statement.properties),
      formatQuery(statement.query),
    ),
  InsertValues: (statement) =>
    words(
      'INSERT INTO',
      formatIdentifier(statement.target),
      nameList(statement.columns),
      `VALUES (${statement.values.map((v) => formatExpression(v)).join(', ')})`,
    ),
  // introspection
  ListSources: (statement) => words('LIST', `${statement.sourceType}S`, statement.extended && 'EXTENDED'),
  ListTopics: (statement) => words('LIST', statement.all && 'ALL', 'TOPICS', statement.extended && 'EXTENDED'),
  ListQueries: (statement) => words('LIST QUERIES', statement.extended && 'EXTENDED'),
  ListProperties: () => 'LIST PROPERTIES',
  ListFunctions: () => 'LIST FUNCTIONS',
  ListTypes: () => 'LIST TYPES',
  ShowLineage: (statement) => words('SHOW LINEAGE', statement.of !== null && `OF ${formatBareName(statement.of)}`),
  ShowHealth: () => 'SHOW HEALTH',
  ListVariables: () => 'LIST VARIABLES',
  ListConnectors: (statement) =>
    words('LIST', statement.scope !== 'ALL' && statement.scope, 'CONNECTORS', statement.extended && 'EXTENDED'),
  ListConnectorPlugins: () => 'LIST CONNECTOR PLUGINS',
  ShowCreateConnector: (statement) =>
    words('SHOW CREATE CONNECTOR', formatConnectorName(statement.name), statement.asJson && 'AS JSON'),
  ListDeadLetters: (statement) =>
    words(
      'LIST DEAD LETTERS OF',
      formatConnectorName(statement.name),
      statement.where !== null && `WHERE ${formatExpression(statement.where)}`,
      statement.limit !== null && `LIMIT ${statement.limit}`,
    ),
  ListConnectorOffsets: (statement) => `LIST CONNECTOR OFFSETS OF ${formatConnectorName(statement.name)}`,
  DescribeSource: (statement) => words('DESCRIBE', formatIdentifier(statement.name), statement.extended && 'EXTENDED'),
  DescribeSources: (statement) => words('DESCRIBE', `${statement.sourceType}S`, statement.extended && 'EXTENDED'),
  DescribeFunction: (statement) =>
    `DESCRIBE FUNCTION ${isVariableName(statement.name) ? formatBareName(statement.name) : formatString(statement.name)}`,
  DescribeConnector: (statement) =>
    words('DESCRIBE CONNECTOR', formatConnectorName(statement.name), statement.extended && 'EXTENDED'),
  DescribeConnectorPlugin: (statement) => `DESCRIBE CONNECTOR PLUGIN ${formatBareName(statement.plugin)}`,
  Explain: (statement) =>
    `EXPLAIN ${statement.statement === null ? formatName(statement.queryId ?? '') : formatStatement(statement.statement)}`,
  PrintTopic: (statement) =>
    words(
      'PRINT',
      formatBareName(statement.topic),
      statement.fromBeginning && 'FROM BEGINNING',
      statement.every !== null && `INTERVAL ${statement.every}`,
      statement.limit !== null && `LIMIT ${statement.limit}`,
    ),
  // session
  SetProperty: (statement) => `SET ${formatString(statement.name)}=${formatString(statement.value)}`,
  UnsetProperty: (statement) => `UNSET ${formatString(statement.name)}`,
  AlterSystem: (statement) => `ALTER SYSTEM ${formatString(statement.name)}=${formatString(statement.value)}`,
  DefineVariable: (statement) => `DEFINE ${variableName(statement.name)}=${formatString(statement.value)}`,
  UndefineVariable: (statement) => `UNDEFINE ${variableName(statement.name)}`,
  TerminateQuery: (statement) => `TERMINATE ${queryOrAll(statement.query)}`,
  TerminateCluster: () => 'TERMINATE CLUSTER',
  PauseQuery: (statement) => `PAUSE ${queryOrAll(statement.query)}`,
  ResumeQuery: (statement) => `RESUME ${queryOrAll(statement.query)}`,
  RunScript: (statement) => `RUN SCRIPT ${formatString(statement.path)}`,
  // assertions
  AssertTopic: (statement) =>
    words(
      'ASSERT',
      !statement.exists && 'NOT EXISTS',
      'TOPIC',
      formatBareName(statement.topic),
      withClause(statement.properties),
      timeout(statement.timeout),
    ),
  AssertSchema: (statement) =>
    words(
      'ASSERT',
      !statement.exists && 'NOT EXISTS',
      'SCHEMA',
      statement.subject !== null && `SUBJECT ${formatBareName(statement.subject)}`,
      statement.id !== null && `ID ${statement.id}`,
      timeout(statement.timeout),
    ),
  AssertConnector: (statement) =>
    words(
      'ASSERT',
      !statement.exists && 'NOT EXISTS',
      'CONNECTOR',
      formatConnectorName(statement.name),
      statement.state,
      timeout(statement.timeout),
    ),
  AssertValues: (statement) =>
    words(
      'ASSERT VALUES',
      formatIdentifier(statement.source),
      nameList(statement.columns),
      `VALUES (${statement.values.map((v) => formatExpression(v)).join(', ')})`,
    ),
  AssertTombstone: (statement) =>
    words(
      'ASSERT NULL VALUES',
      formatIdentifier(statement.source),
      nameList(statement.columns),
      `KEY (${statement.values.map((v) => formatExpression(v)).join(', ')})`,
    ),
  AssertSource: (statement) =>
    words(
      'ASSERT',
      statement.sourceType,
      formatIdentifier(statement.name),
      statement.columns.length > 0 && columnList(statement.columns),
      withClause(statement.properties),
    ),
  // connectors
  CreateConnector: (statement) =>
    words(
      'CREATE',
      statement.orReplace && 'OR REPLACE',
      statement.type,
      'CONNECTOR',
      statement.ifNotExists && 'IF NOT EXISTS',
      formatConnectorName(statement.name),
      'WITH',
      connectorProperties(statement.properties),
      statement.initialState,
    ),
  AlterConnector: (statement) =>
    words(
      'ALTER CONNECTOR',
      formatConnectorName(statement.name),
      (statement.properties.length > 0 || statement.reset.length === 0) &&
        `SET ${connectorProperties(statement.properties)}`,
      statement.reset.length > 0 && `RESET (${statement.reset.map(formatString).join(', ')})`,
    ),
  CreateConnectCluster: (statement) =>
    words(
      'CREATE',
      statement.orReplace && 'OR REPLACE',
      'CONNECT CLUSTER',
      statement.ifNotExists && 'IF NOT EXISTS',
      formatName(statement.name),
      'WITH',
      connectorProperties(statement.properties),
    ),
  DropConnectCluster: (statement) =>
    words('DROP CONNECT CLUSTER', statement.ifExists && 'IF EXISTS', formatName(statement.name)),
  ListConnectClusters: () => 'SHOW CONNECT CLUSTERS',
  InCluster: (statement) => words(formatStatement(statement.statement), 'IN CLUSTER', formatName(statement.cluster)),
  CreateSecret: (statement) =>
    words(
      'CREATE',
      statement.orReplace && 'OR REPLACE',
      'SECRET',
      statement.ifNotExists && 'IF NOT EXISTS',
      formatName(statement.name),
      'WITH',
      connectorProperties(statement.properties),
    ),
  AlterSecret: (statement) =>
    words(
      'ALTER SECRET',
      formatName(statement.name),
      statement.reset.length > 0
        ? `RESET (${statement.reset.map(formatString).join(', ')})`
        : `SET ${connectorProperties(statement.properties)}`,
    ),
  DropSecret: (statement) => words('DROP SECRET', statement.ifExists && 'IF EXISTS', formatName(statement.name)),
  ListSecrets: () => 'SHOW SECRETS',
  StopConnector: (statement) => `STOP CONNECTOR ${formatConnectorName(statement.name)}`,
  AlterConnectorOffsets: (statement) =>
    `ALTER CONNECTOR OFFSETS OF ${formatConnectorName(statement.name)} SET ${positionText(statement.position)}`,
  SnapshotTables: (statement) =>
    words(
      'ALTER CONNECTOR',
      formatConnectorName(statement.name),
      statement.action !== 'READ' && statement.action,
      'SNAPSHOT',
      statement.tables.length > 0 && `TABLES (${statement.tables.map(formatString).join(', ')})`,
      statement.where !== null && `WHERE ${formatString(statement.where)}`,
    ),
  ValidateConnector: (statement) => formatStatement(statement.connector).replace(/^CREATE/, 'VALIDATE'),
  CreateFromConnector: (statement) =>
    words(
      'CREATE',
      statement.sourceType,
      statement.ifNotExists && 'IF NOT EXISTS',
      formatIdentifier(statement.name),
      'FROM CONNECTOR',
      formatConnectorName(statement.connector),
      statement.topic !== null && `TOPIC ${formatString(statement.topic)}`,
    ),
  ListConnectorLogs: (statement) =>
    words('SHOW LOGS OF', formatConnectorName(statement.name), statement.limit !== null && `LIMIT ${statement.limit}`),
  RetryDeadLetters: (statement) =>
    words(
      'RETRY DEAD LETTERS OF',
      formatConnectorName(statement.name),
      statement.where !== null && `WHERE ${formatExpression(statement.where)}`,
    ),
  ResetConnectorOffsets: (statement) => `RESET CONNECTOR OFFSETS OF ${formatConnectorName(statement.name)}`,
  DropConnector: (statement) =>
    words(
      'DROP CONNECTOR',
      statement.ifExists && 'IF EXISTS',
      formatConnectorName(statement.name),
      statement.terminate && 'TERMINATE',
      statement.deleteTopics && 'DELETE TOPICS',
      statement.cascade && 'CASCADE',
    ),
  RestartConnector: (statement) =>
    words(
      'RESTART CONNECTOR',
      formatConnectorName(statement.name),
      statement.task !== null && `TASK ${statement.task}`,
      statement.onlyFailed && 'ONLY FAILED',
    ),
  PauseConnector: (statement) => `PAUSE CONNECTOR ${formatConnectorName(statement.name)}`,
  ResumeConnector: (statement) => `RESUME CONNECTOR ${formatConnectorName(statement.name)}`,
  // topics
  DropTopic: (statement) => words('DROP TOPIC', statement.ifExists && 'IF EXISTS', formatBareName(statement.topic)),
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
