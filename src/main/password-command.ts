import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { hashPassword } from '../access/passwords.ts';

const PASSWORD_USAGE = `sluice password: reads a password (unseen at a terminal, else a line of its input) and prints its hash, which stands in place of it in a
file of users (authentication.realm): name: HASH,role
`;

/** Runs `sluice password`. Resolves to the exit code. */
export async function passwordCommand(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    process.stdout.write(PASSWORD_USAGE);
    // A password in a command line would already be in the history of the shell.
    return args[0] === '--help' || args[0] === '-h' ? 0 : 2;
  }
  const password = await readPassword();
  if (password === '') throw new Error('There is no password on the input');
  process.stdout.write(`${await hashPassword(password, randomBytes(16))}\n`);
  return 0;
}

async function readPassword(): Promise<string> {
  const { isTTY } = process.stdin;
  if (isTTY) process.stderr.write('Password: ');
  // Only readline echoes what is typed, and its output is discarded.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: isTTY });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    if (isTTY) process.stderr.write('\n');
  }
}
