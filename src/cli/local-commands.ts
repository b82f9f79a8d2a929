import { must } from '../base/assert.ts';
import { HELP_TOPICS, statementHelp } from './help.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import type { Screen } from './screen.ts';
import type { ConsoleSession } from './session.ts';
import type { Env } from '../base/env.ts';
import { didYouMean } from '../base/suggest.ts';
import { foreignCommand } from './foreign-commands.ts';
import { followProgress } from './progress.ts';
import { OUTPUT_FORMATS, type OutputFormat } from './render/rows.ts';
import { foldText, printable } from './render/width.ts';
import { formatString } from '../sql/printer/names.ts';

/** The operations that are available to a local command. */
export interface CommandContext {
  readonly session: ConsoleSession;
  readonly screen: Screen;
  readonly version: string;
  history(): readonly string[];
  clearScreen(): void;
  exit(): void;
  readonly env: Env;
  /** The statement before this command, as typed. */
  last(): string | undefined;
  /** Redirects results to a file, which is emptied first; undefined: back to the screen. */
  redirect(file: string | undefined): Promise<void>;
  /** Opens the last statement in the user's editor. */
  edit(): Promise<void>;
  /** Executes a statement as if it had been typed. False if it failed, which was shown. */
  execute(statement: string, signal: AbortSignal): Promise<boolean>;
  /** @param address a URL, host:port or host */
  connect(address: string): SluiceClient;
}

interface LocalCommand {
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  /** Whether its argument may consist of several words. */
  readonly words?: boolean;
  /** Runs the command; `argument` is the text after its name. */
  run(argument: string, context: CommandContext, signal: AbortSignal): Promise<void>;
}

/** The default interval of \\watch, in seconds. */
const WATCH_SECONDS = 2;

