/**
 * Bundles the Kafka client and its dependencies into the module of dist that imports it, together with their licences.
 * Packages that are dependencies of ours are not bundled.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.join(root, 'dist');
const module = path.join(dist, 'log/kafka/client-library.js');
const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

await build({
  configFile: false,
  root,
  logLevel: 'warn',
  publicDir: false,
  // The same library with embedded WebAssembly.
  resolve: { alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' } },
  ssr: { noExternal: true, external: Object.keys(dependencies), target: 'node' },
  build: {
    ssr: module,
    outDir: path.dirname(module),
    emptyOutDir: false,
    target: 'node20',
    minify: false,
    reportCompressedSize: false,
    license: { fileName: 'client-library.licenses.md' },
    rollupOptions: { output: { entryFileNames: 'client-library.js', codeSplitting: false } },
  },
});

const left = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((file) => file.isFile() && file.name.endsWith('.js'))
  .map((file) => path.join(file.parentPath, file.name))
  .filter((file) => /(?:from |import\()\s*['"]@platformatic\//.test(readFileSync(file, 'utf8')));
if (left.length > 0) throw new Error(`@platformatic/kafka is imported by ${left.join(', ')}: import client-library.ts`);
