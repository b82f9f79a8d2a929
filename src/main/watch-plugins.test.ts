import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { memoryServer } from '../../test/support/memory-server.ts';
import type { SluiceClient } from '../client/index.ts';
import { serverConfig } from '../config/server-config.ts';
import type { Herder } from '../connect/worker/herder.ts';
import type { Sluice } from './compose.ts';
import { pluginThreads } from './plugins.ts';
import { watchPlugins } from './watch-plugins.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'watched-'));
let sluice: Sluice;
let client: SluiceClient;

/** A module with a source that writes a word, imported from another file, repeatedly, and with a transform. */
const module = (version: string, settings = ''): string => `
import { word } from './lib/word.mjs';
export const words = {
  type: 'source', name: 'words', className: 'example.Words', aliases: [], version: '${version}', doc: 'Words.',
  config: [${settings}],
  load: async () => ({
    createConnector: () => ({ start: async () => {}, taskConfigs: async () => [{}], stop: async () => {} }),
    createTask: () => {
      let context, n;
      return {
        start: async (config, given) => { context = given; n = Number(context.offset({ p: 0 })?.n ?? 0); },
        poll: async () => {
          await context.env.timers.sleep(20, context.signal).catch(() => {});
          return [{ topic: 'words', keySchema: null, key: null, valueSchema: null, value: { word, n: ++n }, sourcePartition: { p: 0 }, sourceOffset: { n } }];
        },
        stop: async () => {},
      };
    },
  }),
};
export const shout = {
  type: 'transformation', className: 'example.Shout', aliases: ['Shout'], version: '1', doc: 'Shouts.', config: [],
  create: () => ({ apply: (record) => ({ ...record, value: { ...record.value, word: record.value.word + '!' } }) }),
};
`;
const write = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);

beforeAll(async () => {
  mkdirSync(path.join(folder, 'lib'));
  write('lib/word.mjs', "export const word = 'one';");
  write('words.mjs', module('1'));
  ({ sluice, client } = await memoryServer({
    'plugin.path': path.join(folder, 'words.mjs'),
    'plugin.watch': 'true',
    'ksql.streams.auto.offset.reset': 'earliest',
  }));
  await client.execute(`
    CREATE SOURCE CONNECTOR w WITH ('connector.class'='example.Words', 'value.converter'='JsonConverter',
      'value.converter.schemas.enable'='false', transforms='s', 'transforms.s.type'='Shout');
    CREATE STREAM words (word STRING, n BIGINT) WITH (kafka_topic='words', value_format='JSON', partitions=1);`);
});
afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true });
});

const first = async (word: string): Promise<unknown> =>
  await client.pullQuery(`SELECT word FROM words WHERE word = '${word}' EMIT CHANGES LIMIT 1;`);
const shown = async (): Promise<string> =>
  JSON.stringify(await client.execute("DESCRIBE CONNECTOR PLUGIN 'example.Words';"));

test('a changed plug-in is loaded anew, with its settings and what it imports; its tasks go on where they were', async () => {
  expect(await first('one!')).toHaveLength(1);

  write('lib/word.mjs', "export const word = 'two';");
  expect(await first('two!')).toHaveLength(1);

  write(
    'words.mjs',
    module('2', "{ name: 'loud', type: 'BOOLEAN', default: 'false', documentation: 'How loud.' }").replaceAll(
      "'!'",
      "'?'",
    ),
  );
  await vi.waitFor(async () => expect(await shown()).toContain('How loud.'), { timeout: 60_000, interval: 200 });
  expect(await first('two?')).toHaveLength(1);
  const [status] = await client.execute('DESCRIBE CONNECTOR w;');
  expect(JSON.stringify(status)).toContain('RUNNING');

  // Each number occurs once: every start continued at the committed offset.
  const rows = await client.pullQuery('SELECT n FROM words EMIT CHANGES LIMIT 20;');
  expect(rows.map((row) => row['N'])).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

test('what cannot be loaded changes nothing, and the log says why', async () => {
  const own = mkdtempSync(path.join(tmpdir(), 'broken-'));
  const file = path.join(own, 'words.mjs');
  writeFileSync(file, module('1').replace("import { word } from './lib/word.mjs';", "const word = 'w';"));
  const told: string[] = [];
  const env = testEnv();
  const logger = {
    ...env.logger,
    error: (text: string, fields?: unknown) => void told.push(text + JSON.stringify(fields)),
  };
  const exchangePlugins = vi.fn<Herder['exchangePlugins']>(async () => ['w']);
  const end = watchPlugins([file], {
    herder: { exchangePlugins },
    threads: pluginThreads(serverConfig({}), env),
    plugins: { connectors: [], converters: [], transforms: [], predicates: [] },
    env: { ...env, logger },
  });
  try {
    writeFileSync(file, 'export const = ;');
    await vi.waitFor(() => expect(told.join(' ')).toMatch(/the former one stays.*could not be loaded/), {
      timeout: 60_000,
    });
    expect(exchangePlugins).not.toHaveBeenCalled();
    writeFileSync(file, module('2').replace("import { word } from './lib/word.mjs';", "const word = 'w';"));
    await vi.waitFor(() => expect(exchangePlugins).toHaveBeenCalledTimes(1), { timeout: 60_000 });
    expect(exchangePlugins.mock.calls[0]?.[1].connectors.map((c) => c.version)).toEqual(['2']);
  } finally {
    await end();
    rmSync(own, { recursive: true });
  }
});
