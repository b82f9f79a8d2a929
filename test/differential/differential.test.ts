import { expect, test } from 'vitest';
import { runScenario, scenarioOf, shrink, statementsOf } from './run.ts';

/** `npm run differential -- --seeds N` runs more of them. */
const SEEDS = 24;

test(`${SEEDS} random scenarios come to what a plain computation says`, { timeout: 180_000 }, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const scenario = scenarioOf(seed);
    const difference = await runScenario(scenario);
    if (difference === undefined) continue;
    const smallest = await shrink(scenario, difference);
    expect.fail(
      `Seed ${seed}, ${scenario.mode}, ${difference.shape.name}:\n${statementsOf(smallest)}\nexpected ${difference.expected.join(' ')}\ngot ${difference.got.join(' ')}`,
    );
  }
});
