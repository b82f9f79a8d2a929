import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { COMPILED_MAIN } from '../../test/support/compiled.ts';
import { commandOptions, unknownOption } from './unknown-option.ts';

test.each([
  [
    "Unknown option '-c'. To specify a positional argument …",
    `Unknown option '-c'. -e "SHOW TABLES;" runs statements.`,
  ],
  ["Unknown option '--port'. To …", "Unknown option '--port'. The port stands in the URL"],
  ["Unknown option '--frob'. To …", "Unknown option '--frob'. sluice --help lists the options."],
  ["Option '-e, --execute <value>' argument missing", 'argument missing. sluice --help lists the options.'],
])('%s', (message, told) => {
  expect(unknownOption(message)).toContain(told);
});

test('the nearest option of a command, or how to list them', () => {
  const read = (args: string[]) => commandOptions('apply', args, { 'dry-run': { type: 'boolean' } });
  expect(read(['sql', '--dry-run'])).toMatchObject({ values: { 'dry-run': true }, positionals: ['sql'] });
  expect(() => read(['--dryrun'])).toThrow("Unknown option '--dryrun'. Did you mean --dry-run?");
  expect(() => read(['--frob'])).toThrow("Unknown option '--frob'. sluice apply --help lists the options.");
});

test.each([
  [['cli', '--frob'], "Unknown option '--frob'. sluice --help lists the options.\n"],
  [
    ['server', '--set', 'log.level', 'debug'],
    'sluice server takes no debug. A setting and its value are one word: --set log.level=debug.\n',
  ],
])('the program says it in one sentence: %s', async (args, stderr) => {
  const root = path.resolve(import.meta.dirname, '../..');
  const run = promisify(execFile)(process.execPath, [COMPILED_MAIN, ...args], { cwd: root });
  await expect(run).rejects.toMatchObject({ code: 2, stderr });
});
