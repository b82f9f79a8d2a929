import { mkdtemp, readFile, writeFile, appendFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Logger } from '../../base/env.ts';
import { inProcessClient } from './in-process-client.ts';
import { eventually, Harness } from './testing/harness.ts';

const PAGEVIEWS = {
  'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
  'kafka.topic': 'pageviews',
  quickstart: 'pageviews',
  'max.interval': '0',
  iterations: '20',
  'random.seed': '1',
};

let harness: Harness;
let folder: string;
beforeEach(async () => {
  harness = await new Harness().start();
  folder = await mkdtemp(path.join(tmpdir(), 'sluice-connect-'));
});
afterEach(async () => {
  await harness.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a source', () => {
  test('writes records whose keys and values SQL reads, and says what they are', async () => {
    await harness.herder.create('views', PAGEVIEWS);
    const records = await eventually(async () => {
      const read = await harness.read('pageviews');
      return read.length === 20 && read;
    });
    expect(records[1]!.key).toEqual(Buffer.from([0, 0, 0, 0, 0, 0, 0, 11]));
    expect(JSON.parse(records[1]!.value!)).toEqual({
      viewtime: 11,
      userid: expect.stringMatching(/^User_[1-9]$/),
      pageid: expect.stringMatching(/^Page_[1-9][0-9]?$/),
    });
    expect(records[1]!.headers).toEqual({ 'task.generation': '0', 'task.id': '0', 'current.iteration': '1' });
    expect(harness.herder.sql.topicSchema('pageviews')).toEqual({
      topic: 'pageviews',
      connector: 'views',
      key: [{ name: 'viewtime', type: 'BIGINT' }],
      value: [
        { name: 'userid', type: 'STRING' },
        { name: 'pageid', type: 'STRING' },
      ],
      keyFormat: 'KAFKA',
      valueFormat: 'JSON',
      isTable: false,
      bareValue: false,
    });
    const [declaration] = await harness.herder.sql.sourceDeclarations('views', 1000);
    expect(declaration).toMatchObject({ name: 'VIEWS_PAGEVIEWS', isTable: false, declare: true, partitions: 1 });
  });

  test('that has no more to give fails with a trace that says so', async () => {
    await harness.herder.create('views', PAGEVIEWS);
    const status = await eventually(() => {
      const s = harness.herder.status('views');
      return s.tasks[0]?.state === 'FAILED' && s;
    });
    expect(status.connector.state).toBe('RUNNING');
    expect(status.tasks[0]!.trace).toMatch(/generated the configured 20 number of messages/);
  });

  test('goes on where it stopped after a restart of the worker: no record twice, none lost', async () => {
    const file = path.join(folder, 'in.txt');
    await writeFile(file, 'one\ntwo\n');
    const config = { 'connector.class': 'FileStreamSource', file, topic: 'lines' };
    await harness.herder.create('lines', config);
    await eventually(async () => (await harness.read('lines')).length === 2);
    await harness.herder.close();
    await appendFile(file, 'three\nfour');
    await harness.start();
    await eventually(async () => (await harness.read('lines')).length === 3);
    expect((await harness.read('lines')).map((r) => r.value)).toEqual(['"one"', '"two"', '"three"']);
    expect(await harness.herder.offsets('lines')).toEqual([
      { partition: { filename: file }, offset: expect.objectContaining({ position: 14 }) },
    ]);
    expect(harness.herder.topics('lines')).toEqual(['lines']);
  });

  test('keeps paused and stopped over a restart of the worker', async () => {
    await harness.herder.create('views', { ...PAGEVIEWS, iterations: '-1', 'max.interval': '20' });
    await eventually(() => harness.herder.status('views').tasks[0]?.state === 'RUNNING');
    await harness.herder.setTarget('views', 'PAUSED');
    await eventually(() => harness.herder.status('views').tasks[0]?.state === 'PAUSED');
    const paused = (await harness.read('pageviews')).length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await harness.read('pageviews')).length - paused).toBeLessThanOrEqual(1);
    await harness.herder.close();
    await harness.start();
    await eventually(() => harness.herder.status('views').connector.state === 'PAUSED');
    await harness.herder.setTarget('views', 'STOPPED');
    expect(harness.herder.status('views')).toMatchObject({ connector: { state: 'STOPPED' }, tasks: [] });
    await harness.herder.setTarget('views', 'RUNNING');
    await eventually(() => harness.herder.status('views').tasks[0]?.state === 'RUNNING');
  });

  test('declares what comes out of its transforms', async () => {
    await harness.herder.create('views', {
      ...PAGEVIEWS,
      'value.converter': 'JsonConverter',
      'value.converter.schemas.enable': 'true',
    });
    await eventually(async () => (await harness.read('pageviews')).length === 20);
    expect(JSON.parse((await harness.read('pageviews'))[0]!.value!)).toHaveProperty('schema.name', 'pageviews');
    const [declaration] = await harness.herder.sql.sourceDeclarations('views', 1000);
    expect(declaration).toMatchObject({ declare: true, valueFormat: 'CONNECT_JSON' });
  });
});

