import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundledWorkers } from '../../test/support/plugins/bundled-worker.ts';
import { testEnv } from '../../test/support/env.ts';
import { serverConfig } from '../config/server-config.ts';
import { loadPlugins, type LoadedPlugins } from '../connect/plugins/load.ts';
import { eventually, Harness } from '../connect/worker/testing/harness.ts';
import { modulesOf, pluginThreads } from './plugins.ts';

/*
 * Transforms, predicates and converters of modules on plugin.path run in threads, for whole batches, and follow the
 * same rules as those of the worker.
 */
const plugins = path.resolve(import.meta.dirname, '../../test/support/plugins');
const folder = mkdtempSync(path.join(tmpdir(), 'plugin-parts-'));
const PATIENCE_MS = 19_000;

let found: LoadedPlugins;
let harness: Harness;
let names = 0;
let name: string;

beforeAll(async () => {
  const config = serverConfig({ 'plugin.stall.ms': '1500' });
  const threads = pluginThreads(config, testEnv(), await bundledWorkers(folder));
  found = await loadPlugins(modulesOf([path.join(plugins, 'parts.mjs'), path.join(plugins, 'unruly.mjs')]), threads);
  harness = await new Harness(found).start();
});
afterAll(async () => {
  await harness.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  name = `c${++names}`;
});

const STRINGS = { 'key.converter': 'StringConverter', 'value.converter': 'StringConverter' };

/** A source that writes the numbers from 0 to `total` through the transform `first` to the topic `name`. */
const source = (more: Record<string, string>, first = 'mine,') =>
  harness.herder.create(name, {
    'connector.class': 'test.Counting',
    ...STRINGS,
    transforms: `${first}r`,
    'transforms.mine.type': 'test.Stamp',
    'transforms.r.type': 'RegexRouter',
    'transforms.r.regex': 'n',
    'transforms.r.replacement': name,
    total: '7',
    ...more,
  });

const values = async (topic = name): Promise<(string | null)[]> => (await harness.read(topic)).map((r) => r.value);
const holds = (expected: readonly (string | null)[], topic = name) =>
  eventually(async () => {
    expect(await values(topic)).toEqual(expected);
    return true;
  }, PATIENCE_MS);
const failure = (): Promise<string> =>
  eventually(() => harness.herder.status(name).tasks.find((t) => t.state === 'FAILED')?.trace, PATIENCE_MS);

/** The lines of the file that the sink test.Keeping writes. */
const lines = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
};

const sink = async (texts: readonly string[], more: Record<string, string>): Promise<string> => {
  const file = path.join(folder, name);
  await harness.write(
    `t-${name}`,
    texts.map((text) => [null, text]),
  );
  await harness.herder.create(name, {
    'connector.class': 'test.Keeping',
    ...STRINGS,
    topics: `t-${name}`,
    file,
    ...more,
  });
  return file;
};
const written = (file: string): string[] => lines(file).map((line) => line.split(' ').slice(1, -1).join(' '));

test('are listed beside the built-in ones, described with their settings, and said where they are wrong', async () => {
  const { body } = await harness.rest('GET', '/connector-plugins?connectorsOnly=false');
  const mine = (body as { class: string }[]).filter((row) => /^test\.(?:Stamp|EndsWith|Angular)$/.test(row.class));
  expect(mine).toEqual([
    { class: 'test.Stamp', type: 'transformation', version: '1.2' },
    { class: 'test.EndsWith', type: 'predicate', version: '0' },
    { class: 'test.Angular', type: 'converter', version: '0' },
    { class: 'test.Angular', type: 'header_converter', version: '0' },
  ]);
  const keys = await harness.rest('GET', '/connector-plugins/test.Stamp/config');
  expect((keys.body as { name: string }[]).map((k) => k.name)).toEqual(['word', 'fault', 'at', 'topic']);
  expect(found.problems.map((p) => p.message.replace(/^.*mjs: /, ''))).toContain(
    'test.Ghost has no create: a function that gives the transformation',
  );
});

