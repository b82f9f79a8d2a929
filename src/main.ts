#!/usr/bin/env node
import { visibleText } from './base/visible-text.ts';
import { must } from './base/assert.ts';
import { NamePattern } from './base/regex/name-pattern.ts';
import { AGAIN, supervise, supervised } from './main/supervisor.ts';
import { blame } from './connect/worker/tasks/blame.ts';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isSluiceError, messageOf } from './base/errors.ts';
import { fileProblem } from './base/file-problem.ts';
import { KEYS } from './config/keys.ts';
import { serverConfig } from './config/server-config.ts';
import { settingFaults } from './config/server-settings.ts';
import type { Sluice } from './main/compose.ts';
import { ClientError } from './client/client-error.ts';
import { parseProperties } from './main/properties-file.ts';
import { noFilesLeft } from './main/open-files.ts';
import { unknownOption } from './main/unknown-option.ts';
import { unknownCommand } from './main/unknown-command.ts';
import { VERSION } from './main/version.ts';

const USAGE = `sluice ${VERSION}: a streaming SQL database with Kafka Connect inside

  sluice [options]             start a server in this process, with a console where there is a terminal
  sluice server [options]      start a server alone
  sluice cli [URL] [options]   a console for a server elsewhere (default http://localhost:8088)
  sluice apply DIR [options]   make a server have what statements in files say (sluice apply --help)
  sluice check [DIR]           look for damage in a data folder (sluice check --help)
  sluice test FILE|DIR         run tests of SQL, without a server (sluice test --help)
  sluice format FILE|DIR       SQL in one form (sluice format --help)
  sluice connector new DIR     a package with connectors of one's own, to begin with (docs/guide/plugins.md)
  sluice types > streams.d.ts  TypeScript of streams and tables (sluice types --help)
  sluice password              the hash of a password, for a file of users
  sluice migrations COMMAND    ksqlDB's ksql-migrations (sluice migrations --help)

  --config FILE        properties file (key=value)
  --set KEY=VALUE      one property; may be repeated
  --data DIR           data folder (data.dir)
  --take-over          end a server that has the data folder open and does not answer
  -e, --execute SQL    run statements, print the results, end
  -f, --file FILE      run a script, print the results, end
  -U, --user NAME[:PASSWORD]   who asks; without it a user in the URL, or a profile's (~/.sluice/profiles)
  --ca FILE            authorities that servers with https are measured by (PEM, JKS or PKCS #12)
  --cert FILE --key FILE   a certificate of one's own, to show them
  --token TOKEN        a bearer token; without it the variable SLUICE_TOKEN
  --output FORMAT      table, json, jsonl, csv, markdown or vertical
  --help, --version
`;

/**
 * How long a stop may take, in ms: supervisors wait for ten seconds, and for what is not done by then the next start is
 * as good as after any other end. Less than our own supervisor's limit.
 */
const STOP_MS = 3600;

