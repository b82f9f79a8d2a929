import { parseArgs, type ParseArgsConfig } from 'node:util';
import { must } from '../base/assert.ts';
import { messageOf } from '../base/errors.ts';
import { nearest } from '../base/suggest.ts';

/** The equivalents of the options of other databases' clients. */
const OTHERS_OPTIONS: Readonly<Record<string, string>> = {
  '-c': '-e "SHOW TABLES;" runs statements.',
  '--command': '-e "SHOW TABLES;" runs statements.',
  '--query': '-e "SHOW TABLES;" runs statements.',
  '--sql': '-e "SHOW TABLES;" runs statements.',
  '--statement': '-e "SHOW TABLES;" runs statements.',
  '-q': '-e "SHOW TABLES;" runs statements.',
  '--database': 'There is one database, so none is chosen.',
  '-p': 'The port stands in the URL: sluice cli localhost:8088; a server has --set listeners=http://localhost:8088.',
  '--port':
    'The port stands in the URL: sluice cli localhost:8088; a server has --set listeners=http://localhost:8088.',
  '--host': 'The server is an argument: sluice cli localhost:8088.',
  '--server': 'The server is an argument: sluice cli localhost:8088.',
  '--password': 'It stands behind the user, -U NAME:PASSWORD, or in $SLUICE_PASSWORD.',
  '--format':
    '--output json, or another of table, jsonl, csv, markdown and vertical, says in which form rows are shown.',
  '--json': '--output json shows rows as JSON.',
  '--csv': '--output csv shows rows as CSV.',
  '-o': '--output json, or another of table, jsonl, csv, markdown and vertical, says in which form rows are shown.',
  '-d': 'The data folder is --data DIR.',
};

/**
 * The message for a command line that does not parse.
 * @param message the error message of `parseArgs`
 * @param command the words before its options, such as `sluice apply`
 * @param options the names of its options
 */
export function unknownOption(message: string, command = 'sluice', options: readonly string[] = []): string {
  const what = must(message.split('. ')[0], 'part of the text').trim();
  const written = /^Unknown option '--([^'=]+)/.exec(what)?.[1];
  const near = written === undefined ? undefined : nearest(written, options);
  if (near !== undefined) return `${what}. Did you mean --${near}?`;
  if (command !== 'sluice') return `${what}. ${command} --help lists the options.`;
  const meant = OTHERS_OPTIONS[/^Unknown option '(-{1,2}[a-z]+)/.exec(what)?.[1] ?? ''];
  return `${what}. ${meant ?? 'sluice --help lists the options.'}`;
}

/**
 * Parses the options of a command by `parseArgs`, and the other arguments.
 * @throws Error that suggests the intended option
 */
export function commandOptions<const O extends NonNullable<ParseArgsConfig['options']>>(
  command: string,
  args: readonly string[],
  options: O,
): ReturnType<typeof parseArgs<{ args: string[]; allowPositionals: true; options: O }>> {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw new Error(unknownOption(messageOf(error), `sluice ${command}`, Object.keys(options)), { cause: error });
  }
}
