import { assertNever } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Span } from '../../base/span.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Ddl, QueryChange } from '../../catalog/ddl.ts';
import { planStatement, type PlannableStatement } from '../../plan/plan-statement.ts';
import { needsOf } from '../../plan/prefetch.ts';
import { statementPlan, type StatementPlan } from '../../plan/statement-plan.ts';
import type { Identifier } from '../../sql/ast/node.ts';
import type { StatementKind, StatementOf } from '../../sql/ast/statement.ts';
import { formatType, quoteIdentifier } from '../../types/sql-type.ts';
import { withKnownColumns } from '../connectors/known-columns.ts';
import { withSampledColumns } from '../connectors/sampled-columns.ts';
import { COMMAND_VERSION, type Command } from '../command.ts';
import { checkProperty } from '../config/config.ts';
import type { PlanningWorld } from '../planning-world.ts';
import type { Services } from '../services.ts';
import type { Session } from '../session.ts';
import { unreadRows } from './unread-rows.ts';

/** Statements that change the catalog: they go through the command log. */
export type PlannedKind =
  | 'CreateSource'
  | 'CreateSourceAs'
  | 'AlterSource'
  | 'DropSource'
  | 'CreateType'
  | 'DropType'
  | 'InsertInto'
  | 'TerminateQuery'
  | 'PauseQuery'
  | 'ResumeQuery'
  | 'AlterSystem';

const PLANNED: ReadonlySet<StatementKind> = new Set<PlannedKind>([
  'CreateSource',
  'CreateSourceAs',
  'AlterSource',
  'DropSource',
  'CreateType',
  'DropType',
  'InsertInto',
  'TerminateQuery',
  'PauseQuery',
  'ResumeQuery',
  'AlterSystem',
]);

export type PlannedStatement = StatementOf<PlannedKind>;

export function isPlanned(statement: { readonly kind: StatementKind }): statement is PlannedStatement {
  return PLANNED.has(statement.kind);
}

/** A plan and the command that would carry it out; `command` is undefined when nothing changes. */
export interface Prepared {
  readonly plan: StatementPlan;
  readonly command: Command | undefined;
  readonly queryId: string | null;
}

/** Plans one statement against a world; nothing is carried out. */
export async function prepare(
  statement: PlannedStatement,
  text: string,
  world: PlanningWorld,
  services: Services,
  session: Session,
): Promise<Prepared> {
  const config = session.config(services.config);
  switch (statement.kind) {
    case 'TerminateQuery':
      return control(text, session, world.catalog, statement.query, 'terminate');
    case 'PauseQuery':
      return control(text, session, world.catalog, statement.query, 'pause');
    case 'ResumeQuery':
      return control(text, session, world.catalog, statement.query, 'resume');
    case 'AlterSystem': {
      checkProperty(statement.name, statement.value);
      const command = commandOf(
        `cluster/${statement.name}/alter`,
        text,
        session,
        [],
        `System property ${statement.name} was set to ${statement.value}.`,
      );
      return {
        plan: statementPlan(text, {}),
        command: { ...command, system: { [statement.name]: statement.value } },
        queryId: null,
      };
    }
    default: {
      const written = withPossibleReplicas(statement, services.log.kind);
      const found = await withTopicColumns(written.statement, services);
      const known = found.statement;
      await world.fetch(needsOf(known, world.catalog, config));
      const planned = planStatement(known, text, world.context(config));
      const notes = planned.skipped
        ? []
        : [...written.notes, ...found.notes, ...(await unreadRows(planned, config, services.log.admin))];
      const plan = notes.length === 0 ? planned : { ...planned, warnings: [...planned.warnings, ...notes] };
      if (plan.skipped) return { plan, command: undefined, queryId: null };
      const changes = changesOf(plan, session);
      return {
        plan,
        command: commandOf(
          commandId(statement, plan),
          text,
          session,
          changes,
          messageOf(statement, plan, world.catalog),
        ),
        queryId: plan.query?.plan.queryId ?? null,
      };
    }
  }
}

