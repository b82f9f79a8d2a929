import { tlsVersions, type TlsNames, type TlsWish } from '../database/tls.ts';
import { isAboutTls, withoutEffect, type UrlParameters } from '../database/url-parameters.ts';

/*
 * TLS as libpq has it (https://www.postgresql.org/docs/current/libpq-connect.html), and JDBC's driver
 * (https://jdbc.postgresql.org/documentation/ssl/).
 */

export const TLS_NAMES: TlsNames = {
  rootCert: 'sslrootcert',
  cert: 'sslcert',
  key: 'sslkey',
  passphrase: 'sslpassword',
};

/** `sslrootcert=system`: the authorities that everybody knows. */
export const SYSTEM = 'system';

const WORDS =
  'sslmode, sslrootcert, sslcert, sslkey (files in PEM), sslpassword, ssl_min_protocol_version and ssl_max_protocol_version';

/** Without case and `_`. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey', 'sslpassword'];
const VERSIONS = ['sslminprotocolversion', 'sslmaxprotocolversion'];
const SWITCHES = ['ssl', 'requiressl'];
const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** What changes nothing of how safe the way is. */
const HARMLESS = ['sslcompression', 'sslresponsetimeout', 'sslsni'];
/** Values that ask for what is done anyway. */
const AS_IT_IS: Readonly<Record<string, RegExp>> = {
  sslnegotiation: /^postgres$/,
  sslcertmode: /^allow$/,
  channelbinding: /^(?:disable|prefer)$/,
  gssencmode: /^(?:disable|prefer)$/,
  sslfactory: /(?:^|\.)LibPQFactory$/,
};

/**
 * As libpq: with an authority of one's own a certificate is looked at under `require` too. Without `sslmode`, who names
 * an authority wants the whole check. `ssl=true` alone is what it is to the driver of the URL: the whole check to
 * JDBC's, `require` to libpq. `false`: none. A string is the reason why the URL is refused: one of its parameters would
 * have no effect.
 */
export function tlsWish(parameters: UrlParameters, isJdbc: boolean): false | TlsWish | string {
  const known = [...FILES, ...VERSIONS, ...SWITCHES, ...HARMLESS, 'sslmode'];
  for (const name of known) {
    const twice = parameters.twice(name);
    if (twice !== undefined) return twice;
  }
  // JDBC's way to encrypt and ask for nothing.
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
  const said = parameters.get('sslmode')?.toLowerCase();
  if (said !== undefined && !MODES.includes(said))
    return `sslmode=${said} of the URL: it is one of ${MODES.join(', ')}`;
  const whole = rootCert !== undefined || (isJdbc && !trustsAll && isOn);
  const mode = said ?? (whole ? 'verify-full' : isOn ? 'require' : 'disable');
  if (['disable', 'allow', 'prefer'].includes(mode)) {
    const idle = parameters.written(...FILES, ...VERSIONS);
    if (idle === undefined) return false;
    const why = said === undefined ? 'nothing asks for TLS' : `sslmode=${said} asks for none that is looked at`;
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
): Pick<TlsWish, 'minVersion' | 'maxVersion'> | string {
  const min = oldest === undefined ? undefined : tlsVersions(oldest);
  const max = newest === undefined ? undefined : tlsVersions(newest);
  if (typeof min === 'string') return `ssl_min_protocol_version of the URL: ${min}`;
  if (typeof max === 'string') return `ssl_max_protocol_version of the URL: ${max}`;
  return {
    ...(min !== undefined && { minVersion: min.minVersion }),
    ...(max !== undefined && { maxVersion: max.maxVersion }),
  };
}
