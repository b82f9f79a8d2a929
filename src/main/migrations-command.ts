import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../host/make-folders.ts';
import { serverUrl } from '../cli/address.ts';
import { readDefinitions } from '../cli/apply/wanted.ts';
import { MigrationsMetadata } from '../cli/migrations/metadata.ts';
import {
  applyMigrations,
  migrationsInfo,
  validateMigrations,
  type MigrateOptions,
  type Which,
} from '../cli/migrations/migrate.ts';
import {
  CONFIG_FILE,
  createMigration,
  newProject,
  readConfig,
  readMigrations,
  type MigrationsConfig,
  type ProjectFiles,
} from '../cli/migrations/project.ts';
import { styleFor } from '../cli/render/style.ts';
import { forTerminal } from '../cli/screen.ts';
import { didYouMean } from '../base/suggest.ts';
import { parseProperties } from './properties-file.ts';
import { clientOf } from './server-address.ts';
import { terminalOptions } from './terminal.ts';
import { commandOptions } from './unknown-option.ts';

export const MIGRATIONS_USAGE = `sluice migrations [-c FILE] COMMAND: ksqlDB's ksql-migrations

  new-project DIR URL      a folder for migrations with its ${CONFIG_FILE}
  initialize-metadata      make the stream and the table in which a server keeps what was applied
  create DESCRIPTION       an empty file for the next version; -v VERSION for a given one
  apply                    -a, --all; -n, --next; -u, --until VERSION; -v, --version VERSION
                           --dry-run shows the statements alone; -d, --define NAME=VALUE is a variable
  info                     versions and their states
  validate                 whether the files are those that were applied
  destroy-metadata         drop that stream and table, with their topics

  -c, --config-file FILE   ${CONFIG_FILE} of the project (default: in this folder)
`;

const COMMANDS = ['new-project', 'initialize-metadata', 'create', 'apply', 'info', 'validate', 'destroy-metadata'];

const OPTIONS = {
  'config-file': { type: 'string', short: 'c', default: CONFIG_FILE },
  all: { type: 'boolean', short: 'a', default: false },
  next: { type: 'boolean', short: 'n', default: false },
  until: { type: 'string', short: 'u' },
  version: { type: 'string', short: 'v' },
  'dry-run': { type: 'boolean', default: false },
  define: { type: 'string', short: 'd', multiple: true, default: [] as string[] },
  help: { type: 'boolean', short: 'h' },
} as const;

const FILES: ProjectFiles = {
  read: (file) => readFile(file, 'utf8'),
  create: (file, text) => writeFile(file, text, { flag: 'wx' }),
  makeFolder: async (folder) => {
    makeFolders(path.dirname(folder));
    await mkdir(folder);
  },
  list: (folder) => readdir(folder),
};

/** Runs `sluice migrations`. Resolves to the exit code. @param args the arguments after the command's name */
export async function migrationsCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = commandOptions('migrations', args, OPTIONS);
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    (values.help ? process.stdout : process.stderr).write(MIGRATIONS_USAGE);
    return values.help ? 0 : 1;
  }
  if (!COMMANDS.includes(command)) {
    const hint = didYouMean(command, COMMANDS) ?? `The commands are ${COMMANDS.join(', ')}.`;
    process.stderr.write(`Unknown command: ${command}. ${hint}\n\n${MIGRATIONS_USAGE}`);
    return 1;
  }
  if (command === 'new-project') {
    const [folder, url] = rest;
    if (folder === undefined || url === undefined) throw new Error('It is: sluice migrations new-project DIR URL');
    await newProject(FILES, folder, serverUrl(url));
    process.stdout.write(`Made ${folder} with ${CONFIG_FILE} and a folder for migrations.\n`);
    return 0;
  }
  const file = values['config-file'];
  const config = readConfig(
    parseProperties(
      await readFile(file, 'utf8').catch(() => {
        throw new Error(`There is no ${file}: -c names the ${CONFIG_FILE} of the project, new-project makes one`);
      }),
    ),
    path.dirname(file),
  );
  if (command === 'create') {
    if (rest.length === 0) throw new Error('It is: sluice migrations create DESCRIPTION');
    const made = await createMigration(FILES, config.folder, rest.join(' '), numberOf(values.version));
    process.stdout.write(`${made}\n`);
    return 0;
  }
  const { metadata, ...common } = await migrateOptions(config);
  const options = { ...common, metadata };
  switch (command) {
    case 'initialize-metadata':
      process.stdout.write(
        (await metadata.initialize())
          ? `Made stream ${config.stream} and table ${config.table}.\n`
          : 'They are there already.\n',
      );
      return 0;
    case 'destroy-metadata':
      await metadata.destroy();
      process.stdout.write(`Dropped ${config.table} and ${config.stream} with their topics.\n`);
      return 0;
    case 'info':
      return await migrationsInfo(options, process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY);
    case 'validate':
      return await validateMigrations(options);
    case 'apply':
      return await applyMigrations(options, whichOf(values), readDefinitions(values.define), values['dry-run']);
    default:
      throw new Error(`Unknown command: ${command}`);
  }
}

