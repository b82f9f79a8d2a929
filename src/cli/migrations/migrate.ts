import type { Env } from '../../base/env.ts';
import { isSluiceError, messageOf } from '../../base/errors.ts';
import type { SluiceClient } from '../../client/sluice-client.ts';
import type { StatementKind } from '../../sql/ast/statement.ts';
import { eachStatement, type ParsedStatement } from '../../sql/parse.ts';
import { renderError } from '../render/error.ts';
import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { ConsoleSession } from '../session.ts';
import { NONE, type MigrationsMetadata, type VersionRow } from './metadata.ts';
import { checksumOf, type MigrationFile } from './project.ts';

/**
 * The statements that a migration may contain, as ksqlDB documents; statements that only show something are not
 * permitted.
 */
const SUPPORTED: ReadonlySet<StatementKind> = new Set<StatementKind>([
  'CreateSource',
  'CreateSourceAs',
  'InsertInto',
  'InsertValues',
  'PauseQuery',
  'ResumeQuery',
  'TerminateQuery',
  'DropSource',
  'AlterSource',
  'CreateConnector',
  'AlterConnector',
  'DropConnector',
  'PauseConnector',
  'ResumeConnector',
  'RestartConnector',
  'CreateType',
  'DropType',
  'DropTopic',
  'SetProperty',
  'UnsetProperty',
  'DefineVariable',
  'UndefineVariable',
  'AssertSchema',
  'AssertTopic',
]);

