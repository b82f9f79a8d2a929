import { must } from '../../base/assert.ts';
import type { ConfigKey } from '../../base/config/key.ts';
import { KEYS } from '../../config/keys.ts';
import { alreadyExists } from '../../catalog/catalog.ts';
import type { Source } from '../../catalog/source.ts';
import { SluiceError } from '../../base/errors.ts';
import { checkSourceName } from '../../base/topic-name.ts';
import type { CreateSourceAs } from '../../sql/ast/definition.ts';
import type { Query } from '../../sql/ast/query.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { formatName } from '../../sql/printer/names.ts';
import { formatStatement } from '../../sql/printer/statement.ts';
import type { Column } from '../../types/schema.ts';
import { type PlanContext, requireEnabled } from '../context.ts';
import { reject } from '../errors.ts';
import { checkEvolution } from '../ddl/evolution.ts';
import { subjectOf } from '../ddl/schema-inference.ts';
import { bindTimestamp, timestampWarnings } from '../ddl/timestamp.ts';
import { topicPlan } from '../ddl/topic-for-source.ts';
import { readWithClause } from '../properties/with-clause.ts';
import { rewritten } from '../rewrite/rewrite.ts';
import { findFormat } from '../serde/topic-formats.ts';
import { type SchemaToRegister, statementPlan, type StatementPlan } from '../statement-plan.ts';
import { PLAN_VERSION, type QueryPlan, type RowColumn, type Step } from '../steps/steps.ts';
import { inputsOf } from '../steps/walk.ts';
import { internalSchemas } from './sink/internal-schemas.ts';
import { projectPersistent } from './select/projection.ts';
import { queryBody } from './query-body.ts';
import { sinkStep } from './sink/sink-step.ts';
import { streamOver } from './from/stream-over.ts';
import { sinkTopic } from './sink/sink-formats.ts';
import { checkUpgrade, continuing } from './upgrade.ts';

