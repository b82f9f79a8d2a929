/**
 * npm run suite -- [--dir DIR] [--filter TEXT] [--json] [--ratchet] [--update-ratchet] [--failures N]
 *   [--dialect by-kind|ksqldb|sluice]
 * Runs ksqlDB's language-neutral cases (../shared/suite, or any folder with the same structure) on Sluice. --dialect
 * applies to the `rest` cases.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Case } from '../../src/cases/case-file.ts';
import { loadCases } from './load.ts';
import { runQtt } from '../../src/cases/run-qtt.ts';
import { runSql } from '../../src/cases/run-sql.ts';
import { unmetCases } from './unmet.ts';
import { ownWorld, suiteWorld } from './world.ts';

interface Result {
  readonly testCase: Case;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly reason: string | undefined;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const SHARED = path.resolve(ROOT, '../shared/suite');
const RATCHET = path.join(import.meta.dirname, 'passing.txt');

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string', default: SHARED },
    filter: { type: 'string' },
    json: { type: 'boolean', default: false },
    ratchet: { type: 'boolean', default: false },
    'update-ratchet': { type: 'boolean', default: false },
    failures: { type: 'string', default: '1000000' },
    dialect: { type: 'string', default: 'by-kind' },
  },
});

if (!existsSync(options.dir)) {
  console.log(`${options.dir} is not here: nothing was run`);
  process.exit(options.ratchet ? 1 : 0);
}
const began = performance.now();
const filter = options.filter;
const cases = loadCases(options.dir).filter(
  (c) => filter === undefined || c.id.includes(filter) || `${c.suite}/${c.file}`.includes(filter),
);
const results: Result[] = [];
for (const testCase of cases.filter((c) => c.suite !== 'rest')) results.push(await runOne(testCase));
const rest = cases.filter((c) => c.suite === 'rest');
if (rest.length > 0) {
  const { runRestCases } = await import('./run-rest.ts');
  const dialect = options.dialect;
  if (dialect !== 'by-kind' && dialect !== 'ksqldb' && dialect !== 'sluice')
    throw new Error(`--dialect ${dialect}: by-kind, ksqldb or sluice`);
  results.push(...(await runRestCases(rest, dialect)).map(({ testCase, verdict }) => result(testCase, verdict)));
}
report(results);

async function runOne(testCase: Case): Promise<Result> {
  if (!testCase.enabled || testCase.category === 'disabled')
    return { testCase, outcome: 'skipped', reason: 'disabled in the suite' };
  const run = testCase.suite === 'sql' ? runSql : runQtt;
  return result(
    testCase,
    await run(testCase, path.resolve(options.dir) === SHARED ? suiteWorld : ownWorld).catch(
      (error: unknown) => `runner: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    ),
  );
}

function result(testCase: Case, verdict: string | undefined): Result {
  return { testCase, outcome: verdict === undefined ? 'passed' : 'failed', reason: verdict };
}

function report(all: readonly Result[]): void {
  const seconds = (performance.now() - began) / 1000;
  const failures = all.filter((r) => r.outcome === 'failed');
  for (const { testCase, reason } of failures.slice(0, Number(options.failures))) {
    console.log(`✗ ${testCase.suite}/${testCase.id}\n    ${(reason ?? '').replaceAll('\n', '\n    ')}`);
  }
  const byFile = new Map<string, Result[]>();
  for (const r of all)
    byFile.set(`${r.testCase.suite}/${r.testCase.file}`, [
      ...(byFile.get(`${r.testCase.suite}/${r.testCase.file}`) ?? []),
      r,
    ]);
  for (const [file, list] of byFile) {
    const { passed, failed, skipped } = counts(list);
    if (failed > 0 || byFile.size < 4) console.log(`${file}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
  const categories = [...new Set(all.map((r) => r.testCase.category))];
  for (const suite of ['qtt', 'sql', 'rest']) {
    for (const category of categories) {
      const list = all.filter((r) => r.testCase.suite === suite && r.testCase.category === category);
      if (list.length > 0) {
        const { total, passed, failed, skipped } = counts(list);
        console.log(
          `${suite} ${category}: ${passed} of ${total} passed (${((100 * passed) / total).toFixed(1)} %), ${failed} failed, ${skipped} skipped`,
        );
      }
    }
  }
  showUnmet(all);
  console.log(`${seconds.toFixed(1)} s`);
  const regressed = checkRatchet(all);
  if (options.json) console.log(JSON.stringify(counts(all.filter((r) => r.testCase.category === 'core'))));
  if (options.ratchet) process.exit(regressed ? 1 : 0);
  process.exit(0);
}

function counts(list: readonly Result[]): { total: number; passed: number; failed: number; skipped: number } {
  const of = (outcome: Result['outcome']): number => list.filter((r) => r.outcome === outcome).length;
  return { total: list.length, passed: of('passed'), failed: of('failed'), skipped: of('skipped') };
}

/** Lists the failures that contradict another case or the suite's README, with the proof. */
function showUnmet(all: readonly Result[]): void {
  for (const { id, contradicts, why } of unmetCases()) {
    const outcome = all.find((r) => `${r.testCase.suite}/${r.testCase.id}` === id)?.outcome;
    if (outcome === undefined) continue;
    const note = outcome === 'failed' ? 'unmet, by proof' : `is in unmet.json and ${outcome}`;
    console.log(`${note}: ${id}\n    contradicts ${contradicts.join('; ')}\n    ${why}`);
  }
}

/** Checks that every case that passed once still passes: `passing.txt` lists them by id. */
function checkRatchet(all: readonly Result[]): boolean {
  const id = (c: Case): string => `${c.suite}/${c.id}`;
  if (options['update-ratchet']) {
    const kept = existsSync(RATCHET) ? readFileSync(RATCHET, 'utf8').split('\n') : [];
    const ran = new Set(all.map((r) => id(r.testCase)));
    const passing = [
      ...kept.filter((k) => k !== '' && !ran.has(k)),
      ...all.filter((r) => r.outcome === 'passed').map((r) => id(r.testCase)),
    ];
    writeFileSync(RATCHET, `${[...new Set(passing)].toSorted().join('\n')}\n`);
  }
  if (!options.ratchet) return false;
  const passed = new Set(all.filter((r) => r.outcome === 'passed').map((r) => id(r.testCase)));
  const lost = readFileSync(RATCHET, 'utf8')
    .split('\n')
    .filter((k) => k !== '' && !passed.has(k));
  for (const k of lost) console.log(`ratchet: passed before and does not now: ${k}`);
  return lost.length > 0;
}