/** Applies all migrations of a folder in ksqlDB's layout, for `sluice apply`; the metadata is created if missing. */
export async function applyMigrationsFolder(
  folder: string,
  server: string | undefined,
  define: Readonly<Record<string, string>>,
  dryRun: boolean,
): Promise<number> {
  let properties: Readonly<Record<string, string>> = {};
  for (const place of [folder, path.dirname(path.resolve(folder))]) {
    const text = await readFile(path.join(place, CONFIG_FILE), 'utf8').catch(() => undefined);
    if (text !== undefined) properties = parseProperties(text);
    if (text !== undefined) break;
  }
  const url = server ?? properties['ksql.server.url'] ?? 'http://localhost:8088';
  const config = { ...readConfig({ ...properties, 'ksql.server.url': url }, folder), folder };
  const options = await migrateOptions(config);
  if (dryRun && !(await options.metadata.exists())) {
    process.stdout.write(`${config.stream} and ${config.table}, which keep what was applied, would be made.\n`);
    for (const m of options.migrations) process.stdout.write(`Version ${m.version}: ${m.name} would be applied.\n`);
    return options.migrations.length === 0 ? 0 : 2;
  }
  if (!dryRun && (await options.metadata.initialize()))
    process.stdout.write(`Made stream ${config.stream} and table ${config.table}, which keep what was applied.\n`);
  return await applyMigrations(options, { kind: 'all' }, define, dryRun);
}

async function migrateOptions(config: MigrationsConfig): Promise<MigrateOptions> {
  const terminal = terminalOptions();
  const client = clientOf(config.serverUrl, {
    ...(config.user === undefined ? {} : { user: config.user, password: config.password ?? '' }),
    ...config.ssl,
  });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  return {
    client,
    metadata: new MigrationsMetadata(client, config, terminal.env),
    migrations: await readMigrations(FILES, config.folder),
    env: terminal.env,
    style: styleFor(terminal.terminal.colors),
    write: (text) => written(process.stdout, text),
    writeError: (text) => written(process.stderr, text),
    signal: stop.signal,
  };
}

function written(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(forTerminal(text), () => resolve()));
}

/** Which migrations to apply. @throws Error unless exactly one option is given, as ksqlDB's tool requires */
function whichOf(values: {
  readonly all: boolean;
  readonly next: boolean;
  readonly until?: string;
  readonly version?: string;
}): Which {
  const asked: Which[] = [
    ...(values.all ? [{ kind: 'all' } as const] : []),
    ...(values.next ? [{ kind: 'next' } as const] : []),
    ...(values.until === undefined ? [] : [{ kind: 'until', version: numberOf(values.until)! } as const]),
    ...(values.version === undefined ? [] : [{ kind: 'version', version: numberOf(values.version)! } as const]),
  ];
  if (asked.length !== 1) throw new Error('apply takes one of --all, --next, --until VERSION, --version VERSION');
  return asked[0]!;
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`A version is a number from 1; not ${text}`);
  return number;
}
