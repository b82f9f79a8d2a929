import type { Env } from '../../base/env.ts';
import { messageOf } from '../../base/errors.ts';
import { ClientError } from '../../client/client-error.ts';
import type { SluiceClient } from '../../client/sluice-client.ts';
import { formatStatement } from '../../sql/printer/statement.ts';
import { fieldsOf, listOf, textOf } from '../render/fields.ts';
import { renderError } from '../render/error.ts';
import { printableBelow } from '../render/width.ts';
import type { Style } from '../render/style.ts';
import { readExisting, type Existing } from './existing.ts';
import { planChanges, type Action, type ConnectorDifference, type Plan, type Step } from './plan.ts';
import { refusalsOf } from './refusals.ts';
import { readWanted, type SqlFile } from './wanted.ts';

export interface ApplyOptions {
  readonly client: SluiceClient;
  readonly files: readonly SqlFile[];
  /** The variables for all files, by name. */
  readonly define: Readonly<Record<string, string>>;
  readonly dryRun: boolean;
  /** Whether to drop what the files do not declare. */
  readonly prune: boolean;
  /** Asks whether to continue; undefined when nobody can be asked. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  readonly write: (text: string) => Promise<void>;
  readonly writeError: (text: string) => Promise<void>;
  readonly style: Style;
  readonly env: Env;
  readonly signal: AbortSignal;
}

/** The exit codes, like those of Terraform's -detailed-exitcode. */
export const EXIT = { done: 0, failed: 1, wouldChange: 2 } as const;

/** How long to wait for what a connector declares, in ms: it must first write a record. */
const DECLARED_WAIT_MS = 60_000;
const DECLARED_CHECK_MS = 250;

/** Changes a server to the state that the files declare, and shows the changes. Resolves to the exit code. */
export async function apply(options: ApplyOptions): Promise<number> {
  const { client, style, write, writeError, signal } = options;
  let plan: Plan;
  let refusals: ReadonlyMap<Step, string>;
  try {
    const wanted = readWanted(options.files, options.define);
    const existing = await readExisting(client, signal);
    plan = planChanges(wanted, existing, await differencesOf(wanted, existing, client, signal), options.prune);
    refusals = await refusalsOf(plan.steps, client, signal);
  } catch (error) {
    await writeError(`${renderError(error, '', style)}\n`);
    return EXIT.failed;
  }
  await write(planText(plan, refusals, client.url, options.files.length, style));
  if (refusals.size > 0) {
    const names = [...refusals.keys()].map((step) => `${step.what} ${step.name}`);
    await writeError(
      `${style.error(`The server refuses to replace ${names.join(', ')}: nothing is changed.`)} Mend the files, or drop what has to be made anew.\n`,
    );
    return EXIT.failed;
  }
  const changes = plan.steps.filter((step) => step.action !== 'unchanged');
  if (changes.length === 0) return EXIT.done;
  if (options.dryRun) return EXIT.wouldChange;
  if (options.ask !== undefined && !(await options.ask('Apply these changes?'))) {
    await write('Nothing was changed.\n');
    return EXIT.failed;
  }
  return await carryOut(changes, options);
}

async function carryOut(changes: readonly Step[], options: ApplyOptions): Promise<number> {
  const { client, env, style, write, writeError, signal } = options;
  for (const [done, step] of changes.entries()) {
    const startMs = env.clock.monotonicMs();
    let current = '';
    try {
      await declared(step.waitsFor, options);
      for (const statement of step.statements) {
        current = statement;
        const entities = await client.execute(statement, {
          properties: step.properties,
          signal,
        });
        for (const entity of entities)
          for (const warning of listOf(entity.warnings))
            await write(`  ${style.warning(`WARNING: ${printableBelow(textOf(warning['message']), 4)}`)}\n`);
      }
    } catch (error) {
      const at = step.place === undefined ? '' : ` (${step.place})`;
      await writeError(`${style.error(`Failed to ${step.action} ${step.what} ${step.name}${at}`)}\n`);
      await writeError(`${renderError(error, current, style)}\n`);
      const left = changes.slice(done + 1).map((s) => `${s.what} ${s.name}`);
      await writeError(
        `Done before: ${done} of ${changes.length}. ${left.length === 0 ? 'Nothing was left to do.' : `Not tried: ${left.join(', ')}.`} What was done stays; mend the cause and apply again.\n`,
      );
      return EXIT.failed;
    }
    const ms = env.clock.monotonicMs() - startMs;
    await write(`${PAST[step.action]} ${step.what} ${step.name} ${style.dim(`(${ms.toFixed(0)} ms)`)}\n`);
  }
  await write(
    `${style.bold('Applied.')} ${counted(changes, { create: 'created', replace: 'replaced', drop: 'dropped' })}.\n`,
  );
  return EXIT.done;
}

const PAST: Readonly<Record<Action, string>> = {
  create: 'Created',
  replace: 'Replaced',
  drop: 'Dropped',
  unchanged: 'Unchanged',
};

/**
 * Waits for streams and tables that a connector declares. If one does not appear, the statement that needs it reports
 * that.
 */
async function declared(names: readonly string[], { client, env, write, signal }: ApplyOptions): Promise<void> {
  if (names.length === 0) return;
  let isReported = false;
  for (let waitedMs = 0; waitedMs < DECLARED_WAIT_MS; waitedMs += DECLARED_CHECK_MS) {
    const entities = await client.execute('SHOW STREAMS; SHOW TABLES;', { signal });
    const there = new Set(
      entities.flatMap((e) => [...listOf(e['streams']), ...listOf(e['tables'])].map((s) => textOf(s['name']))),
    );
    const missing = names.filter((name) => !there.has(name));
    if (missing.length === 0) return;
    if (!isReported) await write(`Waiting for ${missing.join(', ')}, which a connector declares ...\n`);
    isReported = true;
    await env.timers.sleep(DECLARED_CHECK_MS, signal);
  }
}

/** Asks the server what each declared connector that exists would change. */
async function differencesOf(
  wanted: ReturnType<typeof readWanted>,
  existing: Existing,
  client: SluiceClient,
  signal: AbortSignal,
): Promise<Map<string, ConnectorDifference>> {
  const found = new Map<string, ConnectorDifference>();
  for (const { statement, properties } of wanted) {
    if (statement.kind !== 'CreateConnector') continue;
    const key = statement.name.name.toUpperCase();
    if (!existing.connectors.has(key)) continue;
    try {
      const [entity] = await client.execute(`EXPLAIN ${formatStatement(statement)};`, { properties, signal });
      found.set(
        key,
        listOf(fieldsOf(entity)['changes']).map((c) => ({
          name: textOf(c['name']),
          from: c['from'] === null ? null : textOf(c['from']),
          to: c['to'] === null ? null : textOf(c['to']),
        })),
      );
    } catch (error) {
      if (error instanceof ClientError && error.errorCode === 0) throw error;
      found.set(key, { unknown: `what would change cannot be told: ${messageOf(error)}` });
    }
  }
  return found;
}

const SIGN: Readonly<Record<Action, string>> = { create: '+', replace: '~', drop: '-', unchanged: '=' };

/** The plan for display: changes with their differences, refusals, and what is kept on one line. */
export function planText(
  plan: Plan,
  refusals: ReadonlyMap<Step, string>,
  url: string,
  files: number,
  style: Style,
): string {
  const changes = plan.steps.filter((step) => step.action !== 'unchanged');
  const same = plan.steps.filter((step) => step.action === 'unchanged');
  const whats = Math.max(0, ...changes.map((s) => s.what.length));
  const names = Math.max(0, ...changes.map((s) => s.name.length));
  const lines = changes.flatMap((step) => {
    const head = `  ${SIGN[step.action]} ${step.action.padEnd(7)}  ${step.what.padEnd(whats)}  ${step.name.padEnd(names)}  ${style.dim(step.place ?? 'in no file')}`;
    return [
      paint(step.action, style)(head.trimEnd()),
      ...step.difference.flatMap((text) => text.split('\n')).map((text) => `        ${text}`),
      ...(refusals.get(step)?.split('\n') ?? []).map((text) => style.error(`        ! ${text}`)),
    ];
  });
  if (same.length > 0) lines.push(style.dim(`  = unchanged  ${listed(same.map((s) => s.name))}`));
  if (plan.kept.length > 0) lines.push(style.dim(`  In no file, and kept (--prune drops them): ${listed(plan.kept)}`));
  return [
    `Plan for ${url}, from ${files === 1 ? '1 file' : `${files} files`}:`,
    ...lines,
    changes.length === 0 ? 'Nothing to do: the server has all of it.' : `${totals(plan.steps)}.`,
    '',
  ].join('\n');
}

function paint(action: Action, style: Style): (text: string) => string {
  return action === 'drop' ? style.error : action === 'replace' ? style.warning : (text) => text;
}

function totals(steps: readonly Step[]): string {
  const text = counted(steps, { create: 'to create', replace: 'to replace', drop: 'to drop' });
  const unchanged = steps.filter((step) => step.action === 'unchanged').length;
  return unchanged === 0 ? text : `${text}, ${unchanged} unchanged`;
}

function counted(steps: readonly Step[], words: Readonly<Record<Exclude<Action, 'unchanged'>, string>>): string {
  return (Object.keys(words) as (keyof typeof words)[])
    .map((action) => `${steps.filter((step) => step.action === action).length} ${words[action]}`)
    .join(', ');
}

/** The maximum number of listed names, so that the changes stay visible. */
const MOST_NAMES = 20;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more.toLocaleString('en-US')} more` : '');
}
