import { createHash, scrypt, timingSafeEqual } from 'node:crypto';
import { SluiceError } from '../base/errors.ts';

/** A password in a users file. */
export type StoredPassword =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'md5'; readonly hex: string }
  | { readonly kind: 'scrypt'; readonly cost: number; readonly salt: Buffer; readonly hash: Buffer }
  /** No password is accepted: the user presents a certificate. */
  | { readonly kind: 'certificate' };

/**
 * Cost of new hashes: log2 of scrypt's N, with r = 8 and p = 1; 32 MB and about 80 ms (OWASP's table of 2023 contains
 * 2^15).
 */
const COST = 15;
const COST_MAX = 20;
const HASH_BYTES = 32;

/**
 * Parses a password in the forms of Jetty's files (plain text, `OBF:`, `MD5:`) and in ours: `SCRYPT:cost:salt:hash`,
 * the last two in base64url, and `CERTIFICATE`.
 * @param where file and line, for messages; no message contains the password
 * @throws SluiceError CONFIG
 */
export function readPassword(text: string, where: string): StoredPassword {
  if (text === 'CERTIFICATE') return { kind: 'certificate' };
  const form = /^(OBF|MD5|CRYPT|SCRYPT):/.exec(text)?.[1];
  const rest = form === undefined ? text : text.slice(form.length + 1);
  if (form === undefined) return { kind: 'text', text };
  if (form === 'OBF') return { kind: 'text', text: deobfuscated(rest, where) };
  if (form === 'MD5' && /^[0-9a-f]{32}$/i.test(rest)) return { kind: 'md5', hex: rest.toLowerCase() };
  const [, cost, salt, hash] = /^(\d{1,2}):([\w-]{16,}):([\w-]{43})$/.exec(rest) ?? [];
  if (form === 'SCRYPT' && cost !== undefined && Number(cost) >= 1 && Number(cost) <= COST_MAX)
    return {
      kind: 'scrypt',
      cost: Number(cost),
      salt: Buffer.from(salt!, 'base64url'),
      hash: Buffer.from(hash!, 'base64url'),
    };
  throw new SluiceError('CONFIG', `${where}: the password is not in a form of ${form} that is taken`, {
    hint:
      form === 'CRYPT'
        ? 'CRYPT looks at eight characters alone: sluice password makes a SCRYPT line.'
        : 'sluice password makes one.',
  });
}

/** Hashes a password for the users file: `SCRYPT:...`. @param salt 16 random bytes */
export async function hashPassword(password: string, salt: Buffer): Promise<string> {
  const hash = await derive(password, salt, COST);
  return `SCRYPT:${COST}:${salt.toString('base64url')}:${hash.toString('base64url')}`;
}

/** Whether a password matches the stored one; the duration does not depend on the password. */
export async function isPassword(given: string, stored: StoredPassword): Promise<boolean> {
  switch (stored.kind) {
    case 'certificate':
      return false;
    case 'text':
      return same(given, stored.text);
    case 'md5':
      return same(createHash('md5').update(given).digest('hex'), stored.hex);
    case 'scrypt':
      return timingSafeEqual(await derive(given, stored.salt, stored.cost), stored.hash);
  }
}

function derive(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const options = { N: 2 ** cost, r: 8, p: 1, maxmem: 2 * 128 * 8 * 2 ** cost };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}

/** Compares without timing differences that would disclose the position of the first difference or a length. */
function same(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Jetty's `OBF:`, which only protects a password from being seen: groups of four base 36 digits, each one byte. */
function deobfuscated(text: string, where: string): string {
  const bytes: number[] = [];
  for (const [, wide, pair] of text.matchAll(/U([0-9a-z]{4})|([0-9a-z]{4})/gi)) {
    const number = Number.parseInt(wide ?? pair!, 36);
    bytes.push(wide === undefined ? ((number >> 8) + (number & 0xff) - 254) / 2 : number >> 8);
  }
  if (bytes.length === 0 || bytes.some((byte) => !Number.isInteger(byte)))
    throw new SluiceError('CONFIG', `${where}: the password is not in Jetty's form OBF`);
  return Buffer.from(bytes.map((byte) => byte & 0xff)).toString('utf8');
}
