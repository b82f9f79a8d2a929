import { isIP } from 'node:net';
import type { FileIn } from '../../api/connector.ts';
import { tlsVersions, type TlsNames, type TlsRequest } from '../database/tls.ts';
import { fileInUrl, isAboutTls, withoutEffect, type UrlParameters } from '../database/url-parameters.ts';

/*
 * TLS parameters of MySQL's own clients (ssl-mode, ssl-ca), of Connector/J (sslMode, useSSL, verifyServerCertificate),
 * MariaDB's drivers (sslMode=trust, serverSslCert, trustServerCertificate), Go's (tls=skip-verify) and Prisma's
 * (sslaccept).
 * https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#encrypted-connection-options
 * https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html
 * https://mariadb.com/docs/connectors/mariadb-connector-j/about-mariadb-connector-j
 */

/** Names in lower case, without `-` and `_`. */
const CA = ['sslca', 'sslrootcert', 'serversslcert'];
const CERT = ['sslcert', 'sslclientcert'];
const KEY = ['sslkey', 'sslclientkey'];
const PASSPHRASE = ['sslpassword', 'sslkeypassword', 'sslpassphrase', 'keypassword'];
const VERSIONS = ['tlsversion', 'tlsversions', 'enabledtlsprotocols', 'enabledsslprotocolsuites'];
const SWITCHES = ['usessl', 'requiressl', 'ssl'];

/** The names used in errors. */
export const TLS_NAMES: TlsNames = { rootCert: 'ssl-ca', cert: 'ssl-cert', key: 'ssl-key', passphrase: 'sslpassword' };

/** The files that the URL names. */
export const MYSQL_FILES: readonly FileIn[] = [CA, CERT, KEY].map((names) => fileInUrl(names));

const WORDS = 'sslMode, ssl-ca, ssl-cert, ssl-key (files in PEM), sslpassword and tls-versions';

/** How strictly the server is verified. */
type Mode = 'off' | 'encrypted' | 'vouched for' | 'for its name';

const MODES: Readonly<Record<string, Mode>> = {
  disabled: 'off',
  disable: 'off',
  // A mode that falls back to clear text means no TLS here.
  preferred: 'off',
  prefer: 'off',
  required: 'encrypted',
  require: 'encrypted',
  trust: 'encrypted',
  verifyca: 'vouched for',
  verifyidentity: 'for its name',
  verifyfull: 'for its name',
};
/** Values of Go's `tls`; below, of Prisma's `sslaccept`. */
const TLS_WORDS: Readonly<Record<string, Mode>> = {
  true: 'for its name',
  'skip-verify': 'encrypted',
  preferred: 'off',
  false: 'off',
};
const ACCEPT_WORDS: Readonly<Record<string, Mode>> = { strict: 'for its name', accept_invalid_certs: 'encrypted' };

/** Parameters that determine the mode; the other TLS parameters are the files and versions above. */
const HOW_MUCH = [
  ...SWITCHES,
  'sslmode',
  'tls',
  'sslaccept',
  'verifyservercertificate',
  'sslverifycert',
  'sslverifyidentity',
  'trustservercertificate',
  'disablesslhostnameverification',
];

/**
 * Returns `false` for no TLS, and a string with the reason why the URL is refused, if one of its parameters would have
 * no effect.
 * @param isMariadb MariaDB's drivers verify the server whenever TLS is enabled; MySQL's do not
 */
