import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { serverConfig } from '../config/server-config.ts';
import { loadPlugins } from '../connect/plugins/load.ts';
import { connectorCommand, newConnector } from './connector-command.ts';
import { modulesOf, pluginThreads } from './plugins.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'connector-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a new package has what a server loads, and tests for it', async () => {
  const own = path.join(folder, 'deep/my-notes');
  const files = await newConnector(own);
  expect(files.toSorted()).toEqual(
    [
      '.gitignore',
      'README.md',
      'notes.mjs',
      'notes.test.mjs',
      'package.json',
      'server.properties',
      'tsconfig.json',
    ].toSorted(),
  );
  const { name, exports, scripts } = JSON.parse(readFileSync(path.join(own, 'package.json'), 'utf8')) as {
    name: string;
    exports: string;
    scripts: Record<string, string>;
  };
  expect([name, exports, scripts['test']]).toEqual(['my-notes', './notes.mjs', 'node --test notes.test.mjs']);
  expect(readFileSync(path.join(own, 'server.properties'), 'utf8')).toMatch(
    /^plugin\.path=notes\.mjs\nplugin\.watch=true\n$/,
  );

  const entries = [path.join(own, 'notes.mjs')];
  const { connectors, transforms, problems } = await loadPlugins(
    modulesOf(entries),
    pluginThreads(serverConfig({}), testEnv()),
  );
  expect(problems).toEqual([]);
  expect([...connectors, ...transforms].map((p) => p.className).toSorted()).toEqual([
    'example.NotesSink',
    'example.NotesSource',
    'example.Redact',
  ]);
});

test('nothing is written over, and names are those of packages', async () => {
  const own = path.join(folder, 'mine');
  mkdirSync(own);
  writeFileSync(path.join(own, 'package.json'), 'kept');
  await expect(newConnector(own)).rejects.toThrow('has files already');
  expect(readFileSync(path.join(own, 'package.json'), 'utf8')).toBe('kept');
  await expect(newConnector(path.join(folder, 'My Notes'))).rejects.toThrow('My Notes cannot be the name of a package');
  await expect(connectorCommand(['now', 'x'])).rejects.toThrow(
    'sluice connector has no now. Did you mean sluice connector new?',
  );
  await expect(connectorCommand(['new'])).rejects.toThrow('takes one folder');
});
