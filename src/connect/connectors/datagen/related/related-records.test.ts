import { beforeAll, describe, expect, test } from 'vitest';
import { testEnv } from '../../../../../test/support/env.ts';
import { must } from '../../../../base/assert.ts';
import { configOf, type RawConfig } from '../../../api/config-spec.ts';
import type { SourceTaskContext } from '../../../api/connector.ts';
import type { OffsetMap, SourceRecord } from '../../../api/record.ts';
import { datagenSource } from '../datagen-plugin.ts';
import { implementation } from '../datagen-source.ts';

const START = Date.UTC(2026, 0, 1);
const SHOP: RawConfig = {
  tables: 'orders,customers',
  'tables.customers.columns':
    "id BIGINT PRIMARY KEY, region STRING IN ('north' 70, 'south' 30), credit DECIMAL(9, 2) NORMAL(100, 20)",
  'tables.customers.initial.rows': '50',
  'tables.customers.update.rate': '0.5',
  'tables.orders.columns':
    'id BIGINT KEY SEQUENCE, customer_id BIGINT REFERENCES customers(id) ZIPF(1.2), units INTEGER UNIFORM(1, 6), note STRING NULLS(0.25), at TIMESTAMP EVENT_TIME',
  'tables.orders.weight': '10',
  'tables.orders.late.rate': '0.1',
  'tables.orders.late.max.ms': '30000',
  'tables.orders.duplicate.rate': '0.05',
  'event.time.start': '2026-01-01T00:00:00Z',
  'event.time.step.ms': '10',
  'max.interval': '0',
  'random.seed': '42',
};

/** The records of a task, polled until it ends; `from` is the offset at which it begins. */
async function made(config: RawConfig, from?: OffsetMap): Promise<{ records: SourceRecord[]; offset: OffsetMap }> {
  const env = testEnv();
  const task = implementation.createTask();
  const context = { env, taskId: 0, signal: new AbortController().signal, offset: () => from };
  await task.start(configOf(datagenSource.config, config), context as unknown as SourceTaskContext);
  const records: SourceRecord[] = [];
  let offset: OffsetMap = {};
  for (;;) {
    const batch = await task.poll().catch((error: Error) => {
      expect(error.message).toContain('Stopping connector');
      return undefined;
    });
    if (batch === undefined || !('record' in batch)) return { records, offset };
    for (let i = 0; i < batch.count; i++) records.push(batch.record(i));
    offset = must(records.at(-1)).sourceOffset ?? offset;
  }
}

const valuesOf = (records: readonly SourceRecord[], topic: string): unknown[][] =>
  records.filter((r) => r.topic === topic).map((r) => r.value as unknown[]);
const idOf = (record: SourceRecord): unknown => (record.value as unknown[])[0];

