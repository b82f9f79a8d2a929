import { afterEach, beforeEach, describe, test } from 'vitest';
import { sourceSuite as suite, type SourceWorld } from '../../src/connect/suites/source-suite.ts';
import { testEnv } from './env.ts';

/** Runs the suite that `sluice/connect/testing` offers for third-party connectors with a built-in one. */
export function sourceSuite(name: string, start: () => Promise<SourceWorld>): void {
  const runner = { describe, test, beforeEach, afterEach };
  suite(name, { runner, env: testEnv(), plugins: async () => ({}) }, start);
}
