import { afterEach, beforeEach, describe, test } from 'vitest';
import { sourceSuite as suite, type SourceWorld } from '../../src/connect/suites/source-suite.ts';
import { testEnv } from './env.ts';

/** The suite that `sluice/connect/testing` gives to connectors of others, for those that are built in. */
export function sourceSuite(name: string, start: () => Promise<SourceWorld>): void {
  const runner = { describe, test, beforeEach, afterEach };
  suite(name, { runner, env: testEnv(), plugins: async () => ({}) }, start);
}
