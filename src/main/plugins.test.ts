import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { loadPlugins } from '../connect/plugins/load.ts';
import { serverConfig } from '../config/server-config.ts';
import { modulesOf, pluginThreads } from './plugins.ts';

test('loadPlugins finds the connectors of a folder and reports what it cannot load', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'plugins-'));
  writeFileSync(
    path.join(folder, 'tick.mjs'),
    `export const tick = { name: 'tick', className: 'example.TickSource', aliases: [], version: '1', doc: 'Ticks.', type: 'source', config: [], load: async () => ({}) };`,
  );
  writeFileSync(path.join(folder, 'broken.mjs'), 'export const = ;');
  writeFileSync(path.join(folder, 'empty.mjs'), 'export const nothing = 1;');
  const { connectors, problems } = await loadPlugins(
    modulesOf([folder, 'no-such-package-anywhere']),
    pluginThreads(serverConfig({}), testEnv()),
  );
  expect(connectors.map((p) => p.className)).toEqual(['example.TickSource']);
  expect(
    problems.map((p) =>
      p.message
        .replace(/file:\S*\//, '')
        .split(':')
        .slice(0, 2)
        .join(':'),
    ),
  ).toEqual([
    'plugin.path: broken.mjs could not be loaded',
    'plugin.path: empty.mjs exports no connector, transform, predicate or converter',
    'plugin.path: no-such-package-anywhere could not be loaded',
  ]);
});
