import { expect, test } from 'vitest';
import { testEnv } from '../../../../test/support/env.ts';
import { EmbeddedLog } from '../../../log/embedded/embedded-log.ts';
import { BatchBuilder } from '../../../log/record-batch/builder.ts';
import { MemoryStore } from '../../../store/memory-store.ts';
import { recordsOf } from './records-of.ts';

test('records from an offset on, with where to go on; a topic that is another one by now is read from its beginning', async () => {
  const log = new EmbeddedLog({ store: new MemoryStore(), env: testEnv() });
  const at = { topic: 't', partition: 0 };
  expect(await recordsOf(log, at, 'beginning')).toEqual({ records: [], next: undefined });
  await log.admin.createTopic({ name: 't', partitions: 1, replicas: 1, configs: {} });
  expect(await recordsOf(log, at, 'end')).toEqual({ records: [], next: 0 });
  const builder = new BatchBuilder(512);
  for (const n of [0, 1, 2]) builder.add(0, n === 1 ? null : Buffer.from('k'), Buffer.from(`v${n}`));
  const writer = await log.createWriter({});
  writer.append('t', 0, builder.finish(), true);
  await writer.commit();
  await writer.close();
  const from = async (offset: number | 'beginning' | 'end') => {
    const { records, next } = await recordsOf(log, at, offset);
    return [records.map(({ key, value }) => `${String(key)} ${String(value)}`), next];
  };
  expect(await from('beginning')).toEqual([['k v0', 'null v1', 'k v2'], 3]);
  expect(await from(2)).toEqual([['k v2'], 3]);
  expect(await from(3)).toEqual([[], 3]);
  expect(await from('end')).toEqual([[], 3]);
  expect(await from(99)).toEqual([['k v0', 'null v1', 'k v2'], 3]);
  expect(await recordsOf(log, { topic: 't', partition: 1 }, 0)).toEqual({ records: [], next: undefined });
  await log.close();
});
