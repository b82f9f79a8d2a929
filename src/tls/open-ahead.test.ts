import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeEach, expect, test, vi } from 'vitest';

const sample = (name: string): Buffer => readFileSync(new URL(`../../test/data/key-stores/${name}`, import.meta.url));
const CA = new X509Certificate(sample('ca.pem'));

let openStoreAhead: typeof import('./tls-options.ts').openStoreAhead;
let tlsOptions: typeof import('./tls-options.ts').tlsOptions;

// What has been opened is remembered by the module, which other tests of this thread use too.
beforeEach(async () => {
  vi.resetModules();
  ({ openStoreAhead, tlsOptions } = await import('./tls-options.ts'));
});

/** How often others had their turn meanwhile. */
async function openAhead(file: string, password: string | undefined): Promise<number> {
  let turns = 0;
  await openStoreAhead(sample(file), password, async () => {
    turns++;
    await Promise.resolve();
  });
  return turns;
}

const trusted = (file: string, password: string): string[] =>
  (
    tlsOptions({
      get: (name) => ({ 'ssl.truststore.location': file, 'ssl.truststore.password': password })[name],
      readFile: sample,
    }).ca as string[]
  ).map((one) => new X509Certificate(one).fingerprint256);

test.each(['trust.p12', 'trust-legacy.p12', 'certificates.p12'])(
  'a store that is opened ahead is the one that is read, and its password goes through its rounds once, in pieces: %s',
  async (file) => {
    // The thousands of rounds of each key are split, and the store is read again for the next key.
    expect(await openAhead(file, 'changeit')).toBeGreaterThan(8);
    expect(await openAhead(file, 'changeit')).toBe(0);
    expect(trusted(file, 'changeit')).toEqual([CA.fingerprint256]);
  },
);

test('so is why it is not read', async () => {
  expect(await openAhead('trust.p12', 'secret!')).toBeGreaterThan(8);
  expect(await openAhead('trust.p12', 'secret!')).toBe(0);
  expect(() => trusted('trust.p12', 'secret!')).toThrow('ssl.truststore.password: the password is wrong');
});

test('other formats, and what is no store at all, are left to whoever reads them', async () => {
  for (const file of ['ca.pem', 'trust.jks']) expect(await openAhead(file, 'changeit')).toBe(0);
  await openStoreAhead(Buffer.from([0x30, 1, 2, 3]), undefined, () => Promise.resolve());
  await openStoreAhead(Buffer.alloc(0), undefined, () => Promise.resolve());
});
