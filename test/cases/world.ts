import { SILENT_LOGGER } from '../../src/base/env.ts';
import { createWorld, type World } from '../../src/cases/world.ts';
import { BUILT_IN } from '../../src/functions/built-in.ts';
import { createRegistry } from '../../src/functions/registry.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { TEST_FUNCTIONS } from './udf/test-functions.ts';

/** Built-in functions, and those that exist only in ksqlDB's tests (README 8 of the suite). */
export const SUITE_FUNCTIONS = createRegistry([...BUILT_IN, ...TEST_FUNCTIONS]);

/** Kafka Streams' default. In its test driver, whose wall clock stands still, the interval elapses only once. */
const KAFKA_STREAMS_EMIT_INTERVAL_MS = 1000;

/**
 * The world of one case of the suite: closed windows are emitted as in Kafka Streams' test driver (README 9 of the
 * suite).
 */
export async function suiteWorld(): Promise<World> {
  return await createWorld(nodeEnv(SILENT_LOGGER), SUITE_FUNCTIONS, KAFKA_STREAMS_EMIT_INTERVAL_MS);
}

/** The world of one of our own cases, as in `sluice test`: with the product's defaults. */
export async function ownWorld(): Promise<World> {
  return await createWorld(nodeEnv(SILENT_LOGGER), SUITE_FUNCTIONS);
}
