import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { KeyStoreFault, type KeyStore, type PrivateKeyEntry } from './key-store.ts';

/** The first four bytes of a JKS store. */
export const JKS_MAGIC = 0xfeedfeed;

const KEY_ENTRY = 1;
const TRUSTED_ENTRY = 2;
const SHA1_BYTES = 20;

/**
 * Reads Java's own key store format. Layout and digest are described in OpenJDK's sun.security.provider.JavaKeyStore,
 * the protection of keys in KeyProtector next to it. All numbers are big-endian, all texts are a 2-byte length and
 * modified UTF-8:
 *
 *     store = magic FEEDFEED, version (4: 1 or 2), count (4), entry ..., digest (20)
 *     entry = 1 (4), alias, created (8), key length (4), key, chain length (4), certificate ...
 *           | 2 (4), alias, created (8), certificate
 *     certificate = [its type, since version 2], length (4), DER
 *     digest = SHA-1(password in UTF-16, "Mighty Aphrodite", all preceding bytes)
 *
 * Without a password the digest is not checked, as in Java.
 * @throws KeyStoreFault
 */
export function readJks(bytes: Buffer, password: string | undefined): KeyStore {
  const body = bytes.subarray(0, -SHA1_BYTES);
  if (password !== undefined && !sha1(utf16(password), 'Mighty Aphrodite', body).equals(bytes.subarray(-SHA1_BYTES)))
    throw new KeyStoreFault('password', 'the password is wrong, or the store was changed');
  try {
    return entriesOf(body);
  } catch (cause) {
    throw new KeyStoreFault('file', 'the JKS store is damaged', { cause });
  }
}

function entriesOf(body: Buffer): KeyStore {
  let at = 4;
  const number = (): number => {
    at += 4;
    return body.readUInt32BE(at - 4);
  };
  const bytes = (length: number): Buffer => {
    if (at + length > body.length) throw new RangeError(`${length} bytes at ${at} go beyond the end`);
    at += length;
    return body.subarray(at - length, at);
  };
  const text = (): string => {
    at += 2;
    return bytes(body.readUInt16BE(at - 2)).toString();
  };
  const version = number();
  if (version !== 1 && version !== 2) throw new RangeError(`version ${version}`);
  const certificate = (): X509Certificate => {
    if (version === 2) text();
    return new X509Certificate(bytes(number()));
  };
  const keys: PrivateKeyEntry[] = [];
  const trusted: X509Certificate[] = [];
  for (let left = number(); left > 0; left--) {
    const tag = number();
    text();
    at += 8;
    if (tag === KEY_ENTRY) {
      const sealed = bytes(number());
      const chain = Array.from({ length: number() }, certificate);
      if (chain.length > 0) keys.push({ chain, open: (password) => openKey(sealed, password) });
    } else if (tag === TRUSTED_ENTRY) {
      trusted.push(certificate());
    } else {
      throw new RangeError(`entry of kind ${tag}`);
    }
  }
  return { keys, trusted };
}

/**
 * A key is an EncryptedPrivateKeyInfo (RFC 5208) of algorithm 1.3.6.1.4.1.42.2.17.1.1, whose data is: salt (20), the
 * PKCS #8 key XOR a key stream, SHA-1(password in UTF-16, key). The stream is W1, W2, ...: W0 = salt, Wi =
 * SHA-1(password in UTF-16, Wi-1).
 */
function openKey(sealed: Buffer, password: string | undefined): KeyObject {
  if (password === undefined) throw new KeyStoreFault('password', 'the private key needs a password');
  const info = derValue(sealed, 0);
  const algorithm = derValue(sealed, info.start);
  const data = derValue(sealed, algorithm.end);
  const protectedKey = sealed.subarray(data.start, data.end);
  const secret = utf16(password);
  const key = Buffer.from(protectedKey.subarray(SHA1_BYTES, -SHA1_BYTES));
  let word = protectedKey.subarray(0, SHA1_BYTES);
  for (let i = 0; i < key.length; i++) {
    if (i % SHA1_BYTES === 0) word = sha1(secret, word);
    key[i]! ^= word[i % SHA1_BYTES]!;
  }
  if (!sha1(secret, key).equals(protectedKey.subarray(-SHA1_BYTES)))
    throw new KeyStoreFault('password', 'the password is not that of the private key');
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** Start and end of the contents of the DER value at `at`. */
function derValue(bytes: Buffer, at: number): { readonly start: number; readonly end: number } {
  const short = bytes.readUInt8(at + 1);
  if (short < 0x80) return { start: at + 2, end: at + 2 + short };
  const size = short & 0x7f;
  const start = at + 2 + size;
  return { start, end: start + bytes.readUIntBE(at + 2, size) };
}

function sha1(...parts: readonly (Buffer | string)[]): Buffer {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}
