import { expect, test } from 'vitest';
import { PLANTS } from './plants.ts';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { regressions } from './scenario-file.ts';

/** `npm run sim -- --seeds N` runs more. */
const SEEDS = 12;
/** The number of seeds within which each injected fault must be found at least once. */
const FOUND_WITHIN = 200;

test.each(regressions())('what failed once holds: $name', { retry: 0 }, async ({ scenario }) => {
  expect((await run(scenario)).finding).toBeUndefined();
});

test(`${SEEDS} seeds hold`, { retry: 0 }, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { finding } = await run(scenarioOf(seed));
    expect(finding && `seed ${seed}: ${finding.property}: ${finding.text}`).toBeUndefined();
  }
});

test('the same seed always runs the same way', { retry: 0 }, async () => {
  for (const seed of [3, 14]) expect(await run(scenarioOf(seed))).toEqual(await run(scenarioOf(seed)));
});

test.each(PLANTS)('a planted fault is found: %s', { timeout: 300_000, retry: 0 }, async (plant) => {
  for (let seed = 1; seed <= FOUND_WITHIN; seed++) {
    if ((await run(scenarioOf(seed), plant)).finding !== undefined) return;
  }
  expect.fail(`not found in ${FOUND_WITHIN} seeds`);
});
