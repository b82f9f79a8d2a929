/**
 * npm run bench [-- name ...]: runs the benchmarks one after the other, never concurrently, and appends their JSON
 * lines with date and commit to bench/results/<name>.jsonl. Without names, it runs all except those that take minutes
 * or need other servers.
 */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

interface Bench {
  readonly file: string;
  readonly args?: readonly string[];
  /** Whether it measures dist, which is then built first. */
  readonly built?: boolean;
  /** What it costs or needs, if it is not part of a plain `npm run bench`. */
  readonly onRequest?: string;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  start: { file: 'start.ts', built: true },
  parser: { file: 'parser.ts' },
  expr: { file: 'expr.ts' },
  json: { file: 'json.ts' },
  formats: { file: 'formats.ts' },
  log: { file: 'log.ts' },
  engine: { file: 'engine.ts' },
  responsive: { file: 'responsive.ts', built: true },
  inserts: { file: 'inserts.ts', built: true },
  connectors: { file: 'connectors.ts' },
  'many-connectors': { file: 'many-connectors.ts' },
  'jdbc-source': { file: 'jdbc-source.ts' },
  cdc: { file: 'cdc.ts' },
  'fan-out': { file: 'fan-out.ts' },
  pull: { file: 'pull.ts', built: true },
  'update-latency': { file: 'update-latency.ts' },
  hostile: { file: 'hostile.ts', built: true, onRequest: 'minutes, and 20,000 descriptors' },
  console: { file: 'console.ts', built: true, onRequest: 'Chromium' },
  crash: { file: 'crash.ts', onRequest: 'a quarter of an hour' },
  'parser-fuzz': { file: 'parser-fuzz.ts', onRequest: 'minutes of a whole core' },
  kafka: { file: 'kafka/run.ts', built: true, onRequest: 'Java and the peers' },
};

const ROOT = path.resolve(import.meta.dirname, '..');
const RESULTS = path.join(ROOT, 'bench/results');
const tsx = path.join(ROOT, 'node_modules/tsx/dist/cli.mjs');

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`No bench called ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
const names = wanted.length > 0 ? wanted : Object.keys(BENCHES).filter((name) => !BENCHES[name]!.onRequest);
const git = (...args: string[]): string => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout.trim();
const commit = git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', 'src') === '' ? '' : '+');

mkdirSync(RESULTS, { recursive: true });
let failed = 0;
for (const name of names) if (!(await run(name, BENCHES[name]!))) failed++;
console.log(`benches: ${names.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function run(name: string, bench: Bench): Promise<boolean> {
  const file = path.join(ROOT, 'bench', bench.file);
  if (!existsSync(file)) {
    console.error(`${name}: ${bench.file} is not here`);
    return false;
  }
  console.log(`=== ${name}`);
  if (bench.built && spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' }).status !== 0)
    return false;
  // Other programs on the machine affect the results, so the load is recorded with them.
  const machine = { date: new Date().toISOString(), commit, node: process.version, cores: cpus().length, load: load() };
  const child = spawn(process.execPath, [tsx, file, ...(bench.args ?? [])], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    const figures = jsonObject(line);
    if (figures) lines.push(JSON.stringify({ ...machine, ...figures }));
  }
  const code = await ended;
  if (lines.length > 0) appendFileSync(path.join(RESULTS, `${name}.jsonl`), `${lines.join('\n')}\n`);
  if (code !== 0) console.error(`${name}: ended with ${code}`);
  return code === 0;
}

/** The load average of the last minute, before the benchmark. */
function load(): number {
  return Number(loadavg()[0]!.toFixed(1));
}

function jsonObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
