import { getHeapStatistics } from 'node:v8';
import { processMemory } from '../base/budget/memory.ts';
import type { Config } from '../base/config/config.ts';
import { KEYS } from '../config/keys.ts';

/**
 * Sets how much this thread may hold for requests and queries (`server.memory.max.bytes`), by default half of its heap.
 */
export function limitMemory(config: Config): void {
  processMemory.limit = config.get(KEYS.serverMemoryMaxBytes) ?? Math.floor(getHeapStatistics().heap_size_limit / 2);
}
