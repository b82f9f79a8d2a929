/**
 * npm run sim -- [--seeds N] [--from N] [--seed N] [--jobs N] [--ledger FILE]
 *
 * Runs the complete service in one process on a virtual clock, with kills, faulty disks and failing external systems,
 * all determined by one seed. It first runs the scenarios that failed before, then new seeds. A failing seed is
 * reduced, printed, and stored in test/sim/regressions under the number of its seed, to be renamed after its cause; the
 * exit code is then 1. With a ledger, seeds continue after the last one in it, and the results are appended to it.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleShare } from './bundle.ts';
import type { Tally } from './seeds.ts';
import type { Share } from './share.ts';

const REGRESSIONS = path.join(import.meta.dirname, 'regressions');
/** All code here runs rather seldom and makes much garbage: it is compiled without waiting, and collected less often. */
const V8_FLAGS = ['--always-sparkplug', '--max-semi-space-size=64'];

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    ledger: { type: 'string' },
  },
});

/** A line of the ledger: a range of seeds and their results. */
interface LedgerLine extends Tally {
  readonly from: number;
  readonly date: string;
}

/** Runs the seeds in several processes, each of which uses one core. */
async function runShared(from: number, count: number, jobs: number): Promise<Share> {
  const { file, folder } = await bundleShare();
  const shares = await Promise.all(
    Array.from({ length: jobs }, (_, i) =>
      runInChild([file, `${from + i}`, `${count - i}`, `${jobs}`, REGRESSIONS, ...(i === 0 ? ['regressions'] : [])]),
    ),
  ).finally(() => rmSync(folder, { recursive: true, force: true }));
  const sum = (of: (share: Share) => number): number => shares.reduce((total, share) => total + of(share), 0);
  return {
    seeds: sum((share) => share.seeds),
    failed: shares.flatMap((share) => share.failed),
    kills: sum((share) => share.kills),
    virtualMs: sum((share) => share.virtualMs),
    broken: sum((share) => share.broken),
  };
}

async function runInChild(args: readonly string[]): Promise<Share> {
  const child = spawn(process.execPath, [...V8_FLAGS, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  const lines = text.trimEnd().split('\n');
  const last = lines.pop() ?? '';
  if (lines.length > 0) console.log(lines.join('\n'));
  if (!last.startsWith('{')) throw new Error(`the seeds from ${args[1]} ended with: ${last}`);
  return JSON.parse(last) as Share;
}

/** Runs one seed in this process, where a debugger finds the sources. */
async function runOne(seed: number): Promise<Share> {
  const { runSeeds } = await import('./seeds.ts');
  return { ...(await runSeeds({ from: seed, count: 1 }, REGRESSIONS, (outcome) => console.log(outcome))), broken: 0 };
}

function nextSeed(ledger: string): number {
  if (!existsSync(ledger)) return 1;
  const lines = readFileSync(ledger, 'utf8').trim().split('\n').filter(Boolean);
  return Math.max(1, ...lines.map((line) => JSON.parse(line) as LedgerLine).map(({ from, seeds }) => from + seeds));
}

const began = performance.now();
const { ledger, seed } = options;
const from = ledger === undefined ? Number(options.from) : nextSeed(ledger);
const { broken, ...tally } =
  seed === undefined
    ? await runShared(from, Number(options.seeds), Math.min(Number(options.jobs), Number(options.seeds)))
    : await runOne(Number(seed));
if (ledger !== undefined && seed === undefined) {
  const line: LedgerLine = { date: new Date().toISOString(), from, ...tally };
  appendFileSync(ledger, `${JSON.stringify(line)}\n`);
}
const { seeds, failed, kills, virtualMs } = tally;
const seconds = (performance.now() - began) / 1000;
console.log(
  `sim: ${seeds - failed.length} of ${seeds} seeds hold, ${kills} kills, ${(virtualMs / 60_000).toFixed(1)} virtual minutes, ${seconds.toFixed(1)} s`,
);
process.exit(failed.length + broken === 0 ? 0 : 1);