describe('a sink', () => {
  test('reads topics that come later, and commits what it wrote', async () => {
    const file = path.join(folder, 'out.txt');
    await harness.herder.create('out', {
      'connector.class': 'FileStreamSink',
      file,
      topics: 'lines',
      'value.converter': 'StringConverter',
      'key.converter': 'StringConverter',
    });
    await harness.write('lines', [
      ['k', 'a'],
      [null, 'b'],
    ]);
    await eventually(async () => (await readFile(file, 'utf8')) === 'a\nb\n');
    await eventually(async () => (await harness.herder.offsets('out')).length === 1);
    expect(await harness.herder.offsets('out')).toEqual([
      { partition: { kafka_topic: 'lines', kafka_partition: 0 }, offset: { kafka_offset: 2 } },
    ]);
    expect(harness.herder.topics('out')).toEqual(['lines']);
    await harness.herder.close();
    await harness.start();
    await harness.write('lines', [[null, 'c']]);
    await eventually(async () => (await readFile(file, 'utf8')) === 'a\nb\nc\n');
  });

  const broken = (file: string) => ({
    'connector.class': 'FileStreamSink',
    file,
    topics: 'mixed',
    'key.converter': 'StringConverter',
    'value.converter': 'JsonConverter',
    'value.converter.schemas.enable': 'false',
  });

  test('fails on a record that does not parse, and names its place', async () => {
    await harness.write('mixed', [
      [null, '{"a":1}'],
      [null, '{"a":'],
      [null, '{"a":3}'],
    ]);
    await harness.herder.create('out', broken(path.join(folder, 'out.txt')));
    const status = await eventually(() => {
      const s = harness.herder.status('out');
      return s.tasks[0]?.state === 'FAILED' && s;
    });
    expect(status.tasks[0]!.trace).toMatch(
      /Tolerance exceeded in error handler \(VALUE_CONVERTER, mixed, partition 0, offset 1\)/,
    );
  });

  test('with tolerance buries it in the dead letter topic, with the reasons', async () => {
    const file = path.join(folder, 'out.txt');
    await harness.write('mixed', [
      [null, '{"a":1}'],
      ['key', '{"a":'],
      [null, '{"a":3}'],
    ]);
    await harness.herder.create('out', {
      ...broken(file),
      'errors.tolerance': 'all',
      'errors.deadletterqueue.topic.name': 'dead',
      'errors.deadletterqueue.context.headers.enable': 'true',
    });
    const [letter] = await eventually(async () => {
      const read = await harness.read('dead');
      return read.length > 0 && read;
    });
    expect(await readFile(file, 'utf8')).toBe('{"a":1}\n{"a":3}\n');
    expect(letter).toMatchObject({ key: Buffer.from('key'), value: '{"a":' });
    expect(letter!.headers).toMatchObject({
      '__connect.errors.topic': 'mixed',
      '__connect.errors.offset': '1',
      '__connect.errors.connector.name': 'out',
      '__connect.errors.stage': 'VALUE_CONVERTER',
      // The headers that Java's consumers of dead letters expect.
      '__connect.errors.class.name': 'org.apache.kafka.connect.json.JsonConverter',
      '__connect.errors.exception.class.name': 'org.apache.kafka.connect.errors.DataException',
      '__connect.errors.exception.stacktrace': expect.stringMatching(
        /^org\.apache\.kafka\.connect\.errors\.DataException: /,
      ),
    });
  });
});

