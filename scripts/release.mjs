// What .github/workflows/release.yml does with a tag: looks at what is to be published, and publishes it with signed provenance. --dry-run: all but that.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const isDry = process.argv.includes('--dry-run');
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

// Advisories of what users install end the release; so does a package whose signature the registry does not know.
run('npm', 'run', '--silent', 'audit', ...(isDry ? ['--', '--if-answered'] : []));
run('npm', 'run', '--silent', 'check');
run('npm', 'test');
run('npm', 'run', '--silent', 'build');
run('npm', 'run', '--silent', 'package');
run('npm', 'publish', '--provenance', '--access', 'public', ...(isDry ? ['--dry-run'] : []));
