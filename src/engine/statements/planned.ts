import { assertNever } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import { checkNeeds, type Caller } from '../../base/rights.ts';
import type { Span } from '../../base/span.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Ddl, QueryChange } from '../../catalog/ddl.ts';
import { columnTypes } from './column-types.ts';
import { constantDoubts } from '../../expr/constant-doubts.ts';
import { planStatement, type PlannableStatement } from '../../plan/plan-statement.ts';
import { needsOf } from '../../plan/prefetch.ts';
import { statementPlan, type StatementPlan } from '../../plan/statement-plan.ts';
import type { Identifier } from '../../sql/ast/node.ts';
import type { StatementKind, StatementOf } from '../../sql/ast/statement.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { formatName } from '../../sql/printer/names.ts';
import { formatType, quoteIdentifier } from '../../types/sql-type.ts';
import { withKnownColumns } from '../connectors/known-columns.ts';
import { isReserved } from '../connectors/topic-claims.ts';
import { withUntoldTimestamp, withUntoldTopic } from '../connectors/untold-columns.ts';
import { withSampledColumns } from '../connectors/sampled-columns.ts';
import { COMMAND_VERSION, type Command } from '../command.ts';
import type { Config } from '../../base/config/config.ts';
import { KEYS } from '../../config/keys.ts';
import { checkProperty } from '../../config/server-config.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import type { Sandbox } from './call.ts';
import { describeAction } from './needs.ts';
import { unreadableRecords } from './unreadable-records.ts';
import { windowTimeNotes } from './window-time.ts';
import { readsItself, topicsAlike, unreadRows } from './unread-rows.ts';

/** Statements that change the catalog: they go through the command log. */
export type PlannedKind = PlannableStatement['kind'] | 'TerminateQuery' | 'PauseQuery' | 'ResumeQuery' | 'AlterSystem';

export type PlannedStatement = StatementOf<PlannedKind>;

/** A plan and the command that would execute it; `command` is undefined when nothing changes. */
export interface Prepared {
  readonly plan: StatementPlan;
  readonly command: Command | undefined;
  readonly queryId: string | null;
}

type Prepare<S> = (statement: S, sandbox: Sandbox) => Prepared | Promise<Prepared>;

/** How each kind of statement becomes a command. */
const PREPARE: { readonly [K in PlannedKind]: Prepare<StatementOf<K>> } = {
  CreateSource: planned({ id: (s) => sourceCommand(s, 'create'), done: (s) => `${title(s.sourceType)} created` }),
  CreateSourceAs: planned({ id: (s) => sourceCommand(s, 'create'), done: (s) => `${title(s.sourceType)} created` }),
  AlterSource: planned({ id: (s) => sourceCommand(s, 'alter'), done: (s) => `${title(s.sourceType)} altered` }),
  DropSource: planned({
    id: (s) => sourceCommand(s, 'drop'),
    done: ({ name }, plan, before) =>
      [
        `Source ${quoteIdentifier(name.name)} (topic: ${before.source(name.name)?.topic.name ?? ''}) was dropped.`,
        ...plan.terminates.map((id) => `Query ${id} ended.`),
        ...(plan.deletes === undefined ? [] : [`Topic ${plan.deletes.topic} was deleted.`]),
      ].join(' '),
  }),
  CreateType: planned({
    id: ({ name }) => `type/${quoteIdentifier(name.name)}/create`,
    done: ({ name }, { ddl }) =>
      `Registered custom type with name '${name.name}' and SQL type ${ddl?.kind === 'RegisterType' ? formatType(ddl.type) : ''}`,
  }),
  DropType: planned({
    id: ({ name }) => `type/${quoteIdentifier(name.name)}/drop`,
    done: ({ name }) => `Dropped type '${name.name}'`,
  }),
  InsertInto: planned({
    id: ({ target }, { query }) => `stream/${quoteIdentifier(query?.plan.queryId ?? target.name)}/create`,
    done: () => 'Done',
  }),
  TerminateQuery: ({ query }, sandbox) => control(query, 'terminate', sandbox),
  PauseQuery: ({ query }, sandbox) => control(query, 'pause', sandbox),
  ResumeQuery: ({ query }, sandbox) => control(query, 'resume', sandbox),
  AlterSystem: ({ name, value }, sandbox) => {
    checkProperty(name, value);
    const command = commandOf(`cluster/${name}/alter`, sandbox, [], `System property ${name} was set to ${value}.`);
    return {
      plan: statementPlan(sandbox.text, {}),
      command: { ...command, system: { [name]: value } },
      queryId: null,
    };
  },
};

