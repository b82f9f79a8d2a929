/**
 * Bundles the server into a few files. A start that loads a thousand modules one by one takes twice the CPU time and
 * needs as many file descriptors. Packages that are dependencies are imported; the Kafka client, with what it needs, is
 * bundled, and its licences are written beside it. All entry points share their chunks, so that a class that a plug-in
 * imports is the class that the server knows.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { bundleForNode } from './node-bundle.mjs';

const root = path.resolve(import.meta.dirname, '..');
/** The folder of chunks, as of the worker files: modules find the worker files and the web console relative to it. */
const CHUNKS = 'main';
/** Modules that users, other programs and threads load by name. */
const ENTRIES = [
  'main',
  'index',
  'client/index',
  'connect/api/index',
  'connect-testing',
  'main/query-worker',
  'main/store-worker',
  'main/plugin-worker',
];

/**
 * Writes the bundle into a folder, and removes files of earlier bundles that it no longer contains. Files are replaced
 * by renaming, because a server may be loading them.
 * @param {string} folder for example `dist`
 */
export async function bundle(folder) {
  mkdirSync(folder, { recursive: true });
  const fresh = mkdtempSync(path.join(folder, '.bundle-'));
  try {
    await buildInto(fresh);
    const files = filesOf(fresh);
    for (const file of files) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      renameSync(path.join(fresh, file), path.join(folder, file));
    }
    const known = new Set(files);
    for (const file of filesOf(folder).filter((name) => /\.js(?:\.map)?$/.test(name) && !/^(?:console|\.)/.test(name)))
      if (!known.has(file)) rmSync(path.join(folder, file));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

async function buildInto(folder) {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const input = Object.fromEntries(ENTRIES.map((name) => [name, path.join(root, 'src', `${name}.ts`)]));
  await bundleForNode(input, folder, {
    // The same library with embedded WebAssembly.
    resolve: { alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' } },
    ssr: { noExternal: true, external: Object.keys({ ...dependencies, ...peerDependencies }), target: 'node' },
    build: {
      sourcemap: true,
      license: { fileName: 'bundled.licenses.md' },
      rollupOptions: { output: { chunkFileNames: `${CHUNKS}/[name]-[hash].js`, keepNames: true } },
    },
  });
}

const filesOf = (folder) =>
  !existsSync(folder)
    ? []
    : readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => path.relative(folder, path.join(file.parentPath, file.name)));

if (process.argv[1] === import.meta.filename) await bundle(path.join(root, process.argv[2] ?? 'dist'));
