import { must } from '../base/assert.ts';
import { KEYS } from '../config/keys.ts';
import { checkNeeds, type Caller } from '../base/rights.ts';
import { SluiceError, isSluiceError, messageOf } from '../base/errors.ts';
import { Deadline, Deadlines } from '../base/budget/deadline.ts';
import { Stretch } from '../base/stretch.ts';
import type { Statement } from '../sql/ast/statement.ts';
import type { ParsedStatement } from '../sql/parse.ts';
import { maskStatement } from '../sql/printer/mask.ts';
import { withChangeAdvice } from './foreign-changes.ts';
import { parseScript } from './parse-script.ts';
import { PlanningWorld } from './planning-world.ts';
import type { StatementResult } from './results.ts';
import { checkWritable, type Services } from './services.ts';
import { ScriptAudit } from './script-audit.ts';
import { checkSession } from './session.ts';
import type { Answer, ScriptContext } from './statements/call.ts';
import type { Started, Unforeseen } from './statements/executor.ts';
import { describeAction, isChange, needsOfStatement } from './statements/needs.ts';
import { executorOf } from './statements/table.ts';

/** A script failed at one statement; the statements before it remain executed. */
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

/** The most statements of one script that run concurrently. */
const MOST_TOGETHER = 2000;

/**
 * Runs a script: parses everything, checks everything against a sandbox, then executes statement by statement. The
 * effects of connectors cannot be predicted, so statements after a connector statement are checked when it has been
 * executed. SET and DEFINE affect the statements after them.
 * @throws ScriptFailure
 */
export async function runScript(source: string, context: ScriptContext): Promise<readonly StatementResult[]> {
  const { services, session } = context;
  const stretch = new Stretch(services.env);
  let statements: readonly ParsedStatement[];
  try {
    checkSession(session, services.config);
    statements = await parseScript(source, session, services.config, stretch);
  } catch (error) {
    throw new ScriptFailure(withChangeAdvice(asSluiceError(error), source, services), undefined, []);
  }
  const audit = new ScriptAudit(services.audit, session.caller);
  allow(statements, services, session.caller, audit);
  const late: Promise<unknown>[] = [];
  const { env, config } = services;
  const run = async (): Promise<readonly StatementResult[]> => {
    const deadlines = new Deadlines(env, config.get(KEYS.statementMaxMs), KEYS.statementMaxMs.name);
    const inTime: Run['inTime'] = async (work) => {
      try {
        return await deadlines.within(work);
      } finally {
        if (deadlines.isLate) late.push(work);
      }
    };
    try {
      return await runStatements(statements, context, { stretch, audit, inTime });
    } finally {
      deadlines.close();
    }
  };
  // Scripts that only read wait for nobody, and nobody waits for them: an ASSERT may take minutes.
  return statements.some(({ statement }) => isChange(statement)) ? await inTurn(context, run, late) : await run();
}

/** How the statements of one script are executed. */
interface Run {
  readonly stretch: Stretch;
  readonly audit: ScriptAudit;
  /** @throws SluiceError STATEMENT_TIMEOUT when one statement takes too long; its work continues nevertheless */
  readonly inTime: <T>(work: Promise<T>) => Promise<T>;
}

/**
 * Runs when earlier scripts have ended. Its client is answered when its time is over, even if work continues.
 * @param late work that has taken too long and continues: the next script waits for it
 */
async function inTurn(
  context: ScriptContext,
  run: () => Promise<readonly StatementResult[]>,
  late: readonly Promise<unknown>[],
): Promise<readonly StatementResult[]> {
  const { env, config } = context.services;
  return await new Promise((resolve, reject) => {
    let isBegun = false;
    let isGone = false;
    const turn = context.turn(async () => {
      isBegun = true;
      if (isGone) return [];
      try {
        return await run();
      } catch (error) {
        if (late.length > 0) {
          reject(error);
          await Promise.allSettled(late);
        }
        throw error;
      }
    });
    turn.then(resolve, reject);
    new Deadline(env.clock, config.get(KEYS.statementMaxMs), KEYS.statementMaxMs.name)
      .within(env.timers, turn)
      .catch((error: unknown) => {
        // Once started, each statement has its own time limit.
        if (isBegun) return;
        isGone = true;
        reject(new ScriptFailure(asSluiceError(error), undefined, []));
      });
  });
}

