import { tlsVersions, type TlsNames, type TlsRequest } from '../database/tls.ts';
import { isAboutTls, withoutEffect, type UrlParameters } from '../database/url-parameters.ts';

/*
 * TLS settings of libpq (https://www.postgresql.org/docs/current/libpq-connect.html) and of the JDBC driver
 * (https://jdbc.postgresql.org/documentation/ssl/).
 */

export const TLS_NAMES: TlsNames = {
  rootCert: 'sslrootcert',
  cert: 'sslcert',
  key: 'sslkey',
  passphrase: 'sslpassword',
};

/** `sslrootcert=system`: the publicly trusted certificate authorities. */
export const SYSTEM = 'system';

const WORDS =
  'sslmode, sslrootcert, sslcert, sslkey (files in PEM), sslpassword, ssl_min_protocol_version and ssl_max_protocol_version';

/** Names in lower case, without `_`. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey', 'sslpassword'];
const VERSIONS = ['sslminprotocolversion', 'sslmaxprotocolversion'];
const SWITCHES = ['ssl', 'requiressl'];
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** Parameters without an effect on the security of the connection. */
const HARMLESS = ['sslcompression', 'sslresponsetimeout', 'sslsni'];
/** Values that request the default behavior. */
const AS_IT_IS: Readonly<Record<string, RegExp>> = {
  sslnegotiation: /^postgres$/,
  sslcertmode: /^allow$/,
  channelbinding: /^(?:disable|prefer)$/,
  gssencmode: /^(?:disable|prefer)$/,
  sslfactory: /(?:^|\.)LibPQFactory$/,
};

/**
 * Follows libpq: with a given certificate authority, the certificate is checked even under `require`. Without
 * `sslmode`, a given certificate authority requests full verification. `ssl=true` alone means what it means to the
 * driver of the URL: full verification for JDBC, `require` for libpq. Returns `false` for no TLS, and a string with the
 * reason why the URL is refused, if one of its parameters would have no effect.
 */
export function requestedTls(parameters: UrlParameters, isJdbc: boolean): false | TlsRequest | string {
  const known = [...FILES, ...VERSIONS, ...SWITCHES, ...HARMLESS, 'sslmode'];
  for (const name of known) {
    const twice = parameters.twice(name);
    if (twice !== undefined) return twice;
  }
  // JDBC's setting for encryption without verification.
  const trustsAll = /(?:^|\.)NonValidatingFactory$/.test(parameters.get('sslfactory') ?? '');
  const unknown = parameters.all.find(
    ([name, { value }]) =>
      isAboutTls(name) &&
      !known.includes(name) &&
      AS_IT_IS[name]?.test(value) !== true &&
      !(name === 'sslfactory' && trustsAll),
  );
  if (unknown !== undefined) return withoutEffect(unknown[1].name, WORDS);
  const rootCert = parameters.get('sslrootcert');
  const isSystem = rootCert === SYSTEM;
  const isOn = SWITCHES.some((name) => /^(?:true|1)$/i.test(parameters.get(name) ?? '')) || trustsAll;
  const sslmode = parameters.get('sslmode')?.toLowerCase();
  if (sslmode !== undefined && !MODES.includes(sslmode))
    return `sslmode=${sslmode} of the URL: it is one of ${MODES.join(', ')}`;
  const whole = rootCert !== undefined || (isJdbc && !trustsAll && isOn);
  const mode = sslmode ?? (whole ? 'verify-full' : isOn ? 'require' : 'disable');
  if (['disable', 'allow', 'prefer'].includes(mode)) {
    const idle = parameters.written(...FILES, ...VERSIONS);
    if (idle === undefined) return false;
    const why = sslmode === undefined ? 'nothing asks for TLS' : `sslmode=${sslmode} asks for none that is looked at`;
    return `${idle} of the URL has no effect: ${why}. sslmode=verify-full checks the server and its name, verify-ca all but the name, require neither`;
  }
  if (isSystem && mode !== 'verify-full')
    return `sslmode=${mode} of the URL is too weak for sslrootcert=system: say sslmode=verify-full`;
  if (trustsAll && (mode.startsWith('verify') || rootCert !== undefined))
    return `sslfactory of the URL trusts everybody, and ${rootCert === undefined ? `sslmode=${mode}` : 'sslrootcert'} does not: one of them is too much`;
  const [oldest, newest] = VERSIONS.map((name) => parameters.get(name));
  const versions = spoken(oldest, newest);
  if (typeof versions === 'string') return versions;
  return {
    rejectUnauthorized: mode.startsWith('verify') || rootCert !== undefined,
    checksHost: mode === 'verify-full',
    rootCert: isSystem ? undefined : rootCert,
    cert: parameters.get('sslcert'),
    key: parameters.get('sslkey'),
    passphrase: parameters.get('sslpassword'),
    ...versions,
  };
}

function spoken(
  oldest: string | undefined,
  newest: string | undefined,
): Pick<TlsRequest, 'minVersion' | 'maxVersion'> | string {
  const min = oldest === undefined ? undefined : tlsVersions(oldest);
  const max = newest === undefined ? undefined : tlsVersions(newest);
  if (typeof min === 'string') return `ssl_min_protocol_version of the URL: ${min}`;
  if (typeof max === 'string') return `ssl_max_protocol_version of the URL: ${max}`;
  return {
    ...(min !== undefined && { minVersion: min.minVersion }),
    ...(max !== undefined && { maxVersion: max.maxVersion }),
  };
}
