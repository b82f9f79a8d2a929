import { afterEach, beforeEach, describe, test } from 'vitest';
import { sinkSuite as suite, type SinkWorld } from '../../src/connect/suites/sink-suite.ts';
import { testEnv } from './env.ts';

/** Runs the suite that `sluice/connect/testing` offers for third-party connectors with a built-in one. */
export function sinkSuite(name: string, start: () => Promise<SinkWorld>): void {
  const runner = { describe, test, beforeEach, afterEach };
  suite(name, { runner, env: testEnv(), plugins: async () => ({}) }, start);
}
