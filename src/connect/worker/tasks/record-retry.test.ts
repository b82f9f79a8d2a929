import { afterEach, expect, test } from 'vitest';
import { testEnv } from '../../../../test/support/env.ts';
import type { TransformPlugin } from '../../api/converter.ts';
import { DataError, RetriableError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { RecordRetry } from './record-retry.ts';
import { TEST_SINK, testSink } from '../testing/test-sink.ts';
import { eventually, Harness } from '../testing/harness.ts';

const away = new RetriableError('the service is away');

function retry(retryTimeoutMs: number, retryDelayMaxMs = 60_000) {
  let now = 0;
  const env = testEnv();
  const clock = { nowMs: () => now, monotonicMs: () => now };
  const record = new RecordRetry({ ...env, clock }, { retryTimeoutMs, retryDelayMaxMs });
  /** Fails and waits for the pause that it receives. */
  return (error: unknown = away): number | undefined => {
    const pause = record.pauseAfter(error);
    now += pause ?? 0;
    return pause;
  };
}

test('pauses double from 300 ms, and end with errors.retry.timeout; the next record has all of it again', () => {
  const fail = retry(1000);
  expect([fail(), fail(), fail(), fail(), fail()]).toEqual([300, 600, 100, undefined, 300]);
});

test('0 is no attempt, -1 no end; errors.retry.delay.max.ms bounds each pause; what will not pass is not tried again', () => {
  expect(retry(0)()).toBeUndefined();
  expect(retry(1000)(new DataError('bad'))).toBeUndefined();
  const fail = retry(-1, 1000);
  const pauses = Array.from({ length: 50 }, () => fail());
  expect(pauses.slice(0, 2)).toEqual([300, 600]);
  expect(pauses.every((pause) => pause! <= 1000)).toBe(true);
});

let harness: Harness;
let failures = 0;
const got: SinkRecord[] = [];
afterEach(async () => {
  got.length = 0;
  await harness?.close();
});

const flaky: TransformPlugin = {
  className: 'test.Flaky',
  aliases: [],
  doc: '',
  config: [],
  create: () => ({
    apply: (record) => {
      if (record.value === 'b' && failures-- > 0) throw away;
      return record;
    },
  }),
};

const collecting = testSink(() => ({
  start: async () => {},
  put: async (records) => {
    got.push(...records);
  },
  stop: async () => {},
}));

async function sink(config: Record<string, string>): Promise<void> {
  harness = await new Harness({ connectors: [collecting], transforms: [flaky] }, undefined, 20).start();
  await harness.write('t', [
    [null, 'a'],
    [null, 'b'],
    [null, 'c'],
  ]);
  await harness.herder.create('s', {
    'connector.class': TEST_SINK,
    topics: 't',
    'value.converter': 'StringConverter',
    transforms: 'f',
    'transforms.f.type': 'test.Flaky',
    ...config,
  });
}

test('a transform that is away is asked again for the same record: nothing is lost, and order is kept', async () => {
  failures = 3;
  await sink({ 'errors.retry.timeout': '60000' });
  await eventually(() => got.length === 3);
  expect(got.map((r) => r.value)).toEqual(['a', 'b', 'c']);
});

test('without errors.retry.timeout it fails the task', async () => {
  failures = Infinity;
  await sink({});
  const failed = await eventually(() => harness.herder.status('s').tasks.find((t) => t.state === 'FAILED'));
  expect(failed.trace).toContain('the service is away');
});

test('header.converter writes and reads the values of headers, with its own settings', async () => {
  failures = 0;
  await sink({
    topics: 'h',
    'header.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'header.converter.schemas.enable': 'false',
  });
  await harness.herder.create('c', {
    'connector.class': 'datagen',
    quickstart: 'users',
    'kafka.topic': 'h',
    iterations: '2',
    'max.interval': '1',
    transforms: 'i',
    'transforms.i.type': 'org.apache.kafka.connect.transforms.InsertHeader',
    'transforms.i.header': 'from',
    'transforms.i.value.literal': 'here',
    'header.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'header.converter.schemas.enable': 'false',
  });
  await eventually(() => got.length > 0);
  expect((await harness.read('h'))[0]!.headers['from']).toBe('"here"');
  expect([...(got[0]!.headers ?? [])].find((h) => h.key === 'from')?.value).toBe('here');
});
