import { parseArgs } from 'node:util';
import { sourceTypes } from '../cli/source-types.ts';
import { clientOf } from './server-address.ts';

const TYPES_USAGE = `sluice types [NAME ...] [--server URL] > streams.d.ts: TypeScript of streams and tables, for sluice/client

  --server URL         the server (default http://localhost:8088)
`;

const OPTIONS = {
  server: { type: 'string', default: 'http://localhost:8088' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** `sluice types`. Resolves to the exit code. @param args what stands behind the command's name */
export async function typesCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  if (values.help) process.stdout.write(TYPES_USAGE);
  else process.stdout.write(await sourceTypes(clientOf(values.server), positionals));
  return 0;
}
