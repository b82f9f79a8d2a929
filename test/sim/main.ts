/**
 * npm run sim -- [--seeds N] [--from N] [--seed N] [--jobs N] [--ledger FILE]
 *
 * Runs the complete service in one process on a virtual clock, with kills, faulty disks and failing external systems,
 * all determined by one seed. It first runs the scenarios that failed before, then new seeds. A failing seed is
 * reduced, printed, and stored in test/sim/regressions under the number of its seed, to be renamed after its cause; the
 * exit code is then 1. With a ledger, seeds continue after the last one in it, and the results are appended to it.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './run.ts';
import { scenarioOf } from './scenario.ts';
import { REGRESSIONS, regressions, scenarioText } from './scenario-file.ts';
import { shrink } from './shrink.ts';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    ledger: { type: 'string' },
    'without-regressions': { type: 'boolean', default: false },
  },
});

interface Tally {
  readonly seeds: number;
  readonly failed: readonly number[];
  readonly kills: number;
  readonly virtualMs: number;
}

/** A line of the ledger: a range of seeds and their results. */
interface LedgerLine extends Tally {
  readonly from: number;
  readonly date: string;
}

async function runSeeds(from: number, count: number): Promise<Tally> {
  const failed: number[] = [];
  let [kills, virtualMs] = [0, 0];
  for (let seed = from; seed < from + count; seed++) {
    const scenario = scenarioOf(seed);
    const outcome = await run(scenario);
    virtualMs += outcome.virtualMs;
    kills += outcome.kills;
    if (options.seed !== undefined) console.log(outcome);
    const { finding } = outcome;
    if (finding === undefined) continue;
    failed.push(seed);
    const smallest = await shrink(scenario, finding);
    const file = path.join(REGRESSIONS, `seed-${seed}.json`);
    writeFileSync(file, scenarioText(smallest));
    const { finding: again = finding } = await run(smallest);
    console.log(`seed ${seed}: ${again.property}: ${again.text}\nreduced to ${file}\n`);
  }
  return { seeds: count, failed, kills, virtualMs };
}

/** Runs the seeds in several processes, each of which uses one core. */
async function runShared(from: number, count: number, jobs: number): Promise<Tally> {
  if (jobs <= 1) return await runSeeds(from, count);
  const each = Math.ceil(count / jobs);
  const tallies = await Promise.all(
    Array.from({ length: jobs }, (_, i) => {
      const own = Math.max(0, Math.min(each, count - i * each));
      return own === 0 ? Promise.resolve([]) : runInChild(from + i * each, own);
    }),
  );
  const all = tallies.flat();
  return {
    seeds: count,
    failed: all.flatMap((t) => t.failed),
    kills: all.reduce((sum, t) => sum + t.kills, 0),
    virtualMs: all.reduce((sum, t) => sum + t.virtualMs, 0),
  };
}

async function runInChild(from: number, count: number): Promise<Tally> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, import.meta.filename, '--without-regressions', '--from', `${from}`, '--seeds', `${count}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  const lines = text.trimEnd().split('\n');
  const last = lines.pop() ?? '';
  if (lines.length > 0) console.log(lines.join('\n'));
  if (!last.startsWith('{')) throw new Error(`the seeds from ${from} ended with: ${last}`);
  return JSON.parse(last) as Tally;
}

async function runRegressions(): Promise<number> {
  let failed = 0;
  for (const { name, scenario } of regressions()) {
    const { finding } = await run(scenario);
    if (finding === undefined) continue;
    failed++;
    console.log(`${name}: ${finding.property}: ${finding.text}\n`);
  }
  return failed;
}

function nextSeed(ledger: string): number {
  if (!existsSync(ledger)) return 1;
  const lines = readFileSync(ledger, 'utf8').trim().split('\n').filter(Boolean);
  return Math.max(1, ...lines.map((line) => JSON.parse(line) as LedgerLine).map(({ from, seeds }) => from + seeds));
}

const began = performance.now();
const isChild = options['without-regressions'];
const broken = isChild || options.seed !== undefined ? 0 : await runRegressions();
const { ledger } = options;
const from = Number(options.seed ?? (ledger === undefined ? options.from : nextSeed(ledger)));
const tally = await runShared(from, options.seed === undefined ? Number(options.seeds) : 1, Number(options.jobs));
if (ledger !== undefined) {
  const line: LedgerLine = { date: new Date().toISOString(), from, ...tally };
  appendFileSync(ledger, `${JSON.stringify(line)}\n`);
}
if (isChild) console.log(JSON.stringify(tally));
else {
  const { seeds, failed, kills, virtualMs } = tally;
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `sim: ${seeds - failed.length} of ${seeds} seeds hold, ${kills} kills, ${(virtualMs / 60_000).toFixed(1)} virtual minutes, ${seconds.toFixed(1)} s`,
  );
}
process.exit(tally.failed.length + broken === 0 ? 0 : 1);