/** The commands of the console itself. A command ends with its line; a semicolon after it is ignored. */
export const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    names: ['help', '?', '\\?', '\\h', '.help'],
    usage: 'help [statement]',
    help: 'this text, or how a statement is written',
    words: true,
    run: (argument, context) =>
      context.screen.write(
        foldText(argument === '' ? helpText() : statementHelp(argument), context.screen.size().columns),
      ),
  },
  {
    names: ['exit', 'quit', '\\q', '.exit', '.quit'],
    usage: 'exit, quit',
    help: 'leave; so does Ctrl-D',
    run: async (_, context) => {
      await Promise.resolve();
      context.exit();
    },
  },
  {
    names: ['clear'],
    usage: 'clear',
    help: 'clear the screen',
    run: async (_, context) => {
      await Promise.resolve();
      context.clearScreen();
    },
  },
  {
    names: ['history'],
    usage: 'history',
    help: 'statements typed before; secrets are not kept',
    run: async (_, context) => {
      const all = context.history();
      const digits = String(all.length).length;
      await context.screen.write(all.map((s, i) => `${String(i + 1).padStart(digits)}  ${s}\n`).join(''));
    },
  },
  {
    names: ['server', '\\c', '\\connect', '\\conninfo', '.open'],
    usage: 'server [host:port]',
    help: 'show the server, or talk to another one',
    run: async (argument, context) => {
      if (argument !== '') {
        const client = context.connect(argument);
        await client.info();
        context.session.client = client;
      }
      await context.screen.write(`${context.session.client.url}\n`);
    },
  },
  {
    names: ['version', 'status'],
    usage: 'version',
    help: 'versions of console and server',
    run: async (_, context) => {
      const info = await context.session.client.info();
      await context.screen.write(
        `Console ${context.version}, server ${info.version} (service id ${info.ksqlServiceId})\n`,
      );
    },
  },
  {
    names: ['output', '\\mode', '.mode'],
    usage: 'output [format]',
    help: OUTPUT_FORMATS.join(', '),
    run: async (argument, context) => {
      const format = formatNamed(argument);
      if (argument !== '' && format === undefined)
        throw new Error(`output takes ${OUTPUT_FORMATS.join(', ')}; not ${argument}`);
      if (format !== undefined) context.session.output = format;
      await context.screen.write(`Output format: ${context.session.output}\n`);
    },
  },
  {
    names: ['timing', '\\timing', '.timer'],
    usage: 'timing [on|off]',
    help: 'say how long statements take, or stop that',
    run: async (argument, context) => {
      context.session.timing = switched(argument, context.session.timing);
      await context.screen.write(`Timing is ${context.session.timing ? 'on' : 'off'}.\n`);
    },
  },
  {
    names: ['pager', '\\pager'],
    usage: 'pager [on|off]',
    help: 'leaf through what is taller than the screen ($PAGER, less), or no more',
    run: async (argument, context) => {
      context.session.pager = switched(argument, context.session.pager);
      await context.screen.write(`Pager is ${context.session.pager ? 'on' : 'off'}.\n`);
    },
  },
  {
    names: ['\\x'],
    usage: '\\x [on|off|auto]',
    help: 'rows as records, or as a table again; auto: as records where the window is too narrow',
    run: async (argument, context) => {
      const wanted = argument.toLowerCase();
      const isOn = wanted !== 'auto' && switched(wanted, context.session.output === 'vertical');
      context.session.output = isOn ? 'vertical' : 'table';
      // Without an argument, the command toggles between records and the previous form.
      if (wanted !== '') context.session.foldsTables = wanted === 'auto' || isOn;
      const table = context.session.foldsTables
        ? 'table, records where the window is too narrow'
        : 'table, however wide';
      const shown = isOn || wanted === '' ? context.session.output : table;
      await context.screen.write(`Output format: ${shown}\n`);
    },
  },
  {
    names: ['\\pset'],
    usage: "\\pset null ['text']",
    help: 'what NULL looks like; without a text NULL again',
    words: true,
    run: async (argument, context) => {
      const [, what, text] = /^(\S*)\s*(.*)$/.exec(argument) ?? [];
      if (what?.toLowerCase() !== 'null')
        throw new Error("\\pset knows null: \\pset null '∅'. output, \\x, timing and pager set the rest.");
      const bare = text!.replace(/^'(.*)'$/, '$1');
      context.session.nullText = text === '' ? undefined : bare;
      const shown = context.session.nullText;
      await context.screen.write(
        shown === undefined ? 'NULL is shown as each form has it.\n' : `NULL is shown as "${printable(shown)}".\n`,
      );
    },
  },
  {
    names: ['\\o', '.output'],
    usage: '\\o [file]',
    help: 'results go to the file; without a name, to the screen again',
    run: async (argument, context) => await context.redirect(argument === '' ? undefined : argument),
  },
  {
    names: ['\\watch'],
    usage: '\\watch [seconds]',
    help: 'the last statement again and again, until it fails or Ctrl-C',
    run: watch,
  },
  {
    names: ['progress', '\\progress'],
    usage: 'progress',
    help: 'snapshots of connectors and restores that are under way, until they are done',
    run: async (_, c, signal) => {
      const any = await followProgress(c.session, c.screen, c.env, signal);
      if (!signal.aborted) await c.screen.write(any ? 'Done.\n' : 'Nothing is under way.\n');
    },
  },
  {
    names: ['\\e'],
    usage: '\\e',
    help: 'edit the last statement in $EDITOR',
    run: async (_, context) => await context.edit(),
  },
  shortcut(['\\d', '.schema'], '\\d [name]', 'streams and tables, or the columns of one', (name) =>
    name === '' ? ['SHOW STREAMS;', 'SHOW TABLES;'] : [`DESCRIBE ${name};`],
  ),
  shortcut(['\\d+'], '\\d+ [name]', 'the same, with the statement, figures and queries', (name) =>
    name === '' ? ['SHOW STREAMS EXTENDED;', 'SHOW TABLES EXTENDED;'] : [`DESCRIBE ${name} EXTENDED;`],
  ),
  shortcut(['\\dt', '.tables'], '\\dt', 'tables', () => ['SHOW TABLES;']),
  shortcut(['\\ds'], '\\ds', 'streams', () => ['SHOW STREAMS;']),
  shortcut(['\\dc'], '\\dc [name]', 'connectors, or one of them', (name) => [
    name === '' ? 'SHOW CONNECTORS;' : `DESCRIBE CONNECTOR ${name};`,
  ]),
  shortcut(['\\dq'], '\\dq [id]', 'queries, or one of them with its errors', (id) => [
    id === '' ? 'SHOW QUERIES;' : `EXPLAIN ${id};`,
  ]),
  shortcut(['\\df'], '\\df [name]', 'functions, or one of them', (name) => [
    name === '' ? 'SHOW FUNCTIONS;' : `DESCRIBE FUNCTION ${name};`,
  ]),
  shortcut(['\\i', '.read'], '\\i [file]', 'run a script', (file) => {
    if (file === '') throw new Error('\\i runs a file: \\i sql/orders.sql');
    return [`RUN SCRIPT ${formatString(file)};`];
  }),
];

/** The names of all commands. */
export const COMMAND_NAMES: readonly string[] = LOCAL_COMMANDS.flatMap((command) => command.names);

/** How a command is written, such as `server [host:port]`; undefined if there is no command of that name. */
export function commandUsage(name: string): string | undefined {
  return LOCAL_COMMANDS.find((command) => command.names.includes(name))?.usage;
}

