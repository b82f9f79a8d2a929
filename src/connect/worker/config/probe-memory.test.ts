import { afterEach, beforeEach, expect, test } from 'vitest';
import { configKeys } from '../../api/config-spec.ts';
import type { SourcePlugin } from '../../api/connector.ts';
import { inProcessClient } from '../in-process-client.ts';
import { Harness } from '../testing/harness.ts';

let probes: string[];
let problem: string | undefined;
let claimed: ReadonlySet<string>;
let harness: Harness;

const CLASS = 'test.Probed';
const KEYS = configKeys({
  password: { name: 'password', type: 'PASSWORD', default: null, documentation: '' },
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
    createConnector: () => ({ start: async () => {}, taskConfigs: async () => [], stop: async () => {} }),
    createTask: () => ({ start: async () => {}, poll: async () => [], stop: async () => {} }),
  }),
};

beforeEach(async () => {
  probes = [];
  problem = undefined;
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
