import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';

/**
 * Takes the pictures of docs/guide/web-console.md: the page's first example, the data flow, a connector's form.
 * @param url of a server that does not yet contain anything of that example
 */
export async function makePictures(browser: Browser, url: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1100, height: 620 } });
  page.setDefaultTimeout(120_000);
  await page.goto(url);
  const shoot = async (name: string): Promise<void> => {
    await page.screenshot({ path: path.join(folder, `${name}.png`) });
  };
  await page.getByRole('button', { name: 'Examples' }).click();
  await page.getByText('Made-up users').click();
  await page.getByRole('textbox', { name: 'SQL' }).click();
  await page.keyboard.press('Shift+Control+Enter');
  await page.getByText(/Live: \d+ rows, [\d,]{3,} changes/).waitFor();
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
  await page.goto(`${url}/console#/new-connector`);
  await page.getByRole('button', { name: /^datagen/ }).click();
  await page.getByLabel('Name').fill('more');
  await page.getByLabel('data', { exact: true }).fill('users');
  await page.getByLabel('topic', { exact: true }).fill('more_people');
  await page.getByRole('region', { name: 'First rows' }).waitFor();
  await shoot('connector');
  await page.close();
}
