/**
 * The web console: compressed size of what a browser loads in KB; time to the first paint and until it accepts input in
 * ms, on this machine, with an empty and a full cache. One JSON line each. Needs Chromium.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { startSluice } from '../src/main/compose.ts';
import { startBrowser } from '../test/support/browser.ts';

const assets = path.resolve(import.meta.dirname, '../dist/console/assets');
let bytes = 0;
for (const name of readdirSync(assets))
  if (/\.(?:js|css)$/.test(name)) bytes += gzipSync(readFileSync(path.join(assets, name)), { level: 9 }).length;
console.log(
  JSON.stringify({ bench: 'console', measure: 'size', compressed_kb: Math.round(bytes / 1024), limit_kb: 400 }),
);

const data = mkdtempSync(path.join(tmpdir(), 'sluice-bench-console-'));
const sluice = await startSluice({
  properties: {
    'data.dir': data,
    listeners: 'http://127.0.0.1:0',
    'connect.listeners': 'http://127.0.0.1:0',
    'log.level': 'error',
  },
});
const browser = await startBrowser();
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  for (const cache of ['empty', 'full', 'full', 'full']) {
    const page = await context.newPage();
    const began = performance.now();
    await page.goto(sluice.url);
    await page.getByRole('textbox', { name: 'SQL' }).waitFor();
    const ready = performance.now() - began;
    const paint = (await page.evaluate(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    )) as number;
    console.log(
      JSON.stringify({
        bench: 'console',
        measure: 'first paint',
        cache,
        first_paint_ms: Math.round(paint),
        can_be_typed_into_ms: Math.round(ready),
      }),
    );
    await page.close();
  }
} finally {
  await browser.close();
  await sluice.close();
  rmSync(data, { recursive: true, force: true });
}
