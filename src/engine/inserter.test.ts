import { describe, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { SluiceError } from '../base/errors.ts';
import type { LogWriter } from '../log/api.ts';
import { RecordCursor } from '../log/record-batch/cursor.ts';
import { Inserter, inserted, type InsertTicket } from './inserter.ts';

/** The values of a batch's records, separated by blanks. */
function textOf(batch: Buffer): string {
  const cursor = new RecordCursor();
  cursor.open(batch, 0, batch.length, 0);
  const texts: string[] = [];
  while (cursor.next())
    for (let i = 0; i < cursor.columns.count; i++) texts.push(cursor.columns.value(i)?.toString() ?? 'null');
  return texts.join(' ');
}

/**
 * Like a writer on Kafka without a transaction: batches are sent one by one, and `commit` reports when one of them was
 * refused.
 */
function separate(isRefused: (text: string) => boolean): { readonly writer: LogWriter; readonly stored: string[] } {
  const stored: string[] = [];
  const done = new Set<Buffer>();
  let queued: Buffer[] = [];
  const writer: Partial<LogWriter> = {
    append: (_topic, _partition, batch) => void queued.push(batch),
    commit: async () => {
      let refused = false;
      for (const batch of queued) {
        if (isRefused(textOf(batch))) refused = true;
        else {
          stored.push(textOf(batch));
          done.add(batch);
        }
      }
      if (refused) throw new Error('refused');
      queued = [];
    },
    abort: async () => void (queued = []),
    isStored: (batch) => done.has(batch),
  };
  return { writer: writer as LogWriter, stored };
}

function add(inserter: Inserter, text: string, partition = 0, maxBatchBytes = 1 << 20): InsertTicket {
  const bytes = Buffer.from(text);
  return inserter.add({ topic: 't', partition, maxBatchBytes }, 1, null, 0, 0, bytes, 0, bytes.length);
}

async function outcomes(tickets: readonly InsertTicket[]): Promise<string[]> {
  return (await Promise.allSettled(tickets.map(inserted))).map((o) => o.status);
}

describe('rows that come together', () => {
  test('are one batch for each partition and one commit, in their order', async () => {
    const { writer, stored } = separate(() => false);
    let commits = 0;
    const counting: LogWriter = Object.create(writer, {
      commit: { value: () => (commits++, writer.commit()) },
    }) as LogWriter;
    const inserter = new Inserter(counting, testEnv());
    const tickets = ['a', 'b', 'c', 'd'].map((text, i) => add(inserter, text, i % 2));
    expect(await outcomes(tickets)).toEqual(Array(4).fill('fulfilled'));
    expect([stored, commits]).toEqual([['a c', 'b d'], 1]);
  });

  test('one that is refused fails alone, and nothing is written twice', async () => {
    const { writer, stored } = separate((text) => text.includes('bad'));
    const inserter = new Inserter(writer, testEnv());
    const tickets = [...['a', 'bad1', 'b', 'bad2'].map((text) => add(inserter, text)), add(inserter, 'c', 1)];
    expect(await outcomes(tickets)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(stored.toSorted()).toEqual(['a', 'b', 'c']);
  });

  test('a batch does not grow beyond what its topic takes', async () => {
    const { writer, stored } = separate(() => false);
    const inserter = new Inserter(writer, testEnv());
    await outcomes(Array.from({ length: 10 }, (_, i) => add(inserter, `${i}`.repeat(100), 0, 600)));
    expect(stored.length).toBeGreaterThan(2);
    expect(stored.join(' ').split(' ')).toHaveLength(10);
  });

  test('a full log fails all of them without trying each', async () => {
    let commits = 0;
    const full = new SluiceError('LOG_FULL', 'full');
    const writer = { append() {}, abort: async () => undefined, commit: async () => (commits++, Promise.reject(full)) };
    const inserter = new Inserter(writer as unknown as LogWriter, testEnv());
    const tickets = ['a', 'b', 'c'].map((text) => add(inserter, text));
    expect(await outcomes(tickets)).toEqual(Array(3).fill('rejected'));
    await expect(inserted(tickets[1]!)).rejects.toBe(full);
    expect(commits).toBe(1);
  });
});

test('who brings rows faster than they are committed is told to wait', async () => {
  const { writer } = separate(() => false);
  const inserter = new Inserter(writer, testEnv());
  expect(inserter.room).toBeUndefined();
  for (let i = 0; i < 100; i++) add(inserter, 'x'.repeat(100_000));
  expect(inserter.room).toBeInstanceOf(Promise);
  await inserter.room;
  expect(inserter.room).toBeUndefined();
});

test('rows that keep coming are committed together, and not held back for long', async () => {
  let nowMs = 0;
  const turns: (() => void)[] = [];
  const commits: number[] = [];
  let rows = 0;
  const writer: Partial<LogWriter> = {
    append: (_topic, _partition, batch) => void (rows += textOf(batch).split(' ').length),
    commit: async () => {
      commits.push(rows);
      rows = 0;
    },
  };
  const timers = { turn: () => new Promise<void>((resolve) => turns.push(resolve)) };
  const inserter = new Inserter(writer as LogWriter, { clock: { monotonicMs: () => nowMs }, timers });
  const round = async (brings: readonly string[] = []): Promise<void> => {
    await expect.poll(() => turns.length).toBe(1);
    tickets.push(...brings.map((text) => add(inserter, text)));
    turns.shift()!();
  };
  const tickets = [add(inserter, 'a')];
  // As long as each round adds a row, the commit is delayed, for up to four milliseconds.
  for (; nowMs <= 4; nowMs++) await round(['b']);
  await Promise.all(tickets.map(inserted));
  expect(commits).toEqual([6]);
  await round();
  // A single row is committed after the next round that adds none.
  const alone = inserted(add(inserter, 'c'));
  await round();
  await alone;
  expect(commits).toEqual([6, 1]);
});