/** A CREATE over a topic whose columns are known, or show in its records. */
async function withTopicColumns(
  statement: PlannableStatement,
  services: Services,
): Promise<{ readonly statement: PlannableStatement; readonly notes: readonly string[] }> {
  if (statement.kind !== 'CreateSource') return { statement, notes: [] };
  const known = withKnownColumns(statement, services);
  return { statement: await withSampledColumns(known.statement, services), notes: known.notes };
}

/** The embedded log keeps one copy: more is what a script for a cluster asks for, and no reason to refuse it here. */
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
  text: string,
  session: Session,
  changes: readonly (Ddl | QueryChange)[],
  message: string,
): Command {
  return { version: COMMAND_VERSION, id, statement: text, changes, properties: session.overrides(), message };
}

/** TERMINATE, PAUSE and RESUME of one query or ALL. */
function control(
  text: string,
  session: Session,
  catalog: Catalog,
  query: Identifier | null,
  action: 'terminate' | 'pause' | 'resume',
): Prepared {
  const id = query === null ? null : query.name;
  const targets = query === null ? [...catalog.queries.keys()] : [findQuery(catalog, query.name, query.span)];
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
  const message = { terminate: 'Query terminated.', pause: 'Query paused.', resume: 'Query resumed.' }[action];
  return {
    plan: statementPlan(text, { terminates: action === 'terminate' ? targets : [] }),
    command: commandOf(`${action}/${id ?? 'ALL'}/execute`, text, session, changes, message),
    queryId: id,
  };
}

function findQuery(catalog: Catalog, id: string, span: Span | undefined): string {
  const found = catalog.query(id) ? id : [...catalog.queries.keys()].find((q) => q.toUpperCase() === id.toUpperCase());
  if (found === undefined) {
    throw new SluiceError('STATEMENT', `Unknown queryId: ${id}`, {
      span,
      hint: didYouMean(id, catalog.queries.keys()) ?? 'SHOW QUERIES; lists the queries that run.',
    });
  }
  return found;
}

function commandId(statement: PlannedStatement, plan: StatementPlan): string {
  switch (statement.kind) {
    case 'CreateSource':
    case 'CreateSourceAs':
      return `${statement.sourceType.toLowerCase()}/${quoteIdentifier(statement.name.name)}/create`;
    case 'AlterSource':
      return `${statement.sourceType.toLowerCase()}/${quoteIdentifier(statement.name.name)}/alter`;
    case 'DropSource':
      return `${statement.sourceType.toLowerCase()}/${quoteIdentifier(statement.name.name)}/drop`;
    case 'CreateType':
      return `type/${quoteIdentifier(statement.name.name)}/create`;
    case 'DropType':
      return `type/${quoteIdentifier(statement.name.name)}/drop`;
    case 'InsertInto':
      return `stream/${quoteIdentifier(plan.query?.plan.queryId ?? statement.target.name)}/create`;
    default:
      return `cluster/${statement.kind}/execute`;
  }
}

function messageOf(statement: PlannedStatement, plan: StatementPlan, before: Catalog): string {
  if (plan.query && plan.query.type !== 'CREATE_SOURCE') return `Created query with ID ${plan.query.plan.queryId}`;
  switch (statement.kind) {
    case 'CreateSource':
    case 'CreateSourceAs':
      return `${title(statement.sourceType)} created`;
    case 'AlterSource':
      return `${title(statement.sourceType)} altered`;
    case 'DropSource':
      return `Source ${quoteIdentifier(statement.name.name)} (topic: ${before.source(statement.name.name)?.topic.name ?? ''}) was dropped.`;
    case 'CreateType':
      return `Registered custom type with name '${statement.name.name}' and SQL type ${plan.ddl?.kind === 'RegisterType' ? formatType(plan.ddl.type) : ''}`;
    case 'DropType':
      return `Dropped type '${statement.name.name}'`;
    default:
      return 'Done';
  }
}

function title(sourceType: 'STREAM' | 'TABLE'): string {
  return sourceType === 'STREAM' ? 'Stream' : 'Table';
}
