import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERROR_GUIDE } from '../../src/base/error-guide.ts';
import type { ErrorCode } from '../../src/base/errors.ts';
import { ScriptFailure } from '../../src/engine/script.ts';
import { Session } from '../../src/engine/session.ts';
import type { Sluice } from '../../src/main/compose.ts';
import { openMistakenWorld } from './mistakes.ts';

let sluice: Sluice;
beforeAll(async () => {
  sluice = await openMistakenWorld();
});
afterAll(async () => {
  await sluice.close();
});

const STATEMENTS = (Object.keys(ERROR_GUIDE) as ErrorCode[]).filter((code) =>
  /^(SELECT|INSERT INTO \w+ \(|SET|ASSERT|DROP|CREATE TABLE)[^\n]*;$/.test(ERROR_GUIDE[code].example),
);

test.each(STATEMENTS)('the example of %s gives that code, and its cure works', async (code) => {
  const { example, says, cure } = ERROR_GUIDE[code];
  const run = async (sql: string): Promise<void> => {
    if (!sql.startsWith('SELECT')) await sluice.engine.execute(sql);
    else await (await sluice.engine.query(sql, new Session())).close();
  };
  const error: unknown = await run(example).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ScriptFailure);
  const { code: told, message } = (error as ScriptFailure).error;
  expect(told).toBe(code);
  expect(message.startsWith(says), message).toBe(true);
  const mended = /\n\n {4}(.*;)$/.exec(cure)?.[1];
  if (mended !== undefined) await run(mended);
});

test('there are such', () => {
  expect(STATEMENTS.length).toBeGreaterThan(6);
});
