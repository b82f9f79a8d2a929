// The preparations that a fresh clone needs before anything else can run. It uses only Node, because node_modules may
// be missing.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname ?? '.', '..');

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const least = engines.node.match(/\d+/g).map(Number);
const at = process.versions.node.split('.').map(Number);
const differs = least.findIndex((part, i) => part !== at[i]);
if (differs !== -1 && at[differs] < least[differs])
  giveUp(`Sluice needs Node ${least.join('.')} or newer; this is ${process.version}.`);

/** Ends this process with a one-sentence message. */
export function giveUp(sentence, code = 1) {
  process.stderr.write(`${sentence}\n`);
  process.exit(code);
}

/** Installs the packages of the lockfile if they are missing or differ. */
export function ensurePackages() {
  const why = whatIsStale(root);
  if (why === undefined) return;
  say(`Installing the packages of package-lock.json, for ${why} (npm ci) ...`);
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-fund', '--no-audit', '--loglevel=error', '--ignore-scripts'];
  const { status, error } =
    npm === undefined
      ? spawnSync('npm', args, {
          cwd: root,
          stdio: ['ignore', 'ignore', 'inherit'],
          shell: process.platform === 'win32',
        })
      : spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0)
    giveUp(
      `The packages could not be installed (${error?.message ?? `npm ci ended with ${status}`}): is the registry within reach?`,
    );
}

/** Builds dist if the sources are newer. */
export function ensureBuilt() {
  if (isStale('dist/main.js', ['src', 'package.json', 'scripts/bundle.mjs'])) buildServer();
  ensureConsole();
}

/** Builds the web console if its sources are newer. */
export function ensureConsole() {
  // The console also contains these folders of the server.
  const inputs = ['console', 'src/base', 'src/types', 'src/sql', 'src/wire', 'src/client', 'src/cli'];
  if (isStale('dist/console/index.html', inputs)) buildConsole();
}

/** Builds dist. */
export function build() {
  buildServer();
  buildConsole();
}

function buildServer() {
  runScript('scripts/bundle.mjs', []);
}

function buildConsole() {
  runPackage('vite/bin/vite.js', ['build', 'console']);
}

function runPackage(file, args) {
  runScript(path.join('node_modules', file), args);
}

function runScript(file, args) {
  const { status } = spawnSync(process.execPath, [file, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) giveUp('Sluice could not be built: see above', status ?? 1);
}

function isStale(output, inputs) {
  const file = path.join(root, output);
  if (!existsSync(file)) say(`Building ${path.dirname(output)}, for it is missing ...`);
  else if (inputs.every((name) => newest(path.join(root, name)) <= statSync(file).mtimeMs)) return false;
  else say(`Building ${path.dirname(output)}, for the sources are newer ...`);
  return true;
}

/**
 * Why the installed packages differ from the lockfile; undefined when they do not. npm records the installed packages
 * in node_modules/.package-lock.json at the end of the installation. Timestamps would be misleading after a change of
 * branch.
 */
export function whatIsStale(folder) {
  const installed = readLock(path.join(folder, 'node_modules/.package-lock.json'));
  if (installed === undefined) return 'node_modules is missing';
  const wanted = readLock(path.join(folder, 'package-lock.json'));
  for (const [name, entry] of Object.entries(wanted ?? {})) {
    const found = installed[name];
    // Missing optional packages are those of other platforms.
    if (name === '' || (found === undefined && entry.optional)) continue;
    const isThere = found !== undefined && existsSync(path.join(folder, name, 'package.json'));
    if (!isThere || found.version !== entry.version || found.integrity !== entry.integrity)
      return `node_modules holds ${isThere ? 'another' : 'no'} ${name.slice('node_modules/'.length)}`;
  }
  return undefined;
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function newest(name) {
  const { mtimeMs } = statSync(name);
  if (!statSync(name).isDirectory()) return mtimeMs;
  return readdirSync(name).reduce((latest, entry) => Math.max(latest, newest(path.join(name, entry))), mtimeMs);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}
