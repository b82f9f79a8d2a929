import { DATABASE_WORDS } from '../base/databases.ts';
import { drained } from '../base/drained.ts';
import { createInterface } from 'node:readline';
import type { Env } from '../base/env.ts';
import { fileProblem } from '../base/file-problem.ts';
import { maskText } from '../base/secrets/mask.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { splitStatements, type Split } from '../sql/split.ts';
import { serverUrl } from './address.ts';
import { complete } from './completion.ts';
import { Executor } from './executor.ts';
import { unfinishedText } from './unfinished.ts';
import { cutText, splitLine } from './cut.ts';
import { StatementEditor } from './editor/editor.ts';
import type { ConsoleFiles } from './files.ts';
import { History, inOneLine, type HistoryFiles } from './history.ts';
import { localCommand, type CommandContext } from './local-commands.ts';
import { followProgress, progressLine, readProgress } from './progress.ts';
import { styleFor } from './render/style.ts';
import type { OutputFormat } from './render/rows.ts';
import { forTerminal, type Screen } from './screen.ts';
import { ServerNames } from './server-names.ts';
import { ConsoleSession } from './session.ts';

export interface ConsoleOptions {
  readonly client: SluiceClient;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** The output for errors of scripts; default: `output`. */
  readonly errorOutput?: NodeJS.WritableStream;
  readonly terminal: TerminalInfo;
  readonly files: ConsoleFiles;
  readonly env: Env;
  readonly version: string;
  /** Where statements are kept between sessions, without secrets. */
  readonly history?: HistoryFiles;
  /** Opens a text in the user's editor and returns the edited text. */
  readonly edit?: (text: string) => Promise<string>;
  /** Shows a text in a pager. False: no pager is available. */
  readonly page?: (text: string) => Promise<boolean>;
  /** Suspends the process, like Ctrl-Z; `continued` is called when it resumes. */
  readonly suspend?: (continued: () => void) => void;
  /** A file of statements and commands that run before the first prompt. */
  readonly startFile?: string;
  readonly format?: OutputFormat;
  /** Whether to repeat the input after a prompt, because no terminal echoes it. */
  readonly echo?: boolean;
  /** Called whenever all input so far has been executed. */
  readonly onIdle?: () => void;
  /** Creates the client of another server (`server URL`). */
  readonly connect?: (url: string) => SluiceClient;
}

export interface TerminalInfo {
  readonly isTTY: boolean;
  readonly colors: boolean;
  /** The current size, because a window can be resized. Undefined when there is no window. */
  size(): { readonly columns: number; readonly rows: number } | undefined;
}

