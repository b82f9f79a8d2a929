import { SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { rangesOf, recordsIn } from '../../dataflow/views/topic-scan.ts';
import { explainPlan, topologyText } from '../../plan/explain.ts';
import type { PlanContext } from '../../plan/context.ts';
import { planPullQuery } from '../../plan/plan-pull.ts';
import { explainPull, type TopicFacts } from '../../plan/pull/explain-pull.ts';
import { planTransientQuery } from '../../plan/plan-transient.ts';
import { needsOf } from '../../plan/prefetch.ts';
import type { Query } from '../../sql/ast/query.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { formatName } from '../../sql/printer/names.ts';
import type { QueryDescription } from '../source-results.ts';
import { PlanningWorld } from '../planning-world.ts';
import type { Session } from '../session.ts';
import type { Answer, Call } from './call.ts';
import { executeThere } from './connect-clusters.ts';
import { explainConnector } from './connectors/explain.ts';
import { isPlanned, prepare } from './planned.ts';
import { describeQuery } from './show-queries.ts';

/** The queries that write the object that was named instead of a query. */
function queriesOf(name: string, catalog: Catalog): string | undefined {
  const source = catalog.source(name);
  const [query] = source === undefined ? [] : catalog.writersOf(source.name);
  return query && `${name} is a ${source!.kind.toLowerCase()}, which a query writes: EXPLAIN ${formatName(query.id)};`;
}

/** EXPLAIN query-id, or EXPLAIN statement: plans the statement and executes nothing. */
export async function explain(statement: StatementOf<'Explain'>, call: Call): Promise<Answer> {
  const { services, session, text } = call;
  const { queryId, statement: inner } = statement;
  if (queryId !== null) {
    const query = services.catalog.current.query(queryId) ?? services.catalog.current.query(queryId.toUpperCase());
    if (!query) {
      throw new SluiceError(
        'STATEMENT',
        `Query with id:${queryId} does not exist, use SHOW QUERIES to view the full set of queries.`,
        {
          span: statement.span,
          hint:
            queriesOf(queryId, services.catalog.current) ??
            didYouMean(queryId, services.catalog.current.queries.keys()) ??
            (services.catalog.current.source(queryId) === undefined
              ? 'SHOW QUERIES; lists the queries and their ids. A statement can be explained as well: EXPLAIN SELECT …;'
              : `No query writes ${queryId}: DESCRIBE ${formatName(queryId)}; shows what it is, EXPLAIN SELECT * FROM ${formatName(queryId)}; how it is read.`),
        },
      );
    }
    return { kind: 'queryDescription', description: describeQuery(query, services) };
  }
  if (inner?.kind === 'CreateConnector') return await explainConnector(inner, call);
  if (inner?.kind === 'InCluster') {
    const { statement: there } = inner;
    if (there.kind === 'CreateConnector')
      return await executeThere(inner, call, (elsewhere) => explainConnector(there, elsewhere));
  }
  const world = new PlanningWorld(services, services.catalog.current, 0);
  const config = session.config(services.config);
  if (inner?.kind === 'Query') {
    await world.fetch(needsOf(inner, world.catalog, config));
    if (inner.emit === null) return await explainPullQuery(inner, world.context(config), call);
    const planned = planTransientQuery(inner, text, world.context(config));
    return {
      kind: 'queryDescription',
      description: description(
        planned.plan.queryId,
        text,
        planned.columns.map((c) => ({
          ...c,
          role: isKey(c.name, inner, world.catalog) ? ('KEY' as const) : ('VALUE' as const),
        })),
        planned.plan.sources,
        [],
        explainPlan(planned.plan),
        topologyText(planned.plan),
        session,
        'PUSH',
      ),
    };
  }
  if (inner && isPlanned(inner)) {
    const prepared = await prepare(inner, { ...call, world });
    const query = prepared.plan.query;
    const ddl = prepared.plan.ddl;
    if (query && ddl?.kind === 'CreateSource') {
      const columns = [...ddl.source.schema.key, ...ddl.source.schema.value];
      return {
        kind: 'queryDescription',
        description: description(
          query.plan.queryId,
          text,
          columns,
          query.plan.sources,
          [ddl.source.name],
          explainPlan(query.plan),
          topologyText(query.plan),
          session,
          'PERSISTENT',
        ),
      };
    }
  }
  throw new SluiceError('STATEMENT', 'The provided statement does not run a ksql query', {
    span: statement.span,
    hint: 'EXPLAIN takes SELECT …;, CREATE … AS SELECT …;, INSERT INTO … SELECT …;, CREATE … CONNECTOR …;, or the id of a query, which SHOW QUERIES; lists.',
  });
}

/** Whether a column of a push query's result is the key of its single source, under its own name. */
function isKey(column: string, query: Query, catalog: Catalog): boolean {
  if (query.from.joins.length > 0 || query.groupBy.length > 0 || query.partitionBy.length > 0) return false;
  const source = catalog.source(query.from.source.name.name);
  if (source?.schema.key.some((c) => c.name === column) !== true) return false;
  return query.select.every(
    (item) =>
      item.kind !== 'SingleColumn' ||
      item.alias?.name !== column ||
      (item.expression.kind === 'ColumnReference' && item.expression.name === column),
  );
}

/** A pull query: how it is answered, and how much it would currently read. */
async function explainPullQuery(
  query: Query,
  context: PlanContext,
  { services, session, text }: Call,
): Promise<Answer> {
  const plan = planPullQuery(query, text, context);
  const reads = plan.kind === 'GENERAL' ? plan.reads : [plan];
  const facts = new Map<string, TopicFacts>();
  for (const read of reads) {
    if (read.kind === 'TABLE') continue;
    const ranges = await rangesOf(services.log, read.topic);
    facts.set(read.topic, { partitions: ranges.length, records: recordsIn(ranges) });
  }
  const sources = reads.map((read) => read.source);
  return {
    kind: 'queryDescription',
    description: description(
      plan.kind === 'GENERAL' ? plan.queryId : `transient_${sources[0]}`,
      text,
      plan.columns,
      sources,
      [],
      explainPull(plan, (topic) => facts.get(topic)),
      '',
      session,
      'PULL',
    ),
  };
}

function description(
  id: string,
  text: string,
  columns: QueryDescription['columns'],
  sources: readonly string[],
  sinks: readonly string[],
  executionPlan: string,
  topology: string,
  session: Session,
  queryType: QueryDescription['queryType'],
): QueryDescription {
  return {
    id,
    statementText: text,
    windowType: null,
    columns,
    sources,
    sinks,
    topology,
    executionPlan,
    overriddenProperties: session.overrides(),
    hostStatus: {},
    queryType,
    errors: [],
    tasks: [],
    consumerGroupId: '',
    state: null,
  };
}
