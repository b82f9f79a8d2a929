// node scripts/on-node.mjs VERSION COMMAND [ARGUMENTS]: runs a command with another version of Node, from the npm
// package of its binaries.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { giveUp } from './clone.mjs';

const [version, command, ...args] = process.argv.slice(2);
const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'sluice-node');
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const bin = path.join(cache, version, 'node_modules', name, 'bin');

if (!existsSync(bin)) {
  // Under a temporary name until it is complete.
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const fresh = mkdtempSync(path.join(cache, 'new-'));
  const options = ['--no-fund', '--no-audit', '--no-save', '--ignore-scripts', '--loglevel=error', '--prefix', fresh];
  const { status } = spawnSync('npm', ['install', ...options, `${name}@${version}`], {
    cwd: fresh,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) giveUp(`Node ${version} could not be installed from npm's package ${name}`);
  rmSync(path.join(cache, version), { recursive: true, force: true });
  renameSync(fresh, path.join(cache, version));
}
const { status, error } = spawnSync(command, args, {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
});
if (error) giveUp(error.message);
process.exit(status ?? 1);
