/**
 * The four queries on Apache Kafka, compared with the peers of ../shared/peers (Kafka Streams, the prototype), all
 * measured externally by their driver, with verified outputs: `npm run bench -- kafka`. The broker is started and
 * loaded with RECORDS records if that has not been done.
 *
 * QUERIES=q1,q2,q3,q4 THREADS=1,2 GUARANTEES=alos,eos PEERS=sluice,kstreams,js RECORDS=2000000 ROUNDS=1
 * PARTS=matrix,commit,restore,profile: the matrix of runs and its ratios; transactions under constant load; the
 * restoration of local state; the distribution of CPU time.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sharesOf, topFunctions } from '../shares.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DRIVER = path.resolve(ROOT, process.env['PEERS_HOME'] ?? '../shared/peers', 'peers');
const ENGINE = path.join(import.meta.dirname, 'engine-cmd.mjs');
/** Runs sources in TypeScript. */
const TSX = path.join(ROOT, 'node_modules/tsx/dist/loader.mjs');
const BOOTSTRAP = `127.0.0.1:${process.env['PERF_KAFKA_PORT'] ?? 29092}`;
const RECORDS = Number(process.env['RECORDS'] ?? 2_000_000);
const ROUNDS = Number(process.env['ROUNDS'] ?? 1);
const listOf = (name: string, otherwise: string): string[] => (process.env[name] ?? otherwise).split(',');
const QUERIES = listOf('QUERIES', 'q1,q2,q3,q4');
const THREADS = listOf('THREADS', '1,2');
const GUARANTEES = listOf('GUARANTEES', 'alos,eos');
const PEERS = listOf('PEERS', 'sluice,kstreams,js');
const PARTS = listOf('PARTS', 'matrix,commit,restore,profile');

/** The driver's results of a run; see its README. */
interface Run {
  readonly failed?: string;
  readonly rec_s?: number;
  readonly rec_s_2nd_half?: number;
  readonly cpu_s_per_M?: number;
  readonly cpu_s_per_M_2nd_half?: number;
  readonly broker_cpu_s_per_M?: number;
  readonly start_s?: number;
  readonly peak_rss_mb: number;
  readonly commits?: number;
  readonly commit_p50_ms?: number;
  readonly commit_p99_ms?: number;
  readonly load1: number;
  readonly verify?: { readonly ok: boolean };
}

const ARGS: Readonly<Record<string, readonly string[]>> = {
  sluice: ['cmd', '--cmd', `${process.execPath} --import ${TSX} ${ENGINE}`, '--label', 'sluice'],
  kstreams: ['kstreams'],
  js: ['js', '--set', 'decode=scan', '--label', 'js-scan'],
};

function peers(args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const done = spawnSync(DRIVER, args, {
    encoding: 'utf8',
    env: { ...process.env, PERF_RECORDS: String(RECORDS), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 24,
  });
  if (done.status !== 0) throw new Error(`peers ${args.join(' ')}: ended with ${done.status}`);
  return done.stdout;
}

function run(peer: string, query: string, threads: string, guarantee: string, env?: Record<string, string>): Run {
  const [name, ...more] = ARGS[peer]!;
  const args = ['run', name!, query, '--threads', threads, '--guarantee', guarantee, '--timeout', '600', ...more];
  return JSON.parse(peers(args, env).trim().split('\n').at(-1)!) as Run;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const of = (runs: readonly Run[], field: keyof Run): number | undefined => {
  const values = runs.flatMap((r) => (r[field] as number | undefined) ?? []).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
};

function matrix(): void {
  for (const query of QUERIES)
    for (const guarantee of GUARANTEES)
      for (const threads of THREADS) {
        const byPeer = new Map<string, Run[]>();
        // The prototype supports neither transactions nor threads.
        const peersOfCell = PEERS.filter((p) => p !== 'js' || (guarantee === 'alos' && threads === '1'));
        for (let round = 0; round < ROUNDS; round++)
          for (const peer of peersOfCell)
            byPeer.set(peer, [...(byPeer.get(peer) ?? []), run(peer, query, threads, guarantee)]);
        const cell = { bench: 'kafka', query, guarantee, threads: Number(threads), records: RECORDS };
        for (const [peer, runs] of byPeer) {
          say({
            ...cell,
            engine: peer,
            rounds: runs.length,
            verified: runs.every((r) => r.failed === undefined && r.verify?.ok === true),
            ...(runs.some((r) => r.failed) && { failed: runs.map((r) => r.failed) }),
            recordsPerSecond: of(runs, 'rec_s'),
            recordsPerSecondSecondHalf: of(runs, 'rec_s_2nd_half'),
            cpuSecondsPerMillion: of(runs, 'cpu_s_per_M'),
            cpuSecondsPerMillionSecondHalf: of(runs, 'cpu_s_per_M_2nd_half'),
            brokerCpuSecondsPerMillion: of(runs, 'broker_cpu_s_per_M'),
            startSeconds: of(runs, 'start_s'),
            peakRssMb: of(runs, 'peak_rss_mb'),
            commits: of(runs, 'commits'),
            commitP50AtMostMs: of(runs, 'commit_p50_ms'),
            commitP99AtMostMs: of(runs, 'commit_p99_ms'),
            loadBefore: of(runs, 'load1'),
          });
        }
        const ours = byPeer.get('sluice');
        if (ours === undefined) continue;
        for (const peer of peersOfCell.filter((p) => p !== 'sluice')) {
          const theirs = byPeer.get(peer)!;
          const ratio = (field: keyof Run): number => Number((of(ours, field)! / of(theirs, field)!).toFixed(3));
          say({
            ...cell,
            compared: `sluice / ${peer}`,
            cpu: ratio('cpu_s_per_M'),
            cpuSecondHalf: ratio('cpu_s_per_M_2nd_half'),
            recordsPerSecond: ratio('rec_s'),
            recordsPerSecondSecondHalf: ratio('rec_s_2nd_half'),
          });
        }
      }
}

function script(file: string, env: Readonly<Record<string, string>> = {}): void {
  const done = spawnSync(process.execPath, ['--import', TSX, path.join(import.meta.dirname, file)], {
    encoding: 'utf8',
    env: { ...process.env, BOOTSTRAP, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(done.stdout);
}

function commit(): void {
  script('commit.mjs');
}

function restore(): void {
  for (const kind of ['keyValue', 'timed']) script('restore.mjs', { KIND: kind });
}

/** A separate run for each query with the sampling profiler: for shares of CPU time, not for throughput. */
function profile(): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'profile-'));
  for (const query of QUERIES) {
    const file = path.join(folder, `${query}.cpuprofile`);
    run('sluice', query, '1', 'alos', { PROFILE: file });
    const data = JSON.parse(readFileSync(file, 'utf8')) as Profiler.Profile;
    say({ bench: 'kafka', profile: query, shares: sharesOf(data), top: topFunctions(data, 8).map((l) => l.trim()) });
  }
  rmSync(folder, { recursive: true, force: true });
}

process.stderr.write(peers(['up']));
if (process.env['LOAD'] === '1') process.stderr.write(peers(['load']));
const known: Readonly<Record<string, () => void>> = { matrix, commit, restore, profile };
for (const part of PARTS) known[part]!();
