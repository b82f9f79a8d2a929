import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SILENT_LOGGER } from '../../src/base/env.ts';
import { isSluiceError, type SluiceError } from '../../src/base/errors.ts';
import { ScriptFailure } from '../../src/engine/script.ts';
import { Session } from '../../src/engine/session.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { proposedStatements } from '../../src/sql/advice/proposed.ts';

const FOLDER = path.join(import.meta.dirname, 'mistakes');

/** A typical mistake and what its message must contain. */
export interface Mistake {
  /** A statement, to be executed in the world that `mistakes/world.sql` creates. */
  readonly input?: string;
  /** Alternatively, settings with which a server is started. */
  readonly server?: Readonly<Record<string, string>>;
  /** Texts that the message, hint or warnings must contain: the cause and the remedy. */
  readonly names: readonly string[];
  /** Texts that must not occur because they would distract. */
  readonly omits?: readonly string[];
  /** The text that the position covers, if a position is possible. */
  readonly at?: string;
  /**
   * Statements that follow the hint and must succeed. What the hint proposes is marked «so» in them and must occur in
   * the hint.
   */
  readonly cure?: string;
  /** The statement succeeds with a warning. */
  readonly warns?: true;
}

/** The mistakes in every file, by file name. */
export const MISTAKES: ReadonlyMap<string, readonly Mistake[]> = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => [
      file.replace('.json', ''),
      JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as readonly Mistake[],
    ]),
);

/** What a user sees. */
export interface Told {
  /** Message, line with caret, and hint, as the console shows them; for a statement that succeeded, its warnings. */
  readonly text: string;
  readonly failed: boolean;
  /** The text that the position covers. */
  readonly at: string | undefined;
}

const PROPERTIES = { listeners: 'http://127.0.0.1:0', 'connect.listeners': '', 'connect.allowed.paths': '/tmp' };

/** Starts a server in memory that contains what the mistakes refer to. */
export async function openMistakenWorld(): Promise<Sluice> {
  const sluice = await startSluice({ env: nodeEnv(SILENT_LOGGER), store: new MemoryStore(), properties: PROPERTIES });
  await sluice.engine.execute(readFileSync(path.join(FOLDER, 'world.sql'), 'utf8'));
  return sluice;
}

/** Makes a mistake and returns what the user sees: of a statement on `sluice`, or of the start of a new server. */
export async function tell(mistake: Mistake, sluice: Sluice): Promise<Told> {
  return mistake.input === undefined
    ? await tellStart(mistake.server ?? {})
    : await tellStatement(mistake.input, sluice);
}

async function tellStart(server: Readonly<Record<string, string>>): Promise<Told> {
  try {
    const sluice = await startSluice({
      env: nodeEnv(SILENT_LOGGER),
      store: new MemoryStore(),
      properties: { ...PROPERTIES, ...server },
    });
    await sluice.close();
    return { text: 'it starts', failed: false, at: undefined };
  } catch (error) {
    return { text: isSluiceError(error) ? error.render() : String(error), failed: true, at: undefined };
  }
}

async function tellStatement(input: string, sluice: Sluice): Promise<Told> {
  const session = new Session();
  try {
    if (/^\s*(SELECT|PRINT|WITH)\b/i.test(input)) {
      const handle = await sluice.engine.query(input, session);
      const notice = handle.kind === 'PRINT' ? undefined : handle.notice?.();
      await handle.close();
      return { text: notice ?? 'it runs', failed: false, at: undefined };
    }
    const results = await sluice.engine.execute(input, session);
    return {
      text: results.flatMap((r) => [...r.warnings, ...(r.kind === 'warning_entity' ? [r.message] : [])]).join('\n'),
      failed: false,
      at: undefined,
    };
  } catch (error) {
    const cause: unknown = error instanceof ScriptFailure ? error.error : error;
    if (!isSluiceError(cause)) throw error;
    return { text: cause.render(input), failed: true, at: covered(cause, input) };
  }
}

function covered(error: SluiceError, input: string): string | undefined {
  return error.span && error.span.end > 0 ? input.slice(error.span.start, error.span.end) : undefined;
}

/** The statements that a hint proposes verbatim, in order. */
export function proposedIn(text: string): string[] {
  return proposedStatements(text.split(/^Hint: /m)[1] ?? '');
}

/**
 * Executes the statements that a hint proposes, as a user who follows it would. @throws the error of the first that
 * fails
 */
export async function follow(statements: readonly string[], sluice: Sluice): Promise<void> {
  const session = new Session();
  for (const statement of statements) {
    if (/^(SELECT|PRINT)\b/.test(statement)) await (await sluice.engine.query(statement, session)).close();
    else await sluice.engine.execute(statement, session);
  }
}

/** Whether a statement only reads and changes nothing. */
export function isReading(statement: string): boolean {
  return /^(?:SELECT|SHOW|LIST|DESCRIBE|EXPLAIN|PRINT)\b/.test(statement);
}
