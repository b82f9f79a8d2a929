import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { sourceTypes } from '../cli/source-types.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { startSluice, type Sluice } from './compose.ts';

/* `sluice types`: a program over its output is compiled, and the same statements are executed. */

const ROOT = path.resolve(import.meta.dirname, '../..');
let sluice: Sluice;
let client: SluiceClient;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-types-'));
  sluice = await startSluice({
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': 'http://127.0.0.1:0' },
    store: new MemoryStore(),
    env: testEnv(),
  });
  client = new SluiceClient({ url: sluice.url });
  await client.execute(
    `
    CREATE STREAM page_views (user_id STRING KEY, at BIGINT, price DECIMAL(6, 2), tags ARRAY<STRING>,
      place STRUCT<city STRING, \`Zip\` INT>, counts MAP<STRING, DOUBLE>, \`Mixed\` BOOLEAN)
      WITH (kafka_topic='v', value_format='JSON', partitions=1);
    CREATE TABLE by_user AS SELECT user_id, COUNT(*) AS n FROM page_views GROUP BY user_id;
    CREATE TABLE by_minute AS SELECT user_id, COUNT(*) AS n FROM page_views WINDOW TUMBLING (SIZE 1 MINUTE) GROUP BY user_id;
    CREATE STREAM "page-views" AS SELECT * FROM page_views;`.replaceAll('"', '`'),
  );
});
afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true });
});

/** What the compiler says of a program. */
async function compile(program: string): Promise<string> {
  writeFileSync(path.join(folder, 'streams.ts'), await sourceTypes(client));
  writeFileSync(path.join(folder, 'program.ts'), program);
  writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}');
  writeFileSync(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: path.join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        paths: { 'sluice/client': [path.join(ROOT, 'src/client/index.ts')] },
        typeRoots: [path.join(ROOT, 'node_modules/@types')],
        skipLibCheck: true,
      },
      include: ['program.ts', 'streams.ts'],
    }),
  );
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder, '--noEmit', '--pretty', 'false'],
      (_, out) => resolve(out),
    );
  });
}

const HEAD = `import { SluiceClient } from 'sluice/client';
import type { ByMinute, ByUser, PageViews, PageViewsInsert, Sources } from './streams.ts';
const client = new SluiceClient();
`;

describe('types of streams and tables', { timeout: 60_000 }, () => {
  test('a program that uses them rightly compiles', async () => {
    const out = await compile(`${HEAD}
      for await (const row of (await client.streamQuery<PageViews>('SELECT * FROM page_views EMIT CHANGES;')).objects()) {
        const user: string | null = row.USER_ID;
        const at: number | bigint | null = row.AT;
        const price: string | undefined = row.PRICE?.text;
        const tag: string | null | undefined = row.TAGS?.[0];
        const zip: number | null | undefined = row.PLACE?.Zip;
        console.log(user, at, price, tag, zip, row.COUNTS?.['a'], row.Mixed === true);
      }
      const [one] = await client.pullQuery<ByUser>('SELECT * FROM by_user;');
      const key: string | undefined = one?.USER_ID;
      const other: Sources['PAGE_VIEWS'] | undefined = undefined;
      const [windowed] = await client.pullQuery<ByMinute>('SELECT * FROM by_minute;');
      const start: number | undefined = windowed?.WINDOWSTART;
      await client.insertInto<PageViewsInsert>('page_views', { USER_ID: 'a', AT: 2n ** 60n, "\`Mixed\`": true, ROWTIME: 1 });
      const untyped = await client.pullQuery('SELECT 1;');
      console.log(key, other, start, untyped[0]?.['A']);
    `);
    expect(out).toBe('');
  });

  test('one that takes a wrong column, a wrong type, or a null for a value does not', async () => {
    const out = await compile(`${HEAD}
      const [row] = await client.pullQuery<PageViews>('SELECT * FROM page_views;');
      console.log(row!.USERID);
      const user: string = row!.USER_ID;
      const at: string | null = row!.AT;
      await client.insertInto<PageViewsInsert>('page_views', { USR: 'a' });
      console.log(user, at);
    `);
    expect(out.match(/program\.ts\(\d+,\d+\): error TS\d+/g)).toHaveLength(4);
    expect(out).toContain("Property 'USERID' does not exist on type 'PageViews'");
    expect(out).toContain("'USR' does not exist in type 'PageViewsInsert'");
  });

  test('values are what the types say', async () => {
    await client.insertInto('page_views', {
      USER_ID: 'a',
      AT: 5,
      PRICE: 1.5,
      TAGS: ['x'],
      PLACE: { CITY: 'Ulm', Zip: 89073 },
      '`Mixed`': true,
    });
    const [row] = await client.pullQuery<Record<string, unknown>>('SELECT * FROM page_views;');
    expect(row).toMatchObject({ USER_ID: 'a', AT: 5, TAGS: ['x'], PLACE: { CITY: 'Ulm', Zip: 89073 }, Mixed: true });
    expect(String(row!['PRICE'])).toBe('1.50');
  });

  test('names that would be equal get numbers; a name that is none of the server’s is told', async () => {
    const text = await sourceTypes(client);
    expect(text).toContain('export interface PageViews {');
    expect(text).toContain('export interface PageViews2 {');
    expect(await sourceTypes(client, ['by_user'])).not.toContain('PageViews');
    await expect(sourceTypes(client, ['nothing'])).rejects.toThrow('There is no stream or table nothing');
  });
});
