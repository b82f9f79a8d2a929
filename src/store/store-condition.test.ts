import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../base/env.ts';
import { SluiceError } from '../base/errors.ts';
import { LmdbStore } from './lmdb-store.ts';
import { KEEP_OFF_MS, LASTS_MS, SLOW_MS, StoreCondition } from './store-condition.ts';

let nowMs: number;
let told: string[];
let condition: StoreCondition;

beforeEach(() => {
  nowMs = 1000;
  told = [];
  condition = new StoreCondition(
    {
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
      logger: {
        ...SILENT_LOGGER,
        error: (_message, fields) => told.push(String(fields?.['error'])),
        warn: (message) => told.push(message),
      },
    },
    'It',
  );
});

describe('a condition', () => {
  test('lasts until a write goes well some time after the last that did not, and each is told once', () => {
    condition.begin('commit')(new SluiceError('LOG_FULL', 'full, 12 bytes left'));
    condition.begin('commit')(new SluiceError('LOG_FULL', 'full, 9 bytes left'));
    condition.begin('commit')();
    expect(condition.problem()).toBe('full, 9 bytes left');
    nowMs += LASTS_MS;
    expect(condition.problem()).toBe('full, 9 bytes left');
    expect(condition.isOld).toBe(true);
    condition.begin('commit')();
    expect(condition.problem()).toBeUndefined();
    expect(told).toEqual(['full, 12 bytes left', 'It can be written again']);
  });

  test('is none where what failed says nothing of the disk', () => {
    condition.begin('commit')(new SluiceError('NOT_FOUND', 'no such topic'));
    expect(condition.problem()).toBeUndefined();
  });

  test('is a slow disk while something takes long, and when it has', () => {
    const ended = condition.begin('flush');
    nowMs += SLOW_MS - 1;
    expect(condition.problem()).toBeUndefined();
    nowMs += 1001;
    expect(condition.problem()).toBe('The disk is slow: a flush has taken 6 s');
    ended();
    expect(condition.problem()).toContain('slow');
    nowMs += LASTS_MS;
    condition.begin('flush')();
    expect(condition.problem()).toBeUndefined();
  });

  test('keeps the thread that serves clients off a disk that takes its time', () => {
    expect(condition.isSlow).toBe(false);
    const ended = condition.begin('flush');
    expect(condition.isSlow).toBe(false);
    nowMs += KEEP_OFF_MS;
    expect(condition.isSlow).toBe(true);
    ended();
    expect(condition.isSlow).toBe(true);
    nowMs += LASTS_MS;
    expect(condition.isSlow).toBe(false);
  });
});

describe('a disk with little left', () => {
  const RESERVE = 1 << 20;
  let folder: string;
  let free: number;
  let store: LmdbStore;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-disk-'));
    free = 8 << 20;
    const disk = { free: () => free, reserveBytes: RESERVE, setting: 'the.reserve' };
    store = new LmdbStore({ path: folder, disk, condition });
  });

  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const put = (key: string, bytes: number, evenIfFull = false): void =>
    store.write((writes) => writes.put('s', Buffer.from(key), Buffer.alloc(bytes, 1)), { evenIfFull });

  test('refuses what would take the reserve, but for what makes room', () => {
    put('a', 1000);
    free = RESERVE / 2;
    expect(() => put('b', 1 << 20)).toThrow('the disk is full but for the 1048576 bytes that the.reserve keeps');
    expect(store.problem()).toContain('the.reserve');
    put('c', 1000, true);
    expect(store.get('s', Buffer.from('c'))).toHaveLength(1000);
    expect(store.get('s', Buffer.from('b'))).toBeUndefined();
  });

  test('is found out though others fill it, and is well again when they make room, without a write', () => {
    put('a', 1000);
    free = 0;
    expect(() => {
      for (let i = 0; i < 20; i++) put(`b${i}`, 100_000);
    }).toThrow('the disk is full');
    nowMs += LASTS_MS;
    expect(store.problem()).toContain('full');
    free = 8 << 20;
    nowMs += LASTS_MS;
    expect(store.problem()).toBeUndefined();
    put('b', 1 << 20);
  });

  test('counts what is free in its own file', () => {
    put('a', 2 << 20);
    put('b', 2 << 20);
    free = RESERVE;
    expect(() => put('c', 2 << 20)).toThrow('the disk is full');
    store.write((writes) => writes.delete('s', Buffer.from('a')), { evenIfFull: true });
    put('c', 1 << 20);
  });
});

describe('a store that may hold so much', () => {
  test('refuses what is more with the setting and the way back; is well again when there is room, without a write', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bound-'));
    const store = new LmdbStore({ path: folder, maxBytes: 1 << 20, maxSetting: 'the.bound', condition });
    const put = (key: string, bytes: number): void =>
      store.write((writes) => writes.put('s', Buffer.from(key), Buffer.alloc(bytes, 1)));
    put('a', 600_000);
    const refused = caught(() => put('b', 600_000));
    expect(refused).toMatchObject({ code: 'LOG_FULL', retriable: true });
    expect(refused.message).toMatch(/^Cannot store 6\d{5} more bytes: \d+ of 1048576 are used \(the\.bound\)$/);
    expect(refused.hint).toBe('Raise the.bound and start the server again, or DROP … DELETE TOPIC what is not needed.');
    expect(store.problem()).toContain('the.bound');
    expect(store.get('s', Buffer.from('a'))).toHaveLength(600_000);
    // What is tried now and then is small.
    store.write((writes) => writes.delete('s', Buffer.from('a')), { evenIfFull: true });
    nowMs += LASTS_MS;
    expect(store.problem()).toBeUndefined();
    put('b', 600_000);
    await store.close();
    rmSync(folder, { recursive: true });
  });
});

function caught(action: () => void): SluiceError {
  try {
    action();
  } catch (error) {
    return error as SluiceError;
  }
  throw new Error('it went well');
}
