import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { must } from '../base/assert.ts';
import { SluiceError } from '../base/errors.ts';
import { openSslName } from './cipher-suites.ts';
import { JKS_MAGIC, readJks } from './jks.ts';
import { KeyStoreFault, type KeyStore } from './key-store.ts';
import { openPkcs12Ahead, readPkcs12 } from './pkcs12.ts';

/** The properties, and how to read the files that they name. */
export interface TlsProperties {
  get(name: string): string | undefined;
  readFile(path: string): Buffer;
  /** The name to use in messages: the property may have been given with a prefix. */
  nameOf?(name: string): string;
}

type Format = 'PEM' | 'JKS' | 'PKCS12';
type Side = 'ssl.truststore' | 'ssl.keystore';

/**
 * Node's TLS options from Kafka's `ssl.*` properties: PEM as text or in files, JKS and PKCS #12 stores. The bytes of a
 * store determine its format; `type` is only checked, and JKS and PKCS12 are interchangeable, as in Java since version
 * 9 (JEP 229).
 * @throws SluiceError CONFIG naming the property
 */
export function tlsOptions(properties: TlsProperties): ConnectionOptions {
  const options: ConnectionOptions = {};
  // An empty value disables the verification of the host name, as in Java's clients.
  if (properties.get('ssl.endpoint.identification.algorithm') === '') options.checkServerIdentity = () => undefined;
  const trusted = trustedOf(properties);
  if (trusted) {
    options.ca = trusted.map(String);
    // Every certificate in the store is trusted, as in Java: also an intermediate authority or the server's own
    // certificate.
    options.allowPartialTrustChain = true;
  }
  const identity = identityOf(properties);
  if (identity) {
    options.cert = identity.chain.map(String).join('');
    options.key = identity.key.export({ type: 'pkcs8', format: 'pem' });
  }
  const protocols = properties.get('ssl.enabled.protocols');
  if (protocols !== undefined) {
    const versions = protocols.split(',').map((version) => version.trim());
    const known = versions.filter((version) => version === 'TLSv1.2' || version === 'TLSv1.3');
    if (known.length === 0)
      throw invalid(properties, 'ssl.enabled.protocols', `'${protocols}' names neither TLSv1.2 nor TLSv1.3`);
    options.minVersion = known.includes('TLSv1.2') ? 'TLSv1.2' : 'TLSv1.3';
    options.maxVersion = known.includes('TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2';
  }
  const suites = properties.get('ssl.cipher.suites')?.trim() ?? '';
  if (suites !== '') {
    options.ciphers = suites
      .split(',')
      .map((suite) => {
        const name = openSslName(suite);
        if (name === undefined) throw invalid(properties, 'ssl.cipher.suites', `there is no cipher suite '${suite}'`);
        return name;
      })
      .join(':');
  }
  return options;
}

/**
 * To be called before `tlsOptions` by processes that serve clients in the meantime: the keys of a PKCS #12 store are
 * derived while other work proceeds. Reading any other format takes almost no time. Errors in the store are reported by
 * `tlsOptions`.
 * @param bytes of a key store or trust store
 * @param breathe yields to other work when it is time
 */
export async function openStoreAhead(
  bytes: Buffer,
  password: string | undefined,
  breathe: () => Promise<void>,
): Promise<void> {
  if (formatOf(bytes) === 'PKCS12') await openPkcs12Ahead(bytes, password, breathe);
}

function trustedOf(properties: TlsProperties): readonly X509Certificate[] | undefined {
  const text = properties.get('ssl.truststore.certificates');
  if (text !== undefined) return certificatesOf(text, 'ssl.truststore.certificates', properties);
  const file = storeFile('ssl.truststore', properties);
  if (!file) return undefined;
  if (file.format === 'PEM') return certificatesOf(file.bytes.toString(), 'ssl.truststore.location', properties);
  const password = properties.get('ssl.truststore.password');
  const store = openStore('ssl.truststore', file, password, properties);
  // Java also trusts the certificate of a key entry, but not its issuers.
  const trusted = [...store.trusted, ...store.keys.map((entry) => must(entry.chain[0], 'certificate'))];
  if (trusted.length === 0)
    throw invalid(properties, 'ssl.truststore.location', `no trusted certificate in it; add one with ${IMPORT}`);
  return trusted;
}

const IMPORT = 'keytool -importcert -alias ca -file ca.pem -keystore <store>';

interface Identity {
  readonly chain: readonly X509Certificate[];
  readonly key: KeyObject;
}

function identityOf(properties: TlsProperties): Identity | undefined {
  const identity = pemText(properties) ?? storedIdentity(properties);
  if (identity && !must(identity.chain[0], 'certificate').checkPrivateKey(identity.key))
    throw invalid(properties, 'ssl.keystore.*', 'the first certificate is not that of the private key');
  return identity;
}

function pemText(properties: TlsProperties): Identity | undefined {
  const chain = properties.get('ssl.keystore.certificate.chain');
  const key = properties.get('ssl.keystore.key');
  if (chain === undefined && key === undefined) return undefined;
  if (chain === undefined) throw invalid(properties, 'ssl.keystore.key', 'ssl.keystore.certificate.chain is missing');
  if (key === undefined) throw invalid(properties, 'ssl.keystore.certificate.chain', 'ssl.keystore.key is missing');
  return {
    chain: certificatesOf(chain, 'ssl.keystore.certificate.chain', properties),
    key: pemKey(key, 'ssl.keystore.key', properties),
  };
}

/** The first private key of the store; Java lets the handshake choose among several. */
function storedIdentity(properties: TlsProperties): Identity | undefined {
  const file = storeFile('ssl.keystore', properties);
  if (!file) return undefined;
  if (file.format === 'PEM') {
    const text = file.bytes.toString();
    const key = pemKey(text, 'ssl.keystore.location', properties);
    return { chain: certificatesOf(text, 'ssl.keystore.location', properties), key };
  }
  const password = properties.get('ssl.keystore.password') ?? properties.get('ssl.key.password');
  const entry = openStore('ssl.keystore', file, password, properties).keys[0];
  if (!entry) throw invalid(properties, 'ssl.keystore.location', 'no private key with a certificate in it');
  try {
    return { chain: entry.chain, key: entry.open(properties.get('ssl.key.password') ?? password) };
  } catch (cause) {
    if (cause instanceof KeyStoreFault) throw invalid(properties, keyPassword(properties), cause.message, cause);
    throw invalid(properties, 'ssl.keystore.location', 'the private key in it cannot be read', cause);
  }
}

/** The file that `location` names, with its format; undefined without a location. */
function storeFile(side: Side, properties: TlsProperties): { format: Format; bytes: Buffer } | undefined {
  const type = properties.get(`${side}.type`)?.toUpperCase();
  if (type !== undefined && !['PEM', 'JKS', 'PKCS12'].includes(type))
    throw invalid(properties, `${side}.type`, `'${type}' is none of PEM, JKS, PKCS12; ${CONVERT}`);
  const location = properties.get(`${side}.location`);
  if (location === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = properties.readFile(location);
  } catch (cause) {
    throw invalid(properties, `${side}.location`, `cannot read '${location}'`, cause);
  }
  const format = formatOf(bytes);
  if (format === undefined)
    throw invalid(properties, `${side}.location`, `'${location}' is none of PEM, JKS, PKCS12; ${CONVERT}`);
  if (type !== undefined && (type === 'PEM') !== (format === 'PEM'))
    throw invalid(properties, `${side}.type`, `'${location}' is ${format}, not ${type}`);
  return { format, bytes };
}

const CONVERT = 'convert the store with keytool -importkeystore -deststoretype pkcs12';

function formatOf(bytes: Buffer): Format | undefined {
  if (bytes.length > 4 && bytes.readUInt32BE(0) === JKS_MAGIC) return 'JKS';
  if (bytes.includes('-----BEGIN ')) return 'PEM';
  // PKCS #12 begins with the tag of a SEQUENCE.
  return bytes[0] === 0x30 ? 'PKCS12' : undefined;
}

function openStore(
  side: Side,
  { format, bytes }: { readonly format: Format; readonly bytes: Buffer },
  password: string | undefined,
  properties: TlsProperties,
): KeyStore {
  try {
    return format === 'JKS' ? readJks(bytes, password) : readPkcs12(bytes, password);
  } catch (cause) {
    if (!(cause instanceof KeyStoreFault))
      throw invalid(properties, `${side}.location`, 'a key or certificate in it cannot be read', cause);
    throw invalid(properties, `${side}.${cause.blame === 'file' ? 'location' : 'password'}`, cause.message, cause);
  }
}

function certificatesOf(pem: string, property: string, properties: TlsProperties): readonly X509Certificate[] {
  const all = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (all.length === 0) throw invalid(properties, property, 'no PEM certificate in it');
  try {
    return all.map((one) => new X509Certificate(one));
  } catch (cause) {
    throw invalid(properties, property, 'a certificate in it cannot be read', cause);
  }
}

function pemKey(pem: string, property: string, properties: TlsProperties): KeyObject {
  const key = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/.exec(pem)?.[0];
  if (key === undefined) throw invalid(properties, property, 'no PEM private key in it');
  const isEncrypted = /ENCRYPTED/.test(key);
  const passphrase = properties.get('ssl.key.password') ?? properties.get('ssl.keystore.password');
  if (isEncrypted && passphrase === undefined)
    throw invalid(properties, 'ssl.key.password', 'the private key needs a password');
  try {
    return createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    if (isEncrypted)
      throw invalid(properties, keyPassword(properties), 'the private key cannot be decrypted with it', cause);
    throw invalid(properties, property, 'the private key in it cannot be read', cause);
  }
}

/** The property whose value was used as the password of the private key. */
function keyPassword(properties: TlsProperties): string {
  const isGiven = (name: string): boolean => properties.get(name) !== undefined;
  return !isGiven('ssl.key.password') && isGiven('ssl.keystore.password')
    ? 'ssl.keystore.password'
    : 'ssl.key.password';
}

/** @param cause the error that was caught */
export function invalid(properties: TlsProperties, name: string, what: string, cause?: unknown): SluiceError {
  const property = properties.nameOf?.(name) ?? name;
  return new SluiceError('CONFIG', `Invalid value for ${property}: ${what}`, cause === undefined ? {} : { cause });
}
