import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Locations of Chromium on Debian and other systems; `SLUICE_CHROMIUM` overrides them. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of an installed Chromium; undefined when none is found. */
export function installedBrowser(): string | undefined {
  return [process.env['SLUICE_CHROMIUM'] ?? '', ...PLACES].find((file) => existsSync(file));
}

/** @throws Error when Chromium is not installed */
export async function startBrowser(): Promise<Browser> {
  const executablePath = installedBrowser();
  if (executablePath === undefined) throw new Error('No Chromium here: apt-get install chromium');
  // Chromium's sandbox does not work as root, and the pages are our own.
  return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
