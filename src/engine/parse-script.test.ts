import { expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { Stretch } from '../base/stretch.ts';
import { serverConfig } from '../config/server-config.ts';
import { nodeEnv } from '../host/node-env.ts';
import { parseScript } from './parse-script.ts';
import { Session } from './session.ts';

const server = serverConfig({
  'ksql.statement.max.tokens': '20',
  'ksql.statement.max.characters': '100',
  'ksql.request.max.statements': '3',
});
const parse = async (text: string, variables = {}): Promise<number> =>
  (await parseScript(text, new Session({}, variables), server, new Stretch(nodeEnv(SILENT_LOGGER)))).length;

test('what is within the limits is parsed, each statement for itself', async () => {
  expect(await parse('SELECT a, b, c, d, e FROM s; SELECT a, b, c, d, e FROM s; ;;; SHOW TYPES;')).toBe(3);
});

test.each([
  [
    `SELECT ${Array.from({ length: 30 }, () => 'a').join()} FROM s;`,
    'more than 20 words and signs (ksql.statement.max.tokens)',
  ],
  [`SELECT '${'x'.repeat(100)}' FROM s;`, 'more than 100 characters (ksql.statement.max.characters)'],
  ['SHOW TYPES;'.repeat(4), 'more than 3 statements (ksql.request.max.statements)'],
  [`DEFINE a='${'x'.repeat(60)}'; DEFINE b='\${a}\${a}';`, 'more than 100 characters (ksql.statement.max.characters)'],
  [
    `DEFINE a='${'x'.repeat(60)}'; DEFINE b='\${a}'; SHOW TYPES;`,
    'All variables together have more than 100 characters',
  ],
  [`SELECT ${'1'.repeat(2000)} FROM s;`, 'A number of 2000 characters'],
])('%s', async (text, message) => {
  const error = await parse(text).catch((e: unknown) => e);
  expect((error as Error).message).toContain(message);
  expect((error as { statement?: string }).statement?.length ?? 0).toBeLessThan(300);
});
