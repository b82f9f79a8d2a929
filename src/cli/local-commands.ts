import { SluiceClient } from '../client/sluice-client.ts';
import type { Screen } from './executor.ts';
import type { ConsoleSession } from './session.ts';
import type { OutputFormat } from './render/rows.ts';

/** What a local command may do. */
export interface CommandContext {
  readonly session: ConsoleSession;
  readonly screen: Screen;
  readonly version: string;
  history(): readonly string[];
  clearScreen(): void;
  exit(): void;
  connect(url: string): SluiceClient;
}

interface LocalCommand {
  readonly names: readonly string[];
  readonly usage: string;
  readonly help: string;
  /** Takes what stands behind the name. */
  run(argument: string, context: CommandContext): Promise<void>;
}

const FORMATS: readonly OutputFormat[] = ['table', 'json', 'vertical'];

/** Commands of the console itself. They end with the line; a semicolon behind them does no harm. */
export const LOCAL_COMMANDS: readonly LocalCommand[] = [
  { names: ['help', '?'], usage: 'help', help: 'this text', run: (_, c) => c.screen.write(helpText()) },
  {
    names: ['exit', 'quit'],
    usage: 'exit, quit',
    help: 'leave; so does Ctrl-D',
    run: async (_, c) => {
      await Promise.resolve();
      c.exit();
    },
  },
  {
    names: ['clear'],
    usage: 'clear',
    help: 'clear the screen',
    run: async (_, c) => {
      await Promise.resolve();
      c.clearScreen();
    },
  },
  {
    names: ['history'],
    usage: 'history',
    help: 'statements typed before; secrets are not kept',
    run: async (_, c) => {
      const all = c.history();
      const digits = String(all.length).length;
      await c.screen.write(all.map((s, i) => `${String(i + 1).padStart(digits)}  ${s}\n`).join(''));
    },
  },
  {
    names: ['server'],
    usage: 'server [URL]',
    help: 'show the server, or talk to another one',
    run: async (argument, c) => {
      if (argument !== '') {
        const client = c.connect(argument);
        await client.info();
        c.session.client = client;
      }
      await c.screen.write(`${c.session.client.url}\n`);
    },
  },
  {
    names: ['version'],
    usage: 'version',
    help: 'versions of console and server',
    run: async (_, c) => {
      const info = await c.session.client.info();
      await c.screen.write(`Console ${c.version}, server ${info.version} (service id ${info.ksqlServiceId})\n`);
    },
  },
  {
    names: ['output'],
    usage: 'output [table|json|vertical]',
    help: 'show or choose how results look',
    run: async (argument, c) => {
      const format = FORMATS.find((f) => f === argument.toLowerCase());
      if (argument !== '' && format === undefined)
        throw new Error(`output takes ${FORMATS.join(', ')}; not ${argument}`);
      if (format !== undefined) c.session.output = format;
      await c.screen.write(`Output format: ${c.session.output}\n`);
    },
  },
];

/** The command in a line, if it holds one. */
export function localCommand(line: string): { readonly command: LocalCommand; readonly argument: string } | undefined {
  const match = /^\s*(\?|[a-z]+)(?:\s+([^\s;]+))?\s*;?\s*$/i.exec(line);
  if (!match) return undefined;
  const name = match[1]!.toLowerCase();
  const argument = (match[2] ?? '').replace(/^'(.*)'$/, '$1');
  const command = LOCAL_COMMANDS.find((c) => c.names.includes(name));
  if (!command || (argument !== '' && !command.usage.includes('['))) return undefined;
  return { command, argument };
}

function helpText(): string {
  const lines = LOCAL_COMMANDS.map((c) => `  ${c.usage.padEnd(30)} ${c.help}`);
  return [
    'Statements end with a semicolon and may go over several lines:',
    '  SHOW STREAMS | TABLES | TOPICS | QUERIES | CONNECTORS | CONNECTOR PLUGINS | FUNCTIONS | TYPES | PROPERTIES;',
    '  DESCRIBE <name>;   DESCRIBE CONNECTOR <name>;   DESCRIBE CONNECTOR PLUGIN <name>;   DESCRIBE FUNCTION <name>;',
    '  CREATE STREAM | TABLE | TYPE ...;   CREATE SOURCE | SINK CONNECTOR <name> WITH (<key> = <value>, ...);',
    '  SELECT ... EMIT CHANGES;   SELECT ... FROM <table> WHERE ...;   PRINT <topic> [FROM BEGINNING];',
    "  SET '<property>' = '<value>';   DEFINE <name> = '<value>';   RUN SCRIPT '<file>';",
    '',
    'Commands of the console:',
    ...lines,
    '',
    'Tab completes. Ctrl-C ends a running query, or clears the line. Ctrl-D leaves.',
    '',
  ].join('\n');
}
