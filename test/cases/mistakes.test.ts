import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sluice } from '../../src/main/compose.ts';
import { follow, isReading, MISTAKES, openMistakenWorld, proposedIn, tell } from './mistakes.ts';

/**
 * Typical mistakes of people who come from Postgres, Flink, Connect or older versions of ksqlDB: the response names the
 * cause and the remedy, and the position covers the mistake.
 */
let sluice: Sluice;
beforeAll(async () => {
  sluice = await openMistakenWorld();
});
afterAll(async () => {
  await sluice.close();
});

describe.each([...MISTAKES])('%s', (_, mistakes) => {
  test.each(mistakes.map((m) => [m.input ?? JSON.stringify(m.server), m] as const))('%s', async (_input, mistake) => {
    const told = await tell(mistake, sluice);
    if (!told.failed) {
      await sluice.close();
      sluice = await openMistakenWorld();
      expect(mistake.warns).toBe(true);
    }
    expect(
      mistake.names.filter((name) => !told.text.includes(name)),
      told.text,
    ).toEqual([]);
    expect(mistake.omits?.filter((name) => told.text.includes(name)) ?? [], told.text).toEqual([]);
    if (mistake.at !== undefined) expect(told.at, told.text).toBe(mistake.at);
  });
});

/** Proposals that refer to something that does not exist in the mistakes' world. */
const OF_NOBODY = new Set([
  "RUN SCRIPT '/path/file.sql';",
  'PRINT t;',
  'DESCRIBE CONNECTOR lib;',
  'SHOW LOGS OF lib;',
  'EXPLAIN q;',
  'TERMINATE CTAS_BY_LEVEL_1;',
  'DROP CONNECTOR lib;',
  'RESTART CONNECTOR lib;',
  'SHOW DEAD LETTERS OF connector;',
  'SHOW CONNECTOR OFFSETS OF lib;',
  "ALTER CONNECTOR lib SET ('key'='value');",
  'DROP CONNECTOR shop TERMINATE DELETE TOPICS;',
  'DROP TABLE users DELETE TOPIC;',
]);

test('what a hint proposes runs, as it stands', { timeout: 120_000 }, async () => {
  const failed: string[] = [];
  let ran = 0;
  for (const mistake of [...MISTAKES.values()].flat()) {
    if (mistake.input === undefined || mistake.warns) continue;
    const { text } = await tell(mistake, sluice);
    const proposed = proposedIn(text).filter((s) => !OF_NOBODY.has(s) && !/\bCONNECTOR\b.*\blib\b|\bOF lib\b/i.test(s));
    const cures = mistake.cure === undefined ? [] : mistake.cure.replaceAll(/[«»]/g, '').split(/(?<=;)\s+/);
    for (const [, part] of mistake.cure?.matchAll(/«(.*?)»/g) ?? [])
      if (!text.includes(part!)) failed.push(`${mistake.input}\n  does not propose ${part}:\n${text}`);
    for (const statements of [proposed, cures]) {
      try {
        ran += statements.length;
        await follow(statements, sluice);
      } catch (error) {
        failed.push(`${mistake.input}\n  proposes ${statements.join(' ')}\n  which fails: ${String(error)}`);
      }
      if (statements.every(isReading)) continue;
      await sluice.close();
      sluice = await openMistakenWorld();
    }
  }
  expect(failed.join('\n\n')).toBe('');
  expect(ran).toBeGreaterThan(60);
});
