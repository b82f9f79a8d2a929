// Asks the registry for advisories of what users install, and whether it knows the signatures of those packages.
// Exit code 0: none. 1: there are some, and they are printed. 2: the registry does not answer such questions (mirrors do not), which is
// said; with --if-answered that is 0: CI asks where it can, a release must have an answer.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const isLenient = process.argv.includes('--if-answered');

/** @returns what npm says as JSON, and whether the registry answered */
function npm(...args) {
  const { stdout, stderr, status } = spawnSync('npm', [...args, '--json', '--no-fund'], {
    cwd: root,
    encoding: 'utf8',
  });
  let said;
  try {
    said = JSON.parse(stdout);
  } catch {
    said = { error: { summary: stderr.trim() || `npm ended with ${status}` } };
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
