import { readFileSync } from 'node:fs';
import { SluiceError } from '../base/errors.ts';
import type { Config } from '../engine/config/config.ts';
import type { TlsSettings } from '../host/http-send.ts';

/**
 * TLS of a client by Kafka's property names under a prefix (`ksql.connect.`, `ksql.schema.registry.`), else those without one. Stores are
 * PEM or PKCS #12 files, or PEM text in `ssl.truststore.certificates`, `ssl.keystore.certificate.chain` and `ssl.keystore.key`.
 * @throws SluiceError CONFIG
 */
export function tlsSettings(config: Config, prefix: string): TlsSettings {
  const get = (name: string): string | undefined => config.get(prefix + name) ?? config.get(name);
  const read = (name: string): Buffer | undefined => {
    const location = get(name);
    if (location === undefined) return undefined;
    try {
      return readFileSync(location);
    } catch (cause) {
      throw new SluiceError('CONFIG', `Invalid value for ${name}: cannot read '${location}'`, { cause });
    }
  };
  const refuseJks = (name: string, type: string | undefined, allowed: readonly string[]): void => {
    if (type === undefined || allowed.includes(type.toUpperCase())) return;
    throw new SluiceError('CONFIG', `Invalid value ${type} for ${name}: use ${allowed.join(' or ')}`, {
      hint: 'keytool -exportcert -rfc writes PEM; keytool -importkeystore -deststoretype pkcs12 converts a key store.',
    });
  };
  refuseJks('ssl.truststore.type', get('ssl.truststore.type'), ['PEM']);
  refuseJks('ssl.keystore.type', get('ssl.keystore.type'), ['PEM', 'PKCS12']);
  const trust = get('ssl.truststore.certificates') ?? read('ssl.truststore.location')?.toString();
  const location = get('ssl.keystore.location');
  const type =
    get('ssl.keystore.type') ?? (location !== undefined && /\.(p12|pfx)$/i.test(location) ? 'PKCS12' : 'PEM');
  const store = read('ssl.keystore.location');
  const isPkcs12 = type.toUpperCase() === 'PKCS12';
  return {
    ca: trust,
    cert: get('ssl.keystore.certificate.chain') ?? (isPkcs12 ? undefined : store?.toString()),
    key: get('ssl.keystore.key') ?? (isPkcs12 ? undefined : store?.toString()),
    pfx: isPkcs12 ? store : undefined,
    passphrase: get('ssl.key.password') ?? get('ssl.keystore.password'),
    // An empty value turns the check of the host name off, as in Java's clients.
    checkName: get('ssl.endpoint.identification.algorithm') !== '',
  };
}
