import type { PersistentQuery } from '../../catalog/query.ts';
import { lagOf } from '../../dataflow/runner/query-metrics.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import type { Column } from '../../types/schema.ts';
import { explainPlan, topologyText } from '../../plan/explain.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { QueryDescription, QueryStatus, QuerySummary } from '../source-results.ts';
import type { Services } from '../services.ts';
import { serverName } from '../queries/query-member.ts';
import type { Answer } from './call.ts';

/** SHOW QUERIES [EXTENDED]: persistent queries, then the push queries of this server. */
export function listQueries(statement: StatementOf<'ListQueries'>, services: Services): Answer {
  const queries = [...services.catalog.current.queries.values()];
  const notes = queries.flatMap(({ id }) => {
    const waits = services.queries.waitsFor?.(id);
    return waits === undefined ? [] : [`${id} ${waits}`];
  });
  if (statement.extended)
    return { kind: 'query_descriptions', descriptions: queries.map((q) => describeQuery(q, services)), notes };
  return {
    kind: 'queries',
    queries: [
      ...queries.map((q) => ({ ...querySummary(q, services), lag: queryLag(q, services) })),
      ...services.pushQueries(),
    ],
    notes,
  };
}

function queryLag({ id }: PersistentQuery, services: Services): number | undefined {
  const runtime = services.queries.status(id);
  return runtime && lagOf(runtime.positions);
}

export function queryStatus(query: PersistentQuery, services: Services): QueryStatus {
  return query.state === 'PAUSED' ? 'PAUSED' : (services.queries.status(query.id)?.status ?? 'RUNNING');
}

export function querySummary(query: PersistentQuery, services: Services): QuerySummary {
  const status = queryStatus(query, services);
  const sink = query.sink === undefined ? undefined : services.catalog.current.source(query.sink);
  return {
    id: query.id,
    queryString: query.sql,
    sinks: query.sink === undefined ? [] : [query.sink],
    sinkKafkaTopics: sink ? [sink.topic.name] : [],
    statusCount: { [status]: 1 },
    queryType: 'PERSISTENT',
    state: `${status}:1`,
  };
}

/**
 * The number of records that a query could not handle, and the reason for the last; undefined when it does not run
 * here.
 */
export function errorStats(queryId: string, services: Services): string | undefined {
  const runtime = services.queries.status(queryId);
  if (runtime === undefined) return undefined;
  const lastProblem = services.lastProblems.of(queryId);
  return [
    `total-errors: ${runtime.errorCount} late-records: ${runtime.lateDrops}`,
    ...(lastProblem === undefined ? [] : [`last error: ${lastProblem}`]),
  ].join('\n');
}

export function describeQuery(query: PersistentQuery, services: Services): QueryDescription {
  const runtime = services.queries.status(query.id);
  const status = queryStatus(query, services);
  const sink = query.sink === undefined ? undefined : services.catalog.current.source(query.sink);
  const columns: readonly Column[] = sink ? [...sink.schema.key, ...sink.schema.value] : [];
  return {
    id: query.id,
    statementText: query.sql,
    windowType: sink?.topic.window?.type ?? null,
    columns,
    sources: query.sources,
    sinks: query.sink === undefined ? [] : [query.sink],
    topology: topologyText(query.plan as QueryPlan),
    executionPlan: explainPlan(query.plan as QueryPlan),
    overriddenProperties: query.properties ?? {},
    hostStatus: { [serverName(services.serverUrl)]: status },
    queryType: 'PERSISTENT',
    errors: runtime?.errors ?? [],
    errorStats: errorStats(query.id, services),
    tasks: runtime ? [{ taskId: '0', topicOffsets: runtime.positions }] : [],
    consumerGroupId: runtime?.consumerGroup ?? '',
    state: status,
    restore: runtime?.restore,
  };
}