async function runStatements(
  statements: readonly ParsedStatement[],
  context: ScriptContext,
  { stretch, audit, inTime }: Run,
): Promise<readonly StatementResult[]> {
  const { services } = context;
  try {
    await catchUp(statements, services);
  } catch (error) {
    throw new ScriptFailure(asSluiceError(error), undefined, []);
  }
  const completed: StatementResult[] = [];
  let checked: readonly unknown[] = [];
  let checkedTo = 0;
  let checkedFrom = 0;
  // All concurrent statements have ended before a statement of another kind runs.
  const started: { readonly statement: Statement; readonly statementText: string; readonly one: Started }[] = [];
  const finishStarted = async (): Promise<void> => {
    for (const { statement, statementText, one } of started.splice(0)) {
      try {
        completed.push(resultOf(statementText, await inTime(one.finished())));
        audit.add(statement, 'done');
      } catch (error) {
        audit.add(statement, 'failed', asSluiceError(error).code);
        audit.write();
        throw new ScriptFailure(asSluiceError(error), statementText, completed);
      }
    }
  };
  let entries = 0;
  for (const [index, { statement, text }] of statements.entries()) {
    const statementText = maskStatement(statement, text);
    const executor = executorOf(statement);
    const call = { ...context, text };
    await stretch.breathe();
    if ('execute' in executor || started.length >= MOST_TOGETHER) await finishStarted();
    if (index === checkedTo) {
      [checkedFrom, checkedTo] = [index, endOfForeseen(statements, index)];
      checked = await check(statements.slice(checkedFrom, checkedTo), completed, context, { stretch, audit, inTime });
    }
    const learned = checked[index - checkedFrom];
    try {
      if ('start' in executor) {
        const starting = executor.start(statement, call, learned);
        started.push({ statement, statementText, one: await inTime(starting) });
      } else {
        const answering = executor.execute(statement, call, learned);
        const answer = await (answering instanceof Promise ? inTime(answering) : answering);
        entries += entriesOf(answer);
        if (entries > MOST_ENTRIES) {
          throw new SluiceError('REJECTED', `The answers of this request have more than ${MOST_ENTRIES} entries`, {
            hint: 'Ask for fewer lists in one request. What stands before this statement was carried out.',
          });
        }
        completed.push(resultOf(statementText, answer));
        audit.add(statement, 'done');
      }
    } catch (error) {
      await finishStarted();
      audit.add(statement, 'failed', asSluiceError(error).code);
      audit.write();
      throw new ScriptFailure(asSluiceError(error), statementText, completed);
    }
  }
  await finishStarted();
  audit.write();
  return completed;
}

/** The most list entries in all answers to one request, since they are kept until everything is done. */
const MOST_ENTRIES = 50_000;

/** Length of the lists in an answer. */
function entriesOf(answer: Answer): number {
  let count = 0;
  for (const value of Object.values(answer)) if (Array.isArray(value)) count += value.length;
  return count;
}

function resultOf(statementText: string, { notes, ...body }: Answer): StatementResult {
  return { statementText, warnings: notes ?? [], ...body } as StatementResult;
}

/** Refuses the whole script if one of its statements is not permitted to the caller, or to anybody. */
function allow(statements: readonly ParsedStatement[], services: Services, caller: Caller, audit: ScriptAudit): void {
  for (const { statement, text } of statements) {
    try {
      checkNeeds(caller, needsOfStatement(statement), describeAction(statement));
      if (isChange(statement)) checkWritable(services, describeAction(statement));
    } catch (error) {
      audit.add(statement, 'denied');
      audit.write();
      throw new ScriptFailure(asSluiceError(error), maskStatement(statement, text), []);
    }
  }
}

/** Waits until effects of statements that other servers have answered are visible here. */
async function catchUp(statements: readonly ParsedStatement[], services: Services): Promise<void> {
  if (services.shared === undefined) return;
  if (!statements.some(({ statement }) => executorOf(statement).catchesUp?.(statement, services))) return;
  await services.commands.catchUp(services.config.get(KEYS.serverCommandResponseTimeoutMs));
}

/** The index from which statements cannot be checked before those from `start` on have been executed. */
function endOfForeseen(statements: readonly ParsedStatement[], start: number): number {
  let unforeseen: Unforeseen | undefined;
  for (let index = start; index < statements.length; index++) {
    const { statement } = must(statements[index], 'statement');
    const own = executorOf(statement).unforeseen?.(statement);
    if (unforeseen === 'CLUSTER' || (unforeseen === 'SOURCES' && own === undefined)) return index;
    unforeseen = own ?? unforeseen;
  }
  return statements.length;
}

/** Checks statements against a sandbox. Returns what each check learned. */
async function check(
  statements: readonly ParsedStatement[],
  completed: readonly StatementResult[],
  context: ScriptContext,
  { stretch, audit, inTime }: Run,
): Promise<readonly unknown[]> {
  const { services, numbers } = context;
  const session = context.session.copy();
  const world = new PlanningWorld(services, services.catalog.current, numbers.next);
  const checked: unknown[] = [];
  for (const { statement, text } of statements) {
    await stretch.breathe();
    try {
      const checking = executorOf(statement).check(statement, { services, session, world, text });
      checked.push(await (checking instanceof Promise ? inTime(checking) : checking));
    } catch (error) {
      audit.add(statement, 'failed', asSluiceError(error).code);
      audit.write();
      throw new ScriptFailure(asSluiceError(error), maskStatement(statement, text), completed);
    }
  }
  return checked;
}

function asSluiceError(error: unknown): SluiceError {
  return isSluiceError(error) ? error : new SluiceError('INTERNAL', messageOf(error), { cause: error });
}
