import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { seededRandom } from '../../test/support/random.ts';
import { LmdbStore } from './lmdb-store.ts';
import { seal, unseal } from './sealed-value.ts';

const KEY = Buffer.from('a key');

test('the sum of a short value is MurmurHash3, by the vectors of its author', () => {
  // murmur3(murmur3(0, ''), x): the empty key gives the seed 0.
  const sum = (text: string): number => seal(Buffer.alloc(0), Buffer.from(text)).readUInt32BE(Buffer.byteLength(text));
  expect(sum('')).toBe(0);
  expect(sum('test')).toBe(0xba6bd213);
  expect(sum('Hello, world!')).toBe(0xc0363e43);
  expect(sum('The quick brown fox jumps over the lazy dog')).toBe(0x2e4ff723);
});

test.each([0, 1, 2, 3, 4, 60, 511, 512, 513, 5000])('%i bytes come back, and no flipped bit does', (length) => {
  const random = seededRandom(length + 1);
  const value = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  const sealed = seal(KEY, value);
  expect(unseal(KEY, sealed)).toEqual(value);
  for (let i = 0; i < 200; i++) {
    const [key, changed] = [Buffer.from(KEY), Buffer.from(sealed)];
    const at = Math.floor(random() * (key.length + changed.length));
    const bit = 1 << Math.floor(random() * 8);
    if (at < key.length) key[at]! ^= bit;
    else changed[at - key.length]! ^= bit;
    expect(unseal(key, changed)).toBeUndefined();
  }
  if (length > 0) expect(unseal(KEY, sealed.subarray(0, -1))).toBeUndefined();
  expect(unseal(KEY, sealed.subarray(0, 3))).toBeUndefined();
});

test('a byte that the disk changes in a row is an error of whoever reads it, and not another row', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-sums-'));
  try {
    const rows = { a: 'a row that stays', b: 'a row that the disk changes', long: 'x'.repeat(9000) };
    let store = new LmdbStore({ path: folder, ownSums: ['own'] });
    store.write((writes) => {
      for (const [key, row] of Object.entries(rows)) writes.put('rows', Buffer.from(key), Buffer.from(row));
      writes.put('own', Buffer.from('b'), Buffer.from('a value with a sum of its own'));
    });
    await store.close();
    const file = path.join(folder, 'data.mdb');
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('that the disk changes')]! ^= 1;
    bytes[bytes.indexOf('with a sum of its own')]! ^= 1;
    // What stands behind a value in its page may be what the memory held before.
    bytes[bytes.indexOf('x'.repeat(5000)) + 4000]! ^= 1;
    writeFileSync(file, bytes);
    store = new LmdbStore({ path: folder });
    const get = (key: string): string | undefined => store.get('rows', Buffer.from(key))?.toString();
    expect(get('a')).toBe(rows.a);
    expect(() => get('b')).toThrow('An entry of rows fails its checksum: the disk has changed it');
    expect(() => get('long')).toThrow('fails its checksum');
    expect(() => [...store.range('rows')]).toThrow('fails its checksum');
    expect(() => store.scan('rows', {}, () => true)).toThrow('fails its checksum');
    expect(store.get('own', Buffer.from('b'))?.toString()).toBe('a value vith a sum of its own');
    await store.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
