// The steps of .github/workflows/release.yml for a tag: checks what is to be published, and publishes it with signed
// provenance. --dry-run: everything except publishing.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const isDry = process.argv.includes('--dry-run');
/** `owner/name` of the repository in which the workflow runs. */
const repository = process.env.GITHUB_REPOSITORY;
const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

function run(command, ...args) {
  process.stdout.write(`\n$ ${command} ${args.join(' ')}\n`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: nothing was published`);
}

const { version } = read('package.json');
const tag = process.env.GITHUB_REF_NAME;
if (!isDry && tag !== `v${version}`) throw new Error(`the tag is ${tag}, and package.json says ${version}`);

const unhashed = Object.entries(read('package-lock.json').packages)
  .filter(([at, entry]) => at !== '' && entry.link !== true && entry.inBundle !== true && entry.integrity === undefined)
  .map(([at]) => at);
if (unhashed.length > 0) throw new Error(`package-lock.json has no hash of ${unhashed.join(', ')}`);

// The registry accepts a provenance only if package.json names the repository of the signature.
if (!isDry && !repository)
  throw new Error('not in a workflow of GitHub: nobody would sign the provenance (--dry-run looks at the rest)');
if (!isDry) {
  const url = `git+https://github.com/${repository}.git`;
  const named = read('package.json').repository?.url;
  if (named === undefined) run('npm', 'pkg', 'set', 'repository.type=git', `repository.url=${url}`);
  else if (named !== url) throw new Error(`package.json names the repository ${named}, and this one is ${url}`);
}

// The release fails on security advisories for the packages that users install, and on packages whose signature the
// registry does not know.
run('npm', 'run', '--silent', 'audit', ...(isDry ? ['--', '--if-answered'] : []));
run('npm', 'run', '--silent', 'check');
run('npm', 'test');
run('npm', 'run', '--silent', 'build');
run('npm', 'run', '--silent', 'package');
run('npm', 'publish', '--provenance', '--access', 'public', ...(isDry ? ['--dry-run'] : []));
