import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

/* Kafka Connect's own metrics, under the names that Prometheus' JMX exporter gives them. */

let sluice: Sluice;
const folder = mkdtempSync(path.join(tmpdir(), 'connect-metrics-'));

beforeAll(async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '', 'connect.allowed.paths': folder },
    store: new MemoryStore(),
    env: testEnv(),
  });
  const client = new SluiceClient({ url: sluice.url });
  await client.execute(`
    CREATE SOURCE CONNECTOR gen WITH (connector='datagen', data='users', topic='people', rate=200, 'iterations'='40');
    CREATE SINK CONNECTOR out WITH ('connector.class'='FileStreamSink', 'topics'='people', 'file'='${path.join(folder, 'o')}',
      'errors.tolerance'='all', 'errors.deadletterqueue.topic.name'='aside', 'value.converter'='JsonConverter',
      'value.converter.schemas.enable'='false', 'transforms'='n', 'transforms.n.type'='org.apache.kafka.connect.transforms.Cast$Value',
      'transforms.n.spec'='gender:int32');
    CREATE SINK CONNECTOR bad WITH ('connector.class'='FileStreamSink', 'topics'='people', 'file'='${path.join(folder, 'none', 'x')}');`);
});
afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Values by series; a series is its name with its labels as written. */
async function series(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${sluice.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('kafka_connect_'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

test('what tasks do is counted as Connect counts it', async () => {
  const out = '{connector="OUT",task="0"}';
  const gen = '{connector="GEN",task="0"}';
  // Each record fails in the transform: it is read, skipped and put on the dead letter queue, and none is sent.
  await expect
    .poll(
      async () => {
        const found = await series();
        return [
          'sink_task_metrics_sink_record_read_total',
          'sink_task_metrics_sink_record_send_total',
          'sink_task_metrics_sink_record_active_count',
          'task_error_metrics_total_record_failures',
          'task_error_metrics_total_records_skipped',
          'task_error_metrics_deadletterqueue_produce_requests',
        ].map((name) => found.get(`kafka_connect_${name}${out}`));
      },
      { timeout: 60_000 },
    )
    .toEqual([40, 0, 0, 40, 40, 40]);
  const found = await series();
  const value = (name: string): number => found.get(`kafka_connect_${name}`)!;
  expect(value(`source_task_metrics_source_record_poll_total${gen}`)).toBe(40);
  expect(value(`source_task_metrics_source_record_write_total${gen}`)).toBe(40);
  expect(value(`source_task_metrics_source_record_active_count${gen}`)).toBe(0);
  expect(value(`source_task_metrics_source_record_active_count_max${gen}`)).toBeGreaterThanOrEqual(1);
  expect(value(`source_task_metrics_source_record_poll_rate${gen}`)).toBeCloseTo(40 / 30, 0);
  expect(value(`connector_task_metrics_batch_size_max${gen}`)).toBeGreaterThanOrEqual(1);
  expect(value(`connector_task_metrics_offset_commit_success_percentage${gen}`)).toBe(1);
  expect(value(`sink_task_metrics_offset_commit_completion_total${out}`)).toBeGreaterThan(0);
  expect(value(`task_error_metrics_last_error_timestamp${out}`)).toBeGreaterThan(0);
});

test('for how much of its time a task ran, and was paused', async () => {
  const ratios = async (task: string): Promise<number[]> => {
    const found = await series();
    return ['running_ratio', 'pause_ratio'].map((name) =>
      found.get(`kafka_connect_connector_task_metrics_${name}{connector="${task}",task="0"}`)!,
    );
  };
  const [running, paused] = await ratios('OUT');
  expect(running).toBeGreaterThan(0.5);
  expect(paused).toBe(0);
  await new SluiceClient({ url: sluice.url }).execute('PAUSE CONNECTOR out;');
  await expect.poll(async () => (await ratios('OUT'))[1]).toBeGreaterThan(0);
  const [after, part] = await ratios('OUT');
  expect(after! + part!).toBeCloseTo(1, 1);
  await new SluiceClient({ url: sluice.url }).execute('RESUME CONNECTOR out;');
});

test('how connectors and their tasks stand, one by one and of the worker', async () => {
  const states = (of: string): string =>
    `kafka_connect_connector_task_metrics{connector="${of}",task="0",status="failed"}`;
  await expect.poll(async () => (await series()).get(states('BAD'))).toBe(1);
  const found = await series();
  const worker = (name: string): number | undefined => found.get(`kafka_connect_connect_worker_metrics_${name}`);
  expect(worker('connector_count')).toBe(3);
  expect(worker('task_count')).toBe(3);
  expect(worker('connector_startup_success_total')).toBe(3);
  expect(worker('task_startup_attempts_total')).toBeGreaterThanOrEqual(3);
  expect(worker('task_startup_failure_total')).toBeGreaterThanOrEqual(1);
  expect(worker('connector_failed_task_count{connector="BAD"}')).toBe(1);
  expect(worker('connector_running_task_count{connector="OUT"}')).toBe(1);
  const info = [...found.keys()].find((key) => key.startsWith('kafka_connect_connector_metrics{connector="OUT"'));
  expect(info).toContain('connector_class="org.apache.kafka.connect.file.FileStreamSinkConnector"');
  expect(info).toContain('status="running"');
});
