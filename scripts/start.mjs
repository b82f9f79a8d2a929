// npm start: runs the built server, after building it where the sources are newer.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const main = path.join(root, 'dist/main.js');

function newest(folder) {
  let ms = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    ms = Math.max(ms, entry.isDirectory() ? newest(full) : statSync(full).mtimeMs);
  }
  return ms;
}

if (!existsSync(main) || newest(path.join(root, 'src')) > statSync(main).mtimeMs) {
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
await import(pathToFileURL(main).href);
