import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SluiceClient } from '../client/sluice-client.ts';
import { startSluice } from './compose.ts';

test('a topic of plain values: its columns are known, and the name of the value is free', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'bare-values-'));
  const file = path.join(folder, 'lines.txt');
  writeFileSync(file, 'one\ntwo\n');
  const properties = {
    'data.dir': folder,
    listeners: 'http://127.0.0.1:0',
    'connect.listeners': '',
    'connect.allowed.paths': tmpdir(),
  };
  const sluice = await startSluice({ properties });
  try {
    const client = new SluiceClient({ url: sluice.url });
    await client.execute(
      `CREATE SOURCE CONNECTOR f WITH ('connector.class'='FileStreamSource', file='${file}', topic='lines');`,
    );
    await client.execute(`CREATE STREAM known WITH (kafka_topic='lines');`);
    await client.execute(
      `CREATE STREAM named (line VARCHAR) WITH (kafka_topic='lines', value_format='JSON', wrap_single_value=false);`,
    );
    for (const select of ['SELECT value FROM known', 'SELECT line FROM named']) {
      const rows = await client.streamQuery(`${select} EMIT CHANGES LIMIT 2;`, {
        properties: { 'auto.offset.reset': 'earliest' },
      });
      const texts: unknown[] = [];
      for await (const row of rows) texts.push(row[0]);
      expect(texts).toEqual(['one', 'two']);
    }
  } finally {
    await sluice.close();
  }
});