test('settings without effect are named when the connector starts', async () => {
  const warnings: string[] = [];
  const other = new Harness();
  const logger: Logger = { ...other.env.logger, warn: (message) => void warnings.push(message), child: () => logger };
  Object.assign(other, { env: { ...other.env, logger } });
  await other.start();
  try {
    await other.herder.create('out', {
      'connector.class': 'FileStreamSink',
      topics: 't',
      file: path.join(folder, 'out.txt'),
      'consumer.override.auto.offset.reset': 'latest',
      'consumer.override.max.poll.records': '5',
      'producer.override.linger.ms': '5',
    });
    await eventually(() => warnings.length > 0);
    expect(warnings).toEqual([
      'Settings that are without effect on this worker: consumer.override.max.poll.records, producer.override.linger.ms',
    ]);
    expect(other.herder.sql.remarks('out')).toEqual([expect.stringContaining('producer.override.linger.ms')]);
    await other.herder.create('in', {
      'connector.class': 'FileStreamSource',
      topic: 'made',
      file: path.join(folder, 'in.txt'),
      'transaction.boundary': 'interval',
      'exactly.once.support': 'required',
      'config.action.reload': 'none',
    });
    await eventually(() => other.herder.sql.remarks('in').length > 0);
    expect(other.herder.sql.remarks('in')[0]).toBe(
      'Settings that are without effect on this worker: transaction.boundary (a poll always is one)',
    );
  } finally {
    await other.close();
  }
});

describe('secrets', () => {
  test('are references everywhere but inside the connector', async () => {
    const file = path.join(folder, 'in.txt');
    await writeFile(file, 'x\n');
    harness.files.set('/secrets/app.properties', '# comment\ntopic=hush\n');
    harness.variables.set('IN_FILE', file);
    const config = {
      'connector.class': 'FileStreamSource',
      file: '${env:IN_FILE}',
      topic: '${file:/secrets/app.properties:topic}',
    };
    await harness.herder.create('s', config);
    await eventually(async () => (await harness.read('hush')).length === 1);
    expect(harness.herder.config('s')).toEqual({ ...config, name: 's' });
    expect(harness.herder.taskConfigs('s')[0]!.config).toMatchObject(config);
  });

  test('validation has the references as they were sent, and nowhere what they stand for', async () => {
    harness.variables.set('MARK', 'Zq8w_mark');
    harness.files.set('/secrets/app.properties', 'topic=Zq8w_mark\n');
    const config = {
      'connector.class': 'FileStreamSource',
      file: '${env:MARK}/${file:/secrets/app.properties:topic}.txt',
      topic: '${env:MARK}',
      transforms: '${env:MARK}',
      'value.converter': '${env:MARK}',
      'errors.tolerance': '${env:MARK}',
    };
    const infos = await harness.herder.settings.validate(config);
    expect(JSON.stringify(infos)).not.toContain('Zq8w_mark');
    const shown = Object.fromEntries(infos.configs.map(({ value }) => [value.name, value.value]));
    expect(shown).toMatchObject(config);
    await expect(harness.herder.create('r', config)).rejects.toThrow(/^(?!.*Zq8w_mark)/s);
    const { transforms: _t, 'value.converter': _v, 'errors.tolerance': _e, ...valid } = config;
    await harness.herder.create('r', valid);
    await eventually(async () => JSON.stringify(harness.herder.sql.remarks('r')).includes('is not there'));
    expect(JSON.stringify(harness.herder.sql.remarks('r'))).not.toContain('Zq8w_mark');
  });

  test('a missing file is an error at once', async () => {
    await expect(
      harness.herder.create('s', { 'connector.class': 'FileStreamSource', topic: '${file:/nope:topic}' }),
    ).rejects.toMatchObject({ status: 500, message: 'Could not read properties from file /nope' });
  });

  test('a masked value that comes back means the stored one', async () => {
    const config = { ...PAGEVIEWS, 'my.password': 'pst!', iterations: '-1', 'max.interval': '1000' };
    await harness.herder.create('v', config);
    const shown = harness.herder.config('v');
    expect(shown['my.password']).toBe('[hidden]');
    await harness.herder.putConfig('v', { ...shown, 'max.interval': '2000' });
    expect(JSON.stringify(harness.herder.info('v'))).not.toContain('pst!');
    expect(JSON.stringify(await harness.read('connect-configs'))).toContain('pst!');
    await harness.herder.patchConfig('v', { 'my.password': null });
    expect(harness.herder.config('v')).not.toHaveProperty('my.password');
  });
});

