import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

/*
 * The statements that follow ALTER CONNECTOR in one request are planned with the topics after the change, whether or
 * not the topics have records.
 */

let sluice: Sluice;
const folder = mkdtempSync(path.join(tmpdir(), 'altered-topics-'));

beforeAll(async () => {
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '', 'connect.allowed.paths': folder },
    store: new MemoryStore(),
    env: testEnv(),
  });
});
afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true });
});

test.each([
  ['lines of a file that was read to its end', 'one\n'],
  ['an empty file', ''],
])('another topic: %s', async (_, content) => {
  const name = content === '' ? 'empty' : 'full';
  const file = path.join(folder, name);
  writeFileSync(file, content);
  await sluice.engine.execute(
    `CREATE SOURCE CONNECTOR ${name} WITH ('connector.class'='FileStreamSource', 'file'='${file}', 'topic'='${name}_a');`,
  );
  await expect
    .poll(async () => JSON.stringify(await sluice.engine.execute(`DESCRIBE CONNECTOR ${name};`)))
    .toContain('RUNNING (1/1');
  const results = await sluice.engine.execute(
    `ALTER CONNECTOR ${name} SET ('topic'='${name}_b'); CREATE STREAM ${name}_s WITH (KAFKA_TOPIC='${name}_b');`,
  );
  expect(results).toHaveLength(2);
  expect(JSON.stringify(await sluice.engine.execute(`DESCRIBE ${name}_s;`))).toContain(`"topic":"${name}_b"`);
});

test('another topic of one that is paused', async () => {
  const file = path.join(folder, 'held');
  writeFileSync(file, 'one\n');
  await sluice.engine.execute(
    `CREATE SOURCE CONNECTOR held WITH ('connector.class'='FileStreamSource', 'file'='${file}', 'topic'='held_a') PAUSED;`,
  );
  const results = await sluice.engine.execute(
    "ALTER CONNECTOR held SET ('topic'='held_b'); CREATE STREAM held_s WITH (KAFKA_TOPIC='held_b');",
  );
  expect(results).toHaveLength(2);
});

test('where nothing tells what a topic holds, the refusal says why and what does', async () => {
  await sluice.engine.execute(
    "CREATE STREAM made (id INT) WITH (KAFKA_TOPIC='bare', VALUE_FORMAT='JSON', PARTITIONS=1); DROP STREAM made;",
  );
  const hint = async (topic: string): Promise<string | undefined> =>
    await sluice.engine.execute(`CREATE STREAM s WITH (KAFKA_TOPIC='${topic}');`).then(
      () => undefined,
      (error: { readonly error: { readonly hint?: string } }) => error.error.hint,
    );
  expect(await hint('bare')).toMatch(
    /^Topic bare has no records yet, which would tell its columns: name the columns and VALUE_FORMAT\. VALUE_FORMAT='JSON' in WITH/,
  );
  expect(await hint('nowhere')).toMatch(/^There is no topic nowhere yet: name the columns/);
});