async function watch(argument: string, context: CommandContext, signal: AbortSignal): Promise<void> {
  const seconds = argument === '' ? WATCH_SECONDS : Number(argument);
  if (!(seconds > 0)) throw new Error(`\\watch takes seconds; not ${argument}`);
  const statement = context.last();
  if (statement === undefined) throw new Error('\\watch repeats the statement before it; there is none.');
  if (/\bEMIT\s+(?:CHANGES|FINAL)\b|^\s*PRINT\b/i.test(statement))
    throw new Error('\\watch is for statements that end; this one shows what is new by itself.');
  for (;;) {
    const at = new Date(context.env.clock.nowMs()).toISOString().slice(0, 19).replace('T', ' ');
    await context.screen.write(`${at} UTC (every ${seconds} s)\n\n`);
    if (!(await context.execute(statement, signal))) return;
    if (!signal.aborted) await context.env.timers.sleep(seconds * 1000, signal).catch(() => undefined);
    if (signal.aborted) return;
    await context.screen.write('\n');
  }
}

/** The names that DuckDB and SQLite use for output formats. */
const OTHER_FORMATS: Readonly<Record<string, OutputFormat>> = {
  box: 'table',
  column: 'table',
  duckbox: 'table',
  ndjson: 'jsonl',
  jsonlines: 'jsonl',
  line: 'vertical',
};

function formatNamed(name: string): OutputFormat | undefined {
  const wanted = name.toLowerCase();
  return OUTPUT_FORMATS.find((format) => format === wanted) ?? OTHER_FORMATS[wanted];
}

/** @throws Error for words other than on and off */
function switched(argument: string, now: boolean): boolean {
  switch (argument.toLowerCase()) {
    case '':
      return !now;
    case 'on':
      return true;
    case 'off':
      return false;
    default:
      throw new Error(`on or off; not ${argument}`);
  }
}

/** A short name for a statement, as known from psql. */
function shortcut(
  names: readonly string[],
  usage: string,
  help: string,
  statements: (argument: string) => readonly string[],
): LocalCommand {
  return {
    names,
    usage,
    help,
    run: async (argument, c, signal) => {
      for (const statement of statements(argument)) await c.execute(statement, signal);
    },
  };
}

/** The command on a line; undefined when the line is not a command. */
export function localCommand(
  line: string,
): { run(context: CommandContext, signal: AbortSignal): Promise<void> } | undefined {
  const match = /^\s*(\?|\\[^\s;]+|\.?[a-z]+)(?:\s+([^;]*?))?\s*;?\s*$/i.exec(line);
  if (!match) return undefined;
  const name = must(match[1], 'group 1 of the match').toLowerCase();
  const argument = (match[2] ?? '').replace(/^'(.*)'$/, '$1');
  const command = LOCAL_COMMANDS.find((c) => c.names.includes(name));
  const fits =
    command && (argument === '' || (command.usage.includes('[') && (command.words === true || !/\s/.test(argument))));
  if (fits) return { run: async (context, signal) => await command.run(argument, context, signal) };
  // No statement begins this way; if it were treated as one, the following lines would become part of it.
  if (/^[\\.]/.test(name))
    return {
      run: () =>
        Promise.reject(
          new Error(
            command === undefined
              ? `Unknown command ${name}. ${foreignCommand(name, argument) ?? nearCommand(name) ?? '\\? lists the commands.'}`
              : /^\\d[ts]$/.test(command.usage)
                ? `${command.usage} lists ${command.help}, all of them: \\d ${argument} shows one.`
                : `It is: ${command.usage}`,
          ),
        ),
    };
  return undefined;
}

function nearCommand(name: string): string | undefined {
  return didYouMean(
    name,
    COMMAND_NAMES.filter((known) => known.length > 2 && known[0] === name[0]),
  );
}

function helpText(): string {
  const lines = LOCAL_COMMANDS.map((c) => `  ${c.usage.padEnd(30)} ${c.help}`);
  return [
    'Statements end with a semicolon and may go over several lines.',
    "'help <statement>' shows how one is written:",
    ...inColumns(HELP_TOPICS.map((name) => name.toLowerCase())),
    '',
    'Commands of the console:',
    ...lines,
    '',
    'Tab completes, Ctrl-R searches what was typed before, Ctrl-C ends a running query',
    'or clears what is typed, Ctrl-D leaves.',
    '',
  ].join('\n');
}

/** Three names per line, to fit a narrow terminal. */
function inColumns(names: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < names.length; i += 3)
    lines.push(
      `  ${names
        .slice(i, i + 3)
        .map((name) => name.padEnd(25))
        .join('')}`.trimEnd(),
    );
  return lines;
}
