/**
 * npm run differential -- [--seeds N] [--from N] [--seed N] [--mode live|history|killed|threads]
 *
 * Feeds random records to every operator and compares the results with a plain computation over all records: live, from
 * history, and while the server is killed. A scenario with a difference is reduced to a few INSERT statements and
 * printed; the exit code is then 1.
 */
import { parseArgs } from 'node:util';
import { type Mode, runScenario, scenarioOf, shrink, statementsOf } from './run.ts';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    mode: { type: 'string' },
  },
});
const first = Number(options.seed ?? options.from);
const count = options.seed === undefined ? Number(options.seeds) : 1;
const began = performance.now();
let failed = 0;
for (let seed = first; seed < first + count; seed++) {
  const scenario = scenarioOf(seed, options.mode as Mode | undefined);
  try {
    const difference = await runScenario(scenario);
    if (difference === undefined) continue;
    const smallest = await shrink(scenario, difference);
    const again = (await runScenario(smallest)) ?? difference;
    console.log(`seed ${seed} (${scenario.mode}, ${scenario.partitions} partitions), ${difference.shape.name}:`);
    console.log(statementsOf(smallest));
    console.log(`expected: ${again.expected.join(' ')}\ngot:      ${again.got.join(' ')}\n`);
  } catch (error) {
    console.log(
      `seed ${seed} (${scenario.mode}): ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  failed++;
}
console.log(
  `differential: ${count - failed} of ${count} seeds agree, ${((performance.now() - began) / 1000).toFixed(1)} s`,
);
process.exit(failed === 0 ? 0 : 1);
