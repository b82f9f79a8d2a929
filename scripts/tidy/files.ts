import { readdirSync } from 'node:fs';
import path from 'node:path';

/** All files below a folder. */
export function list(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? list(full) : [full];
  });
}

/** Whether a file belongs to tests: they may import what production must not. */
export const isTestFile = (file: string): boolean => /\.test\.ts$|\/testing\//.test(file);
