import { PassThrough } from 'node:stream';
import { runConsole } from '../../src/cli/console.ts';
import { SluiceClient } from '../../src/client/index.ts';
import { testEnv } from '../support/env.ts';

const PROMPT = /^(?:sluice> | {4,5}(?:->|'>|`>|\*\/>|\)>) )/;

/** The lines of a transcript that a person typed: those after a prompt. */
export function typedLines(transcript: string): string[] {
  return transcript
    .split('\n')
    .filter((line) => PROMPT.test(line))
    .map((line) => line.replace(PROMPT, ''));
}

/** Types the lines into a console and resolves to what a person would have seen. */
export async function playTranscript(
  url: string,
  lines: readonly string[],
  columns = 100,
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const input = new PassThrough();
  const output = new PassThrough();
  let seen = '';
  output.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  input.end(lines.map((line) => `${line}\n`).join(''));
  await runConsole({
    client: new SluiceClient({ url }),
    input,
    output,
    echo: true,
    terminal: { isTTY: false, colors: false, size: () => ({ columns, rows: 0 }) },
    env: testEnv(),
    version: '0.0.0',
    files: {
      read: async (file) => {
        if (files[file] === undefined) throw new Error('no files here');
        return await Promise.resolve(files[file]);
      },
      append: () => Promise.resolve(),
      replace: () => Promise.resolve(),
    },
  });
  return seen;
}