describe('a shop', () => {
  const ITERATIONS = 50 + 11_000;
  let records: SourceRecord[];
  let orders: SourceRecord[];
  beforeAll(async () => {
    ({ records } = await made({ ...SHOP, iterations: String(ITERATIONS) }));
    orders = records.filter((r) => r.topic === 'orders');
  });
  /** The orders, each once. */
  const once = (): SourceRecord[] => [...new Map(orders.map((r) => [idOf(r), r])).values()];

  test('an order is of a customer that exists by then', () => {
    const customers = new Set<unknown>();
    const strangers: SourceRecord[] = [];
    for (const record of records) {
      if (record.topic === 'customers') customers.add(idOf(record));
      else if (!customers.has((record.value as unknown[])[1])) strangers.push(record);
    }
    expect(strangers).toEqual([]);
    expect(orders.length).toBeGreaterThan(10_000);
    expect(customers.size).toBe(50 + 500);
  });

  test('ten orders for one record of a customer; half of those change an existing one', () => {
    expect(once()).toHaveLength(10_000);
    const rows = valuesOf(records, 'customers');
    expect(rows).toHaveLength(1050);
    expect(new Set(rows.map(([id]) => id)).size).toBe(550);
  });

  test('the first customers order most', () => {
    const counts = new Map<unknown, number>();
    for (const [, customer] of once().map((r) => r.value as unknown[]))
      counts.set(customer, (counts.get(customer) ?? 0) + 1);
    // Among n customers the first has 1 / H(n, 1.2) of the orders: from 0.31 at 50 to 0.25 at 550.
    const first = must(counts.get(1)) / 10_000;
    expect(first).toBeGreaterThan(0.22);
    expect(first).toBeLessThan(0.34);
    expect(must(counts.get(1)) / must(counts.get(2))).toBeCloseTo(2 ** 1.2, 0);
  });

  test('proportions of options, of missing values, of a die', () => {
    const regions = valuesOf(records, 'customers').map(([, region]) => region);
    const north = regions.filter((r) => r === 'north').length / regions.length;
    expect(Math.abs(north - 0.7)).toBeLessThan(0.07);
    const values = once().map((r) => r.value as unknown[]);
    expect(values.filter(([, , , note]) => note === null).length / 10_000).toBeCloseTo(0.25, 1);
    for (let units = 1; units <= 6; units++)
      expect(Math.abs(values.filter((v) => v[2] === units).length / 10_000 - 1 / 6)).toBeLessThan(0.02);
    const credits = valuesOf(records, 'customers').map(([, , credit]) => Number(credit as bigint) / 100);
    expect(Math.abs(credits.reduce((a, b) => a + b, 0) / credits.length - 100)).toBeLessThan(4);
  });

  test('one in twenty comes twice, unchanged, at most ten records later', () => {
    const twice = orders.length - 10_000;
    expect(Math.abs(twice / 10_000 - 0.05)).toBeLessThan(0.012);
    const seen = new Map<unknown, { readonly record: SourceRecord; readonly at: number }>();
    let behind = 0;
    for (const [at, record] of records.entries()) {
      if (record.topic !== 'orders') continue;
      const before = seen.get(idOf(record));
      seen.set(idOf(record), { record, at });
      if (before === undefined) continue;
      expect([record.value, record.timestamp, record.key]).toEqual([
        before.record.value,
        before.record.timestamp,
        before.record.key,
      ]);
      // Other repeated records may stand in between.
      expect(at - before.at).toBeLessThanOrEqual(20);
      if (at - before.at > 1) behind++;
    }
    expect(behind).toBeGreaterThan(twice / 2);
  });

  test('one in ten is late, by half a minute at most; its column and its timestamp say so', () => {
    const behind: number[] = [];
    for (const record of once()) {
      const n = Number(must(record.headers?.[2]).value);
      const time = must(record.timestamp);
      if ((record.value as unknown[])[4] !== time) expect(record.value).toContain(time);
      const expected = START + (n - 50) * 10;
      if (time !== expected) behind.push(expected - time);
    }
    expect(Math.min(...behind)).toBeGreaterThan(0);
    expect(Math.max(...behind)).toBeLessThanOrEqual(30_000);
    const late = behind.length;
    expect(Math.abs(late / 10_000 - 0.1)).toBeLessThan(0.015);
  });

  test('the same in every run, and with another seed another', async () => {
    const again = await made({ ...SHOP, iterations: '2000' });
    const plain = (r: SourceRecord): unknown => [r.topic, r.key, r.value, r.timestamp];
    // The last records of the shorter run are followed by its own repeats.
    const same = again.records.slice(0, 1900);
    expect(same.map(plain)).toEqual(records.slice(0, 1900).map(plain));
    const other = await made({ ...SHOP, 'random.seed': '43', iterations: '2000' });
    expect(other.records.slice(0, 1900).map(plain)).not.toEqual(same.map(plain));
  });

  test('goes on after a restart with what was to come, repeats too', async () => {
    const shop = { ...SHOP, 'tables.orders.duplicate.rate': '0.3', iterations: '250' };
    const whole = (await made(shop)).records;
    const real = testEnv();
    // Pauses take no time, so a poll has one record.
    const env = { ...real, timers: { ...real.timers, sleep: async () => {} } };
    const plain = (r: SourceRecord): unknown => [r.topic, r.key, r.value, r.timestamp];
    const parts: SourceRecord[] = [];
    let offset: OffsetMap | undefined;
    let repeats = 0;
    // A new task for each poll.
    for (let polls = 0; ; polls++) {
      const task = implementation.createTask();
      const context = { env, taskId: 0, signal: new AbortController().signal, offset: () => offset };
      const config = { ...shop, 'max.interval': '1' };
      await task.start(configOf(datagenSource.config, config), context as unknown as SourceTaskContext);
      const batch = await task.poll().catch(() => undefined);
      if (batch === undefined || !('record' in batch)) break;
      for (let i = 0; i < batch.count; i++) parts.push(batch.record(i));
      offset = parts.at(-1)?.sourceOffset ?? offset;
      if (offset?.['repeats'] !== undefined) repeats++;
      if (polls > 10_000) throw new Error('it does not end');
    }
    expect(parts.map(plain)).toEqual(whole.map(plain));
    expect(repeats).toBeGreaterThan(0);
  });
});

test('accounts that refer to accounts: the first refers to none', async () => {
  const { records } = await made({
    tables: 'accounts',
    'tables.accounts.columns': "id STRING PRIMARY KEY SEQUENCE('A', 1), parent STRING REFERENCES accounts",
    'max.interval': '0',
    iterations: '100',
  });
  const seen = new Set<unknown>([null]);
  for (const { value } of records) {
    const [id, parent] = value as unknown[];
    expect(seen.has(parent)).toBe(true);
    seen.add(id);
  }
  expect((must(records[0]).value as unknown[])[1]).toBeNull();
  expect(records.filter((r) => (r.value as unknown[])[1] === null)).toHaveLength(1);
});