const PROMPT = 'sluice> ';
const CONTINUATION: Readonly<Record<Split['state'], string>> = {
  complete: PROMPT,
  unfinished: '     -> ',
  'in-string': "     '> ",
  'in-quoted-name': '     `> ',
  'in-comment': '    */> ',
  'in-properties': '     )> ',
};
/** How long it may take until a connector for change capture begins its snapshot, in ms. */
const SNAPSHOT_BEGINS_MS = 2000;
const SOURCE_MADE =
  /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?SOURCE\s+CONNECTOR\s+(?:IF\s+NOT\s+EXISTS\s+)?(?<name>`[^`]+`|[\w-]+)/i;
/** Sources that begin by reading the content of tables, by short name or class. */
const HAS_TABLES = new RegExp(`jdbc|${DATABASE_WORDS.join('|')}`, 'i');
const NO_WINDOW = { columns: Number.POSITIVE_INFINITY, rows: 0 };

/**
 * Runs the console until the end of its input. Resolves to the exit code: 1 if a statement of non-terminal input
 * failed.
 */
export async function runConsole(options: ConsoleOptions): Promise<number> {
  return await new Console(options).run();
}

/** The interactive console: it reads statements and writes results. */
export class Console {
  readonly #options: ConsoleOptions;
  readonly #session: ConsoleSession;
  readonly #screen: Screen;
  readonly #executor: Executor;
  readonly #names: ServerNames;
  readonly #commands: CommandContext;
  /** The file to which results are redirected. */
  #resultFile: string | undefined;
  /** The last statement that was executed, including its secrets. */
  #lastStatement: string | undefined;
  #editor: StatementEditor | undefined;
  /** The statement being typed. */
  #buffer = '';
  #state: Split['state'] = 'complete';
  readonly #waiting: string[] = [];
  #running: AbortController | undefined;
  #ended = false;
  #failed = false;
  /** Whether the input contained anything to execute. */
  #hasRun = false;
  readonly #history: History;
  #finish: () => void = () => undefined;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.#session = new ConsoleSession(options.client, options.format ?? 'table');
    this.#screen = screenOf(options);
    this.#history = new History(options.history ?? {}, options.files, options.env.logger);
    const results: Screen = {
      ...this.#screen,
      size: () => (this.#resultFile === undefined ? this.#screen.size() : NO_WINDOW),
      isLive: () => options.terminal.isTTY && this.#resultFile === undefined,
      page: async (text) => await this.#page(text),
      write: async (text) =>
        this.#resultFile === undefined
          ? await this.#screen.write(text)
          : await options.files.append(this.#resultFile, text),
    };
    this.#executor = new Executor(this.#session, results, options.files, options.env);
    this.#names = new ServerNames(() => this.#session.client, options.env.clock);
    this.#commands = {
      session: this.#session,
      screen: this.#screen,
      version: options.version,
      history: () => this.#history.entries.map(inOneLine).toReversed(),
      clearScreen: () => void options.output.write('\u001b[2J\u001b[3J\u001b[H'),
      exit: () => this.end(),
      env: options.env,
      last: () => this.#lastStatement,
      edit: async () => await this.#edit(),
      redirect: async (file) => {
        if (file !== undefined)
          await options.files.replace(file, '').catch((error: unknown) => {
            const isRefused = (error as { code?: string } | null)?.code === 'ENOENT';
            throw new Error(
              `Results cannot go to ${file}: ${isRefused ? 'there is no such folder' : fileProblem(error, file)}`,
            );
          });
        this.#resultFile = file;
      },
      execute: async (statement, signal) => {
        const isDone = await this.#executor.statement(statement, signal);
        if (!isDone) this.#failed = true;
        return isDone;
      },
      connect: options.connect ?? ((address) => new SluiceClient({ url: serverUrl(address) })),
    };
  }

  async run(): Promise<number> {
    const { output, terminal } = this.#options;
    await this.#history.load();
    const done = new Promise<void>((resolve) => (this.#finish = resolve));
    const close = terminal.isTTY ? this.#openEditor() : this.#openLines();
    if (!this.#startUp()) this.#prompt();
    await done;
    close();
    if (this.#buffer.trim() !== '' && this.#state !== 'complete' && !terminal.isTTY) {
      this.#failed = true;
      await this.#screen.writeError(`${this.#screen.style.error(unfinishedText(this.#state, this.#buffer))}\n`);
    } else if (!this.#hasRun && !terminal.isTTY) {
      await this.#orFail(reach(this.#session.client));
    }
    if (terminal.isTTY) output.write('\n');
    return this.#failed && !terminal.isTTY ? 1 : 0;
  }

  /** Ends the running statement, on Ctrl-C or a signal. */
  interrupt(): void {
    this.#running?.abort();
  }

  /** Ends the console, like Ctrl-D. */
  end(): void {
    this.#waiting.length = 0;
    this.#ended = true;
    this.#running?.abort();
    if (!this.#running) this.#finish();
  }

  #openEditor(): () => void {
    const { input, output, terminal, edit, suspend } = this.#options;
    const editor = new StatementEditor({
      input,
      output,
      size: () => terminal.size() ?? { columns: 80, rows: 24 },
      colors: terminal.colors,
      promptOf: (before) => (before === '' ? PROMPT : CONTINUATION[splitStatements(before).state]),
      isComplete: (text) => cutText(text).state === 'complete',
      complete: async (before, after) => await complete(before, this.#names, after),
      history: () => this.#history.entries,
      searched: () => this.#history.searched,
      onSubmit: (text) => this.#start(async (signal) => await this.#runText(text, signal)),
      onInterrupt: () => this.interrupt(),
      onLeave: () => this.end(),
      edit,
      suspend,
    });
    this.#editor = editor;
    editor.open();
    return () => editor.close();
  }

  #openLines(): () => void {
    const lines = createInterface({ input: this.#options.input, terminal: false });
    lines.on('line', (line) => this.#onLine(line));
    lines.on('close', () => {
      this.#ended = true;
      if (!this.#running && this.#waiting.length === 0) this.#finish();
    });
    return () => lines.close();
  }

  async #page(text: string): Promise<boolean> {
    const { page } = this.#options;
    if (page === undefined || this.#editor === undefined) return false;
    return await this.#editor.outside(async () => await page(text));
  }

  /** Opens the last statement in the user's editor; the edited text appears at the next prompt. */
  async #edit(): Promise<void> {
    const { edit } = this.#options;
    if (edit === undefined || this.#editor === undefined) throw new Error('There is no terminal to edit in.');
    const editor = this.#editor;
    editor.begin((await editor.outside(async () => await edit(this.#lastStatement ?? ''))).trimEnd());
  }

  #onLine(line: string): void {
    if (this.#running) this.#waiting.push(line);
    else this.#takeLine(line, this.#options.echo === true);
  }

  /**
   * Adds a line to the statement and executes it once complete. Synchronous, so that pasted lines get their prompts.
   */
  #takeLine(line: string, echo: boolean): void {
    if (echo) this.#options.output.write(`${CONTINUATION[this.#state]}${line}\n`);
    if (this.#buffer.trim() === '') {
      const local = localCommand(line);
      if (local) {
        this.#buffer = '';
        this.#start(async (signal) => await local.run(this.#commands, signal));
        return;
      }
    }
    const { split, asRecords } = splitLine(this.#buffer, line);
    this.#state = split.state;
    this.#buffer = split.state === 'complete' ? '' : split.rest;
    const statements = split.statements.map((s) => s.text);
    if (statements.length === 0) {
      if (this.#waiting.length === 0) this.#prompt();
      this.#idle();
      return;
    }
    this.#start(async (signal) => {
      for (const statement of statements) {
        if (signal.aborted) return;
        this.#lastStatement = statement;
        this.#history.add(statement);
        await this.#run(statement, signal, asRecords);
      }
    });
  }

  /** Executes a statement; `asRecords` shows its rows as records. */
  async #run(statement: string, signal: AbortSignal, asRecords = false): Promise<void> {
    const { output } = this.#session;
    if (asRecords) this.#session.output = 'vertical';
    try {
      if (!(await this.#executor.statement(statement, signal))) this.#failed = true;
    } finally {
      if (asRecords) this.#session.output = output;
    }
  }

  /**
   * Runs the start file, if one is configured. Its output appears before the first prompt, and its statements are not
   * added to the history.
   */
  #startUp(): boolean {
    const { startFile, files } = this.#options;
    if (startFile === undefined) return false;
    this.#start(async (signal) => {
      const text = await files.read(startFile).catch(() => '');
      const { pieces, state, rest } = cutText(text);
      for (const piece of pieces)
        if ('command' in piece) await piece.command.run(this.#commands, signal);
        else await this.#executor.statement(piece.statement, signal);
      if (state !== 'complete') throw new Error(`${startFile}: ${unfinishedText(state, rest)}`);
      await this.#showProgress(signal);
    });
    return true;
  }

  /** Shows the progress of a server that was just started, one line per task. */
  async #showProgress(signal: AbortSignal): Promise<void> {
    const all = await readProgress(this.#session, signal).catch(() => []);
    if (all.length > 0)
      await this.#screen.write(`${all.map((p) => progressLine(p)).join('\n')}\nprogress follows that to its end.\n`);
  }

  /** Executes all statements and commands of a text, even if some fail. */
  async #runText(text: string, signal: AbortSignal): Promise<void> {
    const { pieces } = cutText(text);
    for (const piece of pieces) {
      if (signal.aborted) return;
      if ('command' in piece) {
        this.#history.add(maskText(piece.line));
        await this.#orFail(piece.command.run(this.#commands, signal));
      } else {
        this.#lastStatement = piece.statement;
        this.#history.add(piece.statement);
        await this.#run(piece.statement, signal, piece.asRecords);
        // Show the progress while a source reads the content of its tables; Ctrl-C ends only the display.
        const connector = SOURCE_MADE.exec(piece.statement)?.groups?.['name'];
        if (connector !== undefined && piece === pieces.at(-1))
          await followProgress(this.#session, this.#screen, this.#options.env, signal, {
            connector: connector.replaceAll('`', ''),
            patienceMs: HAS_TABLES.test(piece.statement) ? SNAPSHOT_BEGINS_MS : 0,
          }).catch(() => false);
      }
    }
  }

  async #orFail(work: Promise<void>): Promise<void> {
    await work.catch(async (error: unknown) => {
      this.#failed = true;
      await this.#executor.fail(error, '');
    });
  }

  #start(work: (signal: AbortSignal) => Promise<void>): void {
    const running = new AbortController();
    this.#running = running;
    this.#hasRun = true;
    void this.#orFail(work(running.signal)).then(() => {
      this.#running = undefined;
      this.#next();
    });
  }

  /** Processes the lines that arrived while a statement was running. */
  #next(): void {
    while (!this.#running && this.#waiting.length > 0) {
      const line = this.#waiting.shift()!;
      this.#takeLine(line, this.#options.echo === true);
    }
    if (this.#running) return;
    if (this.#ended) {
      this.#finish();
      return;
    }
    this.#prompt();
    this.#idle();
  }

  #idle(): void {
    if (!this.#running && this.#waiting.length === 0 && this.#state === 'complete') this.#options.onIdle?.();
  }

  #prompt(): void {
    if (this.#ended || !this.#options.terminal.isTTY) return;
    this.#editor?.prompt();
  }
}

