import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { nodeEnv } from '../host/node-env.ts';
import { COMPILED_MAIN } from '../../test/support/compiled.ts';
import { seededRandom } from '../../test/support/random.ts';
import { startSluice } from './compose.ts';
import { checkBeforeOpen } from './sound-store.ts';
import { checkStore } from './store-check.ts';

const PAGE = 4096;
const env = nodeEnv(SILENT_LOGGER);
const root = mkdtempSync(path.join(tmpdir(), 'sluice-damaged-'));
const sound = path.join(root, 'sound');
let bytes: Buffer;

/** Fills a folder with enough data that the store has free pages, leaf pages and values of many pages. */
beforeAll(async () => {
  const sluice = await startSluice({
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': '',
      'data.dir': sound,
      'query.threads': '0',
      'log.level': 'error',
      'ksql.streams.auto.offset.reset': 'earliest',
    },
  });
  await sluice.engine.execute(`
    CREATE STREAM s (k INT KEY, v STRING) WITH (kafka_topic='s', value_format='JSON', partitions=2);
    CREATE TABLE t AS SELECT v, COUNT(*) AS n FROM s GROUP BY v;`);
  for (let i = 0; i < 5; i++) {
    const rows = Array.from({ length: 400 }, (_, k) => `{"K":${k},"V":"${i} ${k} ${'x'.repeat(k)}"}`);
    await (
      await fetch(`${sluice.url}/inserts-stream`, { method: 'POST', body: `{"target":"S"}\n${rows.join('\n')}` })
    ).text();
  }
  await sluice.caughtUp();
  await sluice.close();
  bytes = readFileSync(path.join(sound, 'log', 'data.mdb'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A copy of the folder with other data; `undefined`: without a data file. */
function folderWith(data: Buffer | string | undefined): string {
  const folder = mkdtempSync(path.join(root, 'd-'));
  cpSync(sound, folder, { recursive: true });
  const file = path.join(folder, 'log', 'data.mdb');
  if (data === undefined) rmSync(file);
  else writeFileSync(file, data);
  return folder;
}

/** The message with which a start is refused; undefined when the start would open the store. */
function refusal(folder: string): string | undefined {
  try {
    checkBeforeOpen(folder, path.join(folder, 'log'), env);
    return undefined;
  } catch (error) {
    return `${String(error)} ${String((error as { hint?: string }).hint)}`;
  }
}

const changed = (change: (copy: Buffer) => void): Buffer => {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
};

/**
 * Pages of one kind that the newest commit uses; they contain their own number, and older pages belong to older
 * commits.
 */
function pagesOf(flag: number): number[] {
  const found: number[] = [];
  for (let page = 2; (page + 1) * PAGE <= bytes.length; page++)
    if (bytes.readUInt16LE(page * PAGE + 18) === flag && bytes.readBigUInt64LE(page * PAGE) === BigInt(page))
      found.push(page);
  return found;
}

/** The root page of the tree of the newest commit. */
function rootPage(): number {
  const [a, b] = [0, PAGE].map((at) => ({ transaction: bytes.readBigUInt64LE(at + 0x98), root: at + 0x88 }));
  return Number(bytes.readBigUInt64LE(a!.transaction > b!.transaction ? a!.root : b!.root));
}

const DAMAGES: readonly [string, () => Buffer | string | undefined][] = [
  ['no file', () => undefined],
  ['an empty file', () => ''],
  ['one byte', () => Buffer.from([0])],
  ['a text in its place', () => 'Dear diary,\n'.repeat(10_000)],
  ['zeros in its place', () => Buffer.alloc(bytes.length)],
  ['noise in its place', () => Buffer.from(bytes.map((_, i) => (i * 7919) & 255))],
  ['cut in the first page', () => bytes.subarray(0, 100)],
  ['cut after the first page', () => bytes.subarray(0, PAGE)],
  ['cut after both first pages', () => bytes.subarray(0, 2 * PAGE)],
  ['cut in the middle', () => bytes.subarray(0, Math.floor(bytes.length / 2 / PAGE) * PAGE)],
  ['cut in the middle of a page', () => bytes.subarray(0, Math.floor(bytes.length / 2) + 77)],
  ['the first page zeroed', () => changed((copy) => copy.fill(0, 0, PAGE))],
  ['the second page zeroed', () => changed((copy) => copy.fill(0, PAGE, 2 * PAGE))],
  ['the root zeroed', () => changed((copy) => copy.fill(0, rootPage() * PAGE, (rootPage() + 1) * PAGE))],
  ['all leaves zeroed', () => changed((copy) => pagesOf(2).forEach((p) => copy.fill(0, p * PAGE, (p + 1) * PAGE)))],
  ['all but the first pages zeroed', () => changed((copy) => copy.fill(0, 2 * PAGE))],
  ['a byte lost at the front', () => bytes.subarray(1)],
  ['a page lost', () => Buffer.concat([bytes.subarray(0, 2 * PAGE), bytes.subarray(3 * PAGE)])],
  [
    'a page in the place of another',
    () =>
      changed((copy) => void bytes.copy(copy, rootPage() * PAGE, PAGE * pagesOf(2)[0]!, PAGE * (pagesOf(2)[0]! + 1))),
  ],
  ['another version of LMDB', () => changed((copy) => [0, PAGE].forEach((at) => copy.writeUInt32LE(1, at + 28)))],
  [
    'a root that is not there',
    () => changed((copy) => [0, PAGE, PAGE / 2].forEach((at) => copy.writeBigUInt64LE(1n << 40n, at + 0x88))),
  ],
];

test('a sound store is believed, closed or not', () => {
  expect(refusal(sound)).toBeUndefined();
  const copy = folderWith(bytes);
  expect(refusal(copy)).toBeUndefined();
  const { damage, batches } = checkStore(path.join(copy, 'log'));
  expect(damage).toEqual([]);
  expect(batches).toBeGreaterThan(0);
});

test.each(DAMAGES)('%s is told before it is opened, with the file and the way out', (_name, data) => {
  const folder = folderWith(data());
  const text = refusal(folder);
  expect(text).toContain(path.join(folder, 'log', 'data.mdb'));
  expect(text).toContain('sluice check');
});

test('what stands in the file of a batch is found by its checksum, with topic, partition and offset', () => {
  const at = bytes.indexOf(Buffer.from('xxxxxxxxxxxxxxxx'), 2 * PAGE);
  const overflow = pagesOf(4);
  expect(overflow.length).toBeGreaterThan(0);
  expect(at).toBeGreaterThan(0);
  const copy = changed((c) => {
    for (const page of overflow) c.fill('y', page * PAGE + 2000, page * PAGE + 2010);
  });
  const folder = folderWith(copy);
  expect(checkStore(path.join(folder, 'log')).damage.join('\n')).toMatch(
    /topic \w+: partition \d, the batch at offset \d+/,
  );
});

describe('bytes that are turned over anywhere', () => {
  test('never break the look at it', () => {
    const random = seededRandom(7);
    let found = 0;
    for (let i = 0; i < 100; i++) {
      const copy = changed((c) => {
        const at = Math.floor(random() * c.length);
        c[at]! ^= 1 << Math.floor(random() * 8);
      });
      const folder = path.join(root, 'flipped');
      cpSync(sound, folder, { recursive: true });
      writeFileSync(path.join(folder, 'log', 'data.mdb'), copy);
      if (checkStore(path.join(folder, 'log')).damage.length > 0) found++;
    }
    expect(found).toBeGreaterThan(15);
  });
});

describe('a start with a store that is damaged in part', () => {
  const properties = (folder: string, more: Record<string, string> = {}): Record<string, string> => ({
    listeners: 'http://127.0.0.1:0',
    'connect.listeners': '',
    'data.dir': folder,
    'log.level': 'silent',
    'ksql.streams.auto.offset.reset': 'earliest',
    ...more,
  });
  /** Values of many pages (record batches) in which some bytes are overwritten. */
  const partly = (): string => {
    const folder = folderWith(
      changed((c) => {
        const rows = pagesOf(4).filter((page) => bytes.indexOf('xxxxxxxx', page * PAGE) < (page + 1) * PAGE);
        for (const page of rows.filter((_, i) => i % 3 === 0)) c.fill('y', page * PAGE + 2000, page * PAGE + 2010);
      }),
    );
    writeFileSync(path.join(folder, 'log', 'opening'), '');
    return folder;
  };

  test('is to be read alone: what is sound is there, what would change something is refused with the way out', async () => {
    const folder = partly();
    const data = path.join(folder, 'log', 'data.mdb');
    const before = readFileSync(data);
    const sluice = await startSluice({ properties: properties(folder) });
    try {
      const ask = async (to: string, body: unknown): Promise<string> => {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const answer = await fetch(`${sluice.url}${to}`, { method: 'POST', body: text });
        return `${answer.status} ${await answer.text()}`;
      };
      const ksql = (text: string): Promise<string> => ask('/ksql', { ksql: text });
      expect(await ksql('SHOW STREAMS; DESCRIBE t; SHOW QUERIES;')).toMatch(/^200 .*"S".*"PAUSED"/s);
      const table = await ask('/query-stream', { sql: 'SELECT * FROM t;' });
      expect(table).toMatch(/^200/);
      expect(table.split('\n').length).toBeGreaterThan(1000);
      const rows = (await ask('/query-stream', { sql: 'SELECT * FROM s;' })).split('\n').length;
      expect(rows).toBeGreaterThan(100);
      expect(rows).toBeLessThan(2000);
      for (const text of [
        'INSERT INTO s (k, v) VALUES (1, $$x$$);'.replaceAll('$$', "'"),
        'DROP TABLE t DELETE TOPIC;',
        "ALTER SYSTEM 'ksql.max.push.queries'='3';",
        "CREATE STREAM n (v INT) WITH (kafka_topic='n', value_format='JSON', partitions=1);",
        'RESUME ALL;',
        "CREATE SECRET x WITH (a='y');",
      ])
        expect(await ksql(text)).toMatch(/^503 .*may only be read.*(sluice check|copy of the folder)/s);
      expect(await ask('/inserts-stream', '{"target":"S"}\n{"K":1,"V":"x"}\n')).toMatch(/may only be read/);
      const health = await fetch(`${sluice.url}/healthcheck`);
      expect(health.status).toBe(503);
      expect(await health.text()).toMatch(/data\.mdb is damaged.*missing.*sluice check/s);
      expect(
        await sluice.registry!.register('x-value', { schemaType: 'AVRO', schema: '"string"' }).catch(String),
      ).toMatch(/may only be read/);
    } finally {
      await sluice.close();
    }
    expect(readFileSync(data).equals(before)).toBe(true);
    expect(existsSync(path.join(folder, 'readable'))).toBe(false);
  });

  test('ends with the reason where the configuration says so, and where nothing can be read', async () => {
    const refused = startSluice({ properties: properties(partly(), { 'log.damaged': 'refuse' }) });
    await expect(refused).rejects.toThrow(/data\.mdb is damaged and was not opened/);
    const none = folderWith(changed((copy) => copy.fill(0, 2 * PAGE)));
    await expect(startSluice({ properties: properties(none) })).rejects.toThrow(/is damaged and was not opened/);
    expect(existsSync(path.join(none, 'readable'))).toBe(false);
  });

  test('whatever is damaged it starts to be read or ends with words', async () => {
    const random = seededRandom(11);
    for (let i = 0; i < 6; i++) {
      const folder = folderWith(
        changed((c) => {
          for (let n = 0; n < 3; n++) {
            const page = 2 + Math.floor(random() * (c.length / PAGE - 2));
            c.fill(Math.floor(random() * 256), page * PAGE + Math.floor(random() * 200), (page + 1) * PAGE);
          }
        }),
      );
      writeFileSync(path.join(folder, 'log', 'opening'), '');
      try {
        const sluice = await startSluice({ properties: properties(folder) });
        for (const sql of ['SELECT * FROM s;', 'SELECT * FROM t;'])
          await (await fetch(`${sluice.url}/query-stream`, { method: 'POST', body: JSON.stringify({ sql }) })).text();
        await sluice.close();
      } catch (error) {
        expect(String(error)).toMatch(/is damaged/);
      }
    }
  });
});

async function run(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [COMPILED_MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

test('the server ends with words and no signal; sluice check says 0, 1 or 3', async () => {
  const folder = folderWith(changed((copy) => copy.fill(0, 2 * PAGE)));
  const [server, damaged, fine, nowhere] = await Promise.all([
    run('server', '--data', folder, '--set', 'listeners=http://127.0.0.1:0', '--set', 'connect.listeners='),
    run('check', folderWith(bytes.subarray(0, 3 * PAGE))),
    run('check', folderWith(bytes)),
    run('check', path.join(root, 'nowhere')),
  ]);
  expect(server.code).toBe(1);
  expect(server.output).toContain(`${path.join(folder, 'log', 'data.mdb')} is damaged`);
  expect(damaged.code).toBe(3);
  expect(damaged.output).toContain('DAMAGED');
  expect(fine).toEqual({ code: 0, output: expect.stringContaining(': sound (') as unknown });
  expect(nowhere.code).toBe(1);
});

test('an end of the start while it opened the store makes the next one look at all of it', () => {
  const overflow = pagesOf(4);
  const folder = folderWith(
    changed((c) => {
      for (const page of overflow) c.fill('y', page * PAGE + 2000, page * PAGE + 2010);
    }),
  );
  expect(refusal(folder)).toBeUndefined();
  writeFileSync(path.join(folder, 'log', 'opening'), '');
  expect(refusal(folder)).toContain('partition');
});
