import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { runConsole } from '../../src/cli/console.ts';
import { SluiceClient } from '../../src/client/index.ts';
import { testEnv } from '../support/env.ts';

/** The pause between two statements in ms, similar to a person who copies them one by one. */
const PAUSE_MS = 2000;

/** A statement that takes longer counts as hung, even on a busy machine. */
const HANGS_MS = 120_000;

/** The statements in the SQL blocks of a page, unchanged. */
export function statementsOf(page: string): string[] {
  return [...page.matchAll(/^```sql\n([\s\S]*?)^```/gm)].flatMap(([, block]) =>
    block!
      .split(/(?<=;)(?:[ \t]*--.*)?\n/)
      .map((statement) => statement.trim())
      .filter((statement) => statement !== ''),
  );
}

/** Types statements into a separate console at human speed; resolves to what a person would have seen after each. */
export async function typeSlowly(url: string, statements: readonly string[]): Promise<string[]> {
  const input = new PassThrough();
  const output = new PassThrough();
  let seen = '';
  output.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  let whenIdle = (): void => {};
  const ended = runConsole({
    client: new SluiceClient({ url }),
    input,
    output,
    onIdle: () => whenIdle(),
    echo: false,
    terminal: { isTTY: false, colors: false, size: () => ({ columns: 160, rows: 0 }) },
    env: testEnv(),
    version: '0.0.0',
    files: {
      read: () => Promise.reject(new Error('no files here')),
      append: () => Promise.resolve(),
      replace: () => Promise.resolve(),
    },
  });
  const screens: string[] = [];
  for (const statement of statements) {
    seen = '';
    const idle = new Promise<void>((resolve) => (whenIdle = resolve));
    input.write(`${statement}\n`);
    await Promise.race([
      idle,
      sleep(HANGS_MS).then(() => {
        throw new Error(`${statement}\ndid not end; it showed:\n${seen}`);
      }),
    ]);
    screens.push(seen);
    await sleep(PAUSE_MS);
  }
  input.end();
  await ended;
  return screens;
}
