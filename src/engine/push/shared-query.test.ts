import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import type { QueryHandle, ResultRow } from '../query-handle.ts';
import { Session } from '../session.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { startedQuery } from '../../../test/support/query-rows.ts';

let sluice: Sluice;
let readers: ReturnType<typeof vi.spyOn>;

beforeEach(async () => {
  sluice = await startSluice({
    env: nodeEnv(SILENT_LOGGER),
    store: new MemoryStore(),
    properties: { listeners: 'http://127.0.0.1:0', 'connect.listeners': '' },
  });
  await sluice.engine.execute(
    "CREATE STREAM s (id INT KEY, v ARRAY<INT>) WITH (kafka_topic='s', value_format='JSON', partitions=2);",
  );
  readers = vi.spyOn(sluice.log, 'createReader');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await sluice.close();
});

let next = 0;
/** Inserts rows with increasing ids, which it returns. */
async function insert(count: number): Promise<number[]> {
  const ids = Array.from({ length: count }, () => next++);
  for (let from = 0; from < ids.length; from += 1000) {
    const texts = ids.slice(from, from + 1000).map((id) => `INSERT INTO s VALUES (${id}, ARRAY[1, 2]);`);
    await sluice.engine.execute(texts.join('\n'));
  }
  return ids;
}

async function query(sql: string, properties: Record<string, unknown> = {}): Promise<QueryHandle> {
  const handle = await startedQuery(sluice.engine, sql, new Session(properties));
  return handle;
}

/** Takes `count` rows, or all until the query ends. Ids are sorted, because there is no order between partitions. */
async function take(handle: QueryHandle, count = Infinity, batches: (readonly ResultRow[])[] = []): Promise<number[]> {
  const ids: number[] = [];
  const rows = handle.rows();
  while (ids.length < count) {
    const batch = await rows.next();
    if (batch.done === true) break;
    batches.push(batch.value);
    for (const row of batch.value) ids.push(row.values[0] as number);
  }
  return ids.toSorted((a, b) => a - b);
}

const ALL = 'SELECT id FROM s EMIT CHANGES;';

describe('push queries of one shape', () => {
  test('have one reader, and are handed the same batches', async () => {
    const handles = [await query(ALL), await query('select ID from S emit changes;'), await query(ALL)];
    expect(readers).toHaveBeenCalledTimes(1);
    const batches = handles.map((): (readonly ResultRow[])[] => []);
    const taken = Promise.all(handles.map((h, i) => take(h, 20, batches[i])));
    const ids = await insert(20);
    expect(await taken).toEqual([ids, ids, ids]);
    expect(batches[1]!.every((batch, i) => batch === batches[0]![i])).toBe(true);
    expect(new Set(handles.map((h) => h.queryId)).size).toBe(3);
    for (const handle of handles) await handle.close();
  });

  test('who comes later sees what is written from then on, and LIMIT is its own', async () => {
    const first = await query(ALL);
    const before = await insert(5);
    const second = await query('SELECT id FROM s EMIT CHANGES LIMIT 3;');
    const after = await insert(6);
    expect(readers).toHaveBeenCalledTimes(1);
    const seen = await take(second);
    expect(seen).toHaveLength(3);
    expect(seen.every((id) => after.includes(id))).toBe(true);
    expect(await take(first, 11)).toEqual([...before, ...after]);
    await first.close();
  });

  test('a slow client leaves, and misses nothing; nobody waits for it', async () => {
    const slow = await query('SELECT id, EXPLODE(v) FROM s EMIT CHANGES;');
    const quick = await query('SELECT id, EXPLODE(v) FROM s EMIT CHANGES;');
    expect(readers).toHaveBeenCalledTimes(1);
    const twice = (ids: readonly number[]): number[] => ids.flatMap((id) => [id, id]);
    const taking = take(quick, 6000);
    const ids = await insert(3000);
    expect(await taking).toEqual(twice(ids));
    expect(readers).toHaveBeenCalledTimes(2);
    expect(await take(slow, 6000)).toEqual(twice(ids));
    // Both queries continue.
    const [mine, theirs] = [take(slow, 4), take(quick, 4)];
    const more = await insert(2);
    expect([await mine, await theirs]).toEqual([twice(more), twice(more)]);
    await slow.close();
    await quick.close();
  });

  test('a slow client with a LIMIT gets as many as it asked for', async () => {
    const quick = await query(ALL);
    const slow = await query('SELECT id FROM s EMIT CHANGES LIMIT 5000;');
    const taking = take(quick, 6000);
    await insert(6000);
    await taking;
    const seen = await take(slow);
    expect([seen.length, new Set(seen).size]).toEqual([5000, 5000]);
    await quick.close();
  });

  test('the reader goes with the last of them', async () => {
    const [a, b] = [await query(ALL), await query(ALL)];
    await a.close();
    const taking = take(b, 1);
    const ids = await insert(1);
    expect(await taking).toEqual(ids);
    await b.close();
    const c = await query(ALL);
    expect(readers).toHaveBeenCalledTimes(2);
    expect(sluice.engine.closePushQuery(c.queryId)).toBe(true);
    expect(await take(c)).toEqual([]);
  });
});

