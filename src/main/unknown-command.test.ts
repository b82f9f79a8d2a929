import { expect, test } from 'vitest';
import { unknownCommand } from './unknown-command.ts';

const COMMANDS = ['cli', 'server', 'apply', 'test', 'types', 'password', 'migrations'];

test.each([
  ['statr', 'Did you mean sluice server?'],
  ['start', 'Did you mean sluice server?'],
  ['sevrer', 'Did you mean sluice server?'],
  ['migrate', 'Did you mean sluice migrations?'],
  ['aply', 'Did you mean sluice apply?'],
  ['setup.sql', 'sluice cli -f setup.sql'],
  ['frobnicate', 'The commands are cli, server,'],
])('sluice %s: %s', (typed, told) => {
  expect(unknownCommand(typed, COMMANDS)).toContain(told);
});
