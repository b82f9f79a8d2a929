import { createInterface, type Interface } from 'node:readline';
import { messageOf } from '../base/errors.ts';
import type { Env } from '../base/env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { maskProperties } from '../sql/printer/mask.ts';
import { splitStatements, type Split } from '../sql/split.ts';
import { serverUrl } from './address.ts';
import { complete } from './completion.ts';
import { Executor, unfinishedText, type Screen } from './executor.ts';
import type { ConsoleFiles } from './files.ts';
import { inOneLine, parseHistory } from './history.ts';
import { localCommand, type CommandContext } from './local-commands.ts';
import { styleFor } from './render/style.ts';
import type { OutputFormat } from './render/rows.ts';
import { ServerNames } from './server-names.ts';
import { ConsoleSession } from './session.ts';

export interface ConsoleOptions {
  readonly client: SluiceClient;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Where errors of scripts go; default: output. */
  readonly errorOutput?: NodeJS.WritableStream;
  readonly terminal: TerminalInfo;
  readonly files: ConsoleFiles;
  readonly env: Env;
  readonly version: string;
  /** Statements are kept here between sessions, without secrets. */
  readonly historyFile?: string;
  /** Statements and commands that run before the first prompt. */
  readonly startFile?: string;
  readonly format?: OutputFormat;
  /** Repeat what comes in, behind a prompt, where no terminal does. */
  readonly echo?: boolean;
  /** Called whenever everything typed so far has been executed. */
  readonly onIdle?: () => void;
  /** Makes the client of another server (`server URL`). */
  readonly connect?: (url: string) => SluiceClient;
}

export interface TerminalInfo {
  readonly isTTY: boolean;
  readonly colors: boolean;
  /** Now: a window may change its size. Undefined where there is no window. */
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
const HISTORY_MAX = 1000;
const NO_WINDOW = { columns: Number.POSITIVE_INFINITY, rows: 0 };

/** Runs the console until its input ends. Resolves to the exit code: 1 if input without a terminal held a statement that failed. */
export async function runConsole(options: ConsoleOptions): Promise<number> {
  return await new Console(options).run();
}

/** The interactive console: statements in, results out. */
export class Console {
  private readonly options: ConsoleOptions;
  private readonly session: ConsoleSession;
  private readonly screen: Screen;
  private readonly executor: Executor;
  private readonly names: ServerNames;
  private readonly commands: CommandContext;
  /** Where results go in place of the screen. */
  private resultFile: string | undefined;
  /** The last statement that was started, with its secrets. */
  private lastStatement: string | undefined;
  private lineEditor: Interface | undefined;
  /** The statement being typed. */
  private buffer = '';
  private state: Split['state'] = 'complete';
  private readonly waiting: string[] = [];
  private running: AbortController | undefined;
  private ended = false;
  private failed = false;
  /** Statements of this and earlier sessions, newest first, masked. */
  private history: string[] = [];
  private finish: () => void = () => undefined;

  constructor(options: ConsoleOptions) {
    this.options = options;
    this.session = new ConsoleSession(options.client, options.format ?? 'table');
    this.screen = screenOf(options);
    const results: Screen = {
      ...this.screen,
      size: () => (this.resultFile === undefined ? this.screen.size() : NO_WINDOW),
      write: async (text) =>
        this.resultFile === undefined
          ? await this.screen.write(text)
          : await options.files.append(this.resultFile, text),
    };
    this.executor = new Executor(this.session, results, options.files, options.env);
    this.names = new ServerNames(() => this.session.client, options.env.clock);
    this.commands = {
      session: this.session,
      screen: this.screen,
      version: options.version,
      history: () => this.history.toReversed(),
      clearScreen: () => void options.output.write('\u001b[2J\u001b[3J\u001b[H'),
      exit: () => this.end(),
      env: options.env,
      last: () => this.lastStatement,
      redirect: async (file) => {
        if (file !== undefined) await options.files.replace(file, '');
        this.resultFile = file;
      },
      execute: async (statement, signal) => {
        if (!(await this.executor.statement(statement, signal))) this.failed = true;
      },
      connect: options.connect ?? ((address) => new SluiceClient({ url: serverUrl(address) })),
    };
  }

