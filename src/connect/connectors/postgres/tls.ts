import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { messageOf } from '../../../base/errors.ts';
import { ConnectError } from '../../api/errors.ts';
import type { TlsWish } from './url.ts';

/** What Node.js's TLS takes. @throws ConnectError for a file that cannot be read */
export async function tlsOptions(wish: TlsWish): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([
    bytesOf('sslrootcert', wish.rootCert),
    bytesOf('sslcert', wish.cert),
    bytesOf('sslkey', wish.key),
  ]);
  return {
    rejectUnauthorized: wish.rejectUnauthorized,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key: privateKey(key, wish.passphrase) }),
    ...(!wish.checksHost && { checkServerIdentity: () => undefined }),
  };
}

async function bytesOf(name: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined || path === '') return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new ConnectError(`${name} of the URL cannot be read: ${messageOf(error)}`);
  }
}

/** PEM, or the PKCS #8 that JDBC's driver takes. @throws ConnectError */
function privateKey(bytes: Buffer, passphrase: string | undefined): string {
  const isPem = bytes.includes('-----BEGIN');
  try {
    const key = createPrivateKey({
      key: bytes,
      ...(isPem ? { format: 'pem' } : { format: 'der', type: 'pkcs8' }),
      ...(passphrase !== undefined && { passphrase }),
    });
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (error) {
    throw new ConnectError(`sslkey of the URL is no key that can be used (sslpassword opens one): ${messageOf(error)}`);
  }
}
