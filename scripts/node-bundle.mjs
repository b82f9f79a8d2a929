import path from 'node:path';
import { build } from 'vite';

const root = path.resolve(import.meta.dirname, '..');

/**
 * Bundles modules of this repository for Node 20, readable and without a copy of `public`. Packages are imported, unless
 * `config` says otherwise.
 * @param {Readonly<Record<string, string>>} input the files, by the name of their output
 * @param {string} folder where the outputs are written; other files in it are kept
 * @param {import('vite').UserConfig} config further settings
 */
export async function bundleForNode(input, folder, { build: more = {}, ...config } = {}) {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    ...config,
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      reportCompressedSize: false,
      ...more,
      rollupOptions: { input, output: { entryFileNames: '[name].js', ...more.rollupOptions?.output } },
    },
  });
}
