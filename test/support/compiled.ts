import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SOURCES = path.join(ROOT, 'src');
const FOLDER = path.join(ROOT, 'node_modules/.cache/sluice-compiled');
const TARGETS = path.join(FOLDER, 'src');
/** Another way to compile has another number. */
const WAY = '1';

/** The server as JavaScript: it starts with a third of the CPU that one needs that compiles itself. */
export const COMPILED_MAIN = path.join(TARGETS, 'main.js');

/** A thread's file of the server (of `src/main`), as JavaScript. */
export const compiledWorker = (name: string): string => path.join(TARGETS, 'main', `${name}.js`);

let done: Promise<void> | undefined;

/** Brings the compiled server up to the sources, file by file: once a process. The runner of the tests does it first. */
export function compile(): Promise<void> {
  return (done ??= compileChanged());
}

async function compileChanged(): Promise<void> {
  const stamp = path.join(FOLDER, 'way');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== WAY) rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(TARGETS, { recursive: true });
  writeFileSync(path.join(FOLDER, 'package.json'), '{ "type": "module" }\n');
  // The web console is where the server looks for it.
  if (!isThere(path.join(FOLDER, 'dist'))) symlinkSync(path.join(ROOT, 'dist'), path.join(FOLDER, 'dist'));
  const names = (await readdir(SOURCES, { recursive: true })).filter(
    (n) => n.endsWith('.ts') && !n.endsWith('.test.ts'),
  );
  const targets = new Set(names.map(javaScript));
  for (const name of await readdir(TARGETS, { recursive: true }))
    if (name.endsWith('.js') && !targets.has(name)) rmSync(path.join(TARGETS, name), { force: true });
  const stale = names.filter((name) => isOther(path.join(TARGETS, javaScript(name)), path.join(SOURCES, name)));
  if (stale.length > 0) {
    // Only then: it takes a second to load.
    const { transformWithOxc } = await import('vite');
    const how = { typescript: { rewriteImportExtensions: 'rewrite' }, sourcemap: false, target: 'es2023' } as const;
    for (const name of stale) {
      const source = path.join(SOURCES, name);
      const { mtime } = statSync(source);
      const { code } = await transformWithOxc(readFileSync(source, 'utf8'), source, how);
      const target = path.join(TARGETS, javaScript(name));
      mkdirSync(path.dirname(target), { recursive: true });
      // Another process may do the same: whole files take each other's place.
      const fresh = `${target}.${process.pid}`;
      writeFileSync(fresh, code);
      utimesSync(fresh, mtime, mtime);
      renameSync(fresh, target);
    }
  }
  writeFileSync(stamp, WAY);
}

/** Each target has the time of the source that it was made of: an older source that comes back counts as well. */
function isOther(target: string, source: string): boolean {
  const made = statSync(target, { throwIfNoEntry: false });
  return made === undefined || Math.abs(made.mtimeMs - statSync(source).mtimeMs) > 1;
}

/** A link that leads nowhere is there as well. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

const javaScript = (name: string): string => name.replace(/\.ts$/, '.js');