const OPTIONS = {
  config: { type: 'string' },
  set: { type: 'string', multiple: true, default: [] as string[] },
  data: { type: 'string' },
  'take-over': { type: 'boolean' },
  execute: { type: 'string', short: 'e' },
  file: { type: 'string', short: 'f' },
  output: { type: 'string' },
  user: { type: 'string', short: 'U' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** Commands with options of their own. */
const COMMANDS: Readonly<Record<string, () => Promise<(args: readonly string[]) => Promise<number>>>> = {
  apply: async () => (await import('./main/apply-command.ts')).applyCommand,
  check: async () => (await import('./main/check-command.ts')).checkCommand,
  test: async () => (await import('./main/test-command.ts')).testCommand,
  password: async () => (await import('./main/password-command.ts')).passwordCommand,
  format: async () => (await import('./main/format-command.ts')).formatCommand,
  types: async () => (await import('./main/types-command.ts')).typesCommand,
  connector: async () => (await import('./main/connector-command.ts')).connectorCommand,
  migrations: async () => (await import('./main/migrations-command.ts')).migrationsCommand,
};

const supervisor = supervised();
const own = COMMANDS[process.argv[2] ?? ''];
const { values, positionals } = commandLine();
try {
  process.exitCode = own === undefined ? await main() : await (await own())(process.argv.slice(3));
} catch (error) {
  report(error);
  process.exitCode = supervisor?.isAgain === true && isSluiceError(error) && error.retriable ? AGAIN : 1;
  // The channel to the supervisor would keep this process.
  if (supervisor !== undefined) process.exit();
}

function report(error: unknown): void {
  process.stderr.write(visibleText(`${isSluiceError(error) ? error.render() : sentence(error)}\n`));
}

/** What was typed after the command's name. A wrong option ends the process with one sentence. */
function commandLine() {
  try {
    return parseArgs({ allowPositionals: true, options: OPTIONS, ...(own === undefined ? {} : { args: [] }) });
  } catch (error) {
    process.stderr.write(`${unknownOption(messageOf(error), 'sluice', Object.keys(OPTIONS))}\n`);
    process.exit(2);
  }
}

function sentence(error: unknown): string {
  const noFiles = noFilesLeft(error);
  if (noFiles !== undefined) return noFiles;
  const missing = (error as { code?: unknown } | undefined)?.code === 'ERR_MODULE_NOT_FOUND';
  const name = missing ? /^Cannot find package '([^']+)'/.exec(messageOf(error))?.[1] : undefined;
  return name === undefined
    ? [
        messageOf(error),
        ...(error instanceof ClientError && error.hint !== undefined ? [`Hint: ${error.hint}`] : []),
      ].join('\n')
    : `Sluice needs the package ${name}, which is not installed: run npm ci (in a clone), or install Sluice anew.`;
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.version) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const [command = 'all', url] = positionals;
  const stray = positionals[command === 'cli' ? 2 : 1];
  if (stray !== undefined && ['cli', 'server'].includes(command)) {
    const unset = (values.set ?? []).find((setting) => !setting.includes('='));
    const meant =
      command === 'server' && unset !== undefined
        ? `A setting and its value are one word: --set ${unset}=${stray}.`
        : command === 'server' && /\.(?:properties|conf|cfg|ini|ya?ml|json)$/.test(stray)
          ? `A file of settings, key=value, is --config ${stray}.`
          : command === 'server' && /^[\w.]+=/.test(stray)
            ? `A setting is --set ${stray}.`
            : 'sluice --help lists commands and options.';
    process.stderr.write(`sluice ${command} takes no ${stray}. ${meant}\n`);
    return 2;
  }
  switch (command) {
    case 'cli':
      return await console_(url ?? 'http://localhost:8088');
    case 'server':
      return await serve();
    case 'all':
      return await serveWithConsole();
    default:
      process.stderr.write(`${unknownCommand(command, ['cli', 'server', ...Object.keys(COMMANDS)])}\n`);
      return 2;
  }
}

function properties(): Record<string, string> {
  const fromFile = values.config === undefined ? {} : parseProperties(textOf(values.config));
  const fromFlags = Object.fromEntries(
    values.set.map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw new Error(`--set takes KEY=VALUE, got ${pair}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
  return {
    ...fromFile,
    ...fromEnvironment(),
    ...fromFlags,
    ...(values.data === undefined ? {} : { 'data.dir': values.data }),
  };
}

/** `-U http://…` is an address behind the wrong option. @throws Error */
function userOf(user: string | undefined): string | undefined {
  if (user !== undefined && /^https?:\/\//i.test(user))
    throw new Error(`--user takes NAME[:PASSWORD], not an address: sluice cli ${user}`);
  return user;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`--config: ${fileProblem(error, path.resolve(file))}`, { cause: error });
  }
}

function fromEnvironment(): Record<string, string> {
  return known(environmentSettings());
}

/** Variables of ksqlDB's images that speak to the Java machine. */
const OF_JAVA = /^ksql\.(.*opts|jmx\..*|classpath|home|heap\..*|config\.dir|log\.dir|gc\..*)$/;

/** An environment is shared with other programs: what is no setting is left out, and said. */
function known(settings: Readonly<Record<string, string>>): Record<string, string> {
  const unknown = new Map(settingFaults(settings).map((fault) => [fault.name, fault.text]));
  for (const [name, text] of unknown)
    if (!OF_JAVA.test(name) && supervisor === undefined)
      process.stderr.write(`In the environment: ${text} It is left out.\n`);
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !unknown.has(name)));
}

/** `KSQL_SERVICE_ID=x` sets `ksql.service.id`, as ksqlDB's images do. */
function environmentSettings(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      name.startsWith('KSQL_') && value !== undefined
        ? [
            [
              name
                .toLowerCase()
                .replaceAll('___', '-')
                .replaceAll('__', '_-_')
                .replaceAll('_', '.')
                .replaceAll('.-.', '_'),
              value,
            ],
          ]
        : [],
    ),
  );
}

/**
 * @param console whether a console is about to hold the terminal: then the log goes to a file, so that nothing prints
 *   over the prompt
 */
async function start(console: boolean): Promise<Sluice> {
  process.on('uncaughtException', (error) => {
    // What the code of a connector throws where nobody waits for it ends its task; anything else is a fault of ours.
    if (blame(error)) return;
    process.stderr.write(`${error.stack ?? String(error)}\n`);
    process.exit(1);
  });
  const { showStart } = await import('./main/start-progress.ts');
  const { startSluice } = await import('./main/compose.ts');
  const given = console ? withLogFile(properties()) : properties();
  return await showStart((onProgress) =>
    startSluice({
      properties: given,
      environment: environmentOfConnectors(given),
      takeOver: values['take-over'] ?? false,
      supervisor: supervisor?.pid,
      isSuspect: supervisor?.isSuspect,
      onStoreLost: (reason) => {
        process.stderr.write(`The store has to be opened anew, and the server ends for it: ${reason}\n`);
        process.exit(AGAIN);
      },
      onProgress,
    }),
  );
}

