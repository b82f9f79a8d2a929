import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { testEnv } from '../support/env.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { startKafka, type KafkaServer } from '../support/servers/kafka.ts';

describeWithServers('the embedded worker on Apache Kafka', () => {
  let kafka: KafkaServer;
  let folder: string;
  beforeAll(async () => {
    kafka = await startKafka();
    folder = await mkdtemp(path.join(tmpdir(), 'sluice-connect-kafka-'));
  });
  afterAll(async () => {
    await kafka?.remove();
    await rm(folder, { recursive: true, force: true });
  });
  const log = () => new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: testEnv() });

  test('source and sink go on where they stopped; connectors, offsets and schemas are on Kafka', async () => {
    const input = path.join(folder, 'in.txt');
    const output = path.join(folder, 'out.txt');
    await writeFile(input, 'one\ntwo\n');
    const first = await new Harness({}, log()).start();
    await first.herder.create('in', { 'connector.class': 'FileStreamSource', file: input, topic: 'lines' });
    await first.herder.create('out', {
      'connector.class': 'FileStreamSink',
      file: output,
      topics: 'lines',
      'value.converter': 'JsonConverter',
      'value.converter.schemas.enable': 'false',
      'tasks.max': '2',
    });
    await eventually(async () => (await readFile(output, 'utf8')) === 'one\ntwo\n');
    await eventually(async () => (await first.herder.offsets('out')).length === 1);
    await first.close();

    await appendFile(input, 'three\n');
    const second = await new Harness({}, log()).start();
    expect(second.herder.names()).toEqual(['in', 'out']);
    expect(await second.herder.offsets('in')).toEqual([
      { partition: { filename: input }, offset: expect.objectContaining({ position: 8 }) },
    ]);
    expect(second.herder.sql.topicSchema('lines')).toMatchObject({ connector: 'in', value: [{ type: 'STRING' }] });
    await eventually(async () => (await readFile(output, 'utf8')) === 'one\ntwo\nthree\n');
    expect((await second.read('lines')).map((r) => r.value)).toEqual(['"one"', '"two"', '"three"']);
    await second.herder.delete('in');
    await second.close();

    const third = await new Harness({}, log()).start();
    expect(third.herder.names()).toEqual(['out']);
    await third.close();
  });
});
