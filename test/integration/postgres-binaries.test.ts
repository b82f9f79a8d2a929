import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTemporaryFolder, usableBinaries } from '../support/postgres-binaries.ts';

/*
 * Installations that the user who runs the server cannot enter (when running as root), or that are read-only (for any
 * other user).
 */

let temporary: string;
const before = process.env['TMPDIR'];

beforeEach(() => {
  temporary = mkdtempSync(path.join(openTemporaryFolder(), 'sluice-binaries-test-'));
  chmodSync(temporary, 0o755);
  process.env['TMPDIR'] = temporary;
});

afterEach(() => {
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  for (const name of readdirSync(temporary)) {
    const native = path.join(temporary, name, 'native/lib');
    if (existsSync(native)) chmodSync(native, 0o755);
  }
  rmSync(temporary, { recursive: true, force: true });
});

function clone(name: string): string {
  const native = path.join(temporary, name, 'native');
  mkdirSync(path.join(native, 'lib'), { recursive: true });
  mkdirSync(path.join(native, 'bin'));
  writeFileSync(path.join(temporary, name, 'package.json'), '{"version":"1.2.3"}');
  writeFileSync(path.join(native, 'bin/postgres'), 'binary', { mode: 0o755 });
  writeFileSync(path.join(native, 'lib/libx.so.60.2'), 'library');
  writeFileSync(
    path.join(native, 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libx.so.60.2', target: 'native/lib/libx.so.60' }]),
  );
  if (process.getuid?.() === 0) chmodSync(path.join(temporary, name), 0o700);
  else chmodSync(path.join(native, 'lib'), 0o555);
  return native;
}

const library = (folder: string): string => readFileSync(path.join(folder, 'lib/libx.so.60'), 'utf8');

test('a second clone runs after the first one is gone', () => {
  const used = usableBinaries(clone('first'));
  expect(used.startsWith(path.join(temporary, 'first'))).toBe(false);
  expect(readlinkSync(path.join(used, 'lib/libx.so.60'))).toBe('libx.so.60.2');
  expect(statSync(used).mode & 0o005).toBe(0o005);
  if (existsSync(path.join(temporary, 'first/native/lib'))) chmodSync(path.join(temporary, 'first/native/lib'), 0o755);
  rmSync(path.join(temporary, 'first'), { recursive: true });
  expect(library(used)).toBe('library');
  expect(usableBinaries(clone('second'))).toBe(used);
  expect(library(used)).toBe('library');
});

test('what a cleaning of the temporary folder left is made whole, links into a clone that is gone too', () => {
  const native = clone('first');
  const used = usableBinaries(native);
  rmSync(path.join(used, 'bin/postgres'));
  rmSync(path.join(used, 'lib/libx.so.60'));
  symlinkSync('/gone/libx.so.60.2', path.join(used, 'lib/libx.so.60'));
  expect(usableBinaries(native)).toBe(used);
  expect(readFileSync(path.join(used, 'bin/postgres'), 'utf8')).toBe('binary');
  expect(library(used)).toBe('library');
  expect(readdirSync(path.dirname(used))).toEqual(['1.2.3']);
});

test('a folder that somebody else planted under the name is not used', () => {
  const name = `sluice-postgres-${process.getuid?.() ?? 'user'}`;
  mkdirSync(path.join(temporary, 'elsewhere'));
  symlinkSync(path.join(temporary, 'elsewhere'), path.join(temporary, name));
  const used = usableBinaries(clone('first'));
  expect(library(used)).toBe('library');
  expect(readdirSync(path.join(temporary, 'elsewhere'))).toEqual([]);
  rmSync(path.join(temporary, name));
  mkdirSync(path.join(temporary, name));
  chmodSync(path.join(temporary, name), 0o777);
  expect(path.dirname(usableBinaries(clone('second')))).not.toBe(path.join(temporary, name));
});