describe('a transform', () => {
  test('changes and drops records of a source, before and behind those of the worker', async () => {
    await source({
      transforms: 'r,mine,set',
      'transforms.mine.word': 'so',
      'transforms.set.type': 'org.apache.kafka.connect.transforms.HoistField$Value',
      'transforms.set.field': 'f',
      'value.converter': 'JsonConverter',
      'value.converter.schemas.enable': 'false',
    });
    await holds([0, 1, 2, 3, 4, 5, 6].map((n) => `{"f":"so ${n} ${n}"}`));
  });

  test('has its settings checked by its own code', async () => {
    const infos = await harness.herder.settings.validate({
      name,
      'connector.class': 'test.Counting',
      transforms: 'mine',
      'transforms.mine.type': 'test.Stamp',
      'transforms.mine.word': 'rude',
    });
    const wrong = infos.configs.filter((c) => c.value.errors.length > 0);
    expect(wrong.map((c) => [c.value.name, c.value.errors])).toEqual([
      ['transforms.mine.word', ['Invalid value rude for configuration transforms.mine.word: must be polite']],
    ]);
    await source({ 'transforms.mine.word': 'late' });
    expect(await failure()).toContain('no such word');
  });

  test('is passed by where the predicate of another module says no, and negated', async () => {
    const only = {
      predicates: 'three',
      'predicates.three.type': 'test.EndsWith',
      'predicates.three.text': '3',
      'transforms.mine.predicate': 'three',
    };
    await source({ total: '5', ...only });
    await holds(['0', '1', '2', 'seen 0 3', '4']);
    name = `c${++names}`;
    await source({ total: '5', ...only, 'transforms.mine.negate': 'true' });
    await holds(['seen 0 0', 'seen 1 1', 'seen 2 2', '3', 'seen 3 4']);
  });

  test('that throws fails its task with the record, or leaves it out where errors are tolerated', async () => {
    await source({ 'transforms.mine.fault': 'throws', 'transforms.mine.at': '4' });
    const trace = await failure();
    expect(trace).toContain('thrown for this record');
    // The preceding batch of three is committed, and nothing of the failed batch.
    expect(await values()).toEqual(['seen 0 0', 'seen 1 1', 'seen 2 2']);
    name = `c${++names}`;
    await source({ 'transforms.mine.fault': 'throws', 'transforms.mine.at': '4', 'errors.tolerance': 'all' });
    // The transform is called once per record, even when an earlier record of the batch failed.
    await holds(['seen 0 0', 'seen 1 1', 'seen 2 2', 'seen 3 3', 'seen 4 5', 'seen 5 6']);
  });

  test('that says that it may work later is asked again', async () => {
    const again = { 'transforms.mine.fault': 'twice', 'transforms.mine.at': '4', 'errors.retry.timeout': '60000' };
    await source({ ...again, 'errors.retry.delay.max.ms': '10' });
    await holds([0, 1, 2, 3, 4, 5, 6].map((n) => `seen ${n} ${n}`));
  });

  test('that makes records that cannot be written is said with its class', async () => {
    await source({ 'transforms.mine.fault': 'promise', 'transforms.mine.at': '4' });
    expect(await failure()).toContain('apply of test.Stamp returns a promise: it must answer at once');
  });

  test.each([
    ['loop', 'test.Stamp has not come back to its event loop for 1500 ms (plugin.stall.ms): its thread was ended'],
    ['exit', 'test.Stamp has ended its thread: its code called process.exit(3)'],
    ['timer', 'test.Stamp has thrown where nobody waited for it: thrown in a timer'],
  ])('with a %s ends its task alone, and a restart goes on behind what was written', async (fault, cause) => {
    const other = `${name}other`;
    await source({ 'transforms.mine.fault': fault, 'transforms.mine.at': '4' });
    const mine = name;
    name = other;
    await source({});
    await holds([0, 1, 2, 3, 4, 5, 6].map((n) => `seen ${n} ${n}`));
    name = mine;
    expect((await failure()).split('\n', 1)[0]).toBe(`ConnectError: ${cause}`);
    expect(harness.herder.status(name).connector.state).toBe('RUNNING');
    expect(harness.herder.status(other).tasks[0]!.state).toBe('RUNNING');
    await harness.herder.patchConfig(name, { 'transforms.mine.fault': 'none' });
    await eventually(async () => (await values()).length === 7, PATIENCE_MS);
    expect((await values()).map((v) => v!.split(' ')[2])).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  test('of a sink', async () => {
    const file = await sink(['a', 'drop', 'b'], { transforms: 'mine', 'transforms.mine.type': 'test.Stamp' });
    await eventually(() => written(file).length === 2, PATIENCE_MS);
    expect(written(file)).toEqual(['seen 0 a', 'seen 1 b']);
  });

  test('of a sink, that throws: what it could not handle is a dead letter as it was read', async () => {
    const file = await sink(['a', 'bad', 'c', 'bad', 'e'], {
      transforms: 'mine',
      'transforms.mine.type': 'test.Stamp',
      'transforms.mine.fault': 'throws',
      'transforms.mine.at': 'bad',
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': `dead-${name}`,
      'errors.deadletterqueue.topic.replication.factor': '1',
      'errors.deadletterqueue.context.headers.enable': 'true',
    });
    await eventually(() => written(file).length === 3, PATIENCE_MS);
    expect(written(file)).toEqual(['seen 0 a', 'seen 1 c', 'seen 2 e']);
    await eventually(async () => (await values(`dead-${name}`)).length === 2, PATIENCE_MS);
    const letters = await harness.read(`dead-${name}`);
    expect(letters.map((l) => [l.value, l.headers['__connect.errors.class.name']])).toEqual([
      ['bad', 'test.Stamp'],
      ['bad', 'test.Stamp'],
    ]);
  });

  test('is shown in a preview, with the topics that it makes', async () => {
    const seen = await harness.herder.sql.preview(name, {
      'connector.class': 'test.Counting',
      ...STRINGS,
      transforms: 'mine',
      'transforms.mine.type': 'test.Stamp',
      'transforms.mine.topic': 'elsewhere',
    });
    expect(seen!.topics.map((t) => [t.declaration.topic, t.rows.map((r) => r.value)])).toEqual([
      ['elsewhere', ['"seen 0 0"', '"seen 1 1"', '"seen 2 2"']],
    ]);
  });
});

describe('a converter', () => {
  test('writes keys and values, behind transforms of the worker and of modules', async () => {
    await source({ 'key.converter': 'Angular', 'value.converter': 'test.Angular' });
    await holds([0, 1, 2, 3, 4, 5, 6].map((n) => `<${name} seen ${n} ${n}>`));
    expect((await harness.read(name)).map((r) => r.key!.toString())).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((n) => `<key ${n}>`),
    );
    name = `c${++names}`;
    await source({ 'value.converter': 'test.Angular' }, '');
    await holds([0, 1, 2, 3, 4, 5, 6].map((n) => `<${name} ${n}>`));
  });

  test('reads keys and values', async () => {
    const file = await sink(['<a>', '<b>', '<b>'], { 'value.converter': 'Angular', 'key.converter': 'Angular' });
    await eventually(() => written(file).length === 3, PATIENCE_MS);
    expect(written(file)).toEqual(['a', 'b', 'b']);
  });

  test('reads for transforms of the worker', async () => {
    const file = await sink(['<a>'], {
      'value.converter': 'Angular',
      transforms: 'h',
      'transforms.h.type': 'org.apache.kafka.connect.transforms.HoistField$Value',
      'transforms.h.field': 'f',
    });
    await eventually(() => written(file).length === 1, PATIENCE_MS);
    expect(written(file)).toEqual(['a']);
  });

  test('has its settings checked by its own code', async () => {
    await expect(source({ 'value.converter': 'Angular', 'value.converter.marks': 'none' })).rejects.toThrow(
      'Invalid value none for configuration value.converter.marks: must be some',
    );
  });

  test('that throws: the record is left out where errors are tolerated', async () => {
    const bad = { 'value.converter': 'Angular', 'value.converter.fault': 'throws', 'value.converter.at': '4' };
    await source({ ...bad, 'errors.tolerance': 'all' }, '');
    await holds([0, 1, 2, 3, 5, 6].map((n) => `<${name} ${n}>`));
    name = `c${++names}`;
    const file = await sink(['<a>', '<4>', '<b>'], { ...bad, 'errors.tolerance': 'all' });
    await eventually(() => written(file).length === 2, PATIENCE_MS);
    expect(written(file)).toEqual(['a', 'b']);
  });

  test('in a loop ends its task alone', async () => {
    await sink(['<a>', '<4>'], {
      'value.converter': 'Angular',
      'value.converter.fault': 'loop',
      'value.converter.at': '4',
    });
    expect(await failure()).toContain('test.Angular has not come back to its event loop for 1500 ms');
  });

  test('tells SQL the format that reads what it writes', async () => {
    await source({ 'value.converter': 'Angular' }, '');
    await holds([0, 1, 2, 3, 4, 5, 6].map((n) => `<${name} ${n}>`));
    await eventually(() => harness.herder.sql.topicSchema(name)?.valueFormat === 'KAFKA', PATIENCE_MS);
  });
});

test('a predicate that lacks its part fails the task with its class', async () => {
  await source({
    predicates: 'v',
    'predicates.v.type': 'test.Vague',
    'transforms.mine.predicate': 'v',
  });
  expect(await failure()).toContain('What create of test.Vague gives has no test: a function');
});
