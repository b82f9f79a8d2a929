import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { must } from '../base/assert.ts';
import { apply, EXIT } from '../cli/apply/apply.ts';
import { readDefinitions } from '../cli/apply/wanted.ts';
import { isMigrationFile } from '../cli/migrations/project.ts';
import { styleFor } from '../cli/render/style.ts';
import { forTerminal } from '../cli/screen.ts';
import { applyMigrationsFolder } from './migrations-command.ts';
import { clientOf, DEFAULT_SERVER } from './server-address.ts';
import { sqlFiles } from './sql-files.ts';
import { terminalOptions } from './terminal.ts';
import { commandOptions } from './unknown-option.ts';

export const APPLY_USAGE = `sluice apply DIR|FILE [options]: make a server have what statements in files say

  --server URL         the server, or a profile of ~/.sluice/profiles (default http://localhost:8088)
  --dry-run            show the plan alone; exit code 2 where something would change
  --yes                do not ask
  --prune              drop what the files do not name
  -d, --define N=V     a variable of the statements (\${N}); may be repeated

A folder of ksqlDB's migrations (V000001__name.sql) is applied as such: sluice migrations --help.

Exit codes: 0 done, or nothing to do; 1 an error; 2 --dry-run found changes.
`;

const OPTIONS = {
  server: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
  prune: { type: 'boolean', default: false },
  define: { type: 'string', short: 'd', multiple: true, default: [] as string[] },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs `sluice apply`. Resolves to the exit code. @param args the arguments after the command's name */
export async function applyCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = commandOptions('apply', args, OPTIONS);
  if (values.help) {
    process.stdout.write(APPLY_USAGE);
    return EXIT.done;
  }
  const [where, ...more] = positionals;
  if (where === undefined || more.length > 0) {
    const what =
      where === undefined ? 'a folder or file is missing' : `one folder or file, and not also ${more.join(', ')}`;
    process.stderr.write(`sluice apply: ${what}, as in sluice apply sql/\n\n${APPLY_USAGE}`);
    return EXIT.failed;
  }
  const files = await sqlFiles(where);
  if (files.every((file) => isMigrationFile(path.basename(file.name))) && must(files[0], 'file').name !== where)
    return await applyMigrationsFolder(
      path.join(where, path.dirname(must(files[0], 'file').name)),
      values.server,
      readDefinitions(values.define),
      values['dry-run'],
    );
  const asks = !values.yes && !values['dry-run'];
  if (asks && !process.stdin.isTTY) {
    process.stderr.write('Nobody can be asked here: --yes applies without asking, --dry-run shows the plan alone.\n');
    return EXIT.failed;
  }
  const terminal = terminalOptions();
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal);
  try {
    return await apply({
      client: clientOf(values.server ?? DEFAULT_SERVER),
      files,
      define: readDefinitions(values.define),
      dryRun: values['dry-run'],
      prune: values.prune,
      ask: asks ? askYesNo : undefined,
      write: written(process.stdout),
      writeError: written(process.stderr),
      style: styleFor(terminal.terminal.colors),
      env: terminal.env,
      signal: stop.signal,
    });
  } finally {
    process.removeListener('SIGINT', onSignal);
  }
}

function written(stream: NodeJS.WritableStream): (text: string) => Promise<void> {
  return (text) => new Promise((resolve) => stream.write(forTerminal(text), () => resolve()));
}

/** Every answer except a clear yes counts as no. */
async function askYesNo(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^\s*y(?:es)?\s*$/i.test(await prompt.question(`${question} [y/N] `));
  } finally {
    prompt.close();
  }
}
