import path from 'node:path';
import { defineConfig } from 'vite';

const here = import.meta.dirname;

/** Builds the web console into the package: `dist/console`, which the server serves under /console. */
export default defineConfig({
  root: here,
  base: './',
  // The page is /console, wherever a proxy puts the server: what it loads is named from there.
  experimental: {
    renderBuiltUrl: (name, { hostType }) => (hostType === 'html' ? `console/${name}` : { relative: true }),
  },
  publicDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: path.resolve(here, '../dist/console'),
    emptyOutDir: true,
    target: 'es2022',
    // Pictures inside of style sheets would be scripts' only way around the policy; all else is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    license: { fileName: 'licenses.md' },
  },
});