  async run(): Promise<number> {
    const { input, output, terminal } = this.options;
    await this.loadHistory();
    const done = new Promise<void>((resolve) => (this.finish = resolve));
    const editor = createInterface({
      input,
      ...(terminal.isTTY
        ? {
            output,
            completer: (line: string, callback: (error: Error | null, result: [string[], string]) => void) => {
              complete(this.buffer + line, this.names, this.lineEditor?.line.slice(line.length) ?? '').then(
                // A whole word goes on with a blank; a setting or a quoted name goes on by itself.
                ({ candidates, word }) =>
                  callback(null, [
                    candidates.length === 1 && /\w$/.test(candidates[0]!) ? [`${candidates[0]} `] : [...candidates],
                    word,
                  ]),
                () => callback(null, [[], '']),
              );
            },
            history: [...this.history],
            historySize: HISTORY_MAX,
            removeHistoryDuplicates: true,
          }
        : {}),
      terminal: terminal.isTTY,
      prompt: PROMPT,
    });
    this.lineEditor = editor;
    // Lines of an unfinished statement can be recalled, too; secrets in them cannot.
    editor.on('history', (lines: string[]) => {
      if (lines.length > 0) lines[0] = maskProperties(lines[0]!);
    });
    editor.on('line', (line) => this.onLine(line));
    editor.on('SIGINT', () => this.interrupt());
    editor.on('close', () => {
      if (terminal.isTTY) this.running?.abort();
      this.ended = true;
      if (!this.running && this.waiting.length === 0) this.finish();
    });
    if (!this.startUp()) this.prompt();
    await done;
    if (this.buffer.trim() !== '' && this.state !== 'complete' && !terminal.isTTY) {
      this.failed = true;
      await this.screen.writeError(`${this.screen.style.error(unfinishedText(this.state))}\n`);
    }
    if (terminal.isTTY) output.write('\n');
    return this.failed && !terminal.isTTY ? 1 : 0;
  }

  /** Ctrl-C: ends what runs, else forgets what was typed. */
  interrupt(): void {
    if (this.running) {
      this.running.abort();
      return;
    }
    const editor = this.lineEditor;
    if (!editor || this.ended) return;
    const nothing = this.buffer === '' && editor.line === '';
    this.buffer = '';
    this.state = 'complete';
    if (this.options.terminal.isTTY) {
      editor.write(null, { ctrl: true, name: 'e' });
      editor.write(null, { ctrl: true, name: 'u' });
      this.options.output.write(nothing ? '^C (Ctrl-D leaves)\n' : '^C\n');
    }
    this.prompt();
  }

  /** Leaves, as Ctrl-D does. */
  end(): void {
    this.waiting.length = 0;
    this.ended = true;
    this.running?.abort();
    this.lineEditor?.close();
  }

  private onLine(line: string): void {
    if (this.running) this.waiting.push(line);
    else this.takeLine(line, this.options.echo === true && !this.options.terminal.isTTY);
  }

  /** Adds a line to the statement, and starts what it completes. At once, so that pasted lines get their prompts. */
  private takeLine(line: string, echo: boolean): void {
    if (echo) this.options.output.write(`${CONTINUATION[this.state]}${line}\n`);
    if (this.buffer.trim() === '') {
      const local = localCommand(line);
      if (local) {
        this.buffer = '';
        this.start(async (signal) => await local.run(this.commands, signal));
        return;
      }
    }
    this.buffer += `${line}\n`;
    const split = splitStatements(this.buffer);
    this.state = split.state;
    this.buffer = split.state === 'complete' ? '' : split.rest;
    const statements = split.statements.map((s) => s.text);
    if (statements.length === 0) {
      if (this.waiting.length === 0) this.prompt();
      this.idle();
      return;
    }
    this.start(async (signal) => {
      for (const statement of statements) {
        if (signal.aborted) return;
        this.lastStatement = statement;
        this.remember(statement);
        if (!(await this.executor.statement(statement, signal))) this.failed = true;
      }
    });
  }

