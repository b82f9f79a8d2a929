import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Harness, eventually } from '../../worker/testing/harness.ts';
import { settingsForSources } from '../../worker/config/sql-sources.ts';
import type { SinkSource } from '../../client/api.ts';
import { PluginCatalog } from '../../worker/plugins/plugin-catalog.ts';
import { fileSink } from './file-plugin.ts';

test('a sink of SQL sources writes the key with each row, and rows that a table lost', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-file-sink-'));
  const file = path.join(folder, 'out.txt');
  const harness = await new Harness().start();
  try {
    await harness.write('t', [
      ['1', '{"NAME":"Ann"}'],
      ['2', null],
    ]);
    const source: SinkSource = {
      topic: 't',
      name: 'T',
      isTable: true,
      keyFormat: 'JSON',
      valueFormat: 'JSON',
      key: [{ name: 'ID', type: 'INTEGER' }],
      value: [{ name: 'NAME', type: 'STRING' }],
      keyWrapped: false,
      valueWrapped: true,
    };
    const config = settingsForSources(
      { 'connector.class': 'FileStreamSink', file },
      [source],
      new PluginCatalog({ connectors: [fileSink], converters: [], transforms: [], predicates: [] }),
    );
    await harness.herder.create('s', config);
    await eventually(() => readFileSync(file, 'utf8').split('\n').length === 3);
    expect(readFileSync(file, 'utf8')).toBe('{"id":1,"name":"Ann"}\n{"id":2,"__deleted":true}\n');
  } finally {
    await harness.close();
    rmSync(folder, { recursive: true });
  }
});