export function isPlanned(statement: { readonly kind: StatementKind }): statement is PlannedStatement {
  return Object.hasOwn(PREPARE, statement.kind);
}

/** Plans one statement against the sandbox; nothing is executed. @throws SluiceError */
export async function prepare(statement: PlannedStatement, sandbox: Sandbox): Promise<Prepared> {
  return await (PREPARE[statement.kind] as Prepare<PlannedStatement>)(statement, sandbox);
}

/** The id of a planned statement's command, and the message for its user. */
interface Wording<S> {
  id(statement: S, plan: StatementPlan): string;
  /** The message when the statement starts no query, or one that belongs to its source. */
  done(statement: S, plan: StatementPlan, before: Catalog): string;
}

function planned<S extends PlannableStatement>(wording: Wording<S>): Prepare<S> {
  return async (statement, sandbox) => {
    const { services, session, world } = sandbox;
    const config = session.config(services.config);
    const written = withPossibleReplicas(statement, services.log.kind);
    const found = await withTopicColumns(written.statement, services);
    const known = found.statement;
    await world.fetch(needsOf(known, world.catalog, config));
    const bare = await planOf(known, sandbox);
    if (statement.kind === 'CreateSourceAs') allowTopic(bare, session.caller, describeAction(statement));
    refuseCircle(bare, world.catalog, services);
    refuseServersTopics(bare, services.config);
    const notes = bare.skipped
      ? []
      : [
          ...written.notes,
          ...found.notes,
          ...readsItself(bare),
          ...(await unreadRows(bare, config, services.log)),
          ...(await unreadableRecords(bare, services)),
          ...(await topicsAlike(bare, services.log)),
          ...byNumber(statement),
          ...(statement.kind === 'CreateSourceAs' ? windowTimeNotes(statement.query, world.catalog) : []),
          ...constantDoubts(statement, services.functions, columnTypes(statement, world.catalog)),
        ];
    const plan = notes.length === 0 ? bare : { ...bare, warnings: [...bare.warnings, ...notes] };
    if (plan.skipped) return { plan, command: undefined, queryId: null };
    const { query } = plan;
    const message =
      query && query.type !== 'CREATE_SOURCE'
        ? `Created query with ID ${query.plan.queryId}`
        : wording.done(statement, plan, world.catalog);
    return {
      plan,
      command: commandOf(wording.id(statement, plan), sandbox, changesOf(plan, session), message),
      queryId: query?.plan.queryId ?? null,
    };
  };
}

/**
 * The topic that a query writes is one that its user may write, whoever named it: `ksql.output.topic.name.prefix` does
 * too. @throws SluiceError FORBIDDEN
 */
function allowTopic({ query }: StatementPlan, caller: Caller, action: string): void {
  const root = query?.plan.root;
  if (root?.kind === 'StreamSink' || root?.kind === 'TableSink')
    checkNeeds(caller, [{ right: 'write', source: root.topic }], action);
}

/**
 * What the server writes itself is read by SQL, as far as it may be at all, and not written, made or deleted by it.
 * @throws SluiceError REJECTED
 */
function refuseServersTopics({ query, topics, deletes }: StatementPlan, config: Config): void {
  const root = query?.plan.root;
  const changed = [
    ...(root?.kind === 'StreamSink' || root?.kind === 'TableSink' ? [root.topic] : []),
    ...topics.filter(({ exists }) => !exists).map(({ name }) => name),
    ...(deletes === undefined ? [] : [deletes.topic]),
  ];
  const [own] = changed.filter((topic) =>
    isReserved(topic, config.get(KEYS.readonlyTopics), config.get(KEYS.serviceId)),
  );
  if (own !== undefined)
    throw new SluiceError('REJECTED', `Cannot write to read-only topic: ${own}`, {
      hint: 'It is the server’s own, or one of ksql.readonly.topics: statements read it at most.',
    });
}

