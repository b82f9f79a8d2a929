/**
 * npx tsx scripts/console-pictures.ts: the pictures of docs/guide/web-console.md, made from a running server with the
 * example that the console itself offers first. Needs Chromium.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSluice } from '../src/main/compose.ts';
import { startBrowser } from '../test/support/browser.ts';
// @ts-expect-error It is plain JavaScript: it runs before anything is installed.
import { ensureConsole } from './clone.mjs';

(ensureConsole as () => void)();
const folder = path.resolve(import.meta.dirname, '../docs/guide/pictures');
mkdirSync(folder, { recursive: true });
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
  const page = await browser.newPage({ viewport: { width: 1100, height: 620 } });
  await page.goto(sluice.url);
  const shoot = async (name: string): Promise<void> => {
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  };
  await page.getByRole('button', { name: 'Examples' }).click();
  await page.getByText('Made-up users').click();
  await page.getByRole('textbox', { name: 'SQL' }).click();
  await page.keyboard.press('Shift+Control+Enter');
  await page.getByText(/Live: \d+ rows, \d{3} changes/).waitFor();
  await shoot('editor');
  await page.getByRole('link', { name: 'Flow' }).click();
  await page
    .getByText(/^\d+\/s$/)
    .first()
    .waitFor();
  await page.waitForTimeout(2500);
  await page.getByRole('link', { name: 'table PEOPLE' }).click();
  await page.waitForTimeout(500);
  await shoot('flow');
  await page.goto(`${sluice.url}/console#/new-connector`);
  await page.getByRole('button', { name: /^datagen/ }).click();
  await page.getByLabel('Name').fill('more');
  await page.getByLabel('data needed').fill('users');
  await page.getByLabel('topic needed').fill('more_people');
  await page.getByRole('region', { name: 'First rows' }).waitFor();
  await shoot('connector');
} finally {
  await browser.close();
  await sluice.close();
  rmSync(data, { recursive: true, force: true });
}
