// node scripts/run.mjs WHAT [ARGUMENTS]: runs a script of this clone (a .ts file) or a command of one of its packages, after installing
// the packages where they are missing or others than the lockfile's. In this process, so that signals and the terminal are its own.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureConsole, ensurePackages } from './clone.mjs';

const root = path.resolve(import.meta.dirname, '..');
const [what, ...rest] = process.argv.slice(2);
ensurePackages();
let file = path.resolve(root, what);
if (what.endsWith('.ts')) {
  ensureConsole();
  await import('tsx');
} else {
  const folder = path.join(root, 'node_modules', what);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  file = path.join(folder, typeof bin === 'string' ? bin : bin[what]);
}
process.argv = [process.argv[0], file, ...rest];
await import(pathToFileURL(file).href);
