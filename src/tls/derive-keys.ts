import { hash as hashOf, pbkdf2, pbkdf2Sync } from 'node:crypto';
import { promisify } from 'node:util';
import { KeyStoreFault } from './key-store.ts';

/** Who made the store says how often its password is hashed: keytool ten thousand times, OpenSSL two thousand. */
const ITERATIONS_MAX = 1_000_000;
/** Between two looks at the time. */
const ROUNDS = 256;
/** Bytes that the digests of RFC 7292 take at once, by their length. */
const blockOf = (digestBytes: number): number => (digestBytes > 32 ? 128 : 64);

/** What a key is derived from. */
export interface KeySource {
  /** `sha1`, `sha256` */
  readonly digest: string;
  readonly password: string | null | undefined;
  /** As it stands in the store. */
  readonly salt: Buffer;
  readonly iterations: number;
  /** How many are wanted. */
  readonly bytes: number;
  /** Of RFC 7292, appendix B.3; absent: by PBKDF2 (RFC 8018, section 5.2). */
  readonly id?: number;
}

/** At once. @throws KeyStoreFault where the store asks for more iterations than there may be */
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

/** The same, while others have their turn. @param breathe waits for one's own when it is time */
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
 * Key, initial value or key of the checksum (`id` 1, 2, 3) of a PKCS #12 store by its password: RFC 7292, appendix B.2.
 * Hands back now and then.
 */
function* pkcs12Key(
  { digest, password, salt, iterations, bytes }: KeySource,
  id: number,
): Generator<undefined, Buffer, void> {
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
    for (let i = 1; i < iterations; i++) {
      a = hash(a);
      if (i % ROUNDS === 0) yield undefined;
    }
    parts.push(a);
    addToBlocks(input, Buffer.alloc(block, a));
  }
  return Buffer.concat(parts).subarray(0, bytes);
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