export function requestedTls(parameters: UrlParameters, host: string, isMariadb: boolean): false | TlsRequest | string {
  for (const names of [CA, CERT, KEY, PASSPHRASE, VERSIONS, ...HOW_MUCH.map((name) => [name])]) {
    const twice = parameters.twice(...names);
    if (twice !== undefined) return twice;
  }
  const known = [...CA, ...CERT, ...KEY, ...PASSPHRASE, ...VERSIONS, ...HOW_MUCH];
  const unknown = parameters.all.find(([name]) => isAboutTls(name) && !known.includes(name));
  if (unknown !== undefined) return withoutEffect(unknown[1].name, WORDS);
  const mode = modeOf(parameters, isMariadb);
  if (mode.problem !== undefined) return mode.problem;
  const rootCert = parameters.get(...CA);
  const cert = parameters.get(...CERT);
  const versions = parameters.get(...VERSIONS);
  if (mode.is === 'off') {
    const idle = parameters.written(...CA, ...CERT, ...KEY, ...PASSPHRASE, ...VERSIONS);
    return idle === undefined
      ? false
      : `${idle} of the URL has no effect without TLS: ${mode.by} asks for none. sslMode=VERIFY_IDENTITY checks the server and its name, VERIFY_CA all but the name, REQUIRED neither`;
  }
  if (mode.is === 'for its name' && isIP(host) !== 0)
    return `${mode.by} of the URL compares a certificate with the host's name, and ${host} is none: write the name, or sslMode=VERIFY_CA`;
  if ((cert === undefined) !== (parameters.get(...KEY) === undefined))
    return `The URL has ${cert === undefined ? 'ssl-key without ssl-cert' : 'ssl-cert without ssl-key'}: a certificate of the client needs both`;
  const spoken = versions === undefined ? {} : tlsVersions(versions);
  if (typeof spoken === 'string') return `${parameters.written(...VERSIONS)} of the URL: ${spoken}`;
  return {
    // With a given certificate authority, the certificate is verified even under REQUIRED.
    rejectUnauthorized: mode.is !== 'encrypted' || rootCert !== undefined,
    checksHost: mode.is === 'for its name',
    rootCert,
    cert,
    key: parameters.get(...KEY),
    passphrase: parameters.get(...PASSPHRASE),
    ...spoken,
  };
}

/** The mode, and the parameter that determines it. */
function modeOf(
  parameters: UrlParameters,
  isMariadb: boolean,
): {
  readonly is: Mode;
  readonly by: string;
  readonly problem?: string | undefined;
} {
  const by = (...names: readonly string[]): string => {
    const name = parameters.written(...names)!;
    return `${name}=${parameters.get(...names)!}`;
  };
  const isTrue = (name: string): boolean => /^(?:true|1|yes)$/i.test(parameters.get(name) ?? '');
  const isFalse = (...names: readonly string[]): boolean =>
    names.some((name) => /^(?:false|0|no)$/i.test(parameters.get(name) ?? ''));
  for (const [name, words, takes] of [
    ['sslmode', MODES, "DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY, and MariaDB's trust"],
    ['tls', TLS_WORDS, 'true, skip-verify, preferred, false'],
    ['sslaccept', ACCEPT_WORDS, 'strict, accept_invalid_certs'],
  ] as const) {
    const value = parameters.get(name)?.toLowerCase();
    if (value === undefined) continue;
    const key = name === 'sslmode' ? value.replaceAll(/[-_]/g, '') : value;
    const is = Object.hasOwn(words, key) ? words[key] : undefined;
    if (is !== undefined) return { is, by: by(name) };
    return { is: 'off', by: '', problem: `${by(name)} of the URL: it is one of ${takes}` };
  }
  for (const name of HOW_MUCH.filter((n) => !['sslmode', 'tls', 'sslaccept'].includes(n))) {
    const value = parameters.get(name);
    if (value !== undefined && !/^(?:true|false|1|0|yes|no)?$/i.test(value))
      return { is: 'off', by: '', problem: `${by(name)} of the URL: it is true or false. More is said by ${WORDS}` };
  }
  if (isTrue('trustservercertificate')) return { is: 'encrypted', by: by('trustservercertificate') };
  if (isTrue('sslverifyidentity'))
    return {
      is: isTrue('disablesslhostnameverification') ? 'vouched for' : 'for its name',
      by: by('sslverifyidentity'),
    };
  if (isTrue('verifyservercertificate')) return { is: 'vouched for', by: by('verifyservercertificate') };
  if (isTrue('sslverifycert')) return { is: 'vouched for', by: by('sslverifycert') };
  const on = SWITCHES.find(isTrue);
  const off = SWITCHES.find((name) => parameters.get(name) !== undefined);
  if (on !== undefined && isMariadb && !isFalse('verifyservercertificate', 'sslverifycert', 'sslverifyidentity'))
    return { is: isTrue('disablesslhostnameverification') ? 'vouched for' : 'for its name', by: by(on) };
  // As in MySQL's own clients: a given certificate authority is used for verification.
  if (parameters.get(...CA) !== undefined && (on !== undefined || off === undefined))
    return { is: 'vouched for', by: by(...CA) };
  if (on !== undefined) return { is: 'encrypted', by: by(on) };
  if (off !== undefined) return { is: 'off', by: by(off) };
  return parameters.get(...CERT, ...KEY) === undefined
    ? { is: 'off', by: 'it' }
    : { is: 'encrypted', by: by(...CERT, ...KEY) };
}
