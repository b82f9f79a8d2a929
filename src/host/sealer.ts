import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SluiceError } from '../base/errors.ts';
import type { Sealer } from '../base/secrets/sealer.ts';

/** Length of an AES-256 key in bytes. */
export const KEY_BYTES = 32;

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce for each text, and the context as additional data. The first key
 * encrypts; the others are earlier ones, which decrypt what they have encrypted. Format: `v1:<key>:<base64 of nonce,
 * tag, text>`.
 */
export function sealerOf(keys: readonly [Buffer, ...Buffer[]]): Sealer {
  const known = new Map(keys.map((key) => [nameOf(key), key]));
  const [first] = keys;
  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', first, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return [VERSION, nameOf(first), Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')].join(':');
    },
    open(sealed, context) {
      const [version, name, body] = sealed.split(':');
      const key = known.get(name ?? '');
      if (version !== VERSION || key === undefined || body === undefined)
        throw new SluiceError('CONFIG', 'It was encrypted with a key that secrets.key.file does not hold', {
          hint: 'Put the earlier key back into the file, as a second line, or give the value anew.',
        });
      const bytes = Buffer.from(body, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(context));
      try {
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new SluiceError('CONFIG', 'What is encrypted was changed, or belongs elsewhere', { cause });
      }
    },
  };
}

/** Identifies a key without disclosing anything about it. */
function nameOf(key: Buffer): string {
  return createHash('sha256').update('sluice key').update(key).digest('hex').slice(0, 8);
}
