/**
 * Many kills under load: server and database are killed while a table is read and changed, and the mirror is compared
 * with the table. Each round has five kills and its own seed. Rounds that are already in bench/results/cdc-crash.jsonl
 * are skipped, so the benchmark resumes where it was stopped. It ends with an error at the first round whose mirror is
 * not exact.
 *
 *     npx tsx bench/cdc-crash.ts [kills] [first seed]
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crashRun } from '../test/support/cdc-crash.ts';
import { startPostgres } from '../test/support/postgres.ts';

const KILLS_A_ROUND = 5;
const ROWS = 30_000;
const KILLS = Number(process.argv[2] ?? 200);
const FIRST = Number(process.argv[3] ?? 1);
const FILE = path.resolve(import.meta.dirname, 'results/cdc-crash.jsonl');

const done = new Set(
  existsSync(FILE)
    ? readFileSync(FILE, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (JSON.parse(line) as { seed: number }).seed)
    : [],
);

for (let seed = FIRST; seed < FIRST + Math.ceil(KILLS / KILLS_A_ROUND); seed++) {
  if (done.has(seed)) continue;
  // Each round has its own database, so that a failed one is kept as it was.
  const postgres = await startPostgres({
    settings: { wal_level: 'logical', fsync: 'on', synchronous_commit: 'off' },
  });
  try {
    const { differs, failedWrite, ...seen } = await crashRun({ postgres, seed, crashes: KILLS_A_ROUND, rows: ROWS });
    const isExact =
      differs === undefined &&
      failedWrite === undefined &&
      seen.lines === seen.linesCame &&
      seen.linesTwice + seen.wentBack === 0;
    const line = JSON.stringify({ bench: 'cdc-crash', seed, kills: KILLS_A_ROUND, isExact, ...seen });
    console.log(line);
    if (!isExact)
      throw new Error(`Seed ${seed} is not exact: ${JSON.stringify({ differs, failedWrite }).slice(0, 2000)}`);
    appendFileSync(FILE, `${line}\n`);
  } finally {
    await postgres.stop();
  }
}
