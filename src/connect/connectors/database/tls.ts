import { commaList } from '../../../base/comma-list.ts';
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { messageOf } from '../../../base/errors.ts';
import { ConnectError } from '../../api/errors.ts';

/** What the parameters of a URL ask for; files by their paths. */
export interface TlsRequest {
  /** Whether the server's certificate must be trusted. */
  readonly rejectUnauthorized: boolean;
  /** Whether it must match the host's name. */
  readonly checksHost: boolean;
  /** The trusted authorities in PEM. undefined: those of Node.js. */
  readonly rootCert: string | undefined;
  /** The client's own certificate, in PEM, and its key, in PEM or PKCS #8. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly passphrase: string | undefined;
  /** undefined: Node.js's own. */
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Names of the URL's parameters, for errors. */
export interface TlsNames {
  readonly rootCert: string;
  readonly cert: string;
  readonly key: string;
  readonly passphrase: string;
}

/** Options for Node.js's TLS. @throws ConnectError for a file that cannot be read */
export async function tlsOptions(request: TlsRequest, names: TlsNames): Promise<ConnectionOptions> {
  const [ca, cert, key] = await Promise.all([
    bytesOf(names.rootCert, request.rootCert),
    bytesOf(names.cert, request.cert),
    bytesOf(names.key, request.key),
  ]);
  return {
    rejectUnauthorized: request.rejectUnauthorized,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key: privateKey(key, request.passphrase, names) }),
    ...(request.minVersion !== undefined && { minVersion: request.minVersion }),
    ...(request.maxVersion !== undefined && { maxVersion: request.maxVersion }),
    ...(!request.checksHost && { checkServerIdentity: () => undefined }),
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
function privateKey(bytes: Buffer, passphrase: string | undefined, names: TlsNames): string {
  const isPem = bytes.includes('-----BEGIN');
  try {
    const key = createPrivateKey({
      key: bytes,
      ...(isPem ? { format: 'pem' } : { format: 'der', type: 'pkcs8' }),
      ...(passphrase !== undefined && { passphrase }),
    });
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (error) {
    throw new ConnectError(
      `${names.key} of the URL is no key that can be used (${names.passphrase} opens one): ${messageOf(error)}`,
    );
  }
}

/**
 * The oldest and newest of the versions in a list such as `TLSv1.2,TLSv1.3`; a string: why there are none. Versions
 * before 1.2 are not supported.
 */
export function tlsVersions(
  text: string,
): { readonly minVersion: TlsVersion; readonly maxVersion: TlsVersion } | string {
  const named = commaList(text);
  const known = named.filter((version): version is TlsVersion => version === 'TLSv1.2' || version === 'TLSv1.3');
  if (known.length === 0) return `'${text}' names neither TLSv1.2 nor TLSv1.3`;
  return {
    minVersion: known.includes('TLSv1.2') ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: known.includes('TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2',
  };
}