/** Like a sink, a query may complete a cycle of connectors. @throws SluiceError REJECTED */
function refuseCircle({ query }: StatementPlan, catalog: Catalog, { connect }: Services): void {
  if (query === undefined || connect?.embedded === undefined) return;
  const { root, queryId, sources } = query.plan;
  if (root.kind !== 'StreamSink' && root.kind !== 'TableSink') return;
  const from = sources.flatMap((name) => catalog.source(name)?.topic.name ?? []);
  const circle = connect.embedded.circleBy({ query: queryId, from, to: root.topic });
  if (circle !== undefined) throw new SluiceError('REJECTED', circle);
}

/** Plans a CREATE over a topic whose columns are known or can be inferred from its records. */
async function planOf(statement: PlannableStatement, { services, session, text, world }: Sandbox) {
  try {
    return planStatement(statement, text, world.context(session.config(services.config)));
  } catch (error) {
    if (statement.kind !== 'CreateSource') throw error;
    throw await withUntoldTopic(await withUntoldTimestamp(error, statement, services), statement, services);
  }
}

async function withTopicColumns(
  statement: PlannableStatement,
  services: Services,
): Promise<{ readonly statement: PlannableStatement; readonly notes: readonly string[] }> {
  if (statement.kind !== 'CreateSource') return { statement, notes: [] };
  const known = withKnownColumns(statement, services);
  return { statement: await withSampledColumns(known.statement, services), notes: known.notes };
}

/** The embedded log keeps one copy: a script for a cluster may ask for more, which is no reason to refuse it here. */
function withPossibleReplicas(
  statement: PlannableStatement,
  log: Services['log']['kind'],
): { readonly statement: PlannableStatement; readonly notes: readonly string[] } {
  if (log !== 'embedded' || !('properties' in statement)) return { statement, notes: [] };
  const asked = statement.properties.find((p) => p.name.toUpperCase() === 'REPLICAS')?.value;
  if (asked?.kind !== 'IntegerLiteral' || Number(asked.value) <= 1) return { statement, notes: [] };
  return {
    statement: { ...statement, properties: statement.properties.filter((p) => p.name.toUpperCase() !== 'REPLICAS') },
    notes: [`REPLICAS=${asked.value} is read as 1: the embedded log keeps one copy. On Apache Kafka it counts.`],
  };
}

function changesOf(plan: StatementPlan, session: Session): (Ddl | QueryChange)[] {
  const changes: (Ddl | QueryChange)[] = [];
  if (plan.ddl) changes.push(plan.ddl);
  if (plan.query) {
    const { type, plan: steps } = plan.query;
    changes.push({
      kind: 'AddQuery',
      query: {
        id: steps.queryId,
        type,
        sources: steps.sources,
        sink: steps.sink ?? (plan.ddl?.kind === 'CreateSource' ? plan.ddl.source.name : undefined),
        sql: plan.statement,
        plan: steps,
        state: 'RUNNING',
        properties: session.overrides(),
      },
    });
  }
  return changes;
}

function commandOf(
  id: string,
  { session, text }: Sandbox,
  changes: readonly (Ddl | QueryChange)[],
  message: string,
): Command {
  return { version: COMMAND_VERSION, id, statement: text, changes, properties: session.overrides(), message };
}

const CONTROLLED = { terminate: 'Query terminated.', pause: 'Query paused.', resume: 'Query resumed.' } as const;

/** TERMINATE, PAUSE and RESUME of one query or ALL. */
function control(query: Identifier | null, action: keyof typeof CONTROLLED, sandbox: Sandbox): Prepared {
  const { catalog } = sandbox.world;
  const id = query === null ? null : query.name;
  const targets =
    query === null
      ? [...catalog.queries.keys()]
      : [findQuery(catalog, query.name, query.span, action, sandbox.services)];
  const changes = targets.flatMap((target): QueryChange[] => {
    const running = catalog.query(target)!;
    switch (action) {
      case 'terminate':
        if (running.type === 'CREATE_SOURCE') {
          if (id === null) return [];
          throw new SluiceError('STATEMENT', `Cannot terminate query '${target}' as it is linked to a source table.`, {
            hint: `DROP TABLE ${running.sink ?? ''};`,
          });
        }
        return [{ kind: 'RemoveQuery', id: target }];
      case 'pause':
        return [{ kind: 'SetQueryState', id: target, state: 'PAUSED' }];
      case 'resume':
        return [{ kind: 'SetQueryState', id: target, state: 'RUNNING' }];
      default:
        return assertNever(action);
    }
  });
  return {
    plan: statementPlan(sandbox.text, { terminates: action === 'terminate' ? targets : [] }),
    command: commandOf(`${action}/${id ?? 'ALL'}/execute`, sandbox, changes, controlled(id, action, changes, catalog)),
    queryId: id,
  };
}

