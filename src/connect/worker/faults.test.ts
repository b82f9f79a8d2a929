import { afterEach, describe, expect, test } from 'vitest';
import { SluiceError } from '../../base/errors.ts';
import type { Log, LogWriter, WriterOptions } from '../../log/api.ts';
import { EmbeddedLog } from '../../log/embedded/embedded-log.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { testEnv } from '../../../test/support/env.ts';
import type { SinkPlugin, SourcePlugin, SourceTaskContext } from '../api/connector.ts';
import { ConnectError, DataError, RetriableError } from '../api/errors.ts';
import type { SinkRecord, SourceRecord } from '../api/record.ts';
import { primitive } from '../api/schema.ts';
import { TEST_SINK, testSink } from './testing/test-sink.ts';
import { eventually, Harness } from './testing/harness.ts';

/** A source that counts: record n has the value n. `before` runs before each poll. */
function counting(
  total: number,
  before: (n: number) => void = () => {},
  more: Partial<SourcePlugin> = {},
): SourcePlugin {
  return {
    type: 'source',
    name: 'counting',
    className: 'test.CountingSource',
    aliases: [],
    version: '1',
    doc: '',
    config: [{ name: 'password', type: 'PASSWORD', default: null, importance: 'LOW', documentation: '' }],
    load: async () => ({
      createConnector: () => ({
        start: async () => {},
        taskConfigs: async (max) => Array.from({ length: max }, () => ({})),
        stop: async () => {},
      }),
      createTask: () => {
        let n = 0;
        let context: SourceTaskContext;
        return {
          start: async (_config, c) => {
            context = c;
            n = Number(c.offset({ s: 1 })?.['n'] ?? 0);
          },
          poll: async (): Promise<readonly SourceRecord[]> => {
            before(n);
            if (n >= total) {
              await context.env.timers.sleep(5, context.signal).catch(() => {});
              return [];
            }
            const batch = Array.from({ length: Math.min(3, total - n) }, (_, i) => n + i);
            n += batch.length;
            return batch.map((v) => ({
              topic: 'n',
              keySchema: null,
              key: null,
              valueSchema: primitive('INT32'),
              value: v,
              sourcePartition: { s: 1 },
              sourceOffset: { n: v + 1 },
            }));
          },
          stop: async () => {},
        };
      },
    }),
    ...more,
  };
}

function collecting(
  put: (records: readonly SinkRecord[], report: (r: SinkRecord, e: Error) => Promise<void>) => Promise<void>,
): SinkPlugin {
  return testSink(() => {
    let report: (r: SinkRecord, e: Error) => Promise<void>;
    return {
      start: async (_config, context) => {
        report = (r, e) => context.reportErrant(r, e);
      },
      put: (records) => put(records, report),
      stop: async () => {},
    };
  });
}

/**
 * A log in which commits of tasks fail with the error that `fails` returns, before they take effect, or with that of
 * `failsAfter`, after they have.
 */
function faulty(fails: () => Error | undefined, failsAfter: () => Error | undefined = () => undefined): Log {
  const log = new EmbeddedLog({ store: new MemoryStore(), env: testEnv() });
  const createWriter = log.createWriter.bind(log);
  return Object.assign(log, {
    createWriter: async (options: WriterOptions): Promise<LogWriter> => {
      const writer = await createWriter(options);
      if (options.transactionalId?.endsWith('-worker') === true) return writer;
      const commit = writer.commit.bind(writer);
      return Object.assign(writer, {
        commit: async () => {
          const error = fails();
          if (error) throw error;
          await commit();
          const late = failsAfter();
          if (late) throw late;
        },
      });
    },
  });
}

let harness: Harness;
afterEach(() => harness.close());

/** Starts a worker in which time passes twenty times as fast. */
const startWorker = (connector: SourcePlugin | SinkPlugin, log?: Log) =>
  new Harness({ connectors: [connector] }, log, 20).start();

const numbers = async () => (await harness.read('n')).map((r) => Number(r.value));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
const create = (config: Record<string, string> = {}) =>
  harness.herder.create('c', { 'connector.class': 'test.CountingSource', ...config });