describe('what is wrong is told at its setting', () => {
  const T: RawConfig = { tables: 'a', 'tables.a.columns': 'id BIGINT PRIMARY KEY' };
  test.each<[RawConfig, string, string]>([
    [{ tables: 'a' }, 'tables.a.columns', 'Missing required'],
    [{ ...T, 'tables.a.columns': 'id BIGNT' }, 'tables.a.columns', 'at position 4'],
    [{ ...T, 'tables.a.wieght': '2' }, 'tables.a.wieght', 'Did you mean weight?'],
    [{ ...T, 'tables.b.weight': '2' }, 'tables.b.weight', 'tables does not name b'],
    [{ 'tables.b.weight': '2', quickstart: 'users', 'kafka.topic': 't' }, 'tables.b.weight', "Add it: tables='b'"],
    [{ ...T, 'tables.a.late.rate': '2' }, 'tables.a.late.rate', 'a proportion from 0 to 1'],
    [{ ...T, 'tables.a.weight': 'x' }, 'tables.a.weight', 'configuration tables.a.weight: Not a number of type INT'],
    [{ ...T, 'tables.a.weight': '0' }, 'tables', 'there are no records'],
    [{ ...T, 'tables.a.weight': '10001' }, 'tables.a.weight', 'from 0 to 10000'],
    [{ ...T, 'tables.a.columns': 'n INT', 'tables.a.max.rows': '2' }, 'tables.a.max.rows', 'PRIMARY KEY'],
    [{ ...T, 'tables.a.initial.rows': '5', 'tables.a.max.rows': '2' }, 'tables.a.initial.rows', 'max.rows is 2'],
    [{ ...T, 'tables.a.columns': 'id DOUBLE PRIMARY KEY' }, 'tables.a.columns', 'for each row has its own'],
    [{ ...T, 'tables.a.columns': 'id INT KEY, n INT KEY' }, 'tables.a.columns', 'one key column'],
    [
      { ...T, 'tables.a.columns': 's STRING NORMAL(1, 2)' },
      'tables.a.columns',
      'NORMAL of s is for numbers, not STRING',
    ],
    [{ ...T, 'tables.a.columns': "n INT IN ('x')" }, 'tables.a.columns', '"x" is no value of n'],
    [{ ...T, 'tables.a.columns': 'n INT UNIFORM(0, 3000000000)' }, 'tables.a.columns', '3000000000 is no value of n'],
    [{ ...T, 'tables.a.columns': 'n INT REFERENCES b(id)' }, 'tables.a.columns', 'there is no table b'],
    [{ ...T, 'tables.a.columns': 'd DECIMAL(30, 2) UNIFORM(0, 1)' }, 'tables.a.columns', 'at most 15 digits'],
    [
      { tables: 'a,b', 'tables.a.columns': 'id BIGINT PRIMARY KEY', 'tables.b.columns': 'a INT REFERENCES a(id)' },
      'tables.b.columns',
      'a is INTEGER, and what it references BIGINT',
    ],
    [
      { tables: 'a,b', 'tables.a.columns': 'id BIGINT KEY', 'tables.b.columns': 'a BIGINT REFERENCES a(id)' },
      'tables.b.columns',
      'table a has no PRIMARY KEY',
    ],
    [
      {
        tables: 'a,b',
        'tables.a.columns': 'id BIGINT PRIMARY KEY, b BIGINT REFERENCES b',
        'tables.b.columns': 'id BIGINT PRIMARY KEY, a BIGINT REFERENCES a',
      },
      'tables',
      'a circle: a → b → a',
    ],
    [{ ...T, tables: 'a,a' }, 'tables', 'a is there twice'],
    [{ ...T, 'kafka.topic': 't' }, 'kafka.topic', 'each table has its own topic'],
    [{ ...T, 'tables.a.topic': 'no topic' }, 'tables.a.topic', 'one or more characters'],
    [{ ...T, quickstart: 'users' }, 'quickstart', 'not together with tables'],
    [{ ...T, 'schema.keyfield': 'id' }, 'schema.keyfield', 'not together with tables'],
  ])('%j: %s', (config, key, message) => {
    const problems = must(datagenSource.check)(config);
    expect(problems.filter((p) => p.key === key).map((p) => p.message)).toContainEqual(
      expect.stringContaining(message),
    );
  });

  test('a shop as it is has no problem', () => {
    expect(must(datagenSource.check)(SHOP)).toEqual([]);
    const preset = { quickstart: 'SHOP' };
    expect(must(datagenSource.check)({ ...must(datagenSource.impliedSettings)(preset), ...preset })).toEqual([]);
  });
});
