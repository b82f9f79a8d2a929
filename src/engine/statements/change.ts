import { SluiceError } from '../../base/errors.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { isGuard } from '../../config/server-config.ts';
import { warnOfInert } from '../../config/server-settings.ts';
import { sinksBehind } from '../connectors/sink-columns.ts';
import { checkQueryCount } from '../limits.ts';
import { PlanningWorld } from '../planning-world.ts';
import { fixBeginnings } from '../queries/beginnings.ts';
import type { Services } from '../services.ts';
import type { Answer, Call, Sandbox } from './call.ts';
import { carryOutAfter, carryOutBefore, deletesOf } from './carry-out.ts';
import type { OneByOne } from './executor.ts';
import { prepare, type PlannedStatement } from './planned.ts';

/** Each failed attempt to plan a statement means that another server's statement was written first. */
const MOST_ATTEMPTS = 50;

/**
 * A statement that changes the catalog: planned against the sandbox, then against the actual catalog, and written to
 * the command log.
 */
export const CHANGE: OneByOne<PlannedStatement, void> = {
  catchesUp: () => true,
  check,
  execute,
};

/** ALTER SYSTEM: a change that may have no effect. */
export const ALTER_SYSTEM: OneByOne<StatementOf<'AlterSystem'>, void> = {
  ...CHANGE,
  async check(statement, sandbox) {
    if (isGuard(statement.name))
      throw new SluiceError('STATEMENT', `No statement changes ${statement.name}: it is for the start of the server`, {
        span: statement.span,
        hint: 'Set it in the configuration of the server, and start it again.',
      });
    await check(statement, sandbox);
  },
  async execute(statement, call) {
    const answer = await execute(statement, call);
    warnOfInert(statement.name, call.services.env.logger);
    return answer;
  },
};

/** TERMINATE of a persistent query is a change; a push query runs only on this server, and its end is not logged. */
export const TERMINATE_QUERY: OneByOne<StatementOf<'TerminateQuery'>, void> = {
  ...CHANGE,
  async check(statement, sandbox) {
    if (pushQueryOf(statement, sandbox.services) === undefined) await check(statement, sandbox);
  },
  async execute(statement, call) {
    const push = pushQueryOf(statement, call.services);
    if (push === undefined) return await execute(statement, call);
    return { kind: 'terminate_query', queryId: push, wasTerminated: call.services.closePushQuery(push) };
  },
};

/** The push query that TERMINATE names. */
function pushQueryOf({ query }: StatementOf<'TerminateQuery'>, services: Services): string | undefined {
  if (query === null) return undefined;
  const wanted = query.name.toUpperCase();
  return services.pushQueries().find((q) => q.id.toUpperCase() === wanted)?.id;
}

async function check(statement: PlannedStatement, sandbox: Sandbox): Promise<void> {
  const { world, services } = sandbox;
  const { plan, command } = await prepare(statement, sandbox);
  const before = world.catalog;
  world.absorb(plan, command?.changes ?? []);
  checkQueryCount(before, world.catalog, services.config);
}

/**
 * Plans a statement and writes its command; starts again with the newer catalog when another server's command came in
 * between.
 * @throws SluiceError NOT_READY when that happens too often
 */
async function execute(statement: PlannedStatement, call: Call): Promise<Answer> {
  const { services, numbers } = call;
  services.limits.admitCommand(services.config);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { newest } = services.commands;
    const before = services.catalog.current;
    const world = new PlanningWorld(services, before, numbers.next);
    const { plan, command: planned, queryId } = await prepare(statement, { ...call, world });
    if (planned === undefined) return { kind: 'warning_entity', message: plan.warnings.join('\n'), notes: [] };
    const deletes = await deletesOf(plan, services);
    const command = deletes === undefined ? planned : { ...planned, deletes };
    // Detects what only the catalog itself refuses, before anything is written.
    const after = command.changes.reduce((catalog, one) => catalog.apply(one), before);
    checkQueryCount(before, after, services.config);
    const notes = [...plan.warnings, ...(await sinksBehind(before, after, services))];
    await carryOutBefore(plan, services);
    if (plan.query !== undefined && !plan.query.replaces)
      await fixBeginnings(plan.query.plan, call.session.config(services.config), services);
    const appended = await services.commands.append(command, newest);
    if (appended.kind === 'SUPERSEDED') continue;
    if (appended.kind === 'REFUSED') throw appended.error;
    await carryOutAfter(command, services);
    return {
      kind: 'currentStatus',
      commandId: command.id,
      status: 'SUCCESS',
      message: command.message,
      queryId,
      commandSequenceNumber: appended.sequenceNumber,
      notes,
    };
  }
  throw new SluiceError(
    'NOT_READY',
    `Other servers of this ksql.service.id changed the catalog ${MOST_ATTEMPTS} times while the statement was planned. Nothing was changed by it: try again`,
    { retriable: true },
  );
}
