import { visibleText } from '../base/visible-text.ts';
import { typesFile } from '../cli/types/types-file.ts';
import { clientOf } from './server-address.ts';
import { sqlFiles } from './sql-files.ts';
import { commandOptions } from './unknown-option.ts';

const TYPES_USAGE = `sluice types [URL] [NAME ...] [options] > streams.d.ts: TypeScript of streams, tables and statements, for sluice/client

  --server URL           the server (default http://localhost:8088)
  --statements FILE|DIR  also rows and variables of the statements in it, file by file; may be repeated
  --define NAME=VALUE    of a variable that stands for a name, such as a table's; may be repeated
`;

const OPTIONS = {
  server: { type: 'string', default: 'http://localhost:8088' },
  statements: { type: 'string', multiple: true, default: [] as string[] },
  define: { type: 'string', multiple: true, default: [] as string[] },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs `sluice types`. Resolves to the exit code. @param args the arguments after the command's name */
export async function typesCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = commandOptions('types', args, OPTIONS);
  if (values.help) {
    process.stdout.write(TYPES_USAGE);
    return 0;
  }
  const defined = values.define.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at <= 0) throw new Error(`--define takes NAME=VALUE, got ${pair}`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  const files = (await Promise.all(values.statements.map(sqlFiles))).flat();
  // Addresses contain a colon; names of streams and tables do not.
  const [address, ...others] = positionals.filter((p) => p.includes(':'));
  const names = positionals.filter((p) => !p.includes(':'));
  if (address !== undefined && (others.length > 0 || args.some((arg) => arg.startsWith('--server'))))
    throw new Error(`One server is asked: ${address} stands beside --server or another address.`);
  const text = await typesFile(clientOf(address ?? values.server), {
    names,
    files,
    defined: Object.fromEntries(defined),
  });
  process.stdout.write(process.stdout.isTTY ? visibleText(text) : text);
  return 0;
}