describe('push queries over a table', () => {
  beforeEach(async () => {
    await sluice.engine.execute(
      `CREATE TABLE t (id INT PRIMARY KEY, v INT) WITH (kafka_topic='t', value_format='JSON', partitions=2);`,
    );
  });

  const write = async (rows: readonly (readonly [number, number | null])[]): Promise<void> => {
    for (const [id, v] of rows) await sluice.engine.execute(`INSERT INTO t (id, v) VALUES (${id}, ${v});`);
  };
  /** The ids of the last rows, which are in both partitions. */
  const LAST = Array.from({ length: 10 }, (_, i) => 200 + i);
  const writeLast = (): Promise<void> => write(LAST.map((id) => [id, 60]));
  /** Takes rows until all of the last ones have arrived; `seen` receives them in the order of arrival. */
  async function takeAll(rows: AsyncIterator<readonly ResultRow[]>, seen: unknown[][]): Promise<void> {
    while (!LAST.every((id) => seen.some(([first]) => first === id))) {
      const batch = await rows.next();
      if (batch.done === true) throw new Error('ended before the last');
      for (const row of batch.value) seen.push(row.tombstone ? [row.values[0], 'gone'] : [...row.values]);
    }
  }
  /** The number of open readers. */
  const open = async (): Promise<number> => {
    let closed = 0;
    for (const { value } of readers.mock.results) {
      const reader = (await value) as { close(): Promise<void>; wasClosed?: boolean };
      if (reader.wasClosed === true) closed++;
    }
    return readers.mock.results.length - closed;
  };

  test.each([
    ['all of it', 'SELECT id, v FROM t EMIT CHANGES;'],
    ['a part of it', 'SELECT id, v FROM t WHERE v > 5 EMIT CHANGES;'],
  ])('of %s have one reader once they have read what it holds, and each sees every change once', async (_, sql) => {
    readers.mockImplementation(countingClosed(sluice));
    await write(Array.from({ length: 40 }, (_r, i) => [i % 10, i % 13]));
    const clients = await Promise.all([query(sql), query(sql), query(sql)]);
    const rows = clients.map((c) => c.rows());
    const seen = clients.map((): unknown[][] => []);
    await write([[100, 50]]);
    // Changes continue while one reader takes over from the others.
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; !isOver; i++) await write([[i % 10, (i * 7) % 13]]);
    })();
    const reading = Promise.all(rows.map((r, i) => takeAll(r, seen[i]!)));
    await waitFor(async () => expect(await open()).toBe(1));
    isOver = true;
    await writing;
    const late = await query(sql);
    const ofLate: unknown[][] = [];
    const lateRows = late.rows();
    await write([
      [7, 12],
      [7, 1],
    ]);
    await writeLast();
    await reading;
    await takeAll(lateRows, ofLate);
    // Rows of the same key are in order.
    const byKey = (changes: unknown[][]): unknown => {
      const found: Record<string, unknown[]> = {};
      for (const [id, v] of changes) (found[String(id)] ??= []).push(v);
      return found;
    };
    expect(byKey(seen[1]!)).toEqual(byKey(seen[0]!));
    expect(byKey(seen[2]!)).toEqual(byKey(seen[0]!));
    expect(byKey(ofLate)).toEqual(byKey(seen[0]!));
    expect(seen[0]!.length).toBeGreaterThan(25);
    await waitFor(async () => expect(await open()).toBe(1));
    for (const handle of [...clients, late]) await handle.close();
    await waitFor(async () => expect(await open()).toBe(0));
  });

  test('a slow client of a part of it leaves, and is told what went', async () => {
    readers.mockImplementation(countingClosed(sluice));
    const sql = 'SELECT id, v FROM t WHERE v > 5 EMIT CHANGES;';
    const [quick, slow] = [await query(sql), await query(sql)];
    const seen: unknown[][] = [];
    const [rows, slowRows] = [quick.rows(), slow.rows()];
    await write([[1, 10]]);
    await waitFor(async () => expect(await open()).toBe(1));
    const reading = takeAll(rows, seen);
    const texts = Array.from({ length: 6000 }, (_, i) => `INSERT INTO t VALUES (3, ${10 + i});`);
    for (let from = 0; from < texts.length; from += 1000)
      await sluice.engine.execute(texts.slice(from, from + 1000).join('\n'));
    await write([[1, 1]]);
    await writeLast();
    await reading;
    await waitFor(async () => expect(await open()).toBe(2));
    const ofSlow: unknown[][] = [];
    await takeAll(slowRows, ofSlow);
    const sorted = (all: unknown[][]): string[] => all.map((r) => r.join()).toSorted();
    expect(sorted(ofSlow)).toEqual(sorted(seen));
    expect(ofSlow).toContainEqual([1, 'gone']);
    await quick.close();
    await slow.close();
  });

  test('LIMIT counts what came before the take-over', async () => {
    readers.mockImplementation(countingClosed(sluice));
    await write([
      [1, 1],
      [2, 2],
    ]);
    const [all, three] = [
      await query('SELECT id, v FROM t EMIT CHANGES;'),
      await query('SELECT id, v FROM t EMIT CHANGES LIMIT 3;'),
    ];
    await waitFor(async () => expect(await open()).toBe(1));
    await write([
      [3, 3],
      [4, 4],
    ]);
    expect(await take(three)).toHaveLength(3);
    expect(await take(all, 4)).toEqual([1, 2, 3, 4]);
    await all.close();
  });
});

