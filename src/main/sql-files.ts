import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SqlFile } from '../cli/apply/wanted.ts';

/**
 * The statements of a file, or of all `.sql` files below a folder, ordered by path. Hidden folders and node_modules are
 * skipped. Rejects when the path does not exist, or no file contains statements.
 */
export async function sqlFiles(where: string): Promise<SqlFile[]> {
  const info = await stat(where).catch(() => undefined);
  if (info === undefined) throw new Error(`There is no file or folder ${where}`);
  if (!info.isDirectory()) return [{ name: where, text: await readFile(where, 'utf8') }];
  const entries = await readdir(where, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => path.relative(where, path.join(entry.parentPath, entry.name)))
    .filter((name) => !name.split(path.sep).some((part) => part.startsWith('.') || part === 'node_modules'))
    .toSorted();
  if (names.length === 0) throw new Error(`There is no file that ends with .sql in ${where}`);
  return await Promise.all(names.map(async (name) => ({ name, text: await readFile(path.join(where, name), 'utf8') })));
}
