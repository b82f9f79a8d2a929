import { expect, test } from 'vitest';
import { testEnv } from '../../../../test/support/env.ts';
import { EmbeddedLog } from '../../../log/embedded/embedded-log.ts';
import { MemoryStore } from '../../../store/memory-store.ts';
import { BatchBuilder } from '../../../log/record-batch/builder.ts';
import { endOffsets, liveKeys } from './live-keys.ts';

async function logOf(records: readonly (readonly [string, string | null])[]): Promise<EmbeddedLog> {
  const log = new EmbeddedLog({ store: new MemoryStore(), env: testEnv() });
  await log.admin.createTopic({ name: 't', partitions: 1, replicas: 1, configs: {} });
  const writer = await log.createWriter({});
  for (const [key, value] of records) {
    const builder = new BatchBuilder(512);
    builder.add(0, Buffer.from(key), value === null ? null : Buffer.from(value));
    writer.append('t', 0, builder.finish(), true);
    await writer.commit();
  }
  await writer.close();
  return log;
}

const keysOf = async (log: EmbeddedLog, before?: readonly number[], held?: number): Promise<string[]> => {
  const keys: string[] = [];
  for await (const part of liveKeys(log, 't', before, held)) keys.push(...part.keys.map(String));
  return keys;
};

test('keys whose last record has a value', async () => {
  const log = await logOf([
    ['a', '1'],
    ['b', '1'],
    ['a', null],
    ['c', '1'],
    ['b', '2'],
  ]);
  expect(await keysOf(log)).toEqual(['b', 'c']);
  expect(await endOffsets(log, 't')).toEqual([5]);
  expect(await endOffsets(log, 'none')).toEqual([]);
  await log.close();
});

test('of those before an offset: also where they come in parts', async () => {
  const log = await logOf([
    ['a', '1'],
    ['b', '1'],
    ['c', '1'],
    ['d', '1'],
    ['b', '2'],
    ['c', null],
    ['e', '1'],
  ]);
  expect(await keysOf(log, [4])).toEqual(['a', 'd']);
  expect(await keysOf(log, [4], 1)).toEqual(['a', 'd']);
  expect(await keysOf(log, [0])).toEqual([]);
  await log.close();
});
