import { assertNever } from '../base/assert.ts';
import type { StatementResult } from '../engine/results.ts';
import type { QueryDescription, QuerySummary, SourceDescription } from '../engine/source-results.ts';
import type { ConnectorDescription } from '../engine/connector-results.ts';
import type { Column } from '../types/schema.ts';
import { schemaInfo, type Entity, type FieldInfo } from '../wire/entities.ts';

/** The entity of one statement's result; undefined for statements that add none (SET, DEFINE, INSERT VALUES). */
export function toEntity(result: StatementResult): Entity | undefined {
  const body = entityBody(result);
  if (body === undefined) return undefined;
  return {
    '@type': result.kind,
    statementText: result.statementText,
    ...body,
    warnings: result.warnings.map((message) => ({ message })),
  };
}

function entityBody(result: StatementResult): Record<string, unknown> | undefined {
  switch (result.kind) {
    case 'none':
      return undefined;
    case 'currentStatus':
      return {
        commandId: result.commandId,
        commandStatus: { status: result.status, message: result.message, queryId: result.queryId },
        commandSequenceNumber: result.commandSequenceNumber,
      };
    case 'streams':
      return { streams: result.sources };
    case 'tables':
      return { tables: result.sources };
    case 'source_descriptions':
      return { sourceDescriptions: result.descriptions.map(sourceDescription) };
    case 'sourceDescription':
      return { sourceDescription: sourceDescription(result.description) };
    case 'queries':
      return { queries: result.queries.map(querySummary) };
    case 'query_descriptions':
      return { queryDescriptions: result.descriptions.map(queryDescription) };
    case 'queryDescription':
      return { queryDescription: queryDescription(result.description) };
    case 'properties':
      return {
        properties: result.properties,
        overwrittenProperties: result.overwritten,
        defaultProperties: result.defaults,
      };
    case 'kafka_topics':
      return {
        '@type': result.extended ? 'kafka_topics_extended' : 'kafka_topics',
        topics: result.topics.map((topic) =>
          result.extended
            ? {
                name: topic.name,
                replicaInfo: topic.replicaInfo,
                consumerCount: topic.consumerCount,
                consumerGroupCount: topic.consumerGroupCount,
              }
            : { name: topic.name, replicaInfo: topic.replicaInfo },
        ),
      };
    case 'function_names':
      return { functions: result.functions };
    case 'describe_function': {
      const description = result.description;
      return {
        name: description.name,
        description: description.description,
        author: description.author,
        version: description.version,
        path: description.path,
        functions: description.signatures.map((s) => ({
          arguments: s.arguments,
          returnType: s.returnType,
          description: s.description,
        })),
        type: description.type,
      };
    }
    case 'lineage':
      return { nodes: result.lineage.nodes, edges: result.lineage.edges };
    case 'health':
      return {
        isHealthy: result.parts.every((part) => part.state !== 'FAILED'),
        parts: result.parts.map(({ name, state, reason, hint }) => ({
          name,
          state,
          reason: reason ?? null,
          hint: hint ?? null,
        })),
      };
    case 'type_list':
      return {
        types: Object.fromEntries(Object.entries(result.types).map(([name, type]) => [name, schemaInfo(type)])),
      };
    case 'variables':
      return { variables: result.variables };
    case 'terminate_query':
      return { queryId: result.queryId, wasTerminated: result.wasTerminated };
    case 'assert_topic':
      return { topicName: result.topicName, exists: result.exists };
    case 'assert_schema':
      return { subject: result.subject, id: result.id, exists: result.exists };
    case 'connector_info':
      return { info: result.info, declaredSources: result.declared };
    case 'drop_connector':
      return { connectorName: result.connectorName, droppedSources: result.droppedSources };
    case 'connector_difference': {
      const { connectorName, exists, changes, topics } = result;
      return { connectorName, exists, changes, topics };
    }
    case 'assert_connector':
      return { connectorName: result.connectorName, exists: result.exists, state: result.state };
    case 'connector_statement':
      return { connectorName: result.connectorName, createStatement: result.text };
    case 'connector_offsets':
      return { connectorName: result.connectorName, offsets: result.offsets };
    case 'dead_letters':
      return { connectorName: result.connectorName, topic: result.topic, deadLetters: result.letters };
    case 'connector_changed':
      return {
        connectorName: result.connectorName,
        message: result.message,
        ...(result.declared === undefined ? {} : { declaredSources: result.declared }),
      };
    case 'connector_validation': {
      const { connectorName, isValid, problems, hint, config, topics, settings } = result;
      return { connectorName, isValid, problems, hint, config, topics, settings };
    }
    case 'connector_logs':
      return { connectorName: result.connectorName, lines: result.lines };
    case 'connect_cluster_changed':
      return { clusterName: result.clusterName, message: result.message };
    case 'connect_clusters':
      return { clusters: result.clusters };
    case 'secret_changed':
      return { secretName: result.secretName, message: result.message };
    case 'secrets':
      return { secrets: result.secrets };
    case 'topic_dropped':
      return { topicName: result.topicName, message: result.message };
    case 'warning_entity':
      return { message: result.message };
    case 'connector_list':
      return {
        connectors: result.connectors.map((connector) =>
          withoutNulls({
            name: connector.name,
            type: connector.type,
            className: connector.className,
            topicPrefix: connector.topicPrefix,
            state: connector.state,
            cause: connector.cause,
            advice: connector.advice,
          }),
        ),
        // Not in ksqlDB.
        ...(result.news.length > 0 && { news: result.news }),
      };
    case 'connector_plugins_list':
      return { connectorsPlugins: result.plugins };
    case 'connector_description':
      return connectorDescription(result.description);
    case 'connector_plugin_description':
      return { className: result.className, ...(result.short && { shortForm: result.short }), configs: result.keys };
    default:
      return assertNever(result);
  }
}

