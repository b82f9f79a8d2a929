import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COMPILED_MAIN } from '../support/compiled.ts';
import { memoryServer } from '../support/memory-server.ts';
import { HAS_PTY, openTerminal, type Terminal } from '../support/pseudo-terminal.ts';
import type { SluiceClient } from '../../src/client/sluice-client.ts';
import type { Sluice } from '../../src/main/compose.ts';

/* The console in a pseudo-terminal: it receives keys, and the screen is compared. */

let sluice: Sluice;
let client: SluiceClient;
let home: string;
let terminal: Terminal;
beforeAll(async () => {
  ({ sluice, client } = await memoryServer({ 'connect.listeners': 'http://127.0.0.1:0' }));
  await client.execute(
    "CREATE STREAM views (page STRING KEY, n INT) WITH (kafka_topic='views', value_format='JSON', partitions=1);",
  );
});
afterAll(async () => {
  await sluice.close();
});
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'sluice-console-'));
});
afterEach(async () => {
  terminal?.kill();
  await terminal?.ended;
  rmSync(home, { recursive: true, force: true });
});

async function open(more: Parameters<typeof openTerminal>[1] = {}): Promise<Terminal> {
  terminal = openTerminal([process.execPath, COMPILED_MAIN, 'cli', sluice.url], {
    ...more,
    env: { HOME: home, NO_COLOR: '1', ...more.env },
  });
  await terminal.shows('sluice> ');
  return terminal;
}

/** The last non-empty rows. */
function tail(t: Terminal, count: number): string[] {
  const rows = t.screen();
  while (rows.at(-1) === '') rows.pop();
  return rows.slice(-count);
}

