import { nearest } from '../base/suggest.ts';

/** Names of commands in other programs. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  start: 'server',
  run: 'server',
  serve: 'server',
  console: 'cli',
  shell: 'cli',
  client: 'cli',
  sql: 'cli',
  migrate: 'migrations',
  deploy: 'apply',
};

/** The message for a command that `sluice` does not have. */
export function unknownCommand(typed: string, commands: readonly string[]): string {
  const others = Object.keys(OTHER_NAMES);
  const alike = others.includes(typed) ? typed : nearest(typed, [...commands, ...others]);
  const meant = alike === undefined ? undefined : (OTHER_NAMES[alike] ?? alike);
  const advice = meant === undefined ? `The commands are ${commands.join(', ')}.` : `Did you mean sluice ${meant}?`;
  const script = /\.sql$/i.test(typed) ? ` sluice cli -f ${typed} runs a script on a server.` : '';
  return `Unknown command: ${typed}. ${advice}${script} sluice --help describes them.`;
}
