import { afterEach, beforeEach, expect, test } from 'vitest';
import { SluiceError } from '../../base/errors.ts';
import { NeedsSchema, type CodecRegistry, type LoadSchemas, type RegistrySchema } from '../../formats/api.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { INTEGER } from '../../types/sql-type.ts';
import { JSON_CODEC, plan, select, sink, source } from '../testing/steps.ts';
import { caughtUp, until, World } from '../testing/world.ts';
import type { QueryRunnerOptions } from './runner-options.ts';

let world: World;
/** The schemas that the registry has, and those that have been fetched. */
let registered: Map<number, RegistrySchema>;
let fetched: Map<number, RegistrySchema>;
let asked: number[];
/** The reason why it does not answer. */
let away: Error | undefined;

beforeEach(async () => {
  world = await new World().open('in', 'out');
  [registered, fetched, asked, away] = [new Map(), new Map(), [], undefined];
});
afterEach(() => world.close());

const WRITTEN: RegistrySchema = {
  schemaType: 'AVRO',
  schema: '{"type":"record","name":"A","fields":[{"name":"V","type":"int"}]}',
};
const registry: CodecRegistry = {
  schemaById: (id) => fetched.get(id),
  idOf: () => undefined,
  latest: () => undefined,
};
const loadSchemas: LoadSchemas = async (missing) => {
  const { schemaId } = missing as NeedsSchema;
  asked.push(schemaId);
  if (away !== undefined) throw away;
  const found = registered.get(schemaId);
  if (found !== undefined) fetched.set(schemaId, found);
};

/** A record in Confluent's wire format; `v` is from 0 to 63. */
function record(id: number, v: number): Buffer {
  const bytes = Buffer.from([0, 0, 0, 0, 0, v * 2]);
  bytes.writeInt32BE(id, 1);
  return bytes;
}

async function send(partition: number, ...values: Buffer[]): Promise<void> {
  const batch = new BatchBuilder();
  for (const value of values) batch.add(1, Buffer.from('k'), value);
  world.writer.append('in', partition, batch.finish(), true);
  await world.writer.commit();
}

const stream = {
  ...source('STREAM', 'in', { value: { V: INTEGER } }),
  codec: { ...JSON_CODEC, valueFormat: { format: 'AVRO', properties: {} } },
};
const run = (options: Partial<QueryRunnerOptions> = {}) =>
  world.run(plan(sink(select(stream, ['V']))), { registry, loadSchemas, ...options });
const values = async (): Promise<number[]> =>
  (await world.records('out')).map((r) => (r.value as { V: number }).V).toSorted((a, b) => a - b);

test('a record waits for its schema; those before it and other partitions do not, and none is left out', async () => {
  registered.set(1, WRITTEN);
  await send(0, record(1, 1), record(4711, 2), record(1, 3));
  const runner = run();
  await send(1, record(1, 10));
  await until(async () => (await values()).length === 2, 'what needs no other schema is there');
  await until(() => runner.state === 'ERROR', 'the wait is told');
  expect(runner.errors.map((e) => [e.type, e.message])).toEqual([
    ['USER', expect.stringMatching(/^Waiting for schema 4711, .* of topic=in, partition=0, offset=1\. .*ksql\.query/)],
  ]);
  await send(1, record(1, 11));
  await until(async () => (await values()).length === 3, 'another partition goes on');
  expect(runner.state).toBe('ERROR');
  expect(await runner.caughtUp()).toBe(false);
  expect(runner.positions.find((p) => p.partition === 0)).toMatchObject({ offset: 1, endOffset: 3 });
  expect(world.problems.map((p) => p.type)).toEqual(['KAFKA_STREAMS_THREAD_ERROR']);
  expect(runner.metrics.problems).toBe(1);
  registered.set(4711, WRITTEN);
  await caughtUp(runner);
  expect(await values()).toEqual([1, 2, 3, 10, 11]);
  expect(runner.state).toBe('RUNNING');
  expect(runner.errors).toHaveLength(1);
});

test('a query that is closed and begun again meanwhile stands at the same record', async () => {
  registered.set(1, WRITTEN);
  await send(0, record(1, 1), record(2, 2));
  const first = run();
  await until(async () => (await values()).length === 1, 'the first is there');
  await first.close();
  const second = run();
  await until(() => asked.filter((id) => id === 2).length > 1, 'it asks');
  registered.set(2, WRITTEN);
  await caughtUp(second);
  expect(await values()).toEqual([1, 2]);
});

test('a registry that is away: the same, told at once', async () => {
  registered.set(1, WRITTEN);
  registered.set(2, WRITTEN);
  await send(0, record(1, 1));
  const runner = run();
  await until(async () => (await values()).length === 1, 'the first is there');
  away = new SluiceError('REGISTRY_UNAVAILABLE', 'nobody answers', { retriable: true });
  await send(0, record(2, 2));
  await until(() => runner.state === 'ERROR', 'it is told');
  expect(runner.errors.at(-1)).toMatchObject({ type: 'SYSTEM', message: expect.stringContaining('nobody answers') });
  await send(1, record(1, 10));
  await until(async () => (await values()).length === 2, 'another partition goes on');
  away = undefined;
  await caughtUp(runner);
  expect(await values()).toEqual([1, 2, 10]);
  expect(runner.state).toBe('RUNNING');
});

test('by a setting the wait ends, and the record is its own error; no id of 0 or below is waited for', async () => {
  registered.set(1, WRITTEN);
  await send(0, record(4711, 1), record(0, 2), record(-1, 3), record(1, 4));
  const runner = run({ schemaPatienceMs: 20 });
  await caughtUp(runner);
  expect(await values()).toEqual([4]);
  expect(runner.state).toBe('RUNNING');
  expect(world.problems).toHaveLength(3);
  expect(runner.metrics.problems).toBe(3);
  expect(new Set(asked)).toEqual(new Set([1, 4711]));
});
