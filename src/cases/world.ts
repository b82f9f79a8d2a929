import type { Log } from '../log/api.ts';
import type { Env, ProcessingLogEntry } from '../base/env.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { PersistentQuery } from '../catalog/query.ts';
import { serverConfig } from '../config/server-config.ts';
import { Engine } from '../engine/engine.ts';
import type { QueryHost } from '../engine/queries/query-host.ts';
import { codecRegistryOf } from '../formats/schema-registry/codec-registry.ts';
import { MemorySchemaRegistry } from '../formats/schema-registry/memory-registry.ts';
import type { FunctionRegistry } from '../functions/registry.ts';
import { NO_DISK, NO_SNAPSHOT } from '../state/provider.ts';
import { EmbeddedLog } from '../log/embedded/embedded-log.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { declaredLog } from './declared-log.ts';

/** The configuration of README 3.1 of the suite. */
export const SUITE_CONFIG = {
  'ksql.service.id': 'some.ksql.service.id',
  'ksql.streams.auto.offset.reset': 'earliest',
  'ksql.streams.cache.max.bytes.buffering': '0',
  'ksql.schema.registry.url': 'mock://localhost',
};

/** The engine of a case, and everything around it. */
export interface World {
  readonly engine: Engine;
  readonly log: ReturnType<typeof declaredLog>;
  readonly registry: MemorySchemaRegistry;
  readonly functions: FunctionRegistry;
  readonly problems: ProcessingLogEntry[];
  readonly env: Env;
  readonly emitIntervalMs: number | undefined;
  /** Queries in the order of their creation; a replaced one keeps its position and has its latest definition. */
  queries(): readonly PersistentQuery[];
  close(): Promise<void>;
}

/** Creates the world of one case. */
export type CreateWorld = () => Promise<World>;

/**
 * A new engine on an embedded log in memory. Its queries are not started: the runner drives them.
 * @param emitIntervalMs see DriverHost
 */
export async function createWorld(env: Env, functions: FunctionRegistry, emitIntervalMs?: number): Promise<World> {
  const log = declaredLog(new EmbeddedLog({ store: new MemoryStore(), env, fsync: 'never' }));
  // The registry of ksqlDB's runner checks no compatibility.
  const registry = new MemorySchemaRegistry({ level: 'NONE' });
  const problems: ProcessingLogEntry[] = [];
  const host: QueryHost = { reconcile: async () => undefined, status: () => undefined, close: async () => undefined };
  const engine = await Engine.open({
    env,
    log,
    config: serverConfig(SUITE_CONFIG),
    functions,
    registry,
    codecs: codecRegistryOf(registry),
    state: NO_DISK,
    snapshot: () => NO_SNAPSHOT,
    processingLog: { write: (entry) => problems.push(entry) },
    serverUrl: 'http://localhost:8088',
    createQueryHost: () => host,
  });
  return {
    engine,
    log,
    registry,
    functions,
    problems,
    env,
    emitIntervalMs,
    queries: () => queriesInOrder(engine.catalog),
    async close() {
      await engine.close();
      await log.close();
    },
  };
}

/** Queries in the order of their creation; a replaced one keeps its position. */
export function queriesInOrder(catalog: Catalog): readonly PersistentQuery[] {
  return [...catalog.queries.values()];
}

/** The parts of a world that comparing and feeding need: any engine with its log and registry. */
export type TopicWorld = Pick<World, 'engine' | 'registry'> & { readonly log: Log };
