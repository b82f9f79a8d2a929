import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import { typesFile } from '../cli/types/types-file.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { textLiteral } from '../client/values.ts';
import type { Sluice } from './compose.ts';

/* The output of `sluice types` is compiled together with programs that use it, and the same statements are executed. */

const ROOT = path.resolve(import.meta.dirname, '../..');
let sluice: Sluice;
let client: SluiceClient;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-types-'));
  ({ sluice, client } = await memoryServer({ 'connect.listeners': 'http://127.0.0.1:0' }));
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

/** The SQL files of a project. */
const STATEMENTS = [
  {
    name: 'dear.sql',
    text: `-- Those that cost more than \${any} limit.
      SELECT user_id, price * 2 AS twice FROM page_views
      WHERE price > \${least} AND user_id = \${User} AND place->city LIKE '%\${city}%' AND \`Mixed\` = \${mixed} LIMIT \${most};`,
  },
  {
    name: 'since.sql',
    text: "SELECT COUNT(*) AS n FROM page_views WHERE ROWTIME > '${since}' GROUP BY user_id EMIT CHANGES",
  },
  { name: 'of/any.sql', text: 'SELECT * FROM ${source};' },
  { name: 'add.sql', text: "INSERT INTO page_views (user_id, at) VALUES ('${user}', ${at});" },
];

const HEAD = `import { SluiceClient } from 'sluice/client';
import type { ByMinute, ByUser, PageViews, PageViewsInsert, Sources } from './streams.ts';
import type { AddVariables, DearRow, DearVariables, OfAnyRow, OfAnyVariables, SinceRow, SinceVariables, Statements } from './streams.ts';
import { textLiteral } from 'sluice/client';
const client = new SluiceClient();
`;

const PROGRAMS: Readonly<Record<string, string>> = {
  right: `
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
  `,
  wrong: `
      const [row] = await client.pullQuery<PageViews>('SELECT * FROM page_views;');
      console.log(row!.USERID);
      const user: string = row!.USER_ID;
      const at: string | null = row!.AT;
      await client.insertInto<PageViewsInsert>('page_views', { USR: 'a' });
      console.log(user, at);
  `,
  statementsRight: `
      const text: string = '';
      const dear = await client.pullQuery<DearRow, DearVariables>(text, {
        variables: { least: 1.5, User: textLiteral("o'hara"), city: "any 'text'", mixed: true, most: 10n },
      });
      const twice: string | undefined = dear[0]?.TWICE?.text;
      const least: DearVariables['least'] = '2.50';
      const since = await client.streamQuery<SinceRow, SinceVariables>(text, { variables: { since: '2026-01-01' }, tombstones: true });
      for await (const row of since.objects()) console.log(row.N);
      const of = await client.pullQuery<OfAnyRow, OfAnyVariables>(text, { variables: { source: 'page_views' } });
      const user: string | null | undefined = of[0]?.USER_ID;
      await client.execute<AddVariables>(text, { variables: { user: 'a', at: 5 } });
      await client.execute(text, { variables: { whatever: 1 } });
      const one: Statements['dear.sql']['row'] | undefined = dear[0];
      console.log(twice, least, user, one);
  `,
  statementsWrong: `
      const text: string = '';
      const good = { least: 1, User: textLiteral('a'), city: '', mixed: true, most: 1 };
      await client.pullQuery<DearRow, DearVariables>(text);
      await client.pullQuery<DearRow, DearVariables>(text, { variables: { ...good, most: 'many' } });
      await client.pullQuery<DearRow, DearVariables>(text, { variables: { ...good, User: 'no literal' } });
      await client.pullQuery<DearRow, DearVariables>(text, { variables: { ...good, mixed: 'perhaps' } });
      await client.streamQuery<SinceRow, SinceVariables>(text, { variables: { since: '', until: '' } });
      await client.execute<AddVariables>(text, { variables: { user: 'a' } });
      console.log((await client.pullQuery<SinceRow, SinceVariables>(text, { variables: { since: '' } }))[0]?.M, textLiteral);
  `,
};

/** The compiler's errors by program; all programs are compiled together, because the compiler starts slowly. */
async function compile(): Promise<Readonly<Record<string, string>>> {
  const types = await typesFile(client, { files: STATEMENTS, defined: { source: 'page_views' } });
  writeFileSync(path.join(folder, 'streams.ts'), types);
  for (const [name, program] of Object.entries(PROGRAMS))
    writeFileSync(path.join(folder, `${name}.ts`), `${HEAD}${program}`);
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
      include: ['*.ts'],
    }),
  );
  const out = await new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      [path.join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder, '--noEmit', '--pretty', 'false'],
      (_, text) => resolve(text),
    );
  });
  // The continuation lines of an error are indented.
  const errors = out.split(/\n(?=\S)/).filter((error) => error.trim() !== '');
  const said = Object.fromEntries(Object.keys(PROGRAMS).map((name): [string, string[]] => [name, []]));
  for (const error of errors) {
    const name = /^(?:\S*\/)?(\w+)\.ts\(/.exec(error)?.[1];
    const own = said[name ?? ''];
    if (own === undefined) throw new Error(error);
    own.push(error);
  }
  return Object.fromEntries(Object.entries(said).map(([name, own]) => [name, own.join('\n')]));
}

describe('types of streams, tables and statements', () => {
  let said: Readonly<Record<string, string>>;
  beforeAll(async () => {
    said = await compile();
  });

  test('a program that uses them rightly compiles', async () => {
    expect(said['right']).toBe('');
  });

  test('variables of statements take what the server takes in their place, and rows have its columns', async () => {
    expect(said['statementsRight']).toBe('');
    const lines = said['statementsWrong']!.match(/statementsWrong\.ts\(\d+/g)!.map((place) => place.split('(')[1]);
    expect(lines).toEqual(['9', '10', '11', '12', '13', '14', '15']);
  });

  test('a statement that the server does not take is told with its file, and how a name is given', async () => {
    const wrong = (text: string) => typesFile(client, { files: [{ name: 'a.sql', text }] });
    await expect(wrong('SELECT nothing FROM page_views;')).rejects.toThrow(/^a\.sql: .*'NOTHING' cannot be resolved/);
    await expect(wrong('SELECT * FROM ${t};')).rejects.toThrow('--define t=NAME');
  });

  test('one that takes a wrong column, a wrong type, or a null for a value does not', async () => {
    const out = said['wrong']!;
    expect(out.match(/wrong\.ts\(\d+,\d+\): error TS\d+/g)).toHaveLength(4);
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

  test('a statement with variables gives what its types say', async () => {
    await client.insertInto('page_views', { USER_ID: "o'hara", PRICE: 2.5, PLACE: { CITY: 'Ulm' }, '`Mixed`': true });
    const variables = { least: 1.5, user: textLiteral("o'hara"), city: 'Ul', mixed: true, most: 10n };
    const rows = await client.pullQuery(STATEMENTS[0]!.text, { variables });
    expect(rows.map((row) => [row['USER_ID'], String(row['TWICE'])])).toEqual([["o'hara", '5.00']]);
  });

  test('names that would be equal get numbers; a name that is none of the server’s is told', async () => {
    const text = await typesFile(client);
    expect(text).toContain('export interface PageViews {');
    expect(text).toContain('export interface PageViews2 {');
    expect(await typesFile(client, { names: ['by_user'] })).not.toContain('PageViews');
    await expect(typesFile(client, { names: ['nothing'] })).rejects.toThrow('There is no stream or table nothing');
  });
});
