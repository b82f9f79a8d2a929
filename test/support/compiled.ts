import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SOURCES = path.join(ROOT, 'src');
const FOLDER = path.join(ROOT, 'node_modules/.cache/sluice-compiled');
const TARGETS = path.join(FOLDER, 'src');
const BUNDLERS = ['bundle.mjs', 'node-bundle.mjs'].map((name) => path.join(ROOT, 'scripts', name));

/**
 * The server's entry point as JavaScript. It is bundled like the one of the package, and needs a sixth of the CPU time
 * to start, compared with a server that compiles itself.
 */
export const COMPILED_MAIN = path.join(TARGETS, 'main.js');

/** A worker file of the server (of `src/main`) as JavaScript. */
export const compiledWorker = (name: string): string => path.join(TARGETS, 'main', `${name}.js`);

let done: Promise<void> | undefined;

/** Bundles the server if a source changed since the last time; runs once per process. The test runner calls it first. */
export function compile(): Promise<void> {
  return (done ??= compileChanged());
}

async function compileChanged(): Promise<void> {
  const stamp = path.join(FOLDER, 'stamp');
  const sources = await fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(path.join(FOLDER, 'package.json'), '{ "type": "module" }\n');
  // The server looks for the web console relative to its own files.
  if (!isThere(path.join(FOLDER, 'dist'))) symlinkSync(path.join(ROOT, 'dist'), path.join(FOLDER, 'dist'));
  // Imported only when needed, because loading it takes a second.
  // @ts-expect-error It is plain JavaScript: it builds what npm start runs.
  const { bundle } = (await import('../../scripts/bundle.mjs')) as { bundle: (folder: string) => Promise<void> };
  await bundle(TARGETS);
  writeFileSync(stamp, sources);
}

/** Differs when a source differs, even if a source was restored to an older version. */
async function fingerprint(): Promise<string> {
  const names = (await readdir(SOURCES, { recursive: true })).filter(
    (n) => n.endsWith('.ts') && !n.endsWith('.test.ts'),
  );
  const hash = createHash('sha256');
  for (const file of [...names.toSorted().map((name) => path.join(SOURCES, name)), ...BUNDLERS]) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/** True also for a dangling link. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
