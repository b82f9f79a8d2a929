import { KEYS } from '../config/keys.ts';
import { SluiceError, isSluiceError, messageOf } from '../base/errors.ts';
import { Stretch } from '../base/stretch.ts';
import { eachStatement, type ParsedStatement } from '../sql/parse.ts';
import { maskStatement } from '../sql/printer/mask.ts';
import { PlanningWorld } from './planning-world.ts';
import type { StatementResult } from './results.ts';
import type { Services } from './services.ts';
import { checkOverrides } from './session.ts';
import type { Answer, ScriptContext } from './statements/call.ts';
import type { Started } from './statements/executor.ts';
import { executorOf } from './statements/table.ts';

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

/** Statements of one script that are under way at once. */
const MOST_TOGETHER = 2000;

/**
 * Runs a script: parse all, check all against a sandbox, then execute one by one (D11). SET and DEFINE act on the statements after them.
 * @throws ScriptFailure
 */
export async function runScript(source: string, context: ScriptContext): Promise<readonly StatementResult[]> {
  const { services, session } = context;
  const stretch = new Stretch(services.env);
  const statements: ParsedStatement[] = [];
  try {
    checkOverrides(services.config, Object.fromEntries(session.properties));
    const substitutes = session.config(services.config).get(KEYS.variableSubstitutionEnable);
    for (const parsed of eachStatement(source, substitutes ? { variables: session.variables } : {})) {
      statements.push(parsed);
      await stretch.breathe();
    }
    await catchUp(statements, services);
  } catch (error) {
    throw new ScriptFailure(asSluiceError(error), undefined, []);
  }
  const checked = await check(statements, context, stretch);
  const completed: StatementResult[] = [];
  // Each of those under way together is known to be done before another kind of statement runs.
  const started: { readonly statementText: string; readonly one: Started }[] = [];
  const finishStarted = async (): Promise<void> => {
    for (const { statementText, one } of started.splice(0)) {
      try {
        completed.push(resultOf(statementText, await one.finished()));
      } catch (error) {
        throw new ScriptFailure(asSluiceError(error), statementText, completed);
      }
    }
  };
  for (const [index, { statement, text }] of statements.entries()) {
    const statementText = maskStatement(statement, text);
    const executor = executorOf(statement);
    const call = { ...context, text };
    await stretch.breathe();
    if ('execute' in executor || started.length >= MOST_TOGETHER) await finishStarted();
    try {
      if ('start' in executor) {
        started.push({ statementText, one: await executor.start(statement, call, checked[index]) });
      } else {
        completed.push(resultOf(statementText, await executor.execute(statement, call, checked[index])));
      }
    } catch (error) {
      await finishStarted();
      throw new ScriptFailure(asSluiceError(error), statementText, completed);
    }
  }
  await finishStarted();
  return completed;
}

function resultOf(statementText: string, { notes, ...body }: Answer): StatementResult {
  return { statementText, warnings: notes ?? [], ...body } as StatementResult;
}

/** What another server has answered may be built upon here. */
async function catchUp(statements: readonly ParsedStatement[], services: Services): Promise<void> {
  if (services.shared === undefined) return;
  if (!statements.some(({ statement }) => executorOf(statement).catchesUp?.(statement, services))) return;
  await services.commands.catchUp(services.config.get(KEYS.serverCommandResponseTimeoutMs));
}

/** Checks everything against a sandbox. Returns what each statement's check learned. */
async function check(
  statements: readonly ParsedStatement[],
  context: ScriptContext,
  stretch: Stretch,
): Promise<readonly unknown[]> {
  const { services, numbers } = context;
  const session = context.session.copy();
  const world = new PlanningWorld(services, services.catalog.current, numbers.next);
  const checked: unknown[] = [];
  for (const { statement, text } of statements) {
    await stretch.breathe();
    try {
      checked.push(await executorOf(statement).check(statement, { services, session, world, text }));
    } catch (error) {
      throw new ScriptFailure(asSluiceError(error), maskStatement(statement, text), []);
    }
  }
  return checked;
}

function asSluiceError(error: unknown): SluiceError {
  return isSluiceError(error) ? error : new SluiceError('INTERNAL', messageOf(error), { cause: error });
}
