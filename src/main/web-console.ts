import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ConsoleFile, ConsoleFiles } from '../server/console-files.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};

/** The folders of the built console, relative to the compiled server or to the sources of a clone. */
const FOLDERS = ['../console', '../../dist/console'];

/** The built web console; each file is read and compressed once. Undefined when it was not built. */
export function openWebConsole(): ConsoleFiles | undefined {
  const folder = FOLDERS.map((name) => path.resolve(import.meta.dirname, name)).find((name) =>
    existsSync(path.join(name, 'index.html')),
  );
  if (folder === undefined) return undefined;
  const files = new Map<string, Promise<ConsoleFile | undefined>>();
  return {
    // Read at each request, because a build beside a running server changes the names of its files.
    page: () => readFile(path.join(folder, 'index.html'), 'utf8'),
    asset: (name) => {
      // Only a file name, never a path.
      if (!/^[\w-][\w.-]*$/.test(name)) return Promise.resolve(undefined);
      let file = files.get(name);
      if (file === undefined) {
        file = readAsset(path.join(folder, 'assets', name));
        files.set(name, file);
        // Only existing files are cached, because a client can request any name.
        void file.then((found) => found ?? files.delete(name));
      }
      return file;
    },
  };
}

async function readAsset(file: string): Promise<ConsoleFile | undefined> {
  const body = await readFile(file).catch(() => undefined);
  if (body === undefined) return undefined;
  const contentType = CONTENT_TYPES[path.extname(file)] ?? 'application/octet-stream';
  const gzipped = body.length < 1024 ? undefined : await promisify(gzip)(body, { level: 9 });
  return { contentType, body, gzipped };
}