  /** Runs the start file, if there is one to be looked for. What it says stands before the first prompt; it is no history. */
  private startUp(): boolean {
    const { startFile, files } = this.options;
    if (startFile === undefined) return false;
    this.start(async (signal) => {
      const text = await files.read(startFile).catch(() => '');
      let statement = '';
      for (const line of text.split('\n')) {
        const command = statement.trim() === '' ? localCommand(line) : undefined;
        if (command) {
          await command.run(this.commands, signal);
          continue;
        }
        const split = splitStatements(`${statement}${line}\n`);
        statement = split.rest;
        for (const { text: complete } of split.statements) await this.executor.statement(complete, signal);
      }
      if (statement.trim() !== '' && splitStatements(statement).state !== 'complete')
        throw new Error(`${startFile}: ${unfinishedText(splitStatements(statement).state)}`);
    });
    return true;
  }

  private start(work: (signal: AbortSignal) => Promise<void>): void {
    const running = new AbortController();
    this.running = running;
    // The editor draws its line anew when the window changes its size: without a prompt, as long as there is none.
    if (this.options.terminal.isTTY) this.lineEditor?.setPrompt('');
    void work(running.signal)
      .catch(async (error: unknown) => {
        this.failed = true;
        await this.executor.fail(error, '');
      })
      .then(() => {
        this.running = undefined;
        this.next();
      });
  }

  /** Takes the lines that came in while a statement ran. */
  private next(): void {
    while (!this.running && this.waiting.length > 0) {
      const line = this.waiting.shift()!;
      this.takeLine(line, this.options.echo === true || this.options.terminal.isTTY);
    }
    if (this.running) return;
    if (this.ended) {
      this.finish();
      return;
    }
    this.prompt();
    this.idle();
  }

  private idle(): void {
    if (!this.running && this.waiting.length === 0 && this.state === 'complete') this.options.onIdle?.();
  }

  private prompt(): void {
    if (this.ended || !this.options.terminal.isTTY) return;
    this.lineEditor?.setPrompt(CONTINUATION[this.state]);
    this.lineEditor?.prompt();
  }

  private async loadHistory(): Promise<void> {
    const { historyFile, files } = this.options;
    if (historyFile === undefined) return;
    try {
      const lines = parseHistory(await files.read(historyFile));
      const kept = lines.slice(-HISTORY_MAX);
      if (lines.length > 2 * HISTORY_MAX) await files.replace(historyFile, `${kept.join('\n')}\n`);
      this.history = kept.toReversed();
    } catch {
      // No file yet.
    }
  }

  private remember(statement: string): void {
    const entry = maskProperties(inOneLine(statement));
    if (this.history[0] !== entry) {
      this.history.unshift(entry);
      this.history.length = Math.min(this.history.length, HISTORY_MAX);
      const { historyFile, files } = this.options;
      if (historyFile !== undefined)
        files.append(historyFile, `${entry}\n`).catch((error: unknown) => {
          this.options.env.logger.warn('Could not write the history', { error: messageOf(error) });
        });
    }
    // The editor recalls whole statements, not their lines. It has no public way to say so.
    const editor = this.lineEditor as unknown as { history?: string[] } | undefined;
    editor?.history?.splice(0, editor.history.length, ...this.history);
  }
}

function screenOf(options: ConsoleOptions): Screen {
  const put = async (stream: NodeJS.WritableStream, text: string): Promise<void> => {
    if (stream.write(text)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        stream.removeListener('drain', go);
        stream.removeListener('close', go);
        resolve();
      };
      stream.once('drain', go);
      stream.once('close', go);
    });
  };
  return {
    style: styleFor(options.terminal.colors),
    size: () => options.terminal.size() ?? NO_WINDOW,
    write: (text) => put(options.output, text),
    writeError: (text) => put(options.errorOutput ?? options.output, text),
  };
}

/** Runs one script (`-e`, `-f`) to its end or first error. Resolves to the exit code. */
export async function runScript(
  options: Omit<ConsoleOptions, 'input' | 'historyFile' | 'echo' | 'onIdle'>,
  script: { readonly text: string } | { readonly file: string },
  signal: AbortSignal,
): Promise<number> {
  const session = new ConsoleSession(options.client, options.format ?? 'table');
  const executor = new Executor(session, screenOf(options as ConsoleOptions), options.files, options.env);
  const ok =
    'text' in script ? await executor.script(script.text, signal) : await executor.scriptFile(script.file, signal);
  return ok ? 0 : 1;
}
