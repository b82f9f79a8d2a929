import { SluiceError, isSluiceError, messageOf } from '../base/errors.ts';
import { Stretch } from '../base/stretch.ts';
import type { Statement } from '../sql/ast/statement.ts';
import { eachStatement, type ParsedStatement } from '../sql/parse.ts';
import { maskStatement } from '../sql/printer/mask.ts';
import type { ResultBody, StatementResult } from './results.ts';
import { inertSettings } from './config/server-settings.ts';
import { checkQueryCount } from './limits.ts';
import { PlanningWorld } from './planning-world.ts';
import type { Services } from './services.ts';
import { checkOverrides, Session } from './session.ts';
import { checkCreateConnector, type CheckedConnector } from './statements/create-connector.ts';
import { carryOutAfter, carryOutBefore } from './statements/carry-out.ts';
import { executeImmediate } from './statements/immediate.ts';
import { checkInsertValues, startInsertValues, type StartedInsert } from './statements/insert-values.ts';
import { isPlanned, prepare, type PlannedStatement } from './statements/planned.ts';
import { applySessionStatement, isSessionStatement } from './statements/session-statements.ts';

/** A script failed at one statement; the ones before it stand. */
export class ScriptFailure extends Error {
  readonly error: SluiceError;
  /** Masked text of the statement that failed; undefined when the script did not parse. */
  readonly statementText: string | undefined;
  readonly completed: readonly StatementResult[];

  constructor(error: SluiceError, statementText: string | undefined, completed: readonly StatementResult[]) {
    super(error.message, { cause: error });
    this.error = error;
    this.statementText = statementText;
    this.completed = completed;
  }
}

export interface ScriptRequest {
  readonly text: string;
  readonly session: Session;
}

/** Rows of one script that are under way at once. */
const INSERTS_AT_ONCE = 2000;

/** Each time a statement is planned in vain, a statement of another server has come through. */
const MOST_ATTEMPTS = 50;

/** Gives ids to queries: the engine's counter, which the command log rebuilds. */
export interface QueryNumbers {
  next: number;
}

/**
 * Runs a script: parse all, check all against a sandbox, then execute one by one (D11). SET and DEFINE act on the statements after them.
 * @throws ScriptFailure
 */
export async function runScript(
  request: ScriptRequest,
  services: Services,
  numbers: QueryNumbers,
): Promise<readonly StatementResult[]> {
  const stretch = new Stretch(services.env);
  const statements: ParsedStatement[] = [];
  try {
    checkOverrides(services.config, Object.fromEntries(request.session.properties));
    const substitutes = request.session.config(services.config).boolean('ksql.variable.substitution.enable');
    const parsing = eachStatement(request.text, substitutes ? { variables: request.session.variables } : {});
    for (const parsed of parsing) {
      statements.push(parsed);
      await stretch.breathe();
    }
    await catchUp(statements, services);
  } catch (error) {
    throw new ScriptFailure(asSluiceError(error), undefined, []);
  }
  const checked = await validate(statements, request, services, numbers, stretch);
  const completed: StatementResult[] = [];
  // Rows that follow one another go to the log together: each is known to have been written before another kind of statement runs.
  const inserts: { readonly statementText: string; readonly started: StartedInsert }[] = [];
  const finishInserts = async (): Promise<void> => {
    for (const { statementText, started } of inserts.splice(0)) {
      try {
        await started.finished();
        completed.push({ statementText, warnings: [], kind: 'none' });
      } catch (error) {
        throw new ScriptFailure(asSluiceError(error), statementText, completed);
      }
    }
  };
  for (const [index, parsed] of statements.entries()) {
    const { statement } = parsed;
    const statementText = maskStatement(statement, parsed.text);
    await stretch.breathe();
    if (statement.kind !== 'InsertValues' || inserts.length >= INSERTS_AT_ONCE) await finishInserts();
    if (statement.kind === 'InsertValues') {
      try {
        inserts.push({ statementText, started: await startInsertValues(statement, services, request.session) });
      } catch (error) {
        await finishInserts();
        throw new ScriptFailure(asSluiceError(error), statementText, completed);
      }
      continue;
    }
    try {
      const { warnings, ...body } = await execute(parsed, request.session, services, numbers, checked.get(index));
      completed.push({ statementText, warnings, ...body } as StatementResult);
    } catch (error) {
      throw new ScriptFailure(asSluiceError(error), statementText, completed);
    }
  }
  await finishInserts();
  return completed;
}

/**
 * What another server has answered may be built upon here. Statements that only show the catalog do without: they must not wait for a broker
 * that is away. Nor do INSERTs into what is known, which are many.
 */
async function catchUp(statements: readonly ParsedStatement[], services: Services): Promise<void> {
  const builds = ({ statement }: ParsedStatement): boolean =>
    isPlanned(statement) ||
    statement.kind === 'CreateConnector' ||
    statement.kind === 'AlterConnector' ||
    (statement.kind === 'InsertValues' && services.catalog.current.source(statement.target.name) === undefined);
  if (services.shared === undefined || !statements.some(builds)) return;
  await services.commands.catchUp(services.config.number('ksql.server.command.response.timeout.ms'));
}

