import { expect, test } from 'vitest';
import type { SourcePlugin } from '../../api/connector.ts';
import { PluginCatalog } from '../plugins/plugin-catalog.ts';
import { ConfigResolver } from './resolved-config.ts';

const plugin: SourcePlugin = {
  type: 'source',
  name: 'reader',
  className: 'test.Reader',
  aliases: [],
  version: '1',
  doc: '',
  config: [
    {
      name: 'file',
      aliases: ['path'],
      type: 'STRING',
      default: null,
      importance: 'HIGH',
      documentation: '',
      isFile: true,
    },
  ],
  load: () => Promise.reject(new Error('not run')),
};
const resolver = new ConfigResolver(
  new PluginCatalog({ connectors: [plugin], converters: [], transforms: [], predicates: [] }),
  {
    allowedFile: async (file) => {
      if (!file.startsWith('/data/')) throw new Error(`${file} is outside`);
      return `/real${file}`;
    },
  } as ConstructorParameters<typeof ConfigResolver>[1],
  () => [],
);
const of = (more: Record<string, string>) => resolver.resolve({ 'connector.class': 'test.Reader', ...more });

test.each(['file', 'path'])('a file is looked at under each name of its setting: %s', async (name) => {
  expect((await of({ [name]: '/etc/passwd' })).problems).toEqual([{ key: name, message: '/etc/passwd is outside' }]);
  expect((await of({ [name]: '/data/a' })).raw[name]).toBe('/real/data/a');
});
