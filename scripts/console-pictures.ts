/**
 * npx tsx scripts/console-pictures.ts: takes the pictures of docs/guide/web-console.md from a running server, with the
 * first example that the console offers. Needs Chromium. The test of the web console takes them too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSluice } from '../src/main/compose.ts';
import { startBrowser } from '../test/support/browser.ts';
import { makePictures } from '../test/support/console-pictures.ts';
// @ts-expect-error It is plain JavaScript: it runs before anything is installed.
import { ensureConsole } from './clone.mjs';

(ensureConsole as () => void)();
const data = mkdtempSync(path.join(tmpdir(), 'sluice-pictures-'));
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
  await makePictures(browser, sluice.url, path.resolve(import.meta.dirname, '../docs/guide/pictures'));
} finally {
  await browser.close();
  await sluice.close();
  rmSync(data, { recursive: true, force: true });
}
