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
/** Increment this when the way of compiling changes: it invalidates the cache. */
const WAY = '1';

/**
 * The server's entry point as JavaScript. It needs a third of the CPU time to start, compared with a server that
 * compiles itself.
 */
export const COMPILED_MAIN = path.join(TARGETS, 'main.js');

/** A worker file of the server (of `src/main`) as JavaScript. */
export const compiledWorker = (name: string): string => path.join(TARGETS, 'main', `${name}.js`);

let done: Promise<void> | undefined;

/**
 * Compiles each source file that changed since the last compilation; runs once per process. The test runner calls it
 * first.
 */
export function compile(): Promise<void> {
  return (done ??= compileChanged());
}

async function compileChanged(): Promise<void> {
  const stamp = path.join(FOLDER, 'way');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== WAY) rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(TARGETS, { recursive: true });
  writeFileSync(path.join(FOLDER, 'package.json'), '{ "type": "module" }\n');
  // The server looks for the web console relative to its own files.
  if (!isThere(path.join(FOLDER, 'dist'))) symlinkSync(path.join(ROOT, 'dist'), path.join(FOLDER, 'dist'));
  const names = (await readdir(SOURCES, { recursive: true })).filter(
    (n) => n.endsWith('.ts') && !n.endsWith('.test.ts'),
  );
  const targets = new Set(names.map(javaScript));
  for (const name of await readdir(TARGETS, { recursive: true }))
    if (name.endsWith('.js') && !targets.has(name)) rmSync(path.join(TARGETS, name), { force: true });
  const stale = names.filter((name) => isOther(path.join(TARGETS, javaScript(name)), path.join(SOURCES, name)));
  if (stale.length > 0) {
    // Imported only when needed, because loading it takes a second.
    const { transformWithOxc } = await import('vite');
    const how = { typescript: { rewriteImportExtensions: 'rewrite' }, sourcemap: false, target: 'es2023' } as const;
    for (const name of stale) {
      const source = path.join(SOURCES, name);
      const { mtime } = statSync(source);
      const { code } = await transformWithOxc(readFileSync(source, 'utf8'), source, how);
      const target = path.join(TARGETS, javaScript(name));
      mkdirSync(path.dirname(target), { recursive: true });
      // Another process may compile at the same time, so files are replaced atomically.
      const fresh = `${target}.${process.pid}`;
      writeFileSync(fresh, code);
      utimesSync(fresh, mtime, mtime);
      renameSync(fresh, target);
    }
  }
  writeFileSync(stamp, WAY);
}

/**
 * Each target has the modification time of its source, so that a source restored to an older version also counts as
 * changed.
 */
function isOther(target: string, source: string): boolean {
  const made = statSync(target, { throwIfNoEntry: false });
  return made === undefined || Math.abs(made.mtimeMs - statSync(source).mtimeMs) > 1;
}

/** True also for a dangling link. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

const javaScript = (name: string): string => name.replace(/\.ts$/, '.js');
