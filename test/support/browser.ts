import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where Debian and others put Chromium; `SLUICE_CHROMIUM` names another. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser of this machine; undefined where it has none. */
export function installedBrowser(): string | undefined {
  return [process.env['SLUICE_CHROMIUM'] ?? '', ...PLACES].find((file) => existsSync(file));
}

/** @throws Error where this machine has no Chromium */
export async function startBrowser(): Promise<Browser> {
  const executablePath = installedBrowser();
  if (executablePath === undefined) throw new Error('No Chromium here: apt-get install chromium');
  // Root has no sandbox, and the pages are our own.
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