describe('a source', { retry: 0 }, () => {
  test('over a full disk: tries again, says so, loses nothing, writes nothing twice', async () => {
    let left = 3;
    harness = await startWorker(
      counting(9),
      faulty(() => (left-- > 0 ? new SluiceError('LOG_FULL', 'No space left on device') : undefined)),
    );
    await create();
    const seen = await eventually(() => harness.herder.status('c').tasks.find((t) => t.trace !== undefined));
    expect(seen).toMatchObject({ state: 'RUNNING', trace: expect.stringContaining('No space left on device') });
    await eventually(async () => (await numbers()).length === 9);
    expect(await numbers()).toEqual(upTo(9));
    await eventually(() => harness.herder.status('c').tasks[0]!.trace === undefined);
  });

  test('whose commit went through without an answer commits again: nothing is written twice', async () => {
    let left = 2;
    const lost = new SluiceError('LOG_UNAVAILABLE', 'Timed out', { retriable: true });
    const log = faulty(
      () => undefined,
      () => (left-- > 0 ? lost : undefined),
    );
    harness = await startWorker(counting(9), log);
    await create();
    await eventually(async () => (await numbers()).includes(8));
    expect(await numbers()).toEqual(upTo(9));
  });

  test('that cannot poll for a while is asked again', async () => {
    let left = 2;
    const plugin = counting(6, (n) => {
      if (n === 3 && left-- > 0) throw new RetriableError('the database is away');
    });
    harness = await startWorker(plugin);
    await create();
    await eventually(async () => (await numbers()).length === 6);
    expect(await numbers()).toEqual(upTo(6));
  });

  test('that fails shows its trace without secrets; a restart of the task goes on where the commits stand', async () => {
    let broken = true;
    const plugin = counting(9, (n) => {
      if (broken && n === 6) throw new ConnectError('no, hunter2 is wrong', { cause: new Error('hunter2') });
    });
    harness = await startWorker(plugin);
    await create({ password: 'hunter2' });
    const { trace } = await eventually(() => harness.herder.status('c').tasks.find((t) => t.state === 'FAILED'));
    expect(trace).toMatch(/^ConnectError: no, \[hidden\] is wrong\n\tat [\s\S]*Caused by: Error: \[hidden\]/);
    expect(await numbers()).toEqual(upTo(6));
    broken = false;
    harness.herder.restartTask('c', 0);
    await eventually(async () => (await numbers()).length === 9);
    expect(await numbers()).toEqual(upTo(9));
    // Totals are kept across the restart.
    expect(harness.herder.taskTotals('c')).toEqual([{ id: 0, records: 9, failures: 0, retries: 0 }]);
  });

  test('whose failure may pass is restarted by the worker', async () => {
    let left = 1;
    const plugin = counting(6, (n) => {
      if (n === 3 && left-- > 0) throw new ConnectError('gave up', { cause: new RetriableError('away') });
    });
    harness = await startWorker(plugin);
    await create();
    await eventually(() => harness.herder.status('c').tasks[0]?.state === 'FAILED');
    await eventually(async () => (await numbers()).length === 6);
  });

  test('whose connector cannot start yet is started later; one that never can stays FAILED until its config changes', async () => {
    let left = 2;
    const late = counting(3);
    const plugin: SourcePlugin = {
      ...late,
      load: async () => ({
        ...(await late.load()),
        createConnector: () => ({
          start: async (config) => {
            if (config.raw['bad'] === 'true') throw new ConnectError('never');
            if (left-- > 0) throw new RetriableError('not yet');
          },
          taskConfigs: async () => [{}],
          stop: async () => {},
        }),
      }),
    };
    harness = await startWorker(plugin);
    await create();
    await eventually(() => harness.herder.status('c').connector.state === 'FAILED');
    await eventually(async () => (await numbers()).length === 3);
    expect(harness.herder.status('c').connector).not.toHaveProperty('trace');
    await harness.herder.patchConfig('c', { bad: 'true' });
    await eventually(() => harness.herder.status('c').connector.trace?.includes('never'));
    await harness.herder.patchConfig('c', { bad: null });
    await eventually(() => harness.herder.status('c').connector.state === 'RUNNING');
  });

  test('a record that cannot be converted fails the task, or is skipped with tolerance', async () => {
    const odd = counting(3);
    const plugin: SourcePlugin = {
      ...odd,
      load: async () => {
        const implementation = await odd.load();
        return {
          ...implementation,
          createTask: () => {
            const task = implementation.createTask();
            return {
              start: task.start.bind(task),
              stop: task.stop.bind(task),
              poll: async () =>
                ((await task.poll()) as readonly SourceRecord[]).map((r) =>
                  r.value === 1 ? { ...r, value: null, valueSchema: primitive('INT32', false) } : r,
                ),
            };
          },
        };
      },
    };
    harness = await startWorker(plugin);
    await create({ 'value.converter': 'JsonConverter', 'value.converter.schemas.enable': 'true' });
    const { trace } = await eventually(() => harness.herder.status('c').tasks.find((t) => t.state === 'FAILED'));
    expect(trace).toMatch(/Tolerance exceeded in error handler \(VALUE_CONVERTER/);
    expect(await harness.read('n')).toEqual([]);
    await harness.herder.patchConfig('c', { 'errors.tolerance': 'all' });
    await eventually(async () => (await harness.read('n')).length === 2);
  });

  test('that fails between two calls, while its records are written, stays FAILED; they count once', async () => {
    const calm = counting(30);
    const plugin: SourcePlugin = {
      ...calm,
      load: async () => {
        const implementation = await calm.load();
        return {
          ...implementation,
          createTask: () => {
            const task = implementation.createTask();
            let context: SourceTaskContext;
            return {
              start: (config, c) => task.start(config, (context = c)),
              stop: task.stop.bind(task),
              poll: async () => {
                const polled = await task.poll();
                setImmediate(() => context.raiseError(new Error('between two calls')));
                return polled;
              },
            };
          },
        };
      },
    };
    harness = await startWorker(plugin);
    await create();
    for (let restarts = 0; (await numbers()).length < 30; restarts++) {
      expect(restarts).toBeLessThan(200);
      await eventually(() => harness.herder.status('c').tasks[0]?.state === 'FAILED');
      await harness.env.timers.turn();
      expect(harness.herder.status('c').tasks[0]!.trace).toContain('between two calls');
      harness.herder.restartTask('c', 0);
    }
    expect(await numbers()).toEqual(upTo(30));
  });

  test('more tasks than allowed is a failure; stopping ends all of them', async () => {
    const greedy = counting(3);
    const plugin: SourcePlugin = {
      ...greedy,
      load: async () => ({
        ...(await greedy.load()),
        createConnector: () => ({ start: async () => {}, taskConfigs: async () => [{}, {}], stop: async () => {} }),
      }),
    };
    harness = await startWorker(plugin);
    await create();
    await eventually(() =>
      harness.herder.status('c').connector.trace?.includes('has generated 2 tasks, which is greater than 1'),
    );
    await harness.herder.setTarget('c', 'STOPPED');
    expect(harness.herder.status('c')).toMatchObject({ connector: { state: 'STOPPED' }, tasks: [] });
  });
});

describe('a sink', { retry: 0 }, () => {
  test('gets the same records again after an error that may pass; a bad one is reported', async () => {
    let left = 2;
    const got: string[] = [];
    const plugin = collecting(async (records, report) => {
      if (left-- > 0) throw new RetriableError('target is away');
      for (const record of records) {
        if (record.value === 'bad') await report(record, new DataError('bad it is, hunter2'));
        else got.push(record.value as string);
      }
    });
    harness = await startWorker(plugin);
    await harness.write('t', [
      [null, 'a'],
      [null, 'bad'],
      [null, 'c'],
    ]);
    await harness.herder.create('s', {
      'connector.class': TEST_SINK,
      topics: 't',
      password: 'hunter2',
      'value.converter': 'StringConverter',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'dead',
      'errors.deadletterqueue.context.headers.enable': 'true',
    });
    const [letter] = await eventually(async () => {
      const dead = await harness.read('dead');
      return dead.length > 0 && dead;
    });
    expect(got).toEqual(['a', 'c']);
    expect(letter).toMatchObject({
      value: 'bad',
      headers: {
        '__connect.errors.stage': 'TASK_PUT',
        '__connect.errors.class.name': 'org.apache.kafka.connect.sink.SinkTask',
        '__connect.errors.exception.message': 'bad it is, [hidden]',
      },
    });
    expect(JSON.stringify(letter!.headers)).not.toContain('hunter2');
    expect((await harness.herder.offsets('s'))[0]).toMatchObject({ offset: { kafka_offset: 3 } });
    expect(harness.herder.taskTotals('s')).toEqual([
      { id: 0, records: 3, failures: 1, retries: 2, lastFailure: 'bad it is, [hidden]' },
    ]);
  });

  test('has one put at a time, in the order of the log, and what it did not take is not committed', async () => {
    const numbered = (from: number, n: number) =>
      Array.from({ length: n }, (_, i) => [null, String(from + i)] as const);
    let under = 0;
    let broken = true;
    let tried = 0;
    const got: number[] = [];
    const puts: number[] = [];
    const plugin = collecting(async (records) => {
      expect(++under).toBe(1);
      // The next records are prepared meanwhile.
      for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
      under--;
      tried++;
      if (broken && got.length > 0) throw new ConnectError('enough');
      puts.push(records.length);
      got.push(...records.map((r) => Number(r.value)));
    });
    harness = await startWorker(plugin);
    for (let batch = 0; batch < 6; batch++) await harness.write('t', numbered(batch * 2000, 2000));
    await harness.herder.create('s', {
      'connector.class': TEST_SINK,
      topics: 't',
      'value.converter': 'StringConverter',
    });
    await eventually(() => harness.herder.status('s').tasks[0]?.state === 'FAILED');
    expect(got).toEqual(upTo(5000));
    expect(tried).toBe(2);
    const committed = (await harness.herder.offsets('s'))[0]?.offset?.['kafka_offset'] ?? 0;
    expect(committed).toBeLessThanOrEqual(5000);
    broken = false;
    got.length = 0;
    harness.herder.restartTask('s', 0);
    await eventually(() => got.at(-1) === 11_999);
    expect(got).toEqual(upTo(12_000).slice(Number(committed)));
    expect(Math.max(...puts)).toBe(5000);
    await eventually(async () => (await harness.herder.offsets('s'))[0]?.offset?.['kafka_offset'] === 12_000);
    expect(harness.herder.taskTotals('s')[0]!.records).toBe(5000 + got.length);
  });

  test('that refuses more than a record batch holds buries it all', async () => {
    const plugin = collecting(async (records, report) => {
      for (const record of records) await report(record, new DataError('bad it is'));
    });
    harness = await startWorker(plugin);
    for (let batch = 0; batch < 3; batch++)
      await harness.write(
        't',
        Array.from({ length: 500 }, (_, i) => [null, `${batch * 500 + i}`.padStart(1000)] as const),
      );
    await harness.herder.create('s', {
      'connector.class': TEST_SINK,
      topics: 't',
      'value.converter': 'StringConverter',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'dead',
    });
    await eventually(async () => (await harness.read('dead')).length >= 1500);
    expect((await harness.read('dead')).map((r) => Number(r.value))).toEqual(upTo(1500));
    expect(harness.herder.status('s').tasks[0]!.state).toBe('RUNNING');
  });

  test('whose commit went through without an answer commits again: dead letters are not there twice', async () => {
    let left = 0;
    const lost = new SluiceError('LOG_UNAVAILABLE', 'Timed out', { retriable: true });
    const log = faulty(
      () => undefined,
      () => (left-- > 0 ? lost : undefined),
    );
    const plugin = collecting(async (records, report) => {
      for (const record of records) await report(record, new DataError('bad it is'));
      left = 2;
    });
    harness = await startWorker(plugin, log);
    await harness.write('t', [[null, 'a']]);
    await harness.herder.create('s', {
      'connector.class': TEST_SINK,
      topics: 't',
      'value.converter': 'StringConverter',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'dead',
    });
    await eventually(async () => (await harness.herder.offsets('s')).length > 0 && left < 0);
    expect((await harness.read('dead')).map((r) => r.value)).toEqual(['a']);
  });

  test('deleted while its target is away ends at once', async () => {
    const plugin = collecting(async () => {
      throw new RetriableError('target is away');
    });
    // A pause of one second takes a day here, so waiting for its end would be noticed.
    harness = await new Harness({ connectors: [plugin] }, undefined, 1 / 86_400).start();
    await harness.write('t', [[null, 'a']]);
    await harness.herder.create('s', {
      'connector.class': TEST_SINK,
      topics: 't',
      'value.converter': 'StringConverter',
    });
    await eventually(() => harness.herder.status('s').tasks[0]?.trace?.includes('target is away'));
    await harness.herder.delete('s');
    expect(harness.herder.names()).toEqual([]);
  });
});
