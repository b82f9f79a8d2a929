// Asks the registry for security advisories for the installed packages of users, and verifies the signatures of these
// packages. Exit code 0: no findings. 1: findings, which are printed. 2: the registry does not support these requests
// (mirrors do not), which is reported; with --if-answered this is 0 as well, because CI checks only where it can,
// whereas a release needs an answer.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const isLenient = process.argv.includes('--if-answered');
/**
 * The time limit, in ms, where an answer is optional: npm repeats requests for a minute, and longer if nothing
 * responds.
 */
const LENIENT_MS = 15_000;

/** @returns npm's JSON output, and whether the registry responded */
function npm(...args) {
  const { stdout, stderr, status } = spawnSync('npm', [...args, '--json', '--no-fund'], {
    cwd: root,
    encoding: 'utf8',
    timeout: isLenient ? LENIENT_MS : undefined,
  });
  let said;
  try {
    said = JSON.parse(stdout);
  } catch {
    said = {
      error: { summary: stderr.trim() || (status === null ? 'no answer in time' : `npm ended with ${status}`) },
    };
  }
  const why =
    said.error?.summary || said.error?.detail || said.message || stderr.trim().split('\n')[0] || 'no reason given';
  const answered = said.error === undefined && (said.metadata !== undefined || Array.isArray(said.invalid));
  return { said, why, answered };
}

let code = 0;
const advisories = npm('audit', '--omit=dev', '--audit-level=low');
if (advisories.answered) {
  const found = Object.values(advisories.said.vulnerabilities ?? {});
  for (const { name, severity, range, via } of found)
    console.log(
      `${severity}: ${name} ${range}: ${via.map((v) => (typeof v === 'string' ? v : `${v.title} ${v.url}`)).join('; ')}`,
    );
  console.log(`advisories: ${found.length} of ${advisories.said.metadata.dependencies?.prod ?? '?'} packages`);
  if (found.length > 0) code = 1;
} else {
  console.log(`advisories: not known, the registry does not answer: ${advisories.why}`);
  code = isLenient ? 0 : 2;
}
const signatures = npm('audit', 'signatures', '--omit=dev');
if (signatures.answered) {
  const bad = [...(signatures.said.invalid ?? []), ...(signatures.said.missing ?? [])];
  for (const { name, version } of bad) console.log(`signature: ${name} ${version} has none that the registry knows`);
  console.log(`signatures: ${bad.length} packages without one`);
  if (bad.length > 0) code = 1;
} else {
  console.log(`signatures: not known, the registry does not answer: ${signatures.why}`);
  if (code === 0 && !isLenient) code = 2;
}
process.exit(code);
