import { expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../src/base/env.ts';
import type { Log, LogReader } from '../../src/log/api.ts';
import { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { BatchBuilder } from '../../src/log/record-batch/builder.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { SimKafka } from './sim-kafka.ts';
import { type Machine, VirtualTime } from './virtual-time.ts';

const AT = { topic: 't', partition: 0 };
/** By then a batch has been sent. */
const SENT_MS = 20;
const CALM = { latencyMs: () => 0, fault: () => undefined, refusal: () => undefined, random: () => 0 };

function batchOf(text: string): Buffer {
  const builder = new BatchBuilder();
  builder.add(1, null, Buffer.from(text));
  return builder.finish();
}

async function textsOf(reader: LogReader): Promise<string[]> {
  const fetched = await reader.poll(20);
  return fetched.flatMap(({ buffer, from, to }) => buffer.toString('latin1', from, to).match(/[ab]\d/g) ?? []);
}

/** Runs what happens between a server whose transaction stays open and another one. */
async function between(
  what: (server: { readonly log: Log; readonly machine: Machine }, other: Log, time: VirtualTime) => Promise<void>,
): Promise<void> {
  const time = new VirtualTime(1);
  const brokers = time.machine(SILENT_LOGGER);
  const kafka = new SimKafka(new EmbeddedLog({ store: new MemoryStore(), env: brokers.env }), brokers, () => 0);
  const machine = time.machine(SILENT_LOGGER);
  const log = kafka.connect(machine, CALM);
  const other = kafka.connect(time.machine(SILENT_LOGGER), CALM);
  const all = async (): Promise<void> => {
    await other.admin.createTopic({ name: 't', partitions: 1, replicas: 1 });
    await what({ log, machine }, other, time);
  };
  await time.until(all(), 60_000, 'the test');
}

test('readers of committed records wait for a transaction that began before them', async () => {
  await between(async ({ log, machine }, other) => {
    const [open, plain] = [await log.createWriter({ transactionalId: 'a' }), await other.createWriter({})];
    open.append('t', 0, batchOf('a1'));
    await machine.env.timers.sleep(SENT_MS);
    plain.append('t', 0, batchOf('b1'));
    await plain.commit();
    const [reader, dirty] = [other.createReader({}), other.createReader({ isolation: 'read_uncommitted' })];
    for (const each of [reader, dirty]) each.assign([{ ...AT, offset: 0 }]);
    expect(await textsOf(reader)).toEqual([]);
    expect(reader.position(AT)).toBe(0);
    expect(await textsOf(dirty)).toEqual(['b1']);
    expect([await other.admin.latestOffset(AT), await other.admin.endOffset!(AT)]).toEqual([0, 1]);
    await open.commit();
    expect(await textsOf(reader)).toEqual(['b1', 'a1']);
  });
});

test.each(['its time-out', 'its next writer'])('a dead server’s transaction ends with %s', async (end) => {
  await between(async ({ log, machine }, other, time) => {
    const open = await log.createWriter({ transactionalId: 'a' });
    open.append('t', 0, batchOf('a1'));
    await machine.env.timers.sleep(SENT_MS);
    machine.kill();
    const plain = await other.createWriter({});
    plain.append('t', 0, batchOf('b1'));
    await plain.commit();
    const began = time.nowMs;
    if (end === 'its next writer') await other.createWriter({ transactionalId: 'a' });
    const reader = other.createReader({});
    reader.assign([{ ...AT, offset: 0 }]);
    let texts: string[] = [];
    while (texts.length === 0) texts = await textsOf(reader);
    expect(texts).toEqual(['b1']);
    expect(time.nowMs - began > 500).toBe(end === 'its time-out');
  });
});
