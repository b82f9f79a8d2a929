import { expect, test } from 'vitest';
import { CONNECTORS } from '../../connectors/registry.ts';
import { PluginCatalog } from './plugin-catalog.ts';

const catalog = new PluginCatalog({ connectors: CONNECTORS, converters: [], transforms: [], predicates: [] });

test.each([
  ['postgres', 'source'],
  ['POSTGRES', 'source'],
  ['postgres-sink', 'sink'],
  ['datagen', 'source'],
])('%s is described by its short name, with the short names of its settings', (name, type) => {
  const described = catalog.describe(name)!;
  expect(described.type).toBe(type);
  expect(described.shortForm.map((k) => k.name)).toContain(name === 'datagen' ? 'data' : 'url');
});

test('what is no connector is not described', () => {
  expect(catalog.describe('postgre')).toBeUndefined();
});
