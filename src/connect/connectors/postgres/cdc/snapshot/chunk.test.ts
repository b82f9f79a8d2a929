import { describe, expect, test } from 'vitest';
import { WireRows } from '../../rows.ts';
import { Chunk } from './chunk.ts';
import { formatLsn, parseLsn } from '../stream/lsn.ts';
import { Snapshot } from './visibility.ts';

/** DataRow messages of one text column. */
function rowsOf(...keys: readonly string[]): WireRows {
  const rows = new WireRows();
  for (const key of keys) {
    const message = Buffer.alloc(11 + key.length);
    message[0] = 68;
    message.writeInt32BE(message.length - 1, 1);
    message.writeInt16BE(1, 5);
    message.writeInt32BE(key.length, 7);
    message.write(key, 11);
    rows.add(message, 0);
  }
  return rows;
}

describe('what a snapshot sees', () => {
  test('transactions that ended before it: not those that ran, not those to come', () => {
    const snapshot = Snapshot.parse('100:105:101,103');
    expect([99, 100, 101, 102, 103, 104, 105, 106].filter((xid) => snapshot.sees({ xid: xid, lsn: 0n }))).toEqual([
      99, 100, 102, 104,
    ]);
    expect(snapshot.wasRunning([99, 103])).toBe(true);
    expect(snapshot.wasRunning([99, 102])).toBe(false);
    expect(Snapshot.parse('100:100:').wasRunning([100])).toBe(false);
  });

  test('on a standby: what it had replayed before', () => {
    const snapshot = Snapshot.parse('100:105:@0/3000');
    // No snapshot lists it as running, and it was replayed later.
    expect(snapshot.sees({ xid: 101, lsn: 0x3000n })).toBe(false);
    expect(snapshot.sees({ xid: 101, lsn: 0x2ff0n })).toBe(true);
  });

  test('numbers that come round: the nearest is meant', () => {
    // 2^32 + 10: transaction 4294967290 of the stream is older, 20 is newer.
    const snapshot = Snapshot.parse('4294967306:4294967306:');
    expect(snapshot.sees({ xid: 4_294_967_290, lsn: 0n })).toBe(true);
    expect(snapshot.sees({ xid: 9, lsn: 0n })).toBe(true);
    expect(snapshot.sees({ xid: 20, lsn: 0n })).toBe(false);
    // Just before the wraparound: 5 is in the next epoch.
    expect(Snapshot.parse('4294967290:4294967290:').sees({ xid: 5, lsn: 0n })).toBe(false);
  });
});

describe('a chunk of rows beside the stream', () => {
  const standing = (chunk: Chunk): readonly number[] => chunk.standing().numbers;

  test('rows that a transaction changes which its snapshot does not see are left out, whenever that was heard', () => {
    const chunk = new Chunk();
    chunk.touch('a', { xid: 100, lsn: 0n });
    chunk.touch('b', { xid: 99, lsn: 0n });
    chunk.taken(Snapshot.parse('100:101:100'), 7n);
    chunk.touch('c', { xid: 101, lsn: 0n });
    chunk.touch('d', { xid: 98, lsn: 0n });
    chunk.read(rowsOf('a', 'b', 'c', 'd', 'e'), [0]);
    expect(standing(chunk)).toEqual([1, 3, 4]);
    expect(chunk.high).toBe(7n);
  });

  test('TRUNCATE takes all of it, but one that it sees takes nothing', () => {
    const taken = new Chunk();
    taken.touch(null, { xid: 101, lsn: 0n });
    taken.taken(Snapshot.parse('100:100:'), 0n);
    taken.read(rowsOf('a', 'b'), [0]);
    expect(standing(taken)).toEqual([]);
    const seen = new Chunk();
    seen.touch(null, { xid: 99, lsn: 0n });
    seen.taken(Snapshot.parse('100:100:'), 0n);
    seen.read(rowsOf('a', 'b'), [0]);
    expect(standing(seen)).toEqual([0, 1]);
  });
});

test('positions of the log are read and written as Postgres has them', () => {
  expect(formatLsn(parseLsn('16/B374D848')!)).toBe('16/B374D848');
  expect(formatLsn(0n)).toBe('0/0');
  expect(parseLsn('nothing')).toBeUndefined();
});
