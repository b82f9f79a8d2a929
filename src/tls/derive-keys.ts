import { hash as hashOf, pbkdf2Sync } from 'node:crypto';
import { KeyStoreFault } from './key-store.ts';

/** Who made the store says how often its password is hashed: keytool ten thousand times, OpenSSL two thousand. */
const ITERATIONS_MAX = 1_000_000;
/** Bytes that the digests of RFC 7292 take at once, by their length. */
const blockOf = (digestBytes: number): number => (digestBytes > 32 ? 128 : 64);

/**
 * Key, initial value or key of the checksum (`id` 1, 2, 3) of a PKCS #12 store by its password: RFC 7292, appendix B.2.
 * @param digest `sha1`, `sha256`
 * @param salt as it stands in the store
 * @param bytes how many are wanted
 * @throws KeyStoreFault where the store asks for more iterations than there may be
 */
export function pkcs12Key(
  digest: string,
  password: string | null | undefined,
  salt: Buffer,
  id: number,
  iterations: number,
  bytes: number,
): Buffer {
  checkIterations(iterations);
  const hash = (data: Uint8Array): Buffer => hashOf(digest, data, 'buffer');
  const digestBytes = hash(Buffer.alloc(0)).length;
  const block = blockOf(digestBytes);
  // In UTF-16, big-endian, with a zero at its end.
  const text = typeof password === 'string' ? Buffer.from(`${password}\0`, 'utf16le').swap16() : Buffer.alloc(0);
  const repeated = (what: Buffer): Buffer => Buffer.alloc(block * Math.ceil(what.length / block), what);
  const input = Buffer.concat([
    ...(salt.length > 0 ? [repeated(salt)] : []),
    ...(text.length > 0 ? [repeated(text)] : []),
  ]);
  const diversifier = Buffer.alloc(block, id);
  const parts: Buffer[] = [];
  for (let have = 0; have < bytes; have += digestBytes) {
    let a = hash(Buffer.concat([diversifier, input]));
    for (let i = 1; i < iterations; i++) a = hash(a);
    parts.push(a);
    addToBlocks(input, Buffer.alloc(block, a));
  }
  return Buffer.concat(parts).subarray(0, bytes);
}

/** PBKDF2 (RFC 8018, section 5.2), with the same limit. @throws KeyStoreFault */
export function pbkdf2Key(digest: string, password: Buffer, salt: Buffer, iterations: number, bytes: number): Buffer {
  checkIterations(iterations);
  return pbkdf2Sync(password, salt, iterations, bytes, digest);
}

/** Each block of `input`, a big-endian number, becomes itself + `b` + 1. */
function addToBlocks(input: Buffer, b: Buffer): void {
  for (let start = 0; start < input.length; start += b.length) {
    let carry = 1;
    for (let i = b.length - 1; i >= 0; i--) {
      carry += input.readUInt8(start + i) + b.readUInt8(i);
      input.writeUInt8(carry & 0xff, start + i);
      carry >>= 8;
    }
  }
}

function checkIterations(iterations: number): void {
  if (iterations >= 1 && iterations <= ITERATIONS_MAX) return;
  throw new KeyStoreFault('file', `its password goes through ${iterations} iterations: 1 to ${ITERATIONS_MAX} may be`);
}
