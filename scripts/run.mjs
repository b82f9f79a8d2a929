// node scripts/run.mjs WHAT [ARGUMENTS]: runs a script of this clone (a .ts file) or a command of one of its packages,
// after installing the packages if they are missing or differ from the lockfile. It runs in this process, which
// therefore receives signals and has the terminal.
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
