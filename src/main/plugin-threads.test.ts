import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { bundledWorkers } from '../../test/support/plugins/bundled-worker.ts';
import { testEnv } from '../../test/support/env.ts';
import { serverConfig } from '../config/server-config.ts';
import { loadPlugins, type LoadedPlugins } from '../connect/plugins/load.ts';
import type { ThreadOptions } from '../connect/plugins/plugin-thread.ts';
import { eventually, Harness } from '../connect/worker/testing/harness.ts';
import { modulesOf, pluginThreads } from './plugins.ts';

const UNRULY = path.resolve(import.meta.dirname, '../../test/support/plugins/unruly.mjs');
const folder = mkdtempSync(path.join(tmpdir(), 'plugin-threads-'));
const limits = { 'plugin.memory.max.bytes': String(64 << 20), 'plugin.stall.ms': '1500' };
const PATIENCE_MS = 19_000;

let found: LoadedPlugins;
let harness: Harness;
/** With a longer timeout: a thread close to its memory limit collects garbage for seconds on a busy machine. */
let patient: Harness;
let names = 0;
let name: string;

let threads: ThreadOptions;
const load = (...entries: string[]): Promise<LoadedPlugins> => loadPlugins(modulesOf(entries), threads);

beforeAll(async () => {
  threads = pluginThreads(serverConfig(limits), testEnv(), await bundledWorkers(folder));
  found = await load(UNRULY);
  harness = await new Harness({ connectors: found.connectors }).start();
  const more = { ...threads, limits: { ...threads.limits, stallMs: 60_000 } };
  patient = await new Harness({ connectors: (await loadPlugins(modulesOf([UNRULY]), more)).connectors }).start();
});
afterAll(async () => {
  await harness.close();
  await patient.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  name = `c${++names}`;
});

const create = (connectorClass: string, more: Record<string, string> = {}) =>
  harness.herder.create(name, {
    'connector.class': connectorClass,
    'value.converter': 'JsonConverter',
    'value.converter.schemas.enable': 'false',
    'tasks.max': '1',
    // Each connector has its own topic.
    ...(connectorClass === 'test.Counting' && {
      transforms: 'r',
      'transforms.r.type': 'RegexRouter',
      'transforms.r.regex': 'n',
      'transforms.r.replacement': name,
    }),
    ...more,
  });

const failure = (): Promise<string> =>
  eventually(() => harness.herder.status(name).tasks.find((t) => t.state === 'FAILED')?.trace, PATIENCE_MS);

