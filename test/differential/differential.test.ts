import { expect, test } from 'vitest';
import { runScenario, scenarioOf, shrink, statementsOf } from './run.ts';

/** `npm run differential -- --seeds N` runs more. */
const SEEDS = 24;

/** Fewer, because each starts a server with threads and data on disk. */
const SEEDS_OF_THREADS = 2;

test.each([
  { seeds: SEEDS, mode: undefined, way: 'each in its own way' },
  { seeds: SEEDS_OF_THREADS, mode: 'threads', way: 'on threads' },
] as const)(
  '$seeds random scenarios come to what a plain computation says, $way',
  { timeout: 180_000 },
  async ({ seeds, mode }) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const scenario = scenarioOf(seed, mode);
      const difference = await runScenario(scenario);
      if (difference === undefined) continue;
      const smallest = await shrink(scenario, difference);
      expect.fail(
        `Seed ${seed}, ${scenario.mode}, ${difference.shape.name}:\n${statementsOf(smallest)}\nexpected ${difference.expected.join(' ')}\ngot ${difference.got.join(' ')}`,
      );
    }
  },
);
