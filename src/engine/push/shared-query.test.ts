import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SILENT_LOGGER } from '../../base/env.ts';
import { nodeEnv } from '../../host/node-env.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { startSluice, type Sluice } from '../../main/compose.ts';
import type { QueryHandle, ResultRow } from '../query-handle.ts';
import { Session } from '../session.ts';

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
/** Rows with ids that count up; returns them. */
async function insert(count: number): Promise<number[]> {
  const ids = Array.from({ length: count }, () => next++);
  for (let from = 0; from < ids.length; from += 1000) {
    const texts = ids.slice(from, from + 1000).map((id) => `INSERT INTO s VALUES (${id}, ARRAY[1, 2]);`);
    await sluice.engine.execute(texts.join('\n'));
  }
  return ids;
}

async function query(sql: string, properties: Record<string, unknown> = {}): Promise<QueryHandle> {
  const handle = await sluice.engine.query(sql, new Session(properties));
  if (handle.kind === 'PRINT') throw new Error('no rows');
  return handle;
}

/** Takes so many rows, or all until it ends. Ids are put in order: partitions have none among them. */
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
    // Both go on.
    const [mine, theirs] = [take(slow, 4), take(quick, 4)];
    const more = await insert(2);
    expect([await mine, await theirs]).toEqual([twice(more), twice(more)]);
    await slow.close();
    await quick.close();
  }, 30_000);

  test('a slow client with a LIMIT gets as many as it asked for', async () => {
    const quick = await query(ALL);
    const slow = await query('SELECT id FROM s EMIT CHANGES LIMIT 5000;');
    const taking = take(quick, 6000);
    await insert(6000);
    await taking;
    const seen = await take(slow);
    expect([seen.length, new Set(seen).size]).toEqual([5000, 5000]);
    await quick.close();
  }, 30_000);

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