const numbers = async (): Promise<unknown[]> => (await harness.read(name)).map((r) => JSON.parse(r.value!) as unknown);

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('a module', () => {
  test('says what it has; what is wrong with a connector is said with its name', () => {
    expect(found.connectors.map((p) => p.className)).toEqual([
      'test.Counting',
      'test.Keeping',
      'test.Ours',
      'test.Unfinished',
    ]);
    expect(found.problems.map((p) => p.message.replace(/^.*unruly\.mjs: /, ''))).toEqual([
      "test.Converter has no type: a connector has 'source' or 'sink', what handles records 'transformation', 'predicate' or 'converter'",
      'test.Numeric has a key of a type that is none: x is NUMBER. Types are BOOLEAN, STRING, INT, SHORT, LONG, DOUBLE, LIST, CLASS, PASSWORD',
      'test.Ours has targets, which only connectors that are built in can have: it is left out',
    ]);
  });

  test('that ends its thread, or does not come to an end, is a problem and nothing else', async () => {
    const bad = { 'loop.mjs': 'for (;;);', 'exit.mjs': 'process.exit(7);', 'late.mjs': 'await new Promise(() => {});' };
    for (const [file, text] of Object.entries(bad)) writeFileSync(path.join(folder, file), text);
    const { connectors, problems } = await load(path.join(folder, 'exit.mjs'), path.join(folder, 'loop.mjs'));
    expect(connectors).toEqual([]);
    expect(problems.map((p) => p.message.replace(/file:\S*\//g, ''))).toEqual([
      'plugin.path: exit.mjs could not be loaded: exit.mjs has ended its thread: its code called process.exit(7)',
      'plugin.path: loop.mjs could not be loaded: loop.mjs has not come back to its event loop for 1500 ms (plugin.stall.ms): its thread was ended',
    ]);
  });
});

describe('settings', () => {
  test('are checked by the code of the connector, in a thread', async () => {
    const infos = await harness.herder.settings.validate({
      name,
      'connector.class': 'test.Counting',
      odd: '4',
      total: '13',
    });
    const of = (key: string) => infos.configs.find((c) => c.value.name === key)?.value;
    expect(of('odd')?.errors).toEqual(['Invalid value 4 for configuration odd: must be odd']);
    expect(of('total')?.errors).toEqual(['Not 13']);
    expect(of('colour')?.recommended_values).toEqual(['red', 'green']);
  });

  test('a check that does not come to an end is a problem of the class', async () => {
    await expect(create('test.Counting', { fault: 'check-loop' })).rejects.toThrow(
      'test.Counting could not check its settings: test.Counting has not come back to its event loop for 1500 ms (plugin.stall.ms)',
    );
    await expect(create('test.Counting', { fault: 'probe-loop' })).rejects.toThrow(
      'test.Counting could not be checked: test.Counting has not come back to its event loop',
    );
    // The next validation runs in a new thread.
    const { error_count } = await harness.herder.settings.validate({ name, 'connector.class': 'test.Counting' });
    expect(error_count).toBe(0);
  });

  test('a source is looked at before it is made', async () => {
    const preview = await harness.herder.sql.preview(name, { 'connector.class': 'test.Counting' });
    expect(preview?.topics[0]?.rows.map((r) => r.value)).toEqual(['0', '1', '2']);
  });
});

describe('a source', () => {
  test('writes what it polls, and goes on where it was after a restart', async () => {
    await create('test.Counting', { total: '7' });
    await eventually(async () => (await numbers()).length === 7, PATIENCE_MS);
    expect((await harness.read(name))[6]!.headers).toEqual({ h: '6' });
    await harness.herder.patchConfig(name, { total: '12' });
    await eventually(async () => (await numbers()).length === 12, PATIENCE_MS);
    expect(await numbers()).toEqual(upTo(12));
    expect(harness.herder.sql.remarks(name)).toEqual(['offset before: {"n":7}']);
  });

  test('may make a schema for each record; bytes come over alone', async () => {
    await create('test.Counting', { total: '5', shape: 'struct' });
    await eventually(async () => (await numbers()).length === 5, PATIENCE_MS);
    expect(await numbers()).toEqual(upTo(5).map((n) => ({ n, bytes: 'AAAA' })));
  });

  test('whose records hold what is no data fails with that', async () => {
    await create('test.Counting', { shape: 'function' });
    expect(await failure()).toMatch(
      /^ConnectError: What poll of test.Counting gives is no plain data: .* could not be cloned/,
    );
  });

  test('has offsets that its code may refuse', async () => {
    await create('test.Counting', { total: '3' });
    await eventually(async () => (await numbers()).length === 3, PATIENCE_MS);
    await harness.herder.setTarget(name, 'STOPPED');
    const at = (n: number) => [{ partition: { s: 1 }, offset: { n } }];
    await expect(harness.herder.alterOffsets(name, at(-1))).rejects.toThrow('there is no -1');
    expect(await harness.herder.alterOffsets(name, at(1))).toBe(
      'The offsets for this connector have been altered successfully',
    );
    await harness.herder.setTarget(name, 'RUNNING');
    await eventually(async () => (await numbers()).length === 5, PATIENCE_MS);
    expect(await numbers()).toEqual([0, 1, 2, 1, 2]);
  });
});

describe('what the code of a connector does wrong ends its tasks with the cause, and a restart begins with a fresh thread', () => {
  const cases: readonly (readonly [fault: string, cause: string])[] = [
    ['timer', 'test.Counting has thrown where nobody waited for it: thrown in a timer'],
    ['rejection', 'test.Counting has thrown where nobody waited for it: rejected by nobody'],
    ['loop', 'test.Counting has not come back to its event loop for 1500 ms (plugin.stall.ms): its thread was ended'],
    ['exit', 'test.Counting has ended its thread: its code called process.exit(3)'],
    ['heap', 'test.Counting has used more than 64 MiB of memory (plugin.memory.max.bytes): its thread was ended'],
    ['buffers', 'test.Counting has used more than 64 MiB of memory (plugin.memory.max.bytes): its thread was ended'],
  ];
  test.each(cases)('%s', async (fault, cause) => {
    const usual = harness;
    if (fault === 'heap') harness = patient;
    onTestFinished(() => {
      harness = usual;
    });
    await create('test.Counting', { fault, at: 'poll', total: '9', 'tasks.max': '1' });
    const trace = await failure();
    expect(trace.split('\n', 1)[0]).toBe(`ConnectError: ${cause}`);
    const { connector } = harness.herder.status(name);
    expect(connector).toMatchObject({ state: 'FAILED', trace });
    const written = await numbers();
    expect(written).toEqual(upTo(written.length));
    await harness.herder.patchConfig(name, { fault: 'none' });
    await eventually(async () => (await numbers()).length === 9, PATIENCE_MS);
    expect(await numbers()).toEqual(upTo(9));
    await eventually(() => harness.herder.status(name).connector.state === 'RUNNING', PATIENCE_MS);
  });

  test('in the connector itself', async () => {
    await create('test.Counting', { fault: 'exit', at: 'connector' });
    const trace = await eventually(() => harness.herder.status(name).connector.trace, PATIENCE_MS);
    expect(trace).toContain('its code called process.exit(3)');
  });

  test('what a call throws ends that task alone; what may pass is tried again', async () => {
    await create('test.Counting', { fault: 'throws', at: 'start' });
    expect((await failure()).split('\n', 1)[0]).toBe('Error: thrown at once');
    expect(harness.herder.status(name).connector.state).toBe('RUNNING');
    name = `c${++names}`;
    await create('test.Counting', { fault: 'retriable', at: 'poll' });
    await eventually(() => harness.herder.status(name).tasks[0]?.trace?.includes('away for a moment'), PATIENCE_MS);
    expect(harness.herder.status(name).tasks[0]!.state).toBe('RUNNING');
  });

  test('a part that is missing', async () => {
    await expect(create('test.Unfinished')).rejects.toThrow(
      'test.Unfinished could not be checked: What load of test.Unfinished gives has no createConnector: a function',
    );
  });
});

test('records are written once, whenever the thread is ended', async () => {
  await create('test.Counting', { total: '60', fault: 'some', at: 'poll' });
  for (let deaths = 0; ; deaths++) {
    const state = await eventually(
      async () =>
        (await numbers()).length === 60 ? 'done' : harness.herder.status(name).tasks[0]?.state === 'FAILED' && 'dead',
      PATIENCE_MS,
    );
    if (state === 'done') {
      expect(deaths).toBeGreaterThan(0);
      break;
    }
    harness.herder.restart(name, true, true);
  }
  expect(await numbers()).toEqual(upTo(60));
});

describe('a sink', () => {
  const lines = (file: string): string[] => {
    try {
      return readFileSync(file, 'utf8').split('\n').slice(0, -1);
    } catch {
      return [];
    }
  };

  test('is given what is read, reports what is bad, and after its thread has died begins where it has flushed', async () => {
    const file = path.join(folder, name);
    const topic = `t-${name}`;
    await harness.write(topic, [
      [null, '"a"'],
      [null, '"bad"'],
      [null, '"c"'],
    ]);
    await create('test.Keeping', {
      topics: topic,
      file,
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': `dead-${name}`,
      'errors.deadletterqueue.topic.replication.factor': '1',
    });
    await eventually(() => lines(file).length === 2, PATIENCE_MS);
    await eventually(async () => (await harness.read(`dead-${name}`)).length === 1);
    expect((await harness.read(`dead-${name}`))[0]!.value).toBe('"bad"');
    await harness.herder.patchConfig(name, { fault: 'exit', at: 'put' });
    await harness.write(topic, [[null, '"d"']]);
    expect(await failure()).toContain('its code called process.exit(3)');
    await harness.herder.patchConfig(name, { fault: 'none' });
    await eventually(() => lines(file).length === 3, PATIENCE_MS);
    expect(lines(file)).toEqual([`${topic}-0-0 a ${topic}`, `${topic}-0-2 c ${topic}`, `${topic}-0-3 d ${topic}`]);
  });
});