/** Plans CREATE STREAM|TABLE ... AS SELECT. @throws SluiceError */
export function planCreateSourceAs(statement: CreateSourceAs, text: string, context: PlanContext): StatementPlan {
  const name = statement.name.name;
  const wanted = { kind: statement.sourceType, name };
  const existing = context.catalog.sources.get(name);
  if (existing !== undefined && statement.ifNotExists) {
    return statementPlan(text, { skipped: true, warnings: [alreadyExists(wanted, existing)] });
  }
  if (statement.orReplace) requireEnabled(context.config, KEYS.createOrReplaceEnabled, 'CREATE OR REPLACE');
  if (existing !== undefined && !statement.orReplace) {
    throw new SluiceError('STATEMENT', alreadyExists(wanted, existing), {
      span: statement.name.span,
      hint: takenAdvice(existing, wanted.kind),
    });
  }
  checkSourceName(name, statement.sourceType.toLowerCase(), statement.name.span);
  const subject = `CREATE ${statement.sourceType} AS SELECT`;
  if (statement.query.limit !== null) {
    throw reject(
      `${subject} statements don't support LIMIT clause.`,
      statement.query.span,
      `What goes on has no first rows: leave LIMIT (and ORDER BY) out here, and ask the result: SELECT * FROM ${formatName(name)} ${statement.query.orderBy.length > 0 ? 'ORDER BY … ' : ''}LIMIT ${statement.query.limit};`,
    );
  }
  const clause = readWithClause(statement.properties, 'A');
  let understood: Query | undefined;
  try {
    return plan();
  } catch (error) {
    if (error instanceof SluiceError && understood !== undefined && error.statement === undefined) {
      error.statement = formatStatement({ ...statement, query: understood });
    }
    throw error;
  }

  function plan(): StatementPlan {
    const body = queryBody(
      statement.query,
      { persistent: true, subject: `${subject} statement`, onBound: (query) => (understood = query) },
      context,
    );
    checkKind(
      statement,
      body.relation.step.relation,
      body.grouping !== undefined,
      body.sources.map((b) => b.source),
    );
    const beforeKey = (columns: readonly RowColumn[]): void => {
      bindTimestamp(clause, { key: [], value: asColumns(columns, 'VALUE') });
    };
    const projected = projectPersistent(body, { sink: name, beforeKey }, context);
    const key = asColumns(projected.key, 'KEY');
    const value = asColumns(projected.value, 'VALUE');
    const leftmost = must(body.sources[0], 'source').source;
    const topicName = clause.string('KAFKA_TOPIC') ?? `${context.config.get(KEYS.outputTopicNamePrefix)}${name}`;
    const topic = sinkTopic(
      { name, topic: topicName, clause, like: leftmost, key, value, window: projected.step.out.window },
      context,
    );
    const sourceTopic = context.topics.find(leftmost.topic.name);
    const topicToCreate = topicPlan(
      context,
      clause,
      topicName,
      context.topics.find(topicName),
      {
        partitions:
          configuredCount(context, KEYS.sinkPartitions) ?? sourceTopic?.partitions ?? leftmost.partitions ?? 1,
        replicas: configuredCount(context, KEYS.sinkReplicas) ?? sourceTopic?.replicas,
        retentionMs: sourceTopic?.retentionMs,
      },
      statement.sourceType === 'STREAM'
        ? 'delete'
        : projected.step.out.window === undefined
          ? 'compact'
          : 'compact,delete',
    );
    const sink: Source = {
      kind: statement.sourceType,
      name,
      schema: { key, value },
      topic,
      timestamp: bindTimestamp(clause, { key, value }),
      isSource: false,
      isCasTarget: true,
      sql: text,
      partitions: topicToCreate.partitions,
      derivesReadTimes: derivesReadTimes(projected.step) || undefined,
    };
    const replaced = existing === undefined ? undefined : context.catalog.createdByQuery(name);
    if (existing !== undefined) checkEvolution(existing, sink);
    const prefix = statement.sourceType === 'STREAM' ? 'CSAS' : 'CTAS';
    const queryId = replaced?.id ?? `${prefix}_${name}_${context.nextQueryId()}`;
    const planned: QueryPlan = {
      version: PLAN_VERSION,
      queryId,
      sources: body.sources.map((s) => s.source.name),
      sink: name,
      root: rewritten(sinkStep(sink, projected.step), context),
    };
    if (replaced !== undefined) checkUpgrade(replaced.plan as QueryPlan, planned);
    const queryPlan = replaced === undefined ? planned : continuing(replaced.plan as QueryPlan, planned);
    return statementPlan(text, {
      ddl: { kind: 'CreateSource', source: sink, orReplace: statement.orReplace },
      query: { type: 'CREATE_AS', plan: queryPlan, replaces: replaced !== undefined },
      topics: [topicToCreate],
      warnings: timestampWarnings(sink.timestamp?.format),
      schemas: [...sinkSchemas(sink, context), ...internalSchemas(queryPlan, context)],
    });
  }
}

/**
 * A default count for all sinks, as scripts for older releases set it. WITH takes precedence over it, and it over the
 * count of the source topic.
 */
function configuredCount(context: PlanContext, key: ConfigKey<number | undefined>): number | undefined {
  const count = context.config.get(key);
  if (count === undefined || count > 0) return count;
  throw reject(`Invalid value ${count} for configuration ${key.name}: it must be a positive number.`);
}

/**
 * Whether rows carry read times rather than event times. A table's time is the largest of its inputs'; rows of streams
 * have event times, whatever they were joined with.
 */
function derivesReadTimes(step: Step): boolean {
  if (step.relation !== 'TABLE') return false;
  return 'hasReadTimes' in step ? step.hasReadTimes === true : inputsOf(step).some(derivesReadTimes);
}

/** CREATE STREAM needs a stream, CREATE TABLE a table. */
function checkKind(
  statement: CreateSourceAs,
  result: 'STREAM' | 'TABLE',
  aggregates: boolean,
  sources: readonly Source[],
): void {
  if (result === statement.sourceType) return;
  const wanted = statement.sourceType;
  const why = wanted === 'STREAM' ? (aggregates ? 'an aggregation' : 'a table') : 'a stream without aggregation';
  throw reject(
    `Invalid result type. Your SELECT query produces a ${result}. Please use CREATE ${result} AS SELECT statement instead.`,
    statement.query.span,
    `The SELECT is ${why}, which gives a ${result}.${wanted === 'TABLE' ? tableOf(statement, sources) : streamOf(sources)}`,
  );
}