/** What happened to each query; for one that ended, what remains of it. */
function controlled(
  id: string | null,
  action: keyof typeof CONTROLLED,
  changes: readonly QueryChange[],
  catalog: Catalog,
): string {
  const ids = changes.flatMap((change) => ('id' in change ? [change.id] : []));
  const stays = (query: string): string[] => {
    const sink = action === 'terminate' ? catalog.source(catalog.query(query)?.sink ?? '') : undefined;
    return sink === undefined ? [] : [`${title(sink.kind)} ${sink.name} stays, and gets no more rows of it.`];
  };
  if (id !== null) return [CONTROLLED[action], ...ids.flatMap(stays)].join(' ');
  if (ids.length === 0) return `There is no query to ${action}.`;
  const done = CONTROLLED[action].replace('Query ', '').replace('.', '');
  const kept = action === 'terminate' ? ' What they have written stays, and gets no more rows of them.' : '';
  return `${ids.length === 1 ? 'Query' : 'Queries'} ${done}: ${ids.join(', ')}.${kept}`;
}

function findQuery(
  catalog: Catalog,
  id: string,
  span: Span | undefined,
  action: keyof typeof CONTROLLED,
  { connect }: Services,
): string {
  const found = catalog.query(id) ? id : [...catalog.queries.keys()].find((q) => q.toUpperCase() === id.toUpperCase());
  if (found === undefined) {
    throw new SluiceError('STATEMENT', `Unknown queryId: ${id}`, {
      span,
      hint:
        elsewhere(id, catalog, action, connect) ??
        didYouMean(id, catalog.queries.keys()) ??
        'SHOW QUERIES; lists the queries that run.',
    });
  }
  return found;
}

/** The connector, or the query of the stream or table, that was named instead of a query. */
function elsewhere(
  id: string,
  catalog: Catalog,
  action: keyof typeof CONTROLLED,
  connect: Services['connect'],
): string | undefined {
  const verb = action === 'terminate' ? 'STOP' : action.toUpperCase();
  if (/^CONNECTORS?$/.test(id)) return `Which one? ${verb} CONNECTOR name; SHOW CONNECTORS; lists them.`;
  const connector = connect?.embedded?.totals().find(({ name }) => name.toUpperCase() === id.toUpperCase())?.name;
  if (connector !== undefined) {
    return `${connector} is a connector: ${verb} CONNECTOR ${formatName(connector)};`;
  }
  const source = catalog.source(id) ?? catalog.source(id.toUpperCase());
  const query = source && catalog.createdByQuery(source.name);
  return (
    query &&
    `${source.name} is a ${source.kind.toLowerCase()}; its query: ${action.toUpperCase()} ${formatName(query.id)};`
  );
}

/** GROUP BY 1 groups by the number 1, not by the first column. */
function byNumber(statement: PlannableStatement): readonly string[] {
  if (!('query' in statement)) return [];
  return statement.query.groupBy.flatMap((expression) =>
    expression.kind === 'IntegerLiteral'
      ? [
          `GROUP BY ${formatExpression(expression)} groups by the number, and all rows are one group: a column is grouped by its name.`,
        ]
      : [],
  );
}

function sourceCommand(
  { sourceType, name }: { readonly sourceType: 'STREAM' | 'TABLE'; readonly name: Identifier },
  action: string,
): string {
  return `${sourceType.toLowerCase()}/${quoteIdentifier(name.name)}/${action}`;
}

function title(sourceType: 'STREAM' | 'TABLE'): string {
  return sourceType === 'STREAM' ? 'Stream' : 'Table';
}