/** The variables that `connect.allowed.environment` names. */
function environmentOfConnectors(given: Record<string, string>): Record<string, string | undefined> {
  const allowed = new NamePattern(serverConfig(given).get(KEYS.connectAllowedEnvironment));
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => allowed.test(name)));
}

function withLogFile(given: Record<string, string>): Record<string, string> {
  const config = serverConfig(given);
  const file = path.resolve(config.get(KEYS.logFile) ?? path.join(config.get(KEYS.dataDir), 'server.log'));
  process.removeAllListeners('warning');
  return { ...given, 'log.file': file };
}

/** Closes the server and ends the process, whatever is still at work in it. */
async function endProcess(sluice: Sluice, exitCode: number): Promise<never> {
  const left = await sluice.close(STOP_MS);
  if (left.length > 0)
    process.stderr.write(
      `Not done within ${STOP_MS} ms, and left to the next start, which goes on from the last commits: ${left.join(', ')}\n`,
    );
  process.exit(exitCode);
}

/** Whether a process beside the server is to answer for it. A debugger wants the server itself. */
function wantsSupervisor(): boolean {
  return (
    supervisor === undefined &&
    serverConfig(properties()).get(KEYS.serverSupervised) &&
    !process.execArgv.some((flag) => flag.startsWith('--inspect'))
  );
}

/** Runs until SIGINT or SIGTERM; a second signal ends the process at once. */
async function serve(): Promise<number> {
  if (wantsSupervisor())
    return await supervise(
      must(process.argv[1], 'element of argv'),
      process.argv.slice(2),
      path.resolve(serverConfig(properties()).get(KEYS.dataDir)),
    );
  const { followRestores } = await import('./main/start-progress.ts');
  const sluice = await start(false);
  // Before anybody is told that it serves: a signal that came in between would end it as one that starts.
  const stopped = askedToStop();
  process.stdout.write(
    `Sluice ${VERSION} serves ${sluice.url}${sluice.connectUrl === undefined ? '' : `, Kafka Connect ${sluice.connectUrl}`}\n` +
      (sluice.consoleUrl === undefined ? '' : `The web console: ${sluice.consoleUrl}\n`),
  );
  const stopping = new AbortController();
  const following = followRestores(sluice.engine, stopping.signal);
  await stopped;
  stopping.abort();
  await following;
  return await endProcess(sluice, 0);
}

/** Resolves when this process is to end. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    const atOnce = (signal: NodeJS.Signals): never => process.exit(signal === 'SIGINT' ? 130 : 143);
    let isStopping = false;
    // A terminal sends the signal to both processes: how often it came the supervisor knows.
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping && supervisor === undefined) atOnce(signal);
      isStopping = true;
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    supervisor?.serves((signal, times) => (times > 1 ? atOnce(signal) : stop(signal)));
  });
}

async function serveWithConsole(): Promise<number> {
  const scripted = values.execute !== undefined || values.file !== undefined;
  if (!process.stdin.isTTY && !scripted) return await serve();
  const hasConsole = process.stdin.isTTY && process.stderr.isTTY && !scripted;
  const sluice = await start(hasConsole);
  process.once('SIGTERM', () => void endProcess(sluice, 143));
  let exitCode = 1;
  try {
    exitCode = await console_(sluice.url);
  } catch (error) {
    report(error);
  }
  return await endProcess(sluice, exitCode);
}

/** The flags of who asks and of TLS, as settings of a profile. */
function accessFlags(): Record<string, string> {
  const { ca, cert, key } = values;
  if ((cert === undefined) !== (key === undefined)) throw new Error('--cert and --key go together');
  const token = values.token ?? process.env['SLUICE_TOKEN'];
  return {
    ...(token !== undefined && token !== '' && { token }),
    ...(ca !== undefined && { 'ssl.truststore.location': ca }),
    ...(cert !== undefined && { 'ssl.keystore.certificate.chain': readFileSync(cert, 'utf8') }),
    ...(key !== undefined && { 'ssl.keystore.key': readFileSync(key, 'utf8') }),
  };
}

/** The console, here or for a server elsewhere. */
async function console_(url: string): Promise<number> {
  const { runTerminal } = await import('./main/terminal.ts');
  return await runTerminal({
    url,
    execute: values.execute,
    file: values.file,
    output: values.output,
    user: userOf(values.user),
    access: accessFlags(),
  });
}