/** Plans everything against a sandbox. Returns what connector statements learned from Connect, by statement index. */
async function validate(
  statements: readonly ParsedStatement[],
  request: ScriptRequest,
  services: Services,
  numbers: QueryNumbers,
  stretch: Stretch,
): Promise<ReadonlyMap<number, CheckedConnector>> {
  const session = request.session.copy();
  const world = new PlanningWorld(services, services.catalog.current, numbers.next);
  const checked = new Map<number, CheckedConnector>();
  for (const [index, { statement, text }] of statements.entries()) {
    await stretch.breathe();
    try {
      refuseQueries(statement);
      if (isSessionStatement(statement)) applySessionStatement(statement, session, services);
      else if (pushQueryOf(statement, services) !== undefined) continue;
      else if (isPlanned(statement)) {
        const prepared = await prepare(statement, text, world, services, session);
        const before = world.catalog;
        world.absorb(prepared.plan, prepared.command?.changes ?? []);
        checkQueryCount(before, world.catalog, services.config);
      } else if (statement.kind === 'CreateConnector') {
        checked.set(index, await checkCreateConnector(statement, { services, session, catalog: world.catalog }));
      } else if (statement.kind === 'InsertValues') {
        checkInsertValues(statement, world.catalog, services, session);
      }
    } catch (error) {
      throw new ScriptFailure(asSluiceError(error), maskStatement(statement, text), []);
    }
  }
  return checked;
}

type Executed = ResultBody & { readonly warnings: readonly string[] };

async function execute(
  parsed: ParsedStatement,
  session: Session,
  services: Services,
  numbers: QueryNumbers,
  checked: CheckedConnector | undefined,
): Promise<Executed> {
  const { statement, text } = parsed;
  if (isSessionStatement(statement)) {
    applySessionStatement(statement, session, services);
    if (statement.kind === 'SetProperty') warnOfInert(statement.name, services);
    return { kind: 'none', warnings: [] };
  }
  const push = pushQueryOf(statement, services);
  if (push !== undefined)
    return { kind: 'terminate_query', queryId: push, wasTerminated: services.closePushQuery(push), warnings: [] };
  if (!isPlanned(statement)) return await executeImmediate(statement, text, { services, session }, checked);
  return await change(statement, text, session, services, numbers);
}

/**
 * Plans a statement and writes its command; again from the start, against the newer catalog, when another server's command came in between.
 * @throws SluiceError NOT_READY when that happens too often
 */
async function change(
  statement: PlannedStatement,
  text: string,
  session: Session,
  services: Services,
  numbers: QueryNumbers,
): Promise<Executed> {
  services.limits.admitCommand(services.config);
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { newest } = services.commands;
    const before = services.catalog.current;
    const world = new PlanningWorld(services, before, numbers.next);
    const { plan, command, queryId } = await prepare(statement, text, world, services, session);
    if (command === undefined) {
      return { kind: 'warning_entity', message: plan.warnings.join('\n'), warnings: plan.warnings };
    }
    // Catches what only the catalog itself refuses, before anything is written.
    const after = command.changes.reduce((catalog, one) => catalog.apply(one), before);
    checkQueryCount(before, after, services.config);
    await carryOutBefore(plan, services);
    const appended = await services.commands.append(command, newest);
    if (appended.kind === 'SUPERSEDED') continue;
    if (appended.kind === 'REFUSED') throw appended.error;
    await carryOutAfter(plan, services);
    if (statement.kind === 'AlterSystem') warnOfInert(statement.name, services);
    return {
      kind: 'currentStatus',
      commandId: command.id,
      status: 'SUCCESS',
      message: command.message,
      queryId,
      commandSequenceNumber: appended.sequenceNumber,
      warnings: plan.warnings,
    };
  }
  throw new SluiceError(
    'NOT_READY',
    `Other servers of this ksql.service.id changed the catalog ${MOST_ATTEMPTS} times while the statement was planned. Nothing was changed by it: try again`,
    { retriable: true },
  );
}

function warnOfInert(name: string, services: Services): void {
  for (const line of inertSettings([name])) services.env.logger.warn(line);
}

/** The push query that TERMINATE names: it runs on this server alone, and its end is on no log. */
function pushQueryOf(statement: Statement, services: Services): string | undefined {
  if (statement.kind !== 'TerminateQuery' || statement.query === null) return undefined;
  const wanted = statement.query.name.toUpperCase();
  return services.pushQueries().find((q) => q.id.toUpperCase() === wanted)?.id;
}

function refuseQueries(statement: Statement): void {
  if (statement.kind !== 'Query' && statement.kind !== 'PrintTopic') return;
  throw new SluiceError(
    'WRONG_ENDPOINT',
    "The following statement types should be issued to the websocket endpoint '/query':\n\t* PRINT\n\t* SELECT",
    { span: statement.span },
  );
}

function asSluiceError(error: unknown): SluiceError {
  return isSluiceError(error) ? error : new SluiceError('INTERNAL', messageOf(error), { cause: error });
}