/** At most this many column names are written out. */
const COLUMNS_SHOWN = 12;

/** The statement for a table with the last row of each key of a stream, for the selected columns and rows. */
function tableOf({ name, query }: CreateSourceAs, sources: readonly Source[]): string {
  const [source, ...others] = sources;
  const [key, ...more] = source?.schema.key ?? [];
  const values = source?.schema.value.filter((c) => c.role === 'VALUE').map((c) => c.name) ?? [];
  const selected = key === undefined ? undefined : selectedAmong(query, key.name, values);
  const isPlain = others.length + more.length === 0;
  if (
    source === undefined ||
    key === undefined ||
    selected === undefined ||
    !isPlain ||
    selected.length > COLUMNS_SHOWN
  )
    return ' GROUP BY makes a table of it: LATEST_BY_OFFSET(column) keeps the last value of each group.';
  const last = selected.map(([shown, as]) => `LATEST_BY_OFFSET(${shown}) AS ${formatName(as)}`);
  const list = [formatName(key.name), ...last].join(', ');
  const alias = query.from.source.alias === null ? '' : ` ${formatName(query.from.source.alias.name)}`;
  const where = query.where === null ? '' : ` WHERE ${formatExpression(query.where)}`;
  return ` GROUP BY makes a table of it, of the last values of each ${key.name}: CREATE TABLE ${formatName(name.name)} AS SELECT ${list} FROM ${formatName(source.name)}${alias}${where} GROUP BY ${formatName(key.name)};`;
}

/** The selected values and their names, without the key; undefined if one has no name. */
function selectedAmong(
  query: Query,
  key: string,
  values: readonly string[],
): readonly (readonly [shown: string, as: string])[] | undefined {
  const found: (readonly [string, string])[] = [];
  for (const item of query.select) {
    if (item.kind === 'AllColumns') found.push(...values.map((name) => [formatName(name), name] as const));
    else if (item.kind === 'StructAll') return undefined;
    else {
      const { expression, alias } = item;
      const as = alias?.name ?? (expression.kind === 'ColumnReference' ? expression.name : undefined);
      if (as === undefined) return undefined;
      if (expression.kind === 'ColumnReference' && expression.name === key) continue;
      found.push([formatExpression(expression), as]);
    }
  }
  return found.length === 0 ? undefined : found;
}

/** The statement for the stream of a table's changes. */
function streamOf(sources: readonly Source[]): string {
  const [table, ...others] = sources;
  const stream = table?.kind === 'TABLE' && others.length === 0 ? streamOver(table) : undefined;
  return stream === undefined ? '' : ` Its changes, each as an event, are a stream over the same topic: ${stream}`;
}

function asColumns(columns: readonly RowColumn[], role: Column['role']): Column[] {
  return columns.map((c) => ({ name: c.name, type: c.type, role }));
}

/** Schemas of a sink whose formats have schemas in the registry. */
function sinkSchemas(sink: Source, context: PlanContext): SchemaToRegister[] {
  const { topic, schema } = sink;
  const sides = [
    ['KEY', topic.keyFormat, topic.keyFeatures, schema.key],
    ['VALUE', topic.valueFormat, topic.valueFeatures, schema.value],
  ] as const;
  return sides.flatMap(([side, info, features, columns]): SchemaToRegister[] => {
    const { registrySchema } = findFormat(context, info.format);
    if (registrySchema === undefined || columns.length === 0 || info.properties['schemaId'] !== undefined) return [];
    return [
      {
        subject: subjectOf(topic.name, side),
        schema: registrySchema({ columns, features, isKey: side === 'KEY' }, info, topic.name),
        mode: 'always',
      },
    ];
  });
}

/** Advice for a name that is taken. */
function takenAdvice({ kind, name, isCasTarget }: Source, wanted: Source['kind']): string {
  const room = `DROP ${kind} ${formatName(name)};`;
  return isCasTarget && kind === wanted
    ? `CREATE OR REPLACE ${kind} ${formatName(name)} AS SELECT …; changes what it selects, ${room} makes room for another.`
    : `Choose another name for the result; ${room} makes room for it.`;
}
