import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sluice } from '../../src/main/compose.ts';
import { MISTAKES, openMistakenWorld, tell } from './mistakes.ts';

/**
 * What people write who come from Postgres, Flink, Connect or older ksqlDB: the answer names what is wrong and what mends it, and the
 * position covers it.
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
    if (mistake.at !== undefined) expect(told.at, told.text).toBe(mistake.at);
  });
});