function screenOf(options: ConsoleOptions): Screen {
  const put = async (stream: NodeJS.WritableStream, text: string): Promise<void> => {
    if (!stream.write(text)) await drained(stream);
  };
  return {
    style: styleFor(options.terminal.colors),
    size: () => options.terminal.size() ?? NO_WINDOW,
    isLive: () => options.terminal.isTTY,
    // A pipe or a file gets the rows as they are.
    write: (text) => put(options.output, options.terminal.size() === undefined ? text : forTerminal(text)),
    writeError: (text) => put(options.errorOutput ?? options.output, forTerminal(text)),
  };
}

/** Executes one script (`-e`, `-f`) to its end or first error. Resolves to the exit code. */
export async function runScript(
  options: Omit<ConsoleOptions, 'input' | 'history' | 'echo' | 'onIdle'>,
  script: { readonly text: string } | { readonly file: string },
  signal: AbortSignal,
): Promise<number> {
  const session = new ConsoleSession(options.client, options.format ?? 'table');
  const executor = new Executor(session, screenOf(options as ConsoleOptions), options.files, options.env);
  const ok =
    'text' in script ? await executor.script(script.text, signal) : await executor.scriptFile(script.file, signal);
  if (!ok) return 1;
  if (executor.count > 0) return 0;
  try {
    await reach(options.client);
    return 0;
  } catch (error) {
    await executor.fail(error, '');
    return 1;
  }
}

/**
 * Checks that the server is reachable, so that an empty script does not succeed without one.
 * @throws ClientError when there is no response
 */
async function reach(client: SluiceClient): Promise<void> {
  await client.info();
}