/** FieldInfo in ksqlDB's form, without absent optional fields. */
export function fieldInfo(column: Column): FieldInfo {
  return {
    name: column.name,
    schema: schemaInfo(column.type),
    ...(column.role === 'KEY' ? { type: 'KEY' as const } : {}),
    ...(column.role === 'HEADERS'
      ? { type: 'HEADER' as const, ...(column.headerKey === undefined ? {} : { headerKey: column.headerKey }) }
      : {}),
  };
}

function querySummary(query: QuerySummary): Record<string, unknown> {
  return {
    queryString: query.queryString,
    sinks: query.sinks,
    sinkKafkaTopics: query.sinkKafkaTopics,
    id: query.id,
    statusCount: query.statusCount,
    queryType: query.queryType,
    state: query.state,
    ...(query.lag !== undefined && { lag: query.lag }),
  };
}

function sourceDescription(description: SourceDescription): Record<string, unknown> {
  return {
    name: description.name,
    windowType: description.windowType,
    readQueries: description.readQueries.map(querySummary),
    writeQueries: description.writeQueries.map(querySummary),
    fields: description.columns.map(fieldInfo),
    type: description.type,
    timestamp: description.timestamp,
    statistics: description.statistics,
    errorStats: description.errorStats,
    extended: description.extended,
    keyFormat: description.keyFormat,
    valueFormat: description.valueFormat,
    topic: description.topic,
    partitions: description.partitions,
    replication: description.replication,
    statement: description.statement,
    queryOffsetSummaries: description.offsetSummaries.map((s) => ({
      groupId: s.groupId,
      topicSummaries: s.topics.map((t) => ({ kafkaTopic: t.topic, offsets: t.offsets })),
    })),
    topicOffsets: description.topicOffsets,
    sourceConstraints: description.sourceConstraints,
    clusterStatistics: [],
    clusterErrorStats: [],
  };
}

function queryDescription(description: QueryDescription): Record<string, unknown> {
  return {
    id: description.id,
    statementText: description.statementText,
    windowType: description.windowType,
    fields: description.columns.map(fieldInfo),
    sources: description.sources,
    sinks: description.sinks,
    topology: description.topology,
    executionPlan: description.executionPlan,
    overriddenProperties: description.overriddenProperties,
    ksqlHostQueryStatus: description.hostStatus,
    queryType: description.queryType,
    queryErrors: description.errors,
    // Not in ksqlDB, whose errors are those that end a thread; these are errors of records.
    ...(description.errorStats !== undefined && { errorStats: description.errorStats }),
    tasksMetadata: description.tasks,
    consumerGroupId: description.consumerGroupId,
    state: description.state,
    ...(description.restore !== undefined && { restoreProgress: restoreProgress(description.restore) }),
  };
}

/** Not in ksqlDB; present only while state is restored. `share` is from 0 to 1. */
function restoreProgress({ restored, total }: NonNullable<QueryDescription['restore']>): Record<string, number> {
  return { restoredOffsets: restored, totalOffsets: total, share: total === 0 ? 1 : restored / total };
}

function connectorDescription(description: ConnectorDescription): Record<string, unknown> {
  return {
    connectorClass: description.className,
    topicPrefix: description.topicPrefix,
    config: description.config,
    // Not in ksqlDB, whose `status` is Connect's and does not show a task that cannot do its work.
    ...withoutNulls({
      state: description.health.state,
      cause: description.health.cause,
      advice: description.health.advice,
    }),
    ...(description.extended && { extended: true }),
    status: {
      name: description.name,
      connector: withoutNulls({ state: description.state, worker_id: description.workerId, trace: description.trace }),
      tasks: description.tasks.map((t) =>
        withoutNulls({ id: t.id, state: t.state, worker_id: t.workerId, trace: t.trace }),
      ),
      type: description.type,
    },
    // Not in ksqlDB: first readings of a source's tables, and the same as text.
    ...(description.progress.length > 0 && { progress: description.progress }),
    ...(description.news.length > 0 && { news: description.news }),
    sources: description.topics.flatMap((t) => (t.source ? [sourceDescription(t.source)] : [])),
    topics: [...new Set(description.topics.map((t) => t.topic))],
  };
}

function withoutNulls(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