/** Creates readers that record whether they were closed. */
function countingClosed(of: Sluice): (...options: never[]) => unknown {
  const create = Object.getPrototypeOf(of.log).createReader as (...options: never[]) => unknown;
  return function counting(...options) {
    const made = create.apply(of.log, options);
    const mark = (reader: { close(): Promise<void>; wasClosed?: boolean }): unknown => {
      const close = reader.close.bind(reader);
      reader.close = async () => {
        reader.wasClosed = true;
        await close();
      };
      return reader;
    };
    return made instanceof Promise ? made.then((r) => mark(r as never)) : mark(made as never);
  };
}

test('what depends on where it began has its own reader', async () => {
  const own = [
    ['SELECT id, COUNT(*) FROM s GROUP BY id EMIT CHANGES;', {}],
    ['SELECT id, COUNT(*) FROM s GROUP BY id EMIT CHANGES;', {}],
    [ALL, { 'auto.offset.reset': 'earliest' }],
    [ALL, { 'auto.offset.reset': 'earliest' }],
    [ALL, {}],
    ['SELECT id + 1 FROM s EMIT CHANGES;', {}],
    [ALL, { 'ksql.timestamp.throw.on.invalid': 'true' }],
  ] as const;
  for (const [sql, properties] of own) await query(sql, properties);
  expect(readers).toHaveBeenCalledTimes(own.length);
});
