import { SILENT_LOGGER } from '../../src/base/env.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { startSluice } from '../../src/main/compose.ts';
import type { TopicWorld } from '../../src/cases/world.ts';

/** A real server for one `rest` case, with the configuration of README 6 of the suite. */
export interface RestWorld extends TopicWorld {
  readonly url: string;
  close(): Promise<void>;
  /** Resolves when all persistent queries have processed all records in their topics. */
  caughtUp(): Promise<void>;
}

const CONFIG = {
  listeners: 'http://127.0.0.1:0',
  'connect.listeners': '',
  'ksql.streams.auto.offset.reset': 'earliest',
  'ksql.streams.cache.max.bytes.buffering': '0',
  'ksql.streams.num.stream.threads': '1',
  'ksql.query.pull.table.scan.enabled': 'true',
  'ksql.query.push.v2.registry.installed': 'true',
  'ksql.query.push.v2.enabled': 'true',
  'ksql.headers.columns.enabled': 'true',
  'ksql.query.push.v2.new.latest.delay.ms': '0',
  'ksql.udfs.enabled': 'false',
};

export async function createRestWorld(): Promise<RestWorld> {
  const env = nodeEnv(SILENT_LOGGER);
  const sluice = await startSluice({ env, store: new MemoryStore(), properties: CONFIG });
  // The registry of ksqlDB's runner does not check compatibility.
  await sluice.registry!.setCompatibility('NONE');
  return {
    engine: sluice.engine,
    log: sluice.log,
    registry: sluice.registry!,
    url: sluice.url,
    caughtUp: () => sluice.caughtUp(),
    close: async () => void (await sluice.close()),
  };
}
