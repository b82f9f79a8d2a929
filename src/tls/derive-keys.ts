import { hash as hashOf, pbkdf2, pbkdf2Sync } from 'node:crypto';
import { promisify } from 'node:util';
import { KeyStoreFault } from './key-store.ts';

/** The limit for iterations, whose number is stored in the file: keytool uses ten thousand, OpenSSL two thousand. */
const ITERATIONS_MAX = 1_000_000;
/** Rounds between two checks of the time. */
const ROUNDS = 256;
/** Block length of the digests of RFC 7292, by the length of the digest. */
const blockOf = (digestBytes: number): number => (digestBytes > 32 ? 128 : 64);

/** The input of a key derivation. */
export interface KeySource {
  /** `sha1` or `sha256`, for example. */
  readonly digest: string;
  readonly password: string | null | undefined;
  /** The salt that is in the store. */
  readonly salt: Buffer;
  readonly iterations: number;
  /** Length of the derived key. */
  readonly bytes: number;
  /** The id of RFC 7292, appendix B.3; absent: PBKDF2 (RFC 8018, section 5.2). */
  readonly id?: number;
}

/** Derives a key synchronously. @throws KeyStoreFault if the store requires more iterations than permitted */
export function derive(source: KeySource): Buffer {
  const { digest, password, salt, iterations, bytes, id } = source;
  checkIterations(iterations);
  if (id === undefined) return pbkdf2Sync(Buffer.from(password ?? '', 'binary'), salt, iterations, bytes, digest);
  const work = pkcs12Key(source, id);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Derives a key while letting other work proceed. @param breathe yields to other work when it is time */
export async function deriveBeside(source: KeySource, breathe: () => Promise<void>): Promise<Buffer> {
  const { digest, password, salt, iterations, bytes, id } = source;
  checkIterations(iterations);
  if (id === undefined)
    return await promisify(pbkdf2)(Buffer.from(password ?? '', 'binary'), salt, iterations, bytes, digest);
  const work = pkcs12Key(source, id);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await breathe();
  }
}

/**
 * Derives the key, initialization vector or MAC key (`id` 1, 2, 3) of a PKCS #12 store from its password: RFC 7292,
 * appendix B.2. Yields from time to time.
 */
function* pkcs12Key(
  { digest, password, salt, iterations, bytes }: KeySource,
  id: number,
): Generator<undefined, Buffer, void> {
  const hash = (data: Uint8Array): Buffer => hashOf(digest, data, 'buffer');
  const digestBytes = hash(Buffer.alloc(0)).length;
  const block = blockOf(digestBytes);
  // In UTF-16, big-endian, with a terminating zero.
  const text = typeof password === 'string' ? Buffer.from(`${password}\0`, 'utf16le').swap16() : Buffer.alloc(0);
  const repeated = (what: Buffer): Buffer => Buffer.alloc(block * Math.ceil(what.length / block), what);
  const input = Buffer.concat([
    ...(salt.length > 0 ? [repeated(salt)] : []),
    ...(text.length > 0 ? [repeated(text)] : []),
  ]);
  const diversifier = Buffer.alloc(block, id);
  const parts: Buffer[] = [];
  for (let have = 0; have < bytes; have += digestBytes) {
    let digest = hash(Buffer.concat([diversifier, input]));
    for (let i = 1; i < iterations; i++) {
      digest = hash(digest);
      if (i % ROUNDS === 0) yield undefined;
    }
    parts.push(digest);
    addToBlocks(input, Buffer.alloc(block, digest));
  }
  return Buffer.concat(parts).subarray(0, bytes);
}

/** Adds `b` + 1 to each block of `input`, as big-endian numbers. */
function addToBlocks(input: Buffer, divisor: Buffer): void {
  for (let start = 0; start < input.length; start += divisor.length) {
    let carry = 1;
    for (let i = divisor.length - 1; i >= 0; i--) {
      carry += input.readUInt8(start + i) + divisor.readUInt8(i);
      input.writeUInt8(carry & 0xff, start + i);
      carry >>= 8;
    }
  }
}

function checkIterations(iterations: number): void {
  if (iterations >= 1 && iterations <= ITERATIONS_MAX) return;
  throw new KeyStoreFault('file', `its password goes through ${iterations} iterations: 1 to ${ITERATIONS_MAX} may be`);
}
