import { afterEach, beforeEach } from 'vitest';
import { Harness } from '../../src/connect/worker/testing/harness.ts';

/** Starts an embedded Connect worker for each test, after `prepare`; `use` receives it. */
export function harnessForEach(prepare: () => Promise<unknown>, use: (harness: Harness) => void): void {
  let harness: Harness;
  beforeEach(async () => {
    await prepare();
    harness = await new Harness().start();
    use(harness);
  });
  afterEach(async () => {
    await harness.close();
  });
}
