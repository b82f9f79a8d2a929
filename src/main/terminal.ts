import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '../base/errors.ts';
import { fileProblem } from '../base/file-problem.ts';
import { Console, runScript, type ConsoleOptions } from '../cli/console.ts';
import type { ConsoleFiles } from '../cli/files.ts';
import { OUTPUT_FORMATS, type OutputFormat } from '../cli/render/rows.ts';
import { forTerminal } from '../cli/screen.ts';
import type { SluiceClient } from '../client/sluice-client.ts';
import { makeFolders } from '../host/make-folders.ts';
import { createLogger } from '../host/logger.ts';
import { nodeEnv } from '../host/node-env.ts';
import { clientOf } from './server-address.ts';
import { VERSION } from './version.ts';

export interface TerminalOptions {
  readonly url: string;
  readonly execute?: string | undefined;
  readonly file?: string | undefined;
  readonly output?: string | undefined;
  /** `name`, or `name:password`; without a password, $SLUICE_PASSWORD is used. */
  readonly user?: string | undefined;
  /** Settings for TLS and authentication, as in a profile. */
  readonly access?: Readonly<Record<string, string>> | undefined;
}

/** Runs the console on this process's terminal. Resolves to the exit code. */
export async function runTerminal(options: TerminalOptions): Promise<number> {
  const format = outputFormat(options.output);
  if (format === undefined) {
    process.stderr.write(`--output takes ${OUTPUT_FORMATS.join(', ')}; not ${options.output}\n`);
    return 2;
  }
  const common = {
    ...terminalOptions(),
    client: clientOf(options.url, { ...options.access, ...(options.user === undefined ? {} : userOf(options.user)) }),
    connect: (address: string) => clientOf(address),
    format,
  };
  if (options.execute !== undefined || options.file !== undefined) {
    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal);
    try {
      const script = options.file === undefined ? { text: options.execute! } : { file: options.file };
      return await runScript({ ...common, errorOutput: process.stderr }, script, stop.signal);
    } finally {
      process.removeListener('SIGINT', onSignal);
    }
  }
  const console_ = new Console({
    ...common,
    input: process.stdin,
    // Errors of a script go to standard error, and its statements are not added to the history.
    ...(process.stdin.isTTY
      ? {
          history: historyFiles(common.client.url),
          startFile: path.join(homedir(), '.sluicerc'),
          edit: editElsewhere,
          page: leafThrough,
          suspend: (continued) => {
            process.once('SIGCONT', continued);
            process.kill(process.pid, 'SIGTSTP');
          },
        }
      : { errorOutput: process.stderr }),
  });
  // Without a terminal there are no key events: the first signal ends a running query, the second one the process.
  const onSignal = (): void => console_.interrupt();
  process.on('SIGINT', onSignal);
  if (process.stdin.isTTY) await greet(common.client);
  try {
    return await console_.run();
  } finally {
    process.removeListener('SIGINT', onSignal);
    // When standard input is a file, it has no `unref`, and does not keep the process alive.
    (process.stdin as { unref?: () => void }).unref?.();
  }
}

/** The options of a console on this process's terminal, except its client and input. */
export function terminalOptions(): Omit<ConsoleOptions, 'client' | 'input'> {
  const { stdout, stdin } = process;
  const isTTY = stdin.isTTY && stdout.isTTY;
  return {
    output: stdout,
    terminal: {
      isTTY,
      colors: stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
      size: () => (stdout.isTTY ? { columns: stdout.columns || 80, rows: stdout.rows || 24 } : undefined),
    },
    files: FILES,
    env: nodeEnv(createLogger('silent')),
    version: VERSION,
  };
}

function userOf(text: string): { readonly user: string; readonly password: string } {
  const at = text.indexOf(':');
  return at < 0
    ? { user: text, password: process.env['SLUICE_PASSWORD'] ?? '' }
    : { user: text.slice(0, at), password: text.slice(at + 1) };
}

async function greet(client: SluiceClient): Promise<void> {
  try {
    const info = await client.info();
    process.stdout.write(
      forTerminal(`Sluice ${info.version} at ${client.url}. Statements end with ';'. Type help for help.\n\n`),
    );
  } catch (error) {
    process.stderr.write(forTerminal(`${messageOf(error)}\n\n`));
  }
}

function outputFormat(name: string | undefined): OutputFormat | undefined {
  return name === undefined ? 'table' : OUTPUT_FORMATS.find((format) => format === name.toLowerCase());
}

/** History is stored twice: for all folders together, and separately for this folder and server. */
function historyFiles(url: string): { readonly own: string; readonly all: string } {
  const place = createHash('sha256').update(`${process.cwd()}\n${url}`).digest('hex').slice(0, 16);
  return {
    own: path.join(homedir(), '.sluice', 'history', `${new URL(url).host.replaceAll(':', '_')}-${place}`),
    all: path.join(homedir(), '.sluice_history'),
  };
}

/**
 * Shows a text in $PAGER or less, which ends at once when everything fits and leaves the text on the screen. False when
 * no pager is available.
 */
async function leafThrough(text: string): Promise<boolean> {
  const pager = process.env['PAGER']?.trim();
  if (pager === 'cat') return false;
  const command = pager === undefined || pager === '' ? 'less -FRX' : pager;
  return await new Promise((resolve) => {
    const child = spawn(command, { stdio: ['pipe', 'inherit', 'inherit'], shell: true });
    // The user may close the pager before the end of the text.
    child.stdin.on('error', () => undefined);
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code !== 127));
    child.stdin.end(text);
  });
}

/**
 * Edits a text in $VISUAL, $EDITOR or vi.
 * @throws Error when the editor ends with another exit code than 0: the text is then discarded
 */
async function editElsewhere(text: string): Promise<string> {
  const editor = [process.env['VISUAL'], process.env['EDITOR']].find((e) => e !== undefined && e.trim() !== '') ?? 'vi';
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-edit-'));
  const file = path.join(folder, 'statement.sql');
  try {
    await writeFile(file, `${text}\n`, { mode: 0o600 });
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn(`${editor} '${file}'`, { stdio: 'inherit', shell: true });
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`${editor} ended with code ${code}: the text stays as it was`);
    return (await readFile(file, 'utf8')).trimEnd();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const FILES: ConsoleFiles = {
  read: async (file) => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      throw new Error(fileProblem(error, path.resolve(file)), { cause: error });
    }
  },
  append: async (file, text) => {
    makeFolders(path.dirname(path.resolve(file)), 0o700);
    await appendFile(file, text, { mode: 0o600 });
  },
  replace: (file, text) => writeFile(file, text, { mode: 0o600 }),
};
