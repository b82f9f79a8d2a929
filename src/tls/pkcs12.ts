import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import type Forge from 'node-forge';
import { must } from '../base/assert.ts';
import { derive, deriveBeside, type KeySource } from './derive-keys.ts';
import { KeyStoreFault, type KeyStore } from './key-store.ts';

/**
 * The attribute by which Java distinguishes a trusted certificate from one that only belongs to a chain (OpenJDK's
 * PKCS12KeyStore).
 */
const TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1';

/**
 * Reads a PKCS #12 store (RFC 7292) like Java: AES (PBES2), or the 3DES and RC2 of older programs, which Node's OpenSSL
 * refuses. A store of plain certificates, as written by `openssl pkcs12 -nokeys`, counts as a store of trusted
 * certificates.
 * @throws KeyStoreFault
 */
export function readPkcs12(bytes: Buffer, password: string | undefined): KeyStore {
  const id = createHash('sha256').update(bytes).update(`\0${password}`).digest('base64');
  let known = KNOWN.get(id);
  if (known === undefined) {
    known = readOrFault(bytes, password);
    // Remove the oldest one.
    if (KNOWN.size >= KNOWN_MAX) KNOWN.delete(must(KNOWN.keys().next().value, 'store'));
    KNOWN.set(id, known);
  }
  if (known instanceof KeyStoreFault) throw known;
  return known;
}

/**
 * Cache of stores, or of the reasons why they could not be read, by their bytes and password: every task of a connector
 * reads its own, and each time the password would be hashed in ten thousand rounds.
 */
const KNOWN = new Map<string, KeyStore | KeyStoreFault>();
const KNOWN_MAX = 32;

function readOrFault(bytes: Buffer, password: string | undefined): KeyStore | KeyStoreFault {
  try {
    return read(bytes, password);
  } catch (error) {
    if (error instanceof KeyStoreFault) return error;
    throw error;
  }
}

/** Keys that were derived in advance for the store being read; undefined: they are derived when needed. */
let ahead: ReadonlyMap<string, Buffer> | undefined;

/** Thrown through the library when a key is needed that has not been derived yet. */
class KeyWanted extends Error {
  readonly source: KeySource;
  readonly id: string;

  constructor(source: KeySource, id: string) {
    super('a key is to be derived');
    this.source = source;
    this.id = id;
  }
}

/**
 * Reads a store in advance, so that `readPkcs12` has it at once: its keys are derived while other work proceeds. The
 * store is read again for each key that is missing. Errors in the store are reported by `readPkcs12`.
 * @param breathe yields to other work when it is time
 */
export async function openPkcs12Ahead(
  bytes: Buffer,
  password: string | undefined,
  breathe: () => Promise<void>,
): Promise<void> {
  const keys = new Map<string, Buffer>();
  for (;;) {
    let wanted: KeyWanted;
    ahead = keys;
    try {
      readPkcs12(bytes, password);
      return;
    } catch (error) {
      if (!(error instanceof KeyWanted)) return;
      wanted = error;
    } finally {
      ahead = undefined;
    }
    try {
      keys.set(wanted.id, await deriveBeside(wanted.source, breathe));
    } catch {
      return;
    }
    await breathe();
  }
}

function keyOf(source: KeySource): Buffer {
  if (ahead === undefined) return derive(source);
  const { digest, salt, id, iterations, bytes } = source;
  const name = [digest, salt.toString('hex'), id, iterations, bytes].join(' ');
  const key = ahead.get(name);
  if (key === undefined) throw new KeyWanted(source, name);
  return key;
}

function read(bytes: Buffer, password: string | undefined): KeyStore {
  const forge = loadForge();
  const keys: KeyObject[] = [];
  const marked: X509Certificate[] = [];
  const plain: X509Certificate[] = [];
  for (const bag of bagsOf(forge, bytes, password)) {
    if (bag.type === forge.pki.oids['certBag']) {
      const der = bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1;
      const certificate = new X509Certificate(bytesOf(forge, der));
      ((bag.attributes as Record<string, unknown>)['trustedKeyUsage'] === undefined ? plain : marked).push(certificate);
    } else {
      // The library supports only RSA keys; of others it returns the PKCS #8 structure.
      const info = bag.key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key)) : bag.asn1;
      keys.push(createPrivateKey({ key: bytesOf(forge, info), format: 'der', type: 'pkcs8' }));
    }
  }
  const entries = keys.flatMap((key) => {
    const own = [...plain, ...marked].find((certificate) => certificate.checkPrivateKey(key));
    return own ? [{ chain: chainFrom(own, [...plain, ...marked]), open: () => key }] : [];
  });
  return { keys: entries, trusted: keys.length === 0 && marked.length === 0 ? plain : marked };
}