export interface MigrateOptions {
  readonly client: SluiceClient;
  readonly metadata: MigrationsMetadata;
  readonly migrations: readonly MigrationFile[];
  readonly env: Env;
  readonly style: Style;
  readonly write: (text: string) => Promise<void>;
  readonly writeError: (text: string) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Which of the pending migrations to apply. */
export type Which =
  | { readonly kind: 'all' | 'next' }
  | { readonly kind: 'until' | 'version'; readonly version: number };

/**
 * Applies migrations in the order of their versions, and records the result of each. A failed one is retried from its
 * beginning. Resolves to the exit code.
 */
export async function applyMigrations(
  options: MigrateOptions,
  which: Which,
  define: Readonly<Record<string, string>>,
  dryRun: boolean,
): Promise<number> {
  const { metadata, migrations, write, writeError, style } = options;
  if (!(await isInitialized(options))) return 1;
  if (!(await validate(options))) return 1;
  const current = await metadata.current();
  const pending = migrations.filter((m) => m.version > current);
  const chosen = choose(pending, which);
  if (chosen === undefined || (chosen.length === 0 && which.kind !== 'all')) {
    const asked = 'version' in which ? ` ${which.version}` : '';
    await writeError(
      style.error(
        which.kind === 'next' && pending.length === 0
          ? 'No migration is left to apply.'
          : `No migration with version${asked} is to be applied: the server is at ${current === 0 ? NONE : current}.`,
      ) + '\n',
    );
    return 1;
  }
  if (chosen.length === 0) {
    await write(`Nothing to do: the server is at version ${current === 0 ? NONE : current}.\n`);
    return 0;
  }
  let previous = current;
  for (const migration of chosen) {
    if (options.signal.aborted) return 1;
    await write(`${style.bold(`Applying version ${migration.version}: ${migration.name}`)}\n`);
    if (!(await applyOne(options, migration, previous, define, dryRun))) return 1;
    previous = migration.version;
  }
  await write(
    dryRun
      ? 'Dry run: nothing was executed.\n'
      : `Applied ${chosen.length === 1 ? '1 migration' : `${chosen.length} migrations`}: the server is at version ${previous}.\n`,
  );
  return 0;
}

function choose(pending: readonly MigrationFile[], which: Which): readonly MigrationFile[] | undefined {
  switch (which.kind) {
    case 'all':
      return pending;
    case 'next':
      return pending.slice(0, 1);
    case 'until':
      return pending.some((m) => m.version === which.version)
        ? pending.filter((m) => m.version <= which.version)
        : undefined;
    case 'version':
      // Only the next version can be chosen, because versions are applied in order.
      return pending[0]?.version === which.version ? pending.slice(0, 1) : undefined;
  }
}

async function applyOne(
  options: MigrateOptions,
  migration: MigrationFile,
  previous: number,
  define: Readonly<Record<string, string>>,
  dryRun: boolean,
): Promise<boolean> {
  const { client, metadata, env, style, write, writeError, signal } = options;
  let statements: readonly ParsedStatement[];
  try {
    statements = readStatements(migration, define);
  } catch (error) {
    await writeError(`${style.error(messageOf(error))}\n`);
    return false;
  }
  if (dryRun) {
    for (const { text } of statements) await write(`${text}\n`);
    return true;
  }
  const started: VersionRow = {
    version: String(migration.version),
    name: migration.name,
    state: 'RUNNING',
    checksum: checksumOf(migration.text),
    startedOn: String(env.clock.nowMs()),
    completedOn: '',
    previous: previous === 0 ? NONE : String(previous),
    errorReason: '',
  };
  await metadata.write(started);
  const session = new ConsoleSession(client, 'table');
  for (const [name, value] of Object.entries(define)) session.define(name, value);
  for (const { text, span } of statements) {
    try {
      await client.execute(text, session.requestOptions(signal));
      session.remember(text);
    } catch (error) {
      await writeError(`${style.error(`Failed at ${migration.file}:${span.line}`)}\n`);
      await writeError(`${renderError(error, text, style)}\n`);
      await metadata.write({ ...started, state: 'ERROR', errorReason: messageOf(error) });
      return false;
    }
  }
  await metadata.write({ ...started, state: 'MIGRATED', completedOn: String(env.clock.nowMs()) });
  return true;
}

/** All statements of a file, parsed before the first is executed. @throws Error with file and line */
function readStatements(migration: MigrationFile, define: Readonly<Record<string, string>>): ParsedStatement[] {
  const variables = new Map(Object.entries(define).map(([name, value]) => [name.toUpperCase(), value]));
  try {
    const all = [...eachStatement(migration.text, { variables })];
    const wrong = all.find(({ statement }) => !SUPPORTED.has(statement.kind));
    if (wrong !== undefined)
      throw new Error(
        `${migration.file}:${wrong.span.line}: statements of this kind change nothing, and a migration has none`,
      );
    return all;
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    throw new Error(`${migration.file}:${error.span?.line ?? 1}: ${error.render(migration.text)}`, { cause: error });
  }
}

async function isInitialized({ metadata, writeError, style }: MigrateOptions): Promise<boolean> {
  if (await metadata.exists()) return true;
  await writeError(
    `${style.error('The server keeps no record of migrations yet.')}\nHint: sluice migrations initialize-metadata makes its stream and its table.\n`,
  );
  return false;
}

/** Whether the files of all applied versions are unchanged; differences are written to the error output. */
async function validate({ metadata, migrations, writeError, style }: MigrateOptions): Promise<boolean> {
  const byVersion = new Map(migrations.map((m) => [m.version, m]));
  let version = await metadata.current();
  let valid = true;
  while (version > 0) {
    const row = await metadata.of(version);
    const file = byVersion.get(version);
    const fault =
      row === undefined
        ? 'the server has no record of it'
        : row.state !== 'MIGRATED'
          ? `its state is ${row.state}`
          : file === undefined
            ? 'there is no file for it'
            : checksumOf(file.text) !== row.checksum
              ? `${file.file} was changed since it was applied`
              : undefined;
    if (fault !== undefined) {
      valid = false;
      await writeError(`${style.error(`Version ${version} was applied, and ${fault}.`)}\n`);
    }
    const before = row?.previous ?? NONE;
    version = before === NONE || before === '' ? 0 : Number(before);
  }
  return valid;
}

/** Validates that the files match the applied versions. Resolves to the exit code. */
export async function validateMigrations(options: MigrateOptions): Promise<number> {
  if (!(await isInitialized(options)) || !(await validate(options))) return 1;
  const current = await options.metadata.current();
  await options.write(
    `Valid: the files are those that were applied, up to version ${current === 0 ? NONE : current}.\n`,
  );
  return 0;
}

/** Shows all versions. Resolves to the exit code. */
export async function migrationsInfo(options: MigrateOptions, width: number): Promise<number> {
  if (!(await isInitialized(options))) return 1;
  const { metadata, migrations, write } = options;
  const current = await metadata.current();
  await write(`Current migration version: ${current === 0 ? NONE : current}\n`);
  const rows: string[][] = [];
  for (const migration of migrations) {
    const row = await metadata.of(migration.version);
    rows.push([
      String(migration.version),
      migration.name,
      row?.state ?? 'PENDING',
      row?.previous ?? 'N/A',
      timeText(row?.startedOn),
      timeText(row?.completedOn),
      row?.errorReason === undefined || row.errorReason === '' ? 'N/A' : row.errorReason,
    ]);
  }
  if (rows.length === 0) await write('There are no migrations.\n');
  else
    await write(
      `${renderTable(
        [
          { title: 'Version', align: 'right' },
          { title: 'Name', keep: true },
          { title: 'State' },
          { title: 'Previous Version' },
          { title: 'Started On' },
          { title: 'Completed On' },
          { title: 'Error Reason' },
        ],
        rows,
        width,
      )}\n`,
    );
  return 0;
}

function timeText(ms: string | undefined): string {
  if (ms === undefined || ms === '') return 'N/A';
  const at = new Date(Number(ms));
  return Number.isNaN(at.getTime()) ? ms : at.toISOString();
}
