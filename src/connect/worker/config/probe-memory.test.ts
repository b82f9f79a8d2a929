import { afterEach, beforeEach, expect, test } from 'vitest';
import { configKeys, type ConfigProblem } from '../../api/config-spec.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { inProcessClient } from '../in-process-client.ts';
import { Harness } from '../testing/harness.ts';

let probes: string[];
let problem: string | undefined;
let chosenProblems: readonly ConfigProblem[] | undefined;
let claimed: ReadonlySet<string>;
let harness: Harness;

const CLASS = 'test.Probed';
const KEYS = configKeys({
  password: { name: 'password', type: 'PASSWORD', default: null, documentation: '' },
  mode: { name: 'mode', type: 'STRING', default: 'plain', documentation: '' },
});
const plugin: SourcePlugin = {
  type: 'source',
  name: 'probed',
  className: CLASS,
  aliases: [],
  version: '1',
  doc: '',
  config: Object.values(KEYS),
  load: async () => ({
    probe: async (config, { refusal }) => {
      probes.push(config.require(KEYS.password));
      const refused = refusal({ topic: 'rows' });
      const why = problem ?? refused?.reason;
      return why === undefined ? [] : [{ key: 'password', message: why }];
    },
    choose: async () => ({ settings: { mode: 'best' }, notes: [], problems: chosenProblems }),
    createConnector: () => ({ start: async () => {}, taskConfigs: async () => [], stop: async () => {} }),
    createTask: () => ({ start: async () => {}, poll: async () => [], stop: async () => {} }),
  }),
};

beforeEach(async () => {
  probes = [];
  problem = undefined;
  chosenProblems = undefined;
  claimed = new Set();
  harness = await new Harness({
    connectors: [plugin],
    claims: (topic) => (claimed.has(topic) ? { isProtected: true } : {}),
  }).start();
  harness.variables.set('PW', 'one');
});
afterEach(() => harness.close());

const config = { 'connector.class': CLASS, password: '${env:PW}' };
const client = () => inProcessClient(harness.herder);
const checked = () => client().validate(CLASS, { ...config, name: 'c' });

test('what was checked a moment ago is created without asking the world again, once', async () => {
  await checked();
  await client().create('c', config);
  expect(probes).toEqual(['one']);
  await client().putConfig('c', config);
  expect(probes).toEqual(['one', 'one']);
});

test('a secret that has changed since, another config, or another name: asked again', async () => {
  await checked();
  harness.variables.set('PW', 'two');
  await client().create('c', config);
  await client().create('d', config);
  expect(probes).toEqual(['one', 'two', 'two']);
});

test('what was found wrong is looked at again', async () => {
  problem = 'away';
  expect((await checked()).error_count).toBe(1);
  problem = undefined;
  await client().create('c', config);
  expect(probes).toHaveLength(2);
});

test('a topic that somebody took between check and creation is seen', async () => {
  await checked();
  claimed = new Set(['rows']);
  await expect(client().create('c', config)).rejects.toThrow(/rows/);
  expect(probes).toHaveLength(2);
});

test('what was probed as its settings were chosen is checked and created without asking the world again', async () => {
  chosenProblems = [];
  const { settings } = await harness.herder.sql.choose('c', config);
  const chosen = { ...config, ...settings };
  await client().validate(CLASS, { ...chosen, name: 'c' });
  await client().create('c', chosen);
  expect(probes).toEqual([]);
  await client().putConfig('c', chosen);
  expect(probes).toEqual(['one']);
});

test('a choice that was not probed, or with a problem, spares no look', async () => {
  for (const [name, problems] of [
    ['c', undefined],
    ['d', [{ key: 'password', message: 'wrong' }]],
  ] as const) {
    chosenProblems = problems;
    probes = [];
    const { settings } = await harness.herder.sql.choose(name, config);
    await client().validate(CLASS, { ...config, ...settings, name });
    expect(probes).toEqual(['one']);
  }
});