describe.skipIf(!HAS_PTY)('in a terminal', { timeout: 60_000 }, () => {
  test('a statement is edited over its lines, and handed over whole', async () => {
    const t = await open();
    t.type('SELECT page\rFROM veiws\rLIMIT 1');
    await t.shows('     -> LIMIT 1');
    // Moves up to the second line and swaps the letters.
    t.type('\u001b[A\u001b[H\u001b[1;5C\u001b[1;5C\u001b[D\u001b[D\u001b[D\u001b[D\u001b[3~\u001b[Ce');
    await t.shows('     -> FROM views');
    expect(tail(t, 3)).toEqual(['sluice> SELECT page', '     -> FROM views', '     -> LIMIT 1']);
    t.type('\u001b[B\u001b[F;\r');
    await t.shows('0 rows');
  });

  test('a line that is longer than the window, with wide characters, and a window that gets narrower', async () => {
    const t = await open({ columns: 40 });
    t.type(`SELECT '漢字かな${'x'.repeat(40)}' AS 名前`);
    await t.shows('名前');
    expect(tail(t, 2)).toEqual([`sluice> SELECT '漢字かな${'x'.repeat(15)}`, `${'x'.repeat(25)}' AS 名前`]);
    expect(t.cursor().column).toBe(34);
    t.type('\u0001\u001b[C\u001b[C');
    await expect.poll(() => t.cursor().column).toBe(10);
    t.resize(30, 24);
    await expect
      .poll(() => tail(t, 3))
      .toEqual([`sluice> SELECT '漢字かな${'x'.repeat(5)}`, 'x'.repeat(29), `${'x'.repeat(6)}' AS 名前`]);
    expect(t.cursor().column).toBe(10);
  });

  test('completion lists what may stand there', async () => {
    const t = await open();
    t.type('DESCR\t');
    await t.shows('sluice> DESCRIBE ');
    t.type('vi\t');
    await t.shows(/DESCRIBE views/);
    t.type('\u0003');
    await t.shows('^C');
    t.type('SHOW T\t');
    await t.shows(/TABLES +TOPICS +TYPES/);
    await expect.poll(() => tail(t, 1)).toEqual(['sluice> SHOW T']);
  });

  test('what was typed is found again: by going up, by Ctrl-R, in this folder and with this server, without secrets', async () => {
    let t = await open();
    t.type('SHOW\r  TABLES;\r');
    await t.shows('No tables.');
    t.type("SET 'sasl.jaas.config'='secret';\rSHOW STREAMS;\r");
    await t.shows('VIEWS');
    t.type('\u001b[A\u001b[A\u001b[A');
    await expect.poll(() => tail(t, 2)).toEqual(['sluice> SHOW', '     ->   TABLES;']);
    t.type('\u0003\u0012tab');
    await t.shows("(search)`tab': SHOW");
    t.type('\u0007\u0004');
    await t.ended;
    const folder = path.join(home, '.sluice', 'history');
    const kept = readFileSync(path.join(folder, readdirSync(folder)[0]!), 'utf8');
    expect(kept).toContain('SHOW\u0001  TABLES;\n');
    expect(kept).not.toContain('secret');
    t = await open();
    t.type('\u001b[A');
    await t.shows('sluice> SHOW STREAMS;');
  });

  test('a pasted script is looked at first; Enter runs all of it', async () => {
    const t = await open();
    t.type('\u001b[200~SHOW TABLES;\nSHOW TYPES;\u001b[201~');
    await t.shows('SHOW TYPES;');
    expect(t.screen().join('\n')).not.toContain('No tables.');
    t.type('\r');
    await t.shows('No types.');
    expect(t.screen().join('\n')).toContain('No tables.');
  });

  test('\\e hands the last statement to $EDITOR, and takes back what it made', async () => {
    const bin = path.join(home, 'bin');
    mkdirSync(bin);
    const editor = path.join(bin, 'ed.sh');
    writeFileSync(editor, '#!/bin/sh\nsed -i "s/TABLES/TYPES/" "$1"\n');
    chmodSync(editor, 0o755);
    const t = await open({ env: { EDITOR: editor, VISUAL: '' } });
    t.type('SHOW TABLES;\r');
    await t.shows('No tables.');
    t.type('\\e\r');
    await t.shows('sluice> SHOW TYPES;');
    t.type('\r');
    await t.shows('No types.');
  });

  test('Ctrl-C ends a push query at once; what was typed ahead is forgotten', async () => {
    const t = await open();
    t.type("SET 'auto.offset.reset'='latest'; SELECT * FROM views EMIT CHANGES;\r");
    await client.insertInto('views', { page: 'a', n: 1 });
    for (let i = 0; i < 50 && !t.screen().join('\n').includes(' a '); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await client.insertInto('views', { page: 'a', n: 1 });
    }
    await t.shows(' a ');
    t.type('\u0003');
    await t.shows('Query terminated');
    expect(tail(t, 1)).toEqual(['sluice> ']);
    // The time until the prompt returns, compared with the time until a typed letter is visible: on a busy machine both
    // take longer.
    const ms: number[] = [];
    const echoMs: number[] = [];
    const until = async (isThere: () => boolean): Promise<number> => {
      const beganMs = performance.now();
      while (!isThere()) await new Promise((resolve) => setTimeout(resolve, 1));
      return performance.now() - beganMs;
    };
    const countOf = (wanted: string): number => t.raw().split(wanted).length - 1;
    for (let i = 0; i < 20 && !(Math.min(...ms) < 100 + Math.min(...echoMs)); i++) {
      const letters = countOf('Q');
      t.type('Q');
      echoMs.push(await until(() => countOf('Q') > letters));
      t.type('\u007fSELECT * FROM views EMIT CHANGES;\r');
      await until(() => countOf('Ctrl-C ends') > 0 && t.screen().join('\n').includes('Ctrl-C ends'));
      const ended = countOf('Query terminated');
      t.type('\u0003');
      ms.push(await until(() => countOf('Query terminated') > ended));
      await until(() => tail(t, 1)[0] === 'sluice> ');
    }
    expect(Math.min(...ms)).toBeLessThan(100 + Math.min(...echoMs));
  });

  test('a script says how far it is while it runs, and what it said is gone after it', async () => {
    const t = await open();
    const file = path.join(home, 'long.sql');
    const statements = Array.from({ length: 400 }, (_, i) => `INSERT INTO views VALUES ('p${i}', ${i});`);
    writeFileSync(file, statements.join('\n'));
    // The server is slowed down, because the console shows no progress for a script that ends immediately.
    const insert = sluice.engine.execute.bind(sluice.engine);
    sluice.engine.execute = async (...all) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return await insert(...all);
    };
    try {
      t.type(`RUN SCRIPT '${file}';\r`);
      await expect.poll(() => t.raw(), { timeout: 60_000 }).toMatch(/▕█*░+▏ +\d+ % {2}\d+ of 400 statements/);
      await expect.poll(() => tail(t, 1), { timeout: 60_000 }).toEqual(['sluice> ']);
      expect(t.screen().join('\n')).not.toContain('of 400 statements');
    } finally {
      sluice.engine.execute = insert;
    }
  });

  test('tables that are joined are drawn in place, by the key of their result', async () => {
    await client.execute(`CREATE TABLE IF NOT EXISTS users (id INT PRIMARY KEY, name STRING) WITH (kafka_topic='users', value_format='JSON', partitions=1);
      CREATE TABLE IF NOT EXISTS orders (id INT PRIMARY KEY, user_id INT) WITH (kafka_topic='orders', value_format='JSON', partitions=1);
      INSERT INTO users VALUES (1, 'ann'); INSERT INTO orders VALUES (10, 1); INSERT INTO orders VALUES (11, 2);`);
    const t = await open({ rows: 12 });
    t.type('SELECT o.id, u.name FROM orders o LEFT JOIN users u ON o.user_id = u.id EMIT CHANGES;\r');
    await t.shows(/ 10 │ ann\n +11 │ NULL/);
    await client.execute("INSERT INTO users VALUES (2, 'bob'); INSERT INTO users VALUES (1, 'NULL');");
    await t.shows(/ 10 │ 'NULL'\n +11 │ bob/);
    expect(t.screen().filter((row) => /^ +1[01] │/.test(row))).toHaveLength(2);
    t.type('\u0003');
    await t.shows('Query terminated');
  });

  test('a table is drawn in place while its rows change, and says how many came', async () => {
    await client.execute('CREATE TABLE counts AS SELECT page, COUNT(*) AS n FROM views GROUP BY page;');
    const t = await open({ rows: 10 });
    const insert = async (page: string): Promise<void> => await client.insertInto('views', { page, n: 1 });
    await insert('one');
    t.type("SET 'auto.offset.reset'='earliest'; SELECT * FROM counts EMIT CHANGES;\r");
    await t.shows(/ one +│ +1/);
    await insert('one');
    await insert('two');
    await t.shows(/ one +│ +2\n two +│ +1/);
    await t.shows(/\d+ rows {2}\d.* rows\/s {2}\d\d:\d\d {2}Ctrl-C ends/);
    // One line per row: the former content is gone.
    expect(t.screen().filter((row) => row.startsWith(' one'))).toHaveLength(1);
    t.resize(50, 10);
    for (let i = 0; i < 20; i++) await insert(`k${i}`);
    await t.shows(/\.\.\. and \d+ more rows/);
    t.type('\u0003');
    await t.shows('Query terminated');
    expect(t.screen().join('\n')).not.toContain('Ctrl-C ends');
  });

  test('what is taller than the window is leafed through', async () => {
    const t = await open({ rows: 10, env: { PAGER: 'less -R' } });
    t.type('SHOW FUNCTIONS;\r');
    await t.shows('Function Name');
    await expect.poll(() => t.raw(), { timeout: 60_000 }).toContain('\u001b[?1049h');
    t.type('q');
    await expect.poll(() => tail(t, 1), { timeout: 60_000 }).toEqual(['sluice> ']);
    t.type('pager\rSHOW FUNCTIONS;\r');
    await expect.poll(() => t.raw(), { timeout: 60_000 }).toContain('Pager is off.');
    await expect.poll(() => tail(t, 1), { timeout: 60_000 }).toEqual(['sluice> ']);
    expect(t.raw()).toContain('URL_DECODE_PARAM');
  });

  test('colours while typing, and none with NO_COLOR', async () => {
    const t = await open({ env: { NO_COLOR: '' } });
    t.type("SELECT 'text' FROM views");
    await t.shows('FROM views');
    expect(t.raw()).toContain("\u001b[32m'text'\u001b[0m");
  });

  test('statements that are taller than the window scroll with the cursor', async () => {
    const t = await open({ rows: 8 });
    t.type(`SELECT${Array.from({ length: 12 }, (_, i) => `\r  ${i},`).join('')}`);
    await t.shows('11,');
    expect(t.screen().join('\n')).not.toContain('SELECT');
    t.type('\u001b[1;5H');
    await t.shows('sluice> SELECT');
    expect(t.cursor()).toMatchObject({ column: 8 });
  });
});
