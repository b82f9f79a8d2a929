import { must } from '../base/assert.ts';

/** What the options of other databases are called here. */
const OTHERS_OPTIONS: Readonly<Record<string, string>> = {
  '-c': '-e "SHOW TABLES;" runs statements.',
  '--command': '-e "SHOW TABLES;" runs statements.',
  '-p': 'The port stands in the URL: sluice cli localhost:8088; a server has --set listeners=http://localhost:8088.',
  '--port':
    'The port stands in the URL: sluice cli localhost:8088; a server has --set listeners=http://localhost:8088.',
  '--host': 'The server is an argument: sluice cli localhost:8088.',
  '--server': 'The server is an argument: sluice cli localhost:8088.',
  '--password': 'It stands behind the user, -U NAME:PASSWORD, or in $SLUICE_PASSWORD.',
  '-d': 'The data folder is --data DIR.',
};

/** The sentence for a command line that does not parse. @param message what `parseArgs` said */
export function unknownOption(message: string): string {
  const what = must(message.split('. ')[0], 'part of the text').trim();
  const meant = OTHERS_OPTIONS[/^Unknown option '(-{1,2}[a-z]+)/.exec(what)?.[1] ?? ''];
  return `${what}. ${meant ?? 'sluice --help lists the options.'}`;
}