function bagsOf(forge: typeof Forge, bytes: Buffer, password: string | undefined): Forge.pkcs12.Bag[] {
  let outer: Forge.asn1.Asn1;
  try {
    outer = forge.asn1.fromDer(bytes.toString('binary'));
  } catch (cause) {
    throw new KeyStoreFault('file', 'not a PKCS #12 store', { cause });
  }
  try {
    return forge.pkcs12.pkcs12FromAsn1(outer, true, password).safeContents.flatMap(({ safeBags }) => safeBags);
  } catch (cause) {
    if (cause instanceof KeyStoreFault || cause instanceof KeyWanted) throw cause;
    const message = cause instanceof Error ? cause.message : '';
    if (message.includes('not an PKCS#12')) throw new KeyStoreFault('file', 'not a PKCS #12 store', { cause });
    if (password === undefined) throw new KeyStoreFault('password', 'the store needs its password', { cause });
    if (/decrypt/i.test(message) && /[^\x20-\x7e]/.test(password))
      throw new KeyStoreFault('password', 'the store is not read with it; use a password of ASCII characters', {
        cause,
      });
    if (/decrypt|invalid password/i.test(message))
      throw new KeyStoreFault('password', 'the password is wrong', { cause });
    throw new KeyStoreFault('file', `the PKCS #12 store cannot be read (${message})`, { cause });
  }
}

/** The chain from a certificate to its issuers, as far as the store contains them. */
function chainFrom(own: X509Certificate, all: readonly X509Certificate[]): X509Certificate[] {
  const chain = [own];
  for (;;) {
    const last = chain.at(-1)!;
    const issuer = all.find((other) => last.checkIssued(other) && !chain.some((known) => known.raw.equals(other.raw)));
    if (!issuer) return chain;
    chain.push(issuer);
  }
}

function bytesOf(forge: typeof Forge, value: Forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary');
}

/** Loaded with the first PKCS #12 store: most servers have none, and loading takes 30 ms. */
function loadForge(): typeof Forge {
  const forge = createRequire(import.meta.url)('node-forge') as typeof Forge;
  // The library keeps only attributes whose names it knows.
  forge.pki.oids[TRUSTED_KEY_USAGE] = 'trustedKeyUsage';
  deriveByOpenSsl(forge);
  return forge;
}

/** A digest and a buffer of the library, as far as key derivation uses them. */
interface Digest {
  readonly algorithm: string;
}
interface Bytes {
  bytes(): string;
}

/**
 * Ten thousand rounds of hashing, as current stores require, take the library's JavaScript a second of the thread that
 * serves clients, but OpenSSL only some milliseconds.
 */
function deriveByOpenSsl(forge: typeof Forge): void {
  const library = forge as unknown as {
    pbe: { generatePkcs12Key: unknown };
    pkcs12: { generateKey: unknown };
    pkcs5: { pbkdf2: unknown };
  };
  library.pbe.generatePkcs12Key = library.pkcs12.generateKey = (
    password: string | null | undefined,
    salt: Bytes,
    id: number,
    iterations: number,
    bytes: number,
    digest?: Digest | null,
  ) =>
    forge.util.createBuffer(
      keyOf({
        digest: digest?.algorithm ?? 'sha1',
        password,
        salt: Buffer.from(salt.bytes(), 'binary'),
        id,
        iterations,
        bytes,
      }).toString('binary'),
    );
  library.pkcs5.pbkdf2 = (password: string, salt: string, iterations: number, bytes: number, digest: Digest) =>
    keyOf({ digest: digest.algorithm, password, salt: Buffer.from(salt, 'binary'), iterations, bytes }).toString(
      'binary',
    );
}
