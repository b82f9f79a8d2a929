import { SILENT_LOGGER, type Env } from '../../src/base/env.ts';
import { nodeEnv } from '../../src/host/node-env.ts';

/** The real clock and timers, for tests that run against real time. */
export function testEnv(): Env {
  return nodeEnv(SILENT_LOGGER);
}
