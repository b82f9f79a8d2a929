import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Outcome, run } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { regressions, scenarioText } from './scenario-file.ts';
import { shrink } from './shrink.ts';

/** What a number of seeds did and found. */
export interface Tally {
  readonly seeds: number;
  readonly failed: readonly number[];
  readonly kills: number;
  readonly virtualMs: number;
}

/**
 * Runs every `stride`th seed of [from, from + count). A failing one is reduced, printed, and stored in `folder`.
 * @param ran called after each seed
 */
export async function runSeeds(
  { from, count, stride = 1 }: { readonly from: number; readonly count: number; readonly stride?: number },
  folder: string,
  ran: (outcome: Outcome) => void = () => undefined,
): Promise<Tally> {
  const failed: number[] = [];
  let [seeds, kills, virtualMs] = [0, 0, 0];
  for (let seed = from; seed < from + count; seed += stride) {
    const scenario = scenarioOf(seed);
    const outcome = await run(scenario);
    seeds++;
    virtualMs += outcome.virtualMs;
    kills += outcome.kills;
    ran(outcome);
    const { finding } = outcome;
    if (finding === undefined) continue;
    failed.push(seed);
    const smallest = await shrink(scenario, finding);
    const file = path.join(folder, `seed-${seed}.json`);
    writeFileSync(file, scenarioText(smallest));
    const { finding: again = finding } = await run(smallest);
    console.log(`seed ${seed}: ${again.property}: ${again.text}\nreduced to ${file}\n`);
  }
  return { seeds, failed, kills, virtualMs };
}

/** Runs the scenarios in a folder again and returns how many fail. */
export async function runRegressions(folder: string): Promise<number> {
  let failed = 0;
  for (const { name, scenario } of regressions(folder)) {
    const { finding } = await run(scenario);
    if (finding === undefined) continue;
    failed++;
    console.log(`${name}: ${finding.property}: ${finding.text}\n`);
  }
  return failed;
}