describe('offsets', () => {
  test('change only while stopped; a reset makes the source begin anew', async () => {
    const file = path.join(folder, 'in.txt');
    await writeFile(file, 'one\ntwo\n');
    await harness.herder.create('l', { 'connector.class': 'FileStreamSource', file, topic: 'l' });
    await eventually(async () => (await harness.read('l')).length === 2);
    await expect(harness.herder.deleteOffsets('l')).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('must be in the STOPPED state'),
    });
    await harness.herder.setTarget('l', 'STOPPED');
    expect(await harness.herder.alterOffsets('l', [{ partition: { filename: file }, offset: { position: 4 } }])).toBe(
      'The offsets for this connector have been altered successfully',
    );
    await expect(harness.herder.alterOffsets('l', [])).rejects.toMatchObject({ status: 400 });
    await expect(
      harness.herder.alterOffsets('l', [{ partition: { filename: file }, offset: { position: -1 } }]),
    ).rejects.toThrow(/non-negative/);
    await harness.herder.setTarget('l', 'RUNNING');
    await eventually(async () => (await harness.read('l')).length === 3);
    await harness.herder.setTarget('l', 'STOPPED');
    await harness.herder.deleteOffsets('l');
    expect(await harness.herder.offsets('l')).toEqual([]);
    await harness.herder.setTarget('l', 'RUNNING');
    await eventually(async () => (await harness.read('l')).length === 5);
  });

  test('outlive the connector', async () => {
    const file = path.join(folder, 'in.txt');
    await writeFile(file, 'one\n');
    await harness.herder.create('l', { 'connector.class': 'FileStreamSource', file, topic: 'l' });
    await eventually(async () => (await harness.read('l')).length === 1);
    await harness.herder.delete('l');
    await appendFile(file, 'two\n');
    await harness.herder.create('l', { 'connector.class': 'FileStreamSource', file, topic: 'l' });
    await eventually(async () => (await harness.read('l')).length === 2);
  });
});

describe('a connector whose plugin is gone', () => {
  test('is listed as failed, and can be deleted', async () => {
    let broken = true;
    const other = {
      type: 'sink' as const,
      name: 'other',
      className: 'test.Other',
      aliases: [],
      version: '1',
      doc: '',
      config: [],
      load: async (): Promise<never> => {
        if (broken) throw new Error('package other is not installed: run npm install other');
        return {} as never;
      },
    };
    await harness.herder.close();
    const { log } = harness;
    harness = await new Harness({ connectors: [other] }, log).start();
    const config = { 'connector.class': 'test.Other', topics: 't' };
    await expect(harness.herder.create('o', config)).rejects.toThrow(/run npm install other/);
    broken = false;
    await harness.herder.create('o', config, 'STOPPED');
    await harness.herder.close();
    harness = await new Harness({}, log).start();
    expect((await inProcessClient(harness.herder).list())['o']!.status).toMatchObject({
      connector: { state: 'FAILED', trace: expect.stringContaining('test.Other') },
    });
    await harness.herder.delete('o');
    expect(harness.herder.names()).toEqual([]);
  });
});

describe('in-process client', () => {
  test('expands the short form and lists all problems of it', () => {
    const { embedded } = inProcessClient(harness.herder);
    expect(embedded!.expandShortForm({ connector: 'datagen', data: 'users', topic: 'u', rate: '5' })).toEqual({
      config: {
        'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
        'max.interval': '200',
        'messages.per.second': '5',
        quickstart: 'users',
        'kafka.topic': 'u',
      },
      problems: [],
    });
    expect(embedded!.expandShortForm({ connector: 'mqtt' }).problems).toEqual([
      'Missing required configuration "url" which has no default value.',
      'Missing required configuration "topics" which has no default value.',
    ]);
    expect(embedded!.expandShortForm({ connector: 'datagn' }).problems[0]).toMatch(/Did you mean datagen/);
  });

  test('expands what is changed by the connector that is there, and adds nothing', () => {
    const { embedded } = inProcessClient(harness.herder);
    const { config } = embedded!.expandShortForm({ connector: 'datagen', data: 'users', topic: 'u' });
    const changes = (written: Record<string, string>) => embedded!.expandChanges(written, config);
    expect(changes({ rate: '5', 'max.interval': '7' })).toEqual({
      config: { 'messages.per.second': '5', 'max.interval': '7' },
      problems: [],
    });
    expect(changes({ rate: '5', 'messages.per.second': '6', connector: 'datagen' }).config).toEqual({
      'messages.per.second': '6',
    });
    expect(changes({ connector: 'postgres' }).problems).toEqual([
      expect.stringMatching(/^Invalid value postgres for configuration connector: The connector is .*DatagenConnector/),
    ]);
    // A connector without short setting names accepts settings of any name.
    expect(embedded!.expandChanges({ rate: '5' }, { 'connector.class': 'FileStreamSource' }).config).toEqual({
      rate: '5',
    });
  });

  test('an unknown class names the nearest and lists all', async () => {
    const client = inProcessClient(harness.herder);
    await expect(client.create('x', { 'connector.class': 'FileStreamSorce' })).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(
        /available connectors are: .*FileStreamSinkConnector \(sink\).*Did you mean FileStreamSource\?/s,
      ),
    });
  });
});
